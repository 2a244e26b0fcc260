//! What somebody may see and change by ward. Whatever is asked for goes through
//! here: what lies on other wards is not there.

use super::source::{
    AssignmentsOf, AuditView, Bucket, ChannelMeasured, ReadError, ReadSource, Telling,
};
use crate::domain::{
    AlertId, ClinicalTime, DeviceId, DeviceNumber, EndpointId, PatientId, PatientNumber, Silence,
    SilenceScope, Vital, WardId,
};
use crate::engine::UsualThen;
use crate::registry::{Assignment, AssignmentId, Device, Endpoint, Note, Patient, Ward, WardScope};
use crate::store::{
    AlertEventView, AlertFilter, AlertView, DeliveryView, LatestValue, NotesQuery, OrderView,
    PointView, QuarantineView, ReadingsQuery, StandingView,
};
use std::collections::BTreeSet;

/// A source of which only some wards are seen. Numbers of patients come only out
/// of its own answers, so what is asked by number is not looked at again.
pub(super) struct Scoped<'a> {
    pub(super) source: &'a dyn ReadSource,
    pub(super) wards: &'a BTreeSet<WardId>,
}

impl Scoped<'_> {
    pub(super) fn holds(&self, ward: &WardId) -> bool {
        self.wards.contains(ward)
    }

    pub(super) fn holds_alert(&self, id: &AlertId) -> Result<bool, ReadError> {
        Ok(self.alert(id)?.is_some())
    }

    /// A silence belongs to the wards it can keep quiet: one of a device to nobody's.
    pub(super) fn holds_silence(&self, scope: &SilenceScope) -> Result<bool, ReadError> {
        let on_ward = scope.ward.as_ref().is_some_and(|ward| self.holds(ward));
        let of_patient = match &scope.patient {
            Some(id) => self.patient(id)?.is_some(),
            None => false,
        };
        Ok(on_ward || of_patient)
    }

    /// Whether everybody who hears through it is of these wards.
    fn holds_endpoint(&self, endpoint: &Endpoint) -> bool {
        !endpoint.wards.is_empty() && endpoint.wards.iter().all(|ward| self.holds(ward))
    }

    /// Whether a device is worn by nobody of other wards.
    pub(super) fn may_see_device(&self, id: &DeviceId) -> Result<bool, ReadError> {
        let Some(device) = self.source.device(id)? else {
            return Ok(true);
        };
        let all = self
            .source
            .assignments(AssignmentsOf::Device(device.number))?;
        for worn in all.iter().filter(|one| one.end.is_none()) {
            if self.patient_by_number(worn.patient)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl ReadSource for Scoped<'_> {
    fn readings(&self, query: &ReadingsQuery) -> Result<(Vec<PointView>, bool), ReadError> {
        self.source.readings(query)
    }

    fn bucketed(
        &self,
        query: &ReadingsQuery,
        bucket_ms: u32,
    ) -> Result<(Vec<Bucket>, bool), ReadError> {
        self.source.bucketed(query, bucket_ms)
    }

    fn latest(&self, patient: PatientNumber) -> Result<Vec<LatestValue>, ReadError> {
        self.source.latest(patient)
    }

    fn latest_known(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
    ) -> Result<Vec<LatestValue>, ReadError> {
        self.source.latest_known(patient, at)
    }

    fn known_since(&self) -> Result<Option<ClinicalTime>, ReadError> {
        self.source.known_since()
    }

    fn patient(&self, id: &PatientId) -> Result<Option<Patient>, ReadError> {
        let found = self.source.patient(id)?;
        Ok(found.filter(|patient| self.holds(&patient.ward)))
    }

    fn patient_by_number(&self, number: PatientNumber) -> Result<Option<Patient>, ReadError> {
        let found = self.source.patient_by_number(number)?;
        Ok(found.filter(|patient| self.holds(&patient.ward)))
    }

    fn patients(
        &self,
        ward: Option<&WardId>,
        after: Option<&PatientId>,
        limit: usize,
    ) -> Result<Vec<Patient>, ReadError> {
        let mut found = Vec::new();
        for one in self
            .wards
            .iter()
            .filter(|one| ward.is_none_or(|ward| ward == *one))
        {
            found.extend(self.source.patients(Some(one), after, limit)?);
        }
        found.sort_by(|one, other| one.id.cmp(&other.id));
        found.truncate(limit);
        Ok(found)
    }

    fn wards(&self) -> Result<Vec<Ward>, ReadError> {
        let mut all = self.source.wards()?;
        all.retain(|ward| self.holds(&ward.id));
        Ok(all)
    }

    fn devices(&self, after: Option<&DeviceId>, limit: usize) -> Result<Vec<Device>, ReadError> {
        self.source.devices(after, limit)
    }

    fn device(&self, id: &DeviceId) -> Result<Option<Device>, ReadError> {
        self.source.device(id)
    }

    fn device_by_number(&self, number: DeviceNumber) -> Result<Option<Device>, ReadError> {
        self.source.device_by_number(number)
    }

    fn assignments(&self, of: AssignmentsOf) -> Result<Vec<Assignment>, ReadError> {
        let mut seen = Vec::new();
        for one in self.source.assignments(of)? {
            if self.patient_by_number(one.patient)?.is_some() {
                seen.push(one);
            }
        }
        Ok(seen)
    }

    fn assignment(&self, id: AssignmentId) -> Result<Option<Assignment>, ReadError> {
        let Some(found) = self.source.assignment(id)? else {
            return Ok(None);
        };
        Ok(self.patient_by_number(found.patient)?.map(|_| found))
    }

    fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertView>, ReadError> {
        let asked = |ward: &&WardId| filter.wards.is_empty() || filter.wards.contains(ward);
        let wards: Vec<_> = self.wards.iter().filter(asked).cloned().collect();
        if wards.is_empty() {
            return Ok(Vec::new());
        }
        self.source.alerts(&AlertFilter {
            wards,
            ..filter.clone()
        })
    }

    fn alert(&self, id: &AlertId) -> Result<Option<AlertView>, ReadError> {
        let Some(found) = self.source.alert(id)? else {
            return Ok(None);
        };
        Ok(self.patient(&found.patient)?.map(|_| found))
    }

    fn usual_when_raised(&self, id: &AlertId, vital: Vital) -> Result<UsualThen, ReadError> {
        // A picture is made of an alert that was found before.
        self.source.usual_when_raised(id, vital)
    }

    fn explanation(&self, id: &AlertId) -> Result<Option<serde_json::Value>, ReadError> {
        match self.holds_alert(id)? {
            true => self.source.explanation(id),
            false => Ok(None),
        }
    }

    fn alert_events_of(&self, id: &AlertId) -> Result<Vec<AlertEventView>, ReadError> {
        match self.holds_alert(id)? {
            true => self.source.alert_events_of(id),
            false => Ok(Vec::new()),
        }
    }

    fn alert_events_after(&self, seq: u64, limit: usize) -> Result<Vec<AlertEventView>, ReadError> {
        let mut events = self.source.alert_events_after(seq, limit)?;
        events.retain(|event| self.holds(&event.ward));
        Ok(events)
    }

    fn changed_after(
        &self,
        seq: u64,
        limit: usize,
    ) -> Result<(Vec<PatientNumber>, u64), ReadError> {
        let (mut numbers, newest) = self.source.changed_after(seq, limit)?;
        let mut seen = Vec::new();
        for number in numbers.drain(..) {
            if self.patient_by_number(number)?.is_some() {
                seen.push(number);
            }
        }
        Ok((seen, newest))
    }

    fn event_bounds(&self) -> Result<Option<(u64, u64)>, ReadError> {
        self.source.event_bounds()
    }

    fn patients_ever_on(
        &self,
        ward: Option<&WardId>,
        limit: usize,
    ) -> Result<Vec<Patient>, ReadError> {
        match ward {
            Some(ward) if self.holds(ward) => self.source.patients_ever_on(Some(ward), limit),
            // A report of several wards is asked for one by one.
            Some(_) | None => Ok(Vec::new()),
        }
    }

    fn orders_about(&self, patient: &PatientId, limit: usize) -> Result<Vec<OrderView>, ReadError> {
        self.source.orders_about(patient, limit)
    }

    fn alert_events_between(
        &self,
        patient: PatientNumber,
        from: ClinicalTime,
        until: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<String>, ReadError> {
        self.source
            .alert_events_between(patient, from, until, limit)
    }

    fn standing_alerts(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<StandingView>, ReadError> {
        self.source.standing_alerts(patient, at, limit)
    }

    fn notes(&self, query: &NotesQuery) -> Result<Vec<Note>, ReadError> {
        self.source.notes(query)
    }

    fn endpoints(&self) -> Result<Vec<Endpoint>, ReadError> {
        let mut all = self.source.endpoints()?;
        all.retain(|endpoint| self.holds_endpoint(endpoint));
        Ok(all)
    }

    fn endpoint(&self, id: &EndpointId) -> Result<Option<Endpoint>, ReadError> {
        let found = self.source.endpoint(id)?;
        Ok(found.filter(|endpoint| self.holds_endpoint(endpoint)))
    }

    fn deliveries(
        &self,
        endpoint: &EndpointId,
        state: Option<&str>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeliveryView>, ReadError> {
        match self.endpoint(endpoint)? {
            Some(_) => self.source.deliveries(endpoint, state, before, limit),
            None => Ok(Vec::new()),
        }
    }

    fn tellings(&self, alert: &AlertId, limit: usize) -> Result<Vec<Telling>, ReadError> {
        match self.holds_alert(alert)? {
            true => self.source.tellings(alert, limit),
            false => Ok(Vec::new()),
        }
    }

    fn channel_measured(&self, endpoint: &EndpointId) -> Result<ChannelMeasured, ReadError> {
        self.source.channel_measured(endpoint)
    }

    fn silences(&self) -> Result<Vec<Silence>, ReadError> {
        let mut seen = Vec::new();
        for silence in self.source.silences()? {
            if self.holds_silence(&silence.scope)? {
                seen.push(silence);
            }
        }
        Ok(seen)
    }

    fn routing(&self) -> Result<serde_json::Value, ReadError> {
        self.source.routing()
    }

    fn route_plan(
        &self,
        id: &AlertId,
        at: Option<ClinicalTime>,
    ) -> Result<Option<serde_json::Value>, ReadError> {
        match self.holds_alert(id)? {
            true => self.source.route_plan(id, at),
            false => Ok(None),
        }
    }

    fn quarantine(
        &self,
        before: Option<i64>,
        limit: usize,
        device: Option<&DeviceId>,
    ) -> Result<Vec<QuarantineView>, ReadError> {
        let (mut seen, mut before) = (Vec::new(), before);
        // The quarantine is bounded, and so is this.
        loop {
            let page = self.source.quarantine(before, limit, device)?;
            let is_last = page.len() < limit;
            before = page.last().map(|last| last.id);
            for one in page {
                let is_seen = match &one.device {
                    Some(device) => self.may_see_device(device)?,
                    None => true,
                };
                if is_seen && seen.len() < limit {
                    seen.push(one);
                }
            }
            if is_last || seen.len() == limit {
                return Ok(seen);
            }
        }
    }

    fn quarantine_one(&self, id: i64) -> Result<Option<QuarantineView>, ReadError> {
        let Some(found) = self.source.quarantine_one(id)? else {
            return Ok(None);
        };
        let is_seen = match &found.device {
            Some(device) => self.may_see_device(device)?,
            None => true,
        };
        Ok(is_seen.then_some(found))
    }

    fn quarantine_payload(&self, id: i64) -> Result<Option<Vec<u8>>, ReadError> {
        match self.quarantine_one(id)? {
            Some(_) => self.source.quarantine_payload(id),
            None => Ok(None),
        }
    }

    fn audit(&self, _: Option<i64>, _: usize) -> Result<Vec<AuditView>, ReadError> {
        // Who reads it sees all of it, or nothing.
        Ok(Vec::new())
    }
}

/// Reads with what `wards` leave to be seen.
pub(super) fn scoped<T>(
    source: &dyn ReadSource,
    wards: &WardScope,
    reading: impl FnOnce(&dyn ReadSource) -> T,
) -> T {
    match wards {
        WardScope::All => reading(source),
        WardScope::Only(wards) => reading(&Scoped { source, wards }),
    }
}
