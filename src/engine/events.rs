//! What happens to episodes becomes rows, capsules and deliveries, all in the
//! commit of the input that caused it.

use super::capsule::{self, CapsuleBody, Cause};
use super::core::Core;
use super::documents::{alert_document, event_document};
use super::word::PatientInput;
use crate::alert::{EpisodeEvent, EventType};
use crate::domain::{ClinicalTime, PatientNumber, WallTime};
use crate::store::{AlertEventRow, AlertRow, Capsule, Write};

impl Core {
    /// Writes what the last step did to the patient's episodes.
    pub(super) fn publish_events(
        &mut self,
        seq: u64,
        stamp: ClinicalTime,
        received: WallTime,
        patient: PatientNumber,
        input: &PatientInput<'_>,
    ) {
        let events = std::mem::take(&mut self.output.events);
        let mut numbered = Vec::with_capacity(events.len());
        for event in &events {
            if event.event.begins() {
                self.write_capsule(seq, stamp, input, event);
            }
            let published = self.publish(patient, event).map(|seq| (seq, event));
            // What was over when it became known is for the list alone.
            numbered.extend(published.filter(|_| event.event != EventType::FoundLate));
        }
        if !numbered.is_empty() {
            self.route((stamp, received), patient, &numbered);
        }
        self.output.events = events;
    }

    /// Writes an event and the episode as it stands with it.
    fn publish(&mut self, number: PatientNumber, event: &EpisodeEvent) -> Option<u64> {
        let event_seq = self.next_event;
        self.next_event += 1;
        let patient = self.registry.patient(number)?;
        let simulated = self.book.simulated;
        let document = alert_document(patient, event, event_seq, simulated);
        let shown = event_document(event, event_seq, simulated, Some(patient));
        if !patient.id.is_canary() {
            self.counters.alert_event(event);
        }
        self.batch.write(Write::Alert(Box::new(AlertRow {
            id: event.id.clone(),
            patient: number,
            kind: event.kind,
            priority: event.priority,
            condition: event.condition,
            handling: event.handling,
            raised_at: event.raised_at,
            began_at: event.began_at,
            newest_event: event_seq,
            document,
        })));
        self.batch.write(Write::AlertEvent(Box::new(AlertEventRow {
            seq: event_seq,
            alert: event.id.clone(),
            patient: number,
            event_type: event.event.name(),
            at: event.at,
            document: shown,
        })));
        self.batch.newest_event = Some(event_seq);
        Some(event_seq)
    }

    fn write_capsule(
        &mut self,
        seq: u64,
        stamp: ClinicalTime,
        input: &PatientInput<'_>,
        event: &EpisodeEvent,
    ) {
        let (readings, source) = match input {
            PatientInput::Readings { readings, source } => {
                let plain = readings
                    .iter()
                    .map(|r| (r.at.epoch_ms(), r.vital.code(), r.value));
                (plain.collect(), Some(*source))
            }
            _ => (Vec::new(), None),
        };
        let body = CapsuleBody {
            version: super::VERSION.to_owned(),
            seq,
            stamp,
            rulebook: capsule::json(&*self.book),
            state_before: super::snapshot::encode(&self.scratch),
            readings,
            source,
            decision: event_document(event, 0, self.book.simulated, None),
        };
        let body = capsule::encode(&body, &Cause::of(input));
        self.batch.write(Write::Capsule(Capsule {
            alert: event.id.clone(),
            body,
        }));
    }
}
