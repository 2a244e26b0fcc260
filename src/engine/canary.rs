//! The canary: its alerts go to its own endpoint and to nobody else, and what
//! became of its round trips is told by the channels that hear of the system.

use super::core::Core;
use super::documents::{put, rfc3339, webhook_body};
use super::routing::Numbered;
use super::telling::Told;
use crate::alert::EventType;
use crate::domain::{ChannelTrouble, ClinicalTime, EndpointId, PatientNumber, Priority, WallTime};
use crate::store::{JournalKind, Write};
use serde_json::{Value, json};

const LATE: &str = "system.canary_late";
const RECOVERED: &str = "system.canary_recovered";
/// What a round trip leaves in the store is kept for so long.
const KEPT_MS: i64 = 3_600_000;

/// What became of the canary's round trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryChange {
    /// One is late.
    Late {
        /// When it began.
        since: WallTime,
        /// When the last one that came round ended, if one did.
        last_round: Option<WallTime>,
        /// How far it got, as a stable code.
        seen: &'static str,
    },
    /// One came round in time.
    OnTime,
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

    /// Round trips are late, or in time again: noted at the canary's endpoint,
    /// so that a restart does not say it twice, and told once.
    pub(super) fn on_canary(&mut self, at: (ClinicalTime, WallTime), change: CanaryChange) {
        let endpoint = EndpointId::canary();
        let before = self.registry.endpoint(&endpoint);
        let before = before.and_then(|endpoint| endpoint.trouble.clone());
        let trouble = match change {
            CanaryChange::Late { since, seen, .. } => Some(ChannelTrouble {
                since,
                error: seen.to_owned(),
                told: None,
            }),
            CanaryChange::OnTime => None,
        };
        let Some(changed) = self.registry.note_trouble(&endpoint, trouble.clone()) else {
            return;
        };
        let body = json!({ "canary": endpoint.as_str(), "late": trouble.is_some() });
        self.journal_plain(at.0, JournalKind::DeliveryReport, None, &body);
        self.on_change(at.0, at.1, changed);
        let shown = trouble.or(before);
        let mut data = json!({
            "since": shown.as_ref().map(|t| rfc3339(t.since.epoch_ms())),
            "error": shown.map(|t| t.error),
        });
        let (event, urgency) = match change {
            CanaryChange::Late { last_round, .. } => {
                let last_round = last_round.map(|at| rfc3339(at.epoch_ms()));
                put(&mut data, "last_round_trip", json!(last_round));
                (LATE, Priority::High)
            }
            CanaryChange::OnTime => (RECOVERED, Priority::Low),
        };
        self.tell_of_canary(at, (event, urgency), data);
    }

    /// Tells every channel that hears of the system.
    fn tell_of_canary(
        &mut self,
        at: (ClinicalTime, WallTime),
        (event_type, urgency): (&'static str, Priority),
        mut data: Value,
    ) {
        let label = self.registry.endpoint(&EndpointId::canary());
        put(
            &mut data,
            "label",
            label.map(|canary| canary.label.as_str()),
        );
        put(&mut data, "priority", json!(urgency));
        put(&mut data, "simulated", self.book.simulated);
        put(&mut data, "href", "/health/ready");
        let body = json!({
            "type": event_type,
            "timestamp": rfc3339(at.0.epoch_ms()),
            "data": data,
        });
        let channels: Vec<_> = self
            .registry
            .endpoints()
            .filter(|e| !e.id.is_canary() && e.disabled.is_none() && e.channel.system_events)
            .map(|endpoint| endpoint.id.clone())
            .collect();
        for endpoint in channels {
            let told = Told {
                event: 0,
                event_type,
                patient: None,
                urgency,
                body: body.clone(),
            };
            self.deliver(at, endpoint, told);
        }
    }
}
