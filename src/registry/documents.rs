//! The documents the registry keeps. Each is stored as one row of JSON.

use crate::domain::{
    ChannelOptions, ChannelTrouble, ClinicalTime, DeviceId, DeviceNumber, EndpointId, MeasuredTime,
    PatientContext, PatientId, PatientNumber, ReadingSource, TeamId, WardId,
};
use serde::{Deserialize, Serialize};

use super::{Role, WardScope};

/// A monitored person, known by a pseudonym.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Patient {
    /// The store's own number.
    pub number: PatientNumber,
    /// The organisation's pseudonym; never an NHS number.
    pub id: PatientId,
    /// What the ward board shows.
    pub label: String,
    /// The ward that answers for the patient.
    pub ward: WardId,
    /// The team that looks after the patient, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// What detectors know.
    pub context: PatientContext,
}

/// A ward or team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ward {
    /// Its identifier.
    pub id: WardId,
    /// What people call it.
    pub label: String,
    /// The time zone in which its pages show times, an IANA name; none: that of the
    /// whole installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// A watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The store's own number.
    pub number: DeviceNumber,
    /// As it stands in the topic.
    pub id: DeviceId,
    /// Maker's model, from its status message or the registry.
    pub model: String,
    /// Firmware, from its status message.
    pub firmware: String,
}

/// Number of an assignment, in the order they were made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssignmentId(pub u64);

/// Who wore a device, by the time of measurement: from `start` until before `end`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Its number.
    pub id: AssignmentId,
    /// The device.
    pub device: DeviceNumber,
    /// The wearer.
    pub patient: PatientNumber,
    /// First measured moment that belongs to the patient.
    pub start: MeasuredTime,
    /// First moment that does not, none while it lasts.
    pub end: Option<MeasuredTime>,
    /// Who made it.
    pub author: String,
}

impl Assignment {
    /// Whether a value measured at `at` belongs to this assignment.
    pub fn covers(&self, at: MeasuredTime) -> bool {
        self.start <= at && self.end.is_none_or(|end| at < end)
    }

    /// Whether both cover some moment.
    pub fn overlaps(&self, start: MeasuredTime, end: Option<MeasuredTime>) -> bool {
        self.end.is_none_or(|mine| start < mine) && end.is_none_or(|theirs| self.start < theirs)
    }

    /// Who measured what a device of these assignments is stored with: what
    /// nobody ever wore is a form that people fill in.
    pub fn source(of_device: &[Self]) -> ReadingSource {
        if of_device.is_empty() {
            ReadingSource::Staff
        } else {
            ReadingSource::Watch
        }
    }
}

/// A webhook endpoint. Secrets never print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its identifier.
    pub id: EndpointId,
    /// Where deliveries go, `https` unless allowed by name in the configuration;
    /// empty for mail.
    pub url: String,
    /// What the organisation calls it.
    pub label: String,
    /// Signing secrets (`whsec_…` or `whsk_…`), newest first; all of them sign.
    /// Formats that do not sign keep their receiver's key or token here.
    pub secrets: Vec<String>,
    /// Event types it wants (`alert.raised`); empty means all.
    pub event_types: Vec<String>,
    /// Only patients of these wards; empty means all.
    pub wards: Vec<WardId>,
    /// Why it is off (answered 410, or switched off by a person), none while it is on.
    pub disabled: Option<String>,
    /// Who registered it.
    pub author: String,
    /// When.
    pub created: ClinicalTime,
    /// The form of its messages.
    #[serde(default, flatten)]
    pub channel: ChannelOptions,
    /// Since when it takes nothing; none while it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<ChannelTrouble>,
}

impl Endpoint {
    /// Why it is off when it answered 410.
    pub const GONE: &str = "the endpoint answered 410 Gone";

    /// Whether it is told when Wardlight itself may not work.
    pub fn hears_of_system(&self) -> bool {
        !self.id.is_canary() && self.disabled.is_none() && self.channel.system_events
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A bearer token: its SHA-256, never the token. Tokens are 32 random bytes,
/// so a plain hash is enough: there is nothing to guess.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The name that the audit shows.
    pub name: String,
    /// SHA-256 of the token, hexadecimal.
    pub sha256: String,
    /// What it may do.
    pub role: Role,
    /// Where.
    #[serde(default)]
    pub wards: WardScope,
    /// When it was made.
    pub created: ClinicalTime,
    /// When it was revoked.
    pub revoked: Option<ClinicalTime>,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// What a watch shows the listener: SHA-256 of its password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCredential {
    /// The device, also its MQTT user name.
    pub device: DeviceId,
    /// SHA-256 of each password in force, hexadecimal; two during a rotation.
    pub sha256: Vec<String>,
    /// When it was made or last rotated.
    pub changed: ClinicalTime,
    /// When it was revoked.
    pub revoked: Option<ClinicalTime>,
}

impl std::fmt::Debug for DeviceCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceCredential(…)")
    }
}
