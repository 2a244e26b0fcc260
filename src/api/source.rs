//! What the API reads, as traits: the store and the other shells stand behind them.
//!
//! All methods are synchronous and may block; the API calls them off the
//! async threads, a bounded number at once.

use crate::domain::{
    AlertId, ClinicalTime, DeviceId, DeviceNumber, EndpointId, PatientId, PatientNumber, Silence,
    Vital, WardId,
};
use crate::engine::UsualThen;
use crate::registry::{Assignment, AssignmentId, Device, Endpoint, Note, Patient, Ward};
use crate::store::{
    AlertEventView, AlertFilter, AlertView, DeliveryView, LatestValue, NotesQuery, OrderView,
    PointView, QuarantineView, ReadingsQuery, StandingView,
};
pub use crate::store::{AuditView, Bucket, ChannelMeasured};

/// A read that failed below the API; the cause is logged, never shown.
#[derive(Debug, thiserror::Error)]
#[error("failed to read {what}")]
pub struct ReadError {
    /// What was asked for (`alerts`).
    pub what: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Whose assignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentsOf {
    /// All devices one patient wore.
    Patient(PatientNumber),
    /// All patients one device was worn by.
    Device(DeviceNumber),
}

/// A message about an alert, with what its channel is called.
#[derive(Clone, Debug)]
pub struct Telling {
    /// The message and what became of it.
    pub delivery: DeliveryView,
    /// What the organisation calls the channel; its id where it is gone.
    pub channel: String,
}

/// Everything that is read from committed data. Lists come in a stable order
/// and never hold more than `limit`.
pub trait ReadSource: Send + Sync {
    /// Readings by vital (its code), measured time, arrival; and whether there
    /// were more than the limit.
    fn readings(&self, query: &ReadingsQuery) -> Result<(Vec<PointView>, bool), ReadError>;
    /// The range in stretches of `bucket_ms`, aligned to the epoch; stretches
    /// without a reading are left out. At most the query's limit, and whether
    /// there were more.
    fn bucketed(
        &self,
        query: &ReadingsQuery,
        bucket_ms: u32,
    ) -> Result<(Vec<Bucket>, bool), ReadError>;
    /// The newest good value of each vital that was ever measured.
    fn latest(&self, patient: PatientNumber) -> Result<Vec<LatestValue>, ReadError>;
    /// The same of what had arrived at a moment, as it was attributed then.
    fn latest_known(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
    ) -> Result<Vec<LatestValue>, ReadError>;
    /// Since when anything is known at all; none before the first.
    fn known_since(&self) -> Result<Option<ClinicalTime>, ReadError>;
    /// One patient.
    fn patient(&self, id: &PatientId) -> Result<Option<Patient>, ReadError>;
    /// One patient by the store's number.
    fn patient_by_number(&self, number: PatientNumber) -> Result<Option<Patient>, ReadError>;
    /// Patients by id, of one ward or all, after `after`.
    fn patients(
        &self,
        ward: Option<&WardId>,
        after: Option<&PatientId>,
        limit: usize,
    ) -> Result<Vec<Patient>, ReadError>;
    /// All wards by id.
    fn wards(&self) -> Result<Vec<Ward>, ReadError>;
    /// Devices by id, after `after`.
    fn devices(&self, after: Option<&DeviceId>, limit: usize) -> Result<Vec<Device>, ReadError>;
    /// One device.
    fn device(&self, id: &DeviceId) -> Result<Option<Device>, ReadError>;
    /// One device by the store's number.
    fn device_by_number(&self, number: DeviceNumber) -> Result<Option<Device>, ReadError>;
    /// Assignments by start.
    fn assignments(&self, of: AssignmentsOf) -> Result<Vec<Assignment>, ReadError>;
    /// One assignment.
    fn assignment(&self, id: AssignmentId) -> Result<Option<Assignment>, ReadError>;
    /// Alerts, newest event first.
    fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertView>, ReadError>;
    /// One alert.
    fn alert(&self, id: &AlertId) -> Result<Option<AlertView>, ReadError>;
    /// What was usual of a vital when an alert was raised.
    fn usual_when_raised(&self, id: &AlertId, vital: Vital) -> Result<UsualThen, ReadError>;
    /// An alert judged again from what was known then; none when there is no such alert.
    fn explanation(&self, id: &AlertId) -> Result<Option<serde_json::Value>, ReadError>;
    /// What happened to one alert, oldest first.
    fn alert_events_of(&self, id: &AlertId) -> Result<Vec<AlertEventView>, ReadError>;
    /// Events of all alerts with a sequence above `seq`, oldest first.
    fn alert_events_after(&self, seq: u64, limit: usize) -> Result<Vec<AlertEventView>, ReadError>;
    /// Of whom readings were stored after the journal row `seq`, at most `limit`, and
    /// the journal's newest row.
    fn changed_after(&self, seq: u64, limit: usize)
    -> Result<(Vec<PatientNumber>, u64), ReadError>;
    /// Sequences of the oldest and the newest event kept; none before the first event.
    fn event_bounds(&self) -> Result<Option<(u64, u64)>, ReadError>;
    /// Patients by id who are on a ward or ever were; all without a ward.
    fn patients_ever_on(
        &self,
        ward: Option<&WardId>,
        limit: usize,
    ) -> Result<Vec<Patient>, ReadError>;
    /// What was ordered about a patient's ward and monitoring, oldest first.
    fn orders_about(&self, patient: &PatientId, limit: usize) -> Result<Vec<OrderView>, ReadError>;
    /// Documents of the events of a patient's alerts in [from, until), in order.
    fn alert_events_between(
        &self,
        patient: PatientNumber,
        from: ClinicalTime,
        until: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<String>, ReadError>;
    /// A patient's alerts that may have been unresolved at a moment, as they
    /// stood then.
    fn standing_alerts(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<StandingView>, ReadError>;
    /// Notes on a patient, the newest first.
    fn notes(&self, query: &NotesQuery) -> Result<Vec<Note>, ReadError>;
    /// All webhook endpoints by id.
    fn endpoints(&self) -> Result<Vec<Endpoint>, ReadError>;
    /// One webhook endpoint.
    fn endpoint(&self, id: &EndpointId) -> Result<Option<Endpoint>, ReadError>;
    /// Deliveries to one endpoint, newest first, with a number below `before`.
    fn deliveries(
        &self,
        endpoint: &EndpointId,
        state: Option<&str>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeliveryView>, ReadError>;
    /// What was sent of one alert, oldest first.
    fn tellings(&self, alert: &AlertId, limit: usize) -> Result<Vec<Telling>, ReadError>;
    /// How a channel did in its last attempts.
    fn channel_measured(&self, endpoint: &EndpointId) -> Result<ChannelMeasured, ReadError>;
    /// All maintenance silences, ended ones too.
    fn silences(&self) -> Result<Vec<Silence>, ReadError>;
    /// The routing configuration in force.
    fn routing(&self) -> Result<serde_json::Value, ReadError>;
    /// Who would be told of an alert; none when there is no such alert.
    fn route_plan(
        &self,
        id: &AlertId,
        at: Option<ClinicalTime>,
    ) -> Result<Option<serde_json::Value>, ReadError>;
    /// What lies in quarantine, newest first, with an id below `before`.
    fn quarantine(
        &self,
        before: Option<i64>,
        limit: usize,
        device: Option<&DeviceId>,
    ) -> Result<Vec<QuarantineView>, ReadError>;
    /// One thing in quarantine.
    fn quarantine_one(&self, id: i64) -> Result<Option<QuarantineView>, ReadError>;
    /// The bytes of one thing in quarantine.
    fn quarantine_payload(&self, id: i64) -> Result<Option<Vec<u8>>, ReadError>;
    /// The audit, newest first, with an id below `before`.
    fn audit(&self, before: Option<i64>, limit: usize) -> Result<Vec<AuditView>, ReadError>;
}

/// How a part of the service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// It does its work.
    Working,
    /// It works less well than it should; the service is still ready.
    Degraded,
    /// It does not work; the service is not ready.
    Failed,
}

/// How one part of the service is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentHealth {
    /// The part (`store`, `subscriber`).
    pub name: &'static str,
    /// How it is.
    pub state: HealthState,
    /// Why, unless it works; of the canary always its last round trip. Shown without a token: no identifiers, no addresses.
    pub reason: Option<String>,
}

/// What lives in the memory of the engine and the other shells.
pub trait LiveSource: Send + Sync + 'static {
    /// NEWS2 bounds with their inputs, ages and gaps; none for a patient never scored.
    fn scores(&self, patient: PatientNumber) -> Option<serde_json::Value>;
    /// Every part of the service.
    fn health(&self) -> Vec<ComponentHealth>;
    /// All metrics in Prometheus' (OpenMetrics) text format.
    fn metrics_text(&self) -> String;
}
