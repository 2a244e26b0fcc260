//! The registry as routing looks it up.

use crate::alert::EventType;
use crate::alert::routing::{Directory, Place};
use crate::domain::{DeviceId, EndpointId, PatientNumber};
use crate::registry::{Endpoint, Registry};

/// Patients and endpoints as they are registered.
pub(super) struct Known<'a>(pub(super) &'a Registry);

impl Directory for Known<'_> {
    fn place(&self, patient: PatientNumber) -> Option<Place> {
        let known = self.0.patient(patient)?;
        Some(Place {
            patient: known.id.clone(),
            ward: known.ward.clone(),
            team: known.team.clone(),
        })
    }

    fn wears(&self, patient: PatientNumber, device: &DeviceId) -> bool {
        let number = self.0.device_number(device.as_str());
        number.and_then(|number| self.0.current_wearer(number)) == Some(patient)
    }

    fn unable(&self, endpoint: &EndpointId, place: &Place, event: EventType) -> Option<String> {
        match self.0.endpoint(endpoint) {
            Some(known) => refusal(known, place, event),
            None => Some("there is no such endpoint".to_owned()),
        }
    }

    fn able(&self, place: &Place, event: EventType) -> Vec<EndpointId> {
        let endpoints = self.0.endpoints();
        let able = endpoints.filter(|endpoint| refusal(endpoint, place, event).is_none());
        able.map(|endpoint| endpoint.id.clone()).collect()
    }
}

/// Why an endpoint does not take such an event.
pub(super) fn refusal(endpoint: &Endpoint, place: &Place, event: EventType) -> Option<String> {
    let types = &endpoint.event_types;
    if let Some(reason) = &endpoint.disabled {
        return Some(format!("it is switched off ({reason})"));
    }
    if !types.is_empty() && !types.iter().any(|name| name == event.name()) {
        return Some(format!("it does not ask for {}", event.name()));
    }
    if !endpoint.wards.is_empty() && !endpoint.wards.contains(&place.ward) {
        return Some("it does not serve this ward".to_owned());
    }
    None
}
