//! In which time zone a page shows its times: the ward's where it is about one ward's
//! patients and the ward has one, else that of the installation.

use super::words::Zone;
use crate::api::access::Caller;
use crate::api::problem::Problem;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{AlertId, PatientId, WardId};
use crate::registry::Ward;
use std::collections::BTreeMap;

/// The zones of wards.
#[derive(Clone)]
pub(super) struct Zones {
    /// That of the whole installation.
    general: Zone,
    own: BTreeMap<WardId, Zone>,
}

impl Zones {
    /// Those of wards, where they have one.
    pub(super) fn of(general: &str, wards: &[Ward]) -> Self {
        let own = wards.iter().filter_map(|ward| {
            let zone = Zone::named(ward.time_zone.as_deref()?);
            Some((ward.id.clone(), zone))
        });
        Self {
            general: Zone::named(general),
            own: own.collect(),
        }
    }

    /// The zone of a ward; without one that of the installation.
    pub(super) fn ward(&self, ward: Option<&WardId>) -> &Zone {
        let own = ward.and_then(|ward| self.own.get(ward));
        own.unwrap_or(&self.general)
    }
}

/// The zone of a ward that was chosen.
pub(super) async fn of_ward(
    state: &ApiState,
    caller: &Caller,
    ward: Option<&WardId>,
) -> Result<Zone, Problem> {
    let ward = ward.cloned();
    let found = zone(state, caller, move |_| Ok(ward));
    found.await
}

/// The zone of the ward that answers for a patient.
pub(super) async fn of_patient(
    state: &ApiState,
    caller: &Caller,
    id: &str,
) -> Result<Zone, Problem> {
    let id = PatientId::new(id).ok();
    let found = zone(state, caller, move |source| match id {
        Some(id) => ward_of(source, &id),
        None => Ok(None),
    });
    found.await
}

/// The zone of the ward that answers for an alert's patient.
pub(super) async fn of_alert(
    state: &ApiState,
    caller: &Caller,
    id: &AlertId,
) -> Result<Zone, Problem> {
    let id = id.clone();
    let found = zone(state, caller, move |source| match source.alert(&id)? {
        Some(alert) => ward_of(source, &alert.patient),
        None => Ok(None),
    });
    found.await
}

fn ward_of(source: &dyn ReadSource, id: &PatientId) -> Result<Option<WardId>, ReadError> {
    Ok(source.patient(id)?.map(|patient| patient.ward))
}

async fn zone(
    state: &ApiState,
    caller: &Caller,
    find: impl FnOnce(&dyn ReadSource) -> Result<Option<WardId>, ReadError> + Send + 'static,
) -> Result<Zone, Problem> {
    let general = state.settings().zone.clone();
    let reading = move |source: &dyn ReadSource| {
        let ward = find(source)?;
        let zones = Zones::of(&general, &source.wards()?);
        Ok(zones.ward(ward.as_ref()).clone())
    };
    state.read(caller, reading).await
}
