//! What routing needs to know of an alert, of its patient and of endpoints.

use crate::alert::{AlarmState, EpisodeEvent, EventType};
use crate::domain::{
    AlertId, AlertKind, ClinicalTime, Condition, DeviceId, EndpointId, Evidence, Handling,
    MeasuredTime, PatientId, PatientNumber, Priority, TeamId, WardId, compact_kind,
};
use serde::{Deserialize, Serialize};

/// Where a patient belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The pseudonym.
    pub patient: PatientId,
    /// The ward.
    pub ward: WardId,
    /// The team, if any.
    pub team: Option<TeamId>,
}

/// An alert as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Its patient's number.
    pub number: PatientNumber,
    /// Where its patient belongs.
    pub place: Place,
    /// About what.
    #[serde(with = "compact_kind")]
    pub kind: AlertKind,
    /// Whether it rests on values of one vital alone.
    pub one_vital: bool,
    /// How urgent.
    pub priority: Priority,
    /// Whether it holds.
    pub condition: Condition,
    /// What people did.
    pub handling: Handling,
    /// Whether a person made it quiet for a while.
    pub snoozed: bool,
    /// Whether it waits for a person although its condition ended.
    pub latched: bool,
    /// When it was raised.
    pub raised_at: ClinicalTime,
    /// When its condition began.
    pub began_at: MeasuredTime,
}

impl Facts {
    /// Of an event of a patient who belongs to `place`.
    pub fn new(event: &EpisodeEvent, place: Place) -> Self {
        let attention = event.attention.as_ref();
        Self {
            number: event.patient,
            place,
            kind: event.kind,
            one_vital: one_vital(&event.evidence),
            priority: event.priority,
            condition: event.condition,
            handling: event.handling,
            snoozed: attention.is_some_and(|attention| attention.snooze.is_some()),
            latched: event.acm.state == AlarmState::Latched,
            raised_at: event.raised_at,
            began_at: event.began_at,
        }
    }

    /// Whether a person is still to answer it: nobody did, and it holds or
    /// waits for a person although it ended.
    pub fn asks(&self) -> bool {
        self.handling == Handling::Open
            && !self.snoozed
            && (self.condition == Condition::Active || self.latched)
    }
}

/// Whether all deciding values are of one vital.
pub fn one_vital(evidence: &Evidence) -> bool {
    let mut vitals = evidence.values.iter().map(|value| value.vital);
    let first = vitals.next();
    first.is_some() && vitals.all(|vital| Some(vital) == first)
}

/// An event on its way to the people.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Of which alert.
    pub alert: AlertId,
    /// What.
    pub event: EventType,
    /// Its sequence.
    pub seq: u64,
    /// When.
    pub at: ClinicalTime,
    /// Whether a person did it.
    pub by_person: bool,
    /// The alert as it stands with it.
    pub facts: Facts,
}

/// What routing looks up.
pub trait Directory {
    /// Where a patient belongs today.
    fn place(&self, patient: PatientNumber) -> Option<Place>;

    /// Whether the patient wears this device.
    fn wears(&self, patient: PatientNumber, device: &DeviceId) -> bool;

    /// Why an endpoint cannot be told of such an event now; none when it can.
    fn unable(&self, endpoint: &EndpointId, place: &Place, event: EventType) -> Option<String>;

    /// Every endpoint that can be told of such an event.
    fn able(&self, place: &Place, event: EventType) -> Vec<EndpointId>;
}
