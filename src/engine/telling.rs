//! Who is told of an event, and in which document: the deliveries of a commit.
//!
//! A delivery holds what its endpoint may know and nothing else: the thin body
//! for those that read the alert themselves, and beside it a `detail` for those
//! whose messages are read by people. The notifier only puts it into form.

use super::core::Core;
use super::documents::{put, webhook_body, webhook_detail};
use crate::alert::EpisodeEvent;
use crate::domain::{ClinicalTime, DeliveryId, EndpointId, PatientNumber, Priority, WallTime};
use crate::registry::{Endpoint, Patient};
use crate::store::{NewDelivery, Write};
use serde_json::Value;

/// What a delivery tells of.
pub(super) struct Told {
    /// The alert event's sequence; 0 for what is about Wardlight itself.
    pub(super) event: u64,
    /// Its name.
    pub(super) event_type: &'static str,
    /// Whose alert.
    pub(super) patient: Option<PatientNumber>,
    /// How urgent.
    pub(super) urgency: Priority,
    /// The document.
    pub(super) body: Value,
}

impl Core {
    /// Writes a delivery of the event to every endpoint that wants it.
    pub(super) fn tell_all(
        &mut self,
        at: (ClinicalTime, WallTime),
        event: &EpisodeEvent,
        seq: u64,
    ) {
        let Some(patient) = self.registry.patient(event.patient) else {
            return;
        };
        let wanting: Vec<_> = self
            .registry
            .endpoints()
            .filter(|endpoint| wants(endpoint, event, patient))
            .map(|endpoint| {
                (
                    endpoint.id.clone(),
                    self.told(endpoint, patient, event, seq),
                )
            })
            .collect();
        for (endpoint, told) in wanting {
            self.deliver(at, endpoint, told);
        }
    }

    /// The event as one endpoint may know it.
    pub(super) fn told(
        &self,
        endpoint: &Endpoint,
        patient: &Patient,
        event: &EpisodeEvent,
        seq: u64,
    ) -> Told {
        Told {
            event: seq,
            event_type: event.event.name(),
            patient: Some(event.patient),
            urgency: event.priority,
            body: self.body_for(endpoint, patient, event, seq),
        }
    }

    fn body_for(
        &self,
        endpoint: &Endpoint,
        patient: &Patient,
        event: &EpisodeEvent,
        seq: u64,
    ) -> Value {
        let mut body = webhook_body(patient, event, self.book.simulated);
        if !endpoint.channel.format.wants_detail() {
            return body;
        }
        let mut detail = webhook_detail(patient, event, seq);
        if endpoint.channel.include_patient_label {
            let ward = self.registry.ward(&patient.ward);
            put(&mut detail, "patient_label", patient.label.as_str());
            put(
                &mut detail,
                "ward_label",
                ward.map(|ward| ward.label.as_str()),
            );
        }
        put(&mut body, "detail", detail);
        body
    }

    /// Writes one delivery, waiting.
    pub(super) fn deliver(
        &mut self,
        at: (ClinicalTime, WallTime),
        endpoint: EndpointId,
        told: Told,
    ) {
        let number = self.next_delivery;
        let id = DeliveryId::new(&format!("msg_{}_{number}", self.book.site))
            .expect("a site is eight hexadecimal digits");
        self.deliver_as(at, (id, endpoint), told);
    }

    /// Writes one delivery under an identifier that no other has.
    pub(super) fn deliver_as(
        &mut self,
        (created, received): (ClinicalTime, WallTime),
        (id, endpoint): (DeliveryId, EndpointId),
        told: Told,
    ) {
        let number = self.next_delivery;
        self.next_delivery += 1;
        self.batch.write(Write::Delivery(Box::new(NewDelivery {
            number,
            id,
            endpoint,
            event: told.event,
            event_type: told.event_type,
            patient: told.patient,
            urgency: told.urgency,
            body: told.body.to_string().into_bytes(),
            created,
            received,
        })));
        self.batch.new_deliveries = true;
    }
}

/// Whether an endpoint wants to hear of the event.
fn wants(endpoint: &Endpoint, event: &EpisodeEvent, patient: &Patient) -> bool {
    let name = event.event.name();
    endpoint.disabled.is_none()
        && (endpoint.event_types.is_empty() || endpoint.event_types.iter().any(|t| t == name))
        && (endpoint.wards.is_empty() || endpoint.wards.contains(&patient.ward))
}
