//! What readers get.

use crate::domain::{
    AlertId, ClinicalTime, DeviceId, DeviceNumber, EndpointId, MeasuredTime, PatientId,
    PatientNumber, Priority, Quality, Reading, Vital, WallTime, WardId,
};
use crate::registry::NoteId;

/// A question for readings of one patient.
#[derive(Clone, Debug)]
pub struct ReadingsQuery {
    /// Whose.
    pub patient: PatientNumber,
    /// Which vitals; empty means all.
    pub vitals: Vec<Vital>,
    /// First measured moment.
    pub from: MeasuredTime,
    /// First measured moment after.
    pub until: MeasuredTime,
    /// Only what was known at that arrival time; none: what is known now.
    pub known_at: Option<ClinicalTime>,
    /// At most so many points; the answer says whether there were more.
    pub limit: usize,
}

/// One stored reading.
#[derive(Clone, Copy, PartialEq)]
pub struct PointView {
    /// The vital.
    pub vital: Vital,
    /// When it was measured.
    pub at: MeasuredTime,
    /// When it arrived (or was entered by re-attribution).
    pub arrived: ClinicalTime,
    /// The value.
    pub value: f64,
    /// The gate's verdict, lifted suspicions applied.
    pub quality: Quality,
    /// Which device.
    pub device: DeviceNumber,
}

impl PointView {
    /// What the device sent.
    pub fn reading(&self) -> Reading {
        Reading {
            at: self.at,
            vital: self.vital,
            value: self.value,
        }
    }
}

impl std::fmt::Debug for PointView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PointView(…)")
    }
}

/// The newest good value of a vital.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LatestValue {
    /// The reading.
    pub point: PointView,
}

/// Which notes to list.
#[derive(Clone, Copy, Debug)]
pub struct NotesQuery {
    /// On whom.
    pub patient: PatientNumber,
    /// First moment at which they were written.
    pub from: ClinicalTime,
    /// First moment after.
    pub until: ClinicalTime,
    /// Only those written before this one.
    pub before: Option<NoteId>,
    /// At most so many.
    pub limit: usize,
}

/// Which alerts to list.
#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    /// Only this patient's.
    pub patient: Option<PatientId>,
    /// Only these wards'; empty means all.
    pub wards: Vec<WardId>,
    /// Only these handlings (`open`).
    pub handling: Vec<String>,
    /// Only these conditions (`active`).
    pub condition: Vec<String>,
    /// Only these kinds (`news2`).
    pub kind: Vec<String>,
    /// Only these priorities (`high`).
    pub priority: Vec<String>,
    /// Only raised at or after.
    pub raised_from: Option<ClinicalTime>,
    /// Continue after this alert: newest event and id of the page's last.
    pub after: Option<(u64, AlertId)>,
    /// At most so many.
    pub limit: usize,
}

/// An alert as listed.
#[derive(Clone, Debug)]
pub struct AlertView {
    /// Its id.
    pub id: AlertId,
    /// Whose.
    pub patient: PatientId,
    /// Sequence of its newest event, for cursors.
    pub newest_event: u64,
    /// What the API shows, JSON.
    pub document: String,
}

/// An event as streamed.
#[derive(Clone, Debug)]
pub struct AlertEventView {
    /// Its sequence.
    pub seq: u64,
    /// Its type.
    pub event_type: String,
    /// The ward of its patient.
    pub ward: WardId,
    /// What SSE shows, JSON.
    pub document: String,
}

/// Something that people ordered about a patient: who, which ward, monitored when.
#[derive(Clone, Debug)]
pub struct OrderView {
    /// When (clinical).
    pub at: ClinicalTime,
    /// The command, JSON.
    pub document: String,
}

/// An alert as it stood at a moment, out of its events.
#[derive(Clone, Debug)]
pub struct StandingView {
    /// The newest event that changed it, JSON.
    pub newest: String,
    /// The newest acknowledgement, JSON.
    pub acknowledged: Option<String>,
    /// The newest closing, by a person or by the clock, JSON.
    pub closed: Option<String>,
}

/// A delivery as listed.
#[derive(Clone, Debug)]
pub struct DeliveryView {
    /// Its place in the order of all deliveries.
    pub number: u64,
    /// The `webhook-id`.
    pub id: String,
    /// To whom.
    pub endpoint: String,
    /// The event's type.
    pub event_type: String,
    /// When it was written (clinical).
    pub created: ClinicalTime,
    /// `waiting`, `delivered`, `failed` or `superseded`.
    pub state: String,
    /// Attempts so far.
    pub attempts: u32,
    /// When the next is due (wall).
    pub next_attempt: WallTime,
    /// The last attempt's HTTP status.
    pub last_status: Option<u16>,
    /// The last attempt's error code.
    pub last_error: Option<String>,
    /// What it tells, from which its endpoint's form of it is made.
    pub body: Vec<u8>,
    /// When the last attempt began (wall).
    pub last_attempt_at: Option<WallTime>,
    /// When the input that caused it arrived (wall).
    pub received: WallTime,
    /// How urgent it is, with all that waits behind it.
    pub urgency: Priority,
    /// Whose alert it tells of.
    pub patient: Option<PatientNumber>,
    /// Why it failed for good (`schedule_used_up`, `endpoint_gone`).
    pub failed_because: Option<String>,
}

/// Where a delivery comes from and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryOrigin {
    /// To whom.
    pub endpoint: EndpointId,
    /// The event's type.
    pub event_type: String,
    /// How urgent.
    pub urgency: Priority,
    /// The alert it tells of; none for what is about Wardlight itself.
    pub alert: Option<String>,
    /// Whether an answer to the alert came before it was taken.
    pub superseded: bool,
}

/// How a channel did in its last attempts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelMeasured {
    /// How long each took, the newest first, ms.
    pub took_ms: Vec<u32>,
    /// How many of them succeeded.
    pub succeeded: usize,
    /// The last that succeeded.
    pub last_success: Option<WallTime>,
    /// The first that failed after the last that succeeded, of those looked at.
    pub failing_since: Option<WallTime>,
    /// The error code of the newest.
    pub last_error: Option<String>,
    /// Deliveries that wait.
    pub waiting: u64,
    /// Deliveries that were given up.
    pub dead_letters: u64,
}

/// One attempt to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAttemptView {
    /// When it began (wall).
    pub at: WallTime,
    /// How long it took, ms.
    pub took_ms: u32,
    /// HTTP status, none when no answer came.
    pub status: Option<u16>,
    /// A stable code for what went wrong, none on success.
    pub error: Option<String>,
}

/// Something in quarantine, as listed.
#[derive(Clone, Debug)]
pub struct QuarantineView {
    /// Its id.
    pub id: i64,
    /// When it arrived.
    pub stamp: ClinicalTime,
    /// From whom.
    pub device: Option<DeviceId>,
    /// The topic.
    pub topic: String,
    /// Stable code.
    pub reason: String,
    /// Length of the whole payload.
    pub length: u64,
    /// SHA-256 of what was kept.
    pub sha256: String,
}
