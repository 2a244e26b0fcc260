//! The canary: its alerts go to its own endpoint and to nobody else, and what
//! became of its round trips is told by the channels that hear of the system.

use super::batch::Reply;
use super::core::Core;
use super::documents::{put, rfc3339, webhook_body};
use super::routing::Numbered;
use super::telling::Told;
use crate::alert::EventType;
use crate::domain::{
    ChannelTrouble, ClinicalTime, DeliveryId, EndpointId, PatientNumber, Priority, WallTime,
};
use crate::store::{JournalKind, Write};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use tokio::sync::oneshot;

const LATE: &str = "system.canary_late";
const RECOVERED: &str = "system.canary_recovered";
const SWITCHED_OFF: &str = "system.canary_switched_off";
/// What a round trip leaves in the store is kept for so long.
const KEPT_MS: i64 = 3_600_000;

/// What became of the canary's round trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryChange {
    /// One is late.
    Late(CanaryLate),
    /// One came round in time.
    OnTime,
    /// Nobody tests any more.
    SwitchedOff,
}

/// A round trip that is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryLate {
    /// When it began.
    pub since: WallTime,
    /// When the last one that came round ended, if one did.
    pub last_round: Option<WallTime>,
    /// How far it got, as a stable code.
    pub seen: &'static str,
    /// By chance, for the identifiers of its messages: one that has to go out
    /// before its record is known again by it.
    pub seed: u64,
}

impl CanaryLate {
    /// The identifier of its message to an endpoint.
    ///
    /// # Panics
    /// Never: the text is an identifier.
    pub fn message(&self, to: &EndpointId) -> DeliveryId {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(to.as_str());
        let mut text = String::from("msg_late_");
        for byte in hash.finalize().iter().take(12) {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        DeliveryId::new(&text).expect("hexadecimal digits make an identifier")
    }

    /// The document of its messages. `label`: what they are headed with.
    pub fn document(&self, at: ClinicalTime, label: &str, simulated: bool) -> Value {
        let data = json!({
            "since": rfc3339(self.since.epoch_ms()),
            "error": self.seen,
            "last_round_trip": self.last_round.map(|at| rfc3339(at.epoch_ms())),
        });
        document(LATE, at, (data, Priority::High), (Some(label), simulated))
    }
}

/// The document of a message about the canary.
fn document(
    event_type: &'static str,
    at: ClinicalTime,
    (mut data, urgency): (Value, Priority),
    (label, simulated): (Option<&str>, bool),
) -> Value {
    put(&mut data, "label", label);
    put(&mut data, "priority", json!(urgency));
    put(&mut data, "simulated", simulated);
    put(&mut data, "href", "/health/ready");
    json!({ "type": event_type, "timestamp": rfc3339(at.epoch_ms()), "data": data })
}

impl Core {
    pub(super) fn is_canary(&self, patient: PatientNumber) -> bool {
        let patient = self.registry.patient(patient);
        patient.is_some_and(|patient| patient.id.is_canary())
    }

    /// Writes the canary's endpoint a delivery of each beginning, past all
    /// routing: no silence, rota or flood keeps it back, and no person gets it.
    pub(super) fn tell_canary(
        &mut self,
        at: (ClinicalTime, WallTime),
        patient: PatientNumber,
        events: &[Numbered<'_>],
    ) {
        let endpoint = EndpointId::canary();
        let known = self.registry.endpoint(&endpoint);
        let is_on = known.is_some_and(|known| known.disabled.is_none());
        let before = at.0.plus_ms(-KEPT_MS);
        for (seq, event) in events {
            let begins = matches!(event.event, EventType::Raised | EventType::Reopened);
            let known = self.registry.patient(patient);
            let Some(known) = known.filter(|_| begins && is_on) else {
                continue;
            };
            let told = Told {
                event: *seq,
                event_type: event.event.name(),
                // In no patient's order: a trip never waits for the one before.
                patient: None,
                urgency: event.priority,
                body: webhook_body(known, event, self.book.simulated),
            };
            self.deliver(at, endpoint.clone(), told);
            self.batch.write(Write::ForgetCanary { patient, before });
        }
    }

    /// Round trips are late, or no longer: noted at the canary's endpoint, so
    /// that a restart does not say it twice, and told once.
    pub(super) fn on_canary(
        &mut self,
        at: (ClinicalTime, WallTime),
        change: CanaryChange,
        reply: oneshot::Sender<()>,
    ) {
        self.batch.replies.push(Reply::Committed(reply));
        let endpoint = EndpointId::canary();
        let before = self.registry.endpoint(&endpoint);
        let before = before.and_then(|endpoint| endpoint.trouble.clone());
        let trouble = match change {
            CanaryChange::Late(late) => Some(ChannelTrouble {
                since: late.since,
                error: late.seen.to_owned(),
                told: None,
            }),
            CanaryChange::OnTime | CanaryChange::SwitchedOff => None,
        };
        let Some(changed) = self.registry.note_trouble(&endpoint, trouble.clone()) else {
            return;
        };
        let body = json!({ "canary": endpoint.as_str(), "late": trouble.is_some() });
        self.journal_plain(at.0, JournalKind::DeliveryReport, None, &body);
        self.on_change(at.0, at.1, changed);
        match change {
            CanaryChange::Late(late) => self.tell_late(at, late),
            // What is over is good to know; that nobody tests any more must be seen.
            CanaryChange::OnTime => self.tell_over(at, (RECOVERED, Priority::Low), before),
            CanaryChange::SwitchedOff => {
                self.tell_over(at, (SWITCHED_OFF, Priority::Medium), before);
            }
        }
    }

    fn tell_late(&mut self, at: (ClinicalTime, WallTime), late: CanaryLate) {
        let label = self.canary_label().unwrap_or_default();
        let body = late.document(at.0, &label, self.book.simulated);
        for endpoint in self.hear_of_the_system() {
            let id = late.message(&endpoint);
            let told = about_the_canary(LATE, Priority::High, body.clone());
            self.deliver_as(at, (id, endpoint), told);
        }
    }

    fn tell_over(
        &mut self,
        at: (ClinicalTime, WallTime),
        (event_type, urgency): (&'static str, Priority),
        before: Option<ChannelTrouble>,
    ) {
        let data = json!({
            "since": before.as_ref().map(|t| rfc3339(t.since.epoch_ms())),
            "error": before.map(|t| t.error),
        });
        let (label, simulated) = (self.canary_label(), self.book.simulated);
        let about = (label.as_deref(), simulated);
        let body = document(event_type, at.0, (data, urgency), about);
        for endpoint in self.hear_of_the_system() {
            let told = about_the_canary(event_type, urgency, body.clone());
            self.deliver(at, endpoint, told);
        }
    }

    fn canary_label(&self) -> Option<String> {
        let endpoint = self.registry.endpoint(&EndpointId::canary())?;
        Some(endpoint.label.clone())
    }

    /// Every channel that hears of the system.
    fn hear_of_the_system(&self) -> Vec<EndpointId> {
        let endpoints = self.registry.endpoints();
        let hearing = endpoints.filter(|endpoint| endpoint.hears_of_system());
        hearing.map(|endpoint| endpoint.id.clone()).collect()
    }
}

fn about_the_canary(event_type: &'static str, urgency: Priority, body: Value) -> Told {
    Told {
        event: 0,
        event_type,
        patient: None,
        urgency,
        body,
    }
}
