//! Everything a person or an integrator can change.

use crate::domain::{
    Administration, AlertId, CANARY, ChannelOptions, ClinicalTime, DeviceId, EndpointId,
    ExpectedVital, MeasuredTime, Order, PatientId, PatientLimit, Pause, Period, Reading,
    RotaOverride, SilenceScope, Spo2Scale, Usefulness, WallTime, WardId,
};
use serde::{Deserialize, Serialize};

use super::{AssignmentId, NoteId, Role, WardScope};

/// A change somebody asks for. It becomes an input of the journal, with its author.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    /// Makes or renames a ward.
    PutWard {
        id: WardId,
        label: String,
        /// IANA name; left out it stays, the empty text takes it away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<String>,
    },
    /// Makes a patient, or changes what is given; what is `None` stays.
    PutPatient {
        id: PatientId,
        label: Option<String>,
        ward: Option<WardId>,
        /// The empty text takes the patient out of any team.
        #[serde(default)]
        team: Option<String>,
        time_zone: Option<String>,
        spo2_scale: Option<Spo2Scale>,
        oxygen: Option<bool>,
        treatment: Option<Vec<Period>>,
        #[serde(default)]
        neutropenia: Option<Vec<Period>>,
        #[serde(default)]
        post_infusion: Option<Vec<Period>>,
        #[serde(default)]
        administrations: Option<Vec<Administration>>,
        expected: Option<Vec<ExpectedVital>>,
    },
    /// Begins to monitor.
    StartMonitoring {
        patient: PatientId,
        start: ClinicalTime,
    },
    /// Plans a pause.
    PauseMonitoring { patient: PatientId, pause: Pause },
    /// Ends the running monitoring period.
    Discharge {
        patient: PatientId,
        end: ClinicalTime,
    },
    /// Sets a limit for one patient.
    SetLimit {
        patient: PatientId,
        limit: PatientLimit,
    },
    /// Writes a note on a patient.
    WriteNote { patient: PatientId, text: String },
    /// Says that a note no longer holds, and why; it stays.
    WithdrawNote {
        patient: PatientId,
        note: NoteId,
        reason: String,
    },
    /// Makes a device known.
    PutDevice { id: DeviceId, model: Option<String> },
    /// Says who wears a device, by measured time. What overlaps an earlier
    /// assignment is re-attributed: voided for one patient, entered for the other.
    Assign {
        device: DeviceId,
        patient: PatientId,
        start: MeasuredTime,
        end: Option<MeasuredTime>,
    },
    /// Ends an assignment at a measured time; readings after it are re-attributed to nobody.
    EndAssignment {
        assignment: AssignmentId,
        end: MeasuredTime,
    },
    /// What staff or an app measured, all at one time; `device` names the app or form.
    Observe {
        patient: PatientId,
        readings: Vec<ObservedValue>,
        source: String,
    },
    /// A person has seen an alert.
    Acknowledge {
        alert: AlertId,
        comment: Option<String>,
    },
    /// Closes an alert with its outcome.
    Resolve {
        alert: AlertId,
        outcome: String,
        #[serde(default)]
        usefulness: Option<Usefulness>,
    },
    /// Adds a remark to an alert.
    Comment { alert: AlertId, text: String },
    /// Makes an alert quiet until a time.
    Snooze {
        alert: AlertId,
        until: ClinicalTime,
        reason: Option<String>,
    },
    /// Ends that.
    Unsnooze {
        alert: AlertId,
        comment: Option<String>,
    },
    /// Gives an alert to a named person or team.
    AssignAlert {
        alert: AlertId,
        to: String,
        comment: Option<String>,
    },
    /// Takes up again an alert that was resolved.
    Reopen {
        alert: AlertId,
        comment: Option<String>,
    },
    /// A receiver of an alert answers it through its channel.
    Order(Order),
    /// Keeps notifications of some alerts back for a while; the alerts stand.
    CreateSilence {
        scope: SilenceScope,
        from: ClinicalTime,
        until: ClinicalTime,
        reason: String,
    },
    /// Ends a silence before its time.
    EndSilence { id: String },
    /// Puts other overrides in the place of a rota's.
    SetRotaOverrides {
        rota: String,
        overrides: Vec<RotaOverride>,
    },
    /// Registers or changes a webhook endpoint.
    PutEndpoint {
        id: EndpointId,
        url: String,
        label: String,
        secrets: Vec<String>,
        event_types: Vec<String>,
        wards: Vec<WardId>,
        #[serde(default, flatten)]
        channel: ChannelOptions,
    },
    /// Switches an endpoint off, saying why, or on again.
    DisableEndpoint {
        id: EndpointId,
        reason: Option<String>,
    },
    /// Sends deliveries again that failed or were sent: by their ids (at most
    /// 1,000), or all of a span of time.
    ReplayDeliveries {
        endpoint: EndpointId,
        deliveries: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        span: Option<ReplaySpan>,
    },
    /// Sends an endpoint a message that says it is a test.
    TestEndpoint { id: EndpointId },
    /// Makes a token; the caller made the secret and shows it once.
    CreateToken {
        name: String,
        sha256: String,
        role: Role,
        #[serde(default)]
        wards: WardScope,
    },
    /// Ends a token.
    RevokeToken { name: String },
    /// Makes an account, or changes what is given; what is `None` stays. The
    /// password comes as its argon2id hash.
    PutAccount {
        name: String,
        label: Option<String>,
        role: Option<Role>,
        wards: Option<WardScope>,
        password: Option<String>,
    },
    /// Ends an account and all its sessions.
    CloseAccount { name: String },
    /// Somebody showed the password: a session begins. The caller made its
    /// secret and set it as a cookie.
    SignIn {
        name: String,
        sha256: String,
        at: WallTime,
        until: WallTime,
    },
    /// Ends a session.
    SignOut { name: String, sha256: String },
    /// Makes a device's credential, or replaces all of it.
    CreateDeviceCredential { device: DeviceId, sha256: String },
    /// Adds a new password beside the newest old one.
    RotateDeviceCredential { device: DeviceId, sha256: String },
    /// Ends a device's credential.
    RevokeDeviceCredential { device: DeviceId },
}

impl Command {
    /// Whether it is about the canary's ward, patient, watch or endpoint, which
    /// only Wardlight itself changes.
    pub fn names_canary(&self) -> bool {
        let is_canary = |value: &serde_json::Value| value.as_str() == Some(CANARY);
        let value = serde_json::to_value(self).unwrap_or_default();
        let fields = value
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.values());
        fields.into_iter().any(|field| {
            let parts = field.as_array();
            is_canary(field) || parts.is_some_and(|parts| parts.iter().any(is_canary))
        })
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Command(…)")
    }
}

/// Which deliveries to send again, by when they were written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReplaySpan {
    /// First moment inside.
    pub from: ClinicalTime,
    /// First moment after.
    pub until: ClinicalTime,
    /// Also those that were delivered; otherwise only those that failed.
    pub delivered_too: bool,
}

/// One value of an observation.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ObservedValue {
    /// When it was measured.
    pub at: MeasuredTime,
    /// The vital's code.
    pub vital: crate::domain::Vital,
    /// In the vital's unit.
    pub value: f64,
}

impl From<ObservedValue> for Reading {
    fn from(observed: ObservedValue) -> Self {
        Self {
            at: observed.at,
            vital: observed.vital,
            value: observed.value,
        }
    }
}
