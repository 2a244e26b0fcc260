//! What the API reads, answered by the store: all but the canary, whose lists
//! the store leaves out itself.

use crate::alert::routing::{Router, Table};
use crate::api::{
    AssignmentsOf, AuditView, Bucket, ChartCheck, EndpointCheck, ReadError, ReadSource, Signatures,
    SignedRequest, Telling,
};
use crate::domain::{
    AlertId, ClinicalTime, DeviceId, DeviceNumber, EndpointId, LinkRefused, LinkedAction,
    PatientId, PatientNumber, Silence, Vital, WallTime, WardId,
};
use crate::engine::{self, UsualThen};
use crate::notify::{self, ActionLinks, AddressGuard, ChartLinks, SystemLookup, verify};
use crate::registry::{Assignment, AssignmentId, Device, Endpoint, Note, Patient, Ward};
use crate::store::{
    AlertEventView, AlertFilter, AlertView, ChannelMeasured, DeliveryView, LatestValue, NotesQuery,
    OrderView, PointView, QuarantineView, QueryError, Reader, ReadingsQuery, StandingView,
};
use std::sync::Arc;

/// Reads through the store's reader.
pub(super) struct StoredReads {
    reader: Reader,
    table: Arc<Table>,
    retention_days: u32,
}

impl StoredReads {
    pub(super) fn new(reader: Reader, table: Arc<Table>, retention_days: u32) -> Self {
        Self {
            reader,
            table,
            retention_days,
        }
    }
}

/// Whether a webhook may be registered, by the notifier's own rules.
pub(super) fn endpoint_check(settings: &notify::Settings) -> EndpointCheck {
    let guard = AddressGuard::new(settings, Arc::new(SystemLookup));
    Arc::new(move |url| match guard.check_form(url.as_str()) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    })
}

/// What a link to a chart asks for, as the notifier signed it.
pub(super) fn chart_check(links: ChartLinks) -> ChartCheck {
    Arc::new(move |token, now| {
        let asked = links.check(token, now)?;
        Some((asked.alert, asked.vital, asked.at))
    })
}

/// What was signed, as the notifier signs.
pub(super) struct Signed(pub(super) ActionLinks);

impl Signatures for Signed {
    fn link(&self, token: &str, now: i64) -> Result<LinkedAction, LinkRefused> {
        self.0.check(token, now)
    }

    fn is_signed(&self, secrets: &[String], request: &SignedRequest<'_>, now: WallTime) -> bool {
        let SignedRequest {
            id,
            timestamp,
            signature,
            body,
        } = *request;
        let shared = secrets.iter().filter(|one| one.starts_with("whsec_"));
        let mut shared = shared.map(|one| verify(one, id, timestamp, body, signature, now));
        shared.any(|verified| verified.is_ok())
    }
}

fn read<T>(what: &'static str, result: Result<T, QueryError>) -> Result<T, ReadError> {
    result.map_err(|source| ReadError {
        what,
        source: Box::new(source),
    })
}

impl ReadSource for StoredReads {
    fn readings(&self, query: &ReadingsQuery) -> Result<(Vec<PointView>, bool), ReadError> {
        read("readings", self.reader.readings(query))
    }

    fn bucketed(
        &self,
        query: &ReadingsQuery,
        bucket_ms: u32,
    ) -> Result<(Vec<Bucket>, bool), ReadError> {
        read("readings", self.reader.bucketed(query, bucket_ms))
    }

    fn latest(&self, patient: PatientNumber) -> Result<Vec<LatestValue>, ReadError> {
        read("latest values", self.reader.latest(patient))
    }

    fn latest_known(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
    ) -> Result<Vec<LatestValue>, ReadError> {
        read("latest values", self.reader.latest_known(patient, at))
    }

    fn known_since(&self) -> Result<Option<ClinicalTime>, ReadError> {
        read("the audit", self.reader.known_since())
    }

    fn patient(&self, id: &PatientId) -> Result<Option<Patient>, ReadError> {
        let found = read("a patient", self.reader.patient(id))?;
        Ok(found.filter(|patient| !patient.id.is_canary()))
    }

    fn patient_by_number(&self, number: PatientNumber) -> Result<Option<Patient>, ReadError> {
        let found = read("a patient", self.reader.patient_numbered(number))?;
        Ok(found.filter(|patient| !patient.id.is_canary()))
    }

    fn patients(
        &self,
        ward: Option<&WardId>,
        after: Option<&PatientId>,
        limit: usize,
    ) -> Result<Vec<Patient>, ReadError> {
        read("patients", self.reader.patients(ward, after, limit))
    }

    fn wards(&self) -> Result<Vec<Ward>, ReadError> {
        read("wards", self.reader.wards())
    }

    fn devices(&self, after: Option<&DeviceId>, limit: usize) -> Result<Vec<Device>, ReadError> {
        read("devices", self.reader.devices(after, limit))
    }

    fn device(&self, id: &DeviceId) -> Result<Option<Device>, ReadError> {
        let found = read("a device", self.reader.device(id))?;
        Ok(found.filter(|device| !device.id.is_canary()))
    }

    fn device_by_number(&self, number: DeviceNumber) -> Result<Option<Device>, ReadError> {
        read("a device", self.reader.device_numbered(number))
    }

    fn assignments(&self, of: AssignmentsOf) -> Result<Vec<Assignment>, ReadError> {
        let found = match of {
            AssignmentsOf::Patient(number) => self.reader.assignments_of_patient(number),
            AssignmentsOf::Device(number) => self.reader.assignments_of_device(number),
        };
        read("assignments", found)
    }

    fn assignment(&self, id: AssignmentId) -> Result<Option<Assignment>, ReadError> {
        read("an assignment", self.reader.assignment(id))
    }

    fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertView>, ReadError> {
        read("alerts", self.reader.alerts(filter))
    }

    fn alert(&self, id: &AlertId) -> Result<Option<AlertView>, ReadError> {
        let found = read("an alert", self.reader.alert(id))?;
        Ok(found.filter(|alert| !alert.patient.is_canary()))
    }

    fn usual_when_raised(&self, id: &AlertId, vital: Vital) -> Result<UsualThen, ReadError> {
        let found = engine::usual_when_raised(&self.reader, id, vital);
        read("what was usual", found)
    }

    fn explanation(&self, id: &AlertId) -> Result<Option<serde_json::Value>, ReadError> {
        let found = engine::explanation(&self.reader, id, self.retention_days);
        read("what an alert was judged from", found)
    }

    fn alert_events_of(&self, id: &AlertId) -> Result<Vec<AlertEventView>, ReadError> {
        read("an alert's events", self.reader.alert_events_of(id))
    }

    fn alert_events_after(&self, seq: u64, limit: usize) -> Result<Vec<AlertEventView>, ReadError> {
        read("alert events", self.reader.alert_events_after(seq, limit))
    }

    fn changed_after(
        &self,
        seq: u64,
        limit: usize,
    ) -> Result<(Vec<PatientNumber>, u64), ReadError> {
        read("the journal", self.reader.changed_after(seq, limit))
    }

    fn event_bounds(&self) -> Result<Option<(u64, u64)>, ReadError> {
        read("alert events", self.reader.alert_event_range())
    }

    fn patients_ever_on(
        &self,
        ward: Option<&WardId>,
        limit: usize,
    ) -> Result<Vec<Patient>, ReadError> {
        read("patients", self.reader.patients_ever_on(ward, limit))
    }

    fn orders_about(&self, patient: &PatientId, limit: usize) -> Result<Vec<OrderView>, ReadError> {
        read("the audit", self.reader.orders_about(patient, limit))
    }

    fn alert_events_between(
        &self,
        patient: PatientNumber,
        from: ClinicalTime,
        until: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<String>, ReadError> {
        let found = self
            .reader
            .alert_events_between(patient, from, until, limit);
        read("alert events", found)
    }

    fn standing_alerts(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<StandingView>, ReadError> {
        read("alerts", self.reader.standing_alerts(patient, at, limit))
    }

    fn notes(&self, query: &NotesQuery) -> Result<Vec<Note>, ReadError> {
        read("notes", self.reader.notes(query))
    }

    fn endpoints(&self) -> Result<Vec<Endpoint>, ReadError> {
        let mut all = read("webhooks", self.reader.endpoints())?;
        all.retain(|endpoint| !endpoint.id.is_canary());
        Ok(all)
    }

    fn endpoint(&self, id: &EndpointId) -> Result<Option<Endpoint>, ReadError> {
        let found = read("a webhook", self.reader.endpoint(id))?;
        Ok(found.filter(|endpoint| !endpoint.id.is_canary()))
    }

    fn deliveries(
        &self,
        endpoint: &EndpointId,
        state: Option<&str>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeliveryView>, ReadError> {
        read(
            "deliveries",
            self.reader.deliveries(Some(endpoint), state, after, limit),
        )
    }

    fn tellings(&self, alert: &AlertId, limit: usize) -> Result<Vec<Telling>, ReadError> {
        let found = read("deliveries", self.reader.deliveries_about(alert, limit))?;
        let named = |delivery: DeliveryView| {
            let endpoint = match EndpointId::new(&delivery.endpoint) {
                Ok(id) => self.endpoint(&id)?,
                Err(_) => None,
            };
            let channel = endpoint.map_or_else(|| delivery.endpoint.clone(), |known| known.label);
            Ok(Telling { delivery, channel })
        };
        found.into_iter().map(named).collect()
    }

    fn channel_measured(&self, endpoint: &EndpointId) -> Result<ChannelMeasured, ReadError> {
        read("deliveries", self.reader.channel_measured(endpoint))
    }

    fn silences(&self) -> Result<Vec<Silence>, ReadError> {
        let rows = read("silences", self.reader.routing())?;
        let (router, _) = Router::load(Arc::clone(&self.table), rows);
        Ok(router.silences().cloned().collect())
    }

    fn routing(&self) -> Result<serde_json::Value, ReadError> {
        read(
            "routing",
            engine::routing_in_force(&self.reader, &self.table),
        )
    }

    fn route_plan(
        &self,
        id: &AlertId,
        at: Option<ClinicalTime>,
    ) -> Result<Option<serde_json::Value>, ReadError> {
        let plan = read(
            "an alert's route",
            engine::route_plan(&self.reader, &self.table, id, at),
        )?;
        let shown = plan.map(serde_json::to_value).transpose();
        shown.map_err(|source| ReadError {
            what: "an alert's route",
            source: Box::new(source),
        })
    }

    fn quarantine(
        &self,
        after: Option<i64>,
        limit: usize,
        device: Option<&DeviceId>,
    ) -> Result<Vec<QuarantineView>, ReadError> {
        read(
            "the quarantine",
            self.reader.quarantine(after, limit, device),
        )
    }

    fn quarantine_one(&self, id: i64) -> Result<Option<QuarantineView>, ReadError> {
        read("the quarantine", self.reader.quarantine_one(id))
    }

    fn quarantine_payload(&self, id: i64) -> Result<Option<Vec<u8>>, ReadError> {
        read("the quarantine", self.reader.quarantine_payload(id))
    }

    fn audit(&self, after: Option<i64>, limit: usize) -> Result<Vec<AuditView>, ReadError> {
        read("the audit", self.reader.audit(after, limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::{Secret, sign};

    const SHARED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const PRIVATE: &str = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    const NOW: WallTime = WallTime::from_epoch_ms(1_795_305_600_000);

    /// Whether a request that `by` signed is believed of an endpoint with `secrets`.
    fn is_believed(by: &str, secrets: &[&str], seconds_later: i64) -> bool {
        let signed = Signed(ActionLinks::new(b"secret", 24, 30));
        let secret = Secret::parse(by).expect("a secret");
        let headers = sign(&[secret], "msg_1", NOW, b"{}").expect("signed");
        let request = SignedRequest {
            id: &headers.id,
            timestamp: &headers.timestamp,
            signature: &headers.signature,
            body: b"{}",
        };
        let secrets: Vec<_> = secrets.iter().map(|&secret| secret.to_owned()).collect();
        let now = WallTime::from_epoch_ms(NOW.epoch_ms() + seconds_later * 1_000);
        signed.is_signed(&secrets, &request, now)
    }

    #[test]
    fn a_request_is_believed_by_a_secret_that_both_sides_have_for_five_minutes() {
        assert!(
            is_believed(SHARED, &[PRIVATE, SHARED], 0),
            "also while it is rotated"
        );
        assert!(is_believed(SHARED, &[SHARED], 300) && is_believed(SHARED, &[SHARED], -300));
        assert!(!is_believed(SHARED, &[SHARED], 301) && !is_believed(SHARED, &[SHARED], -301));
        assert!(!is_believed(SHARED, &[], 0));
        let own = is_believed(PRIVATE, &[PRIVATE], 0);
        assert!(!own, "what only Wardlight can sign came from Wardlight");
    }
}
