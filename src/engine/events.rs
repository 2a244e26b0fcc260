//! What happens to episodes becomes rows, capsules and deliveries, all in the
//! commit of the input that caused it.

use super::capsule::{self, CapsuleBody, Cause};
use super::core::Core;
use super::documents::{alert_document, event_document, webhook_body};
use super::word::PatientInput;
use crate::alert::{EpisodeEvent, EventType};
use crate::domain::{ClinicalTime, DeliveryId, PatientNumber, WallTime};
use crate::store::{AlertEventRow, AlertRow, Capsule, NewDelivery, Write};

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
            if event.event == EventType::Raised {
                self.write_capsule(seq, stamp, input, event);
            }
            numbered.extend(self.publish(patient, event).map(|seq| (seq, event)));
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
        self.counters.alert_event(event);
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

    /// Writes a delivery of the event to every endpoint that wants it.
    pub(super) fn tell_all(
        &mut self,
        (stamp, received): (ClinicalTime, WallTime),
        event: &EpisodeEvent,
        event_seq: u64,
    ) {
        let Some(patient) = self.registry.patient(event.patient) else {
            return;
        };
        let body = webhook_body(patient, event, self.book.simulated);
        let ward = patient.ward.clone();
        let wanting: Vec<_> = self
            .registry
            .endpoints()
            .filter(|endpoint| endpoint.disabled.is_none())
            .filter(|e| {
                e.event_types.is_empty() || e.event_types.iter().any(|t| t == event.event.name())
            })
            .filter(|e| e.wards.is_empty() || e.wards.contains(&ward))
            .map(|endpoint| endpoint.id.clone())
            .collect();
        for endpoint in wanting {
            self.deliver(
                stamp,
                received,
                endpoint,
                event_seq,
                event.event.name(),
                body.clone(),
            );
        }
    }

    /// Writes one delivery, waiting.
    pub(super) fn deliver(
        &mut self,
        created: ClinicalTime,
        received: WallTime,
        endpoint: crate::domain::EndpointId,
        event: u64,
        event_type: &'static str,
        body: Vec<u8>,
    ) {
        let number = self.next_delivery;
        self.next_delivery += 1;
        let id = DeliveryId::new(&format!("msg_{}_{number}", self.book.site))
            .expect("a site is eight hexadecimal digits");
        self.batch.write(Write::Delivery(Box::new(NewDelivery {
            number,
            id,
            endpoint,
            event,
            event_type,
            body,
            created,
            received,
        })));
        self.batch.new_deliveries = true;
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
