//! The engine's look-ups beyond its memory, answered by the store.

use crate::decode;
use crate::domain::{
    AlertId, ClinicalTime, DeliveryId, DeviceId, DeviceMessage, DeviceNumber, EndpointId,
    MeasuredTime, PatientId, PatientNumber, Reading,
};
use crate::engine::History;
use crate::registry::CommandError;
use crate::store::{
    AlertFilter, AlertView, DeliveryOrigin, OrderRow, PointView, QuarantineView, QueryError,
    Reader, ReplayRange,
};

/// Points read for a rebuilt state at the most, half a gigabyte: 115 days of six
/// vitals at 5 s. What a state knows of older ones has faded (baselines halve in
/// two weeks).
const POINTS_MAX: usize = 12_000_000;
/// Alerts looked through for a patient whose state is rebuilt.
const ALERTS_MAX: usize = 10_000;
/// Messages taken from quarantine at once: all that its bound of a device holds.
const QUARANTINED_MAX: usize = 20_000;

/// Reads through the store's reader. A read that fails is logged and counts
/// as nothing found: a repeat may then be stored twice, but nothing is lost.
pub(super) struct StoredHistory {
    reader: Reader,
    decode: decode::Settings,
}

impl StoredHistory {
    pub(super) fn new(reader: Reader, decode: decode::Settings) -> Self {
        Self { reader, decode }
    }

    fn found<T: Default>(&self, what: &'static str, result: Result<T, QueryError>) -> T {
        result.unwrap_or_else(|error| {
            tracing::error!(%error, what, "a look-up beyond memory failed; check the disk");
            T::default()
        })
    }

    fn decoded(&self, id: i64, arrived: ClinicalTime) -> Option<DeviceMessage> {
        let payload = self.found("quarantine", self.reader.quarantine_payload(id))?;
        let limits = self.decode.limits();
        decode::decode_vitals(decode::Format::Native, &payload, arrived, &limits).ok()
    }
}

impl History for StoredHistory {
    fn stored(
        &self,
        patient: PatientNumber,
        device: DeviceNumber,
        from: MeasuredTime,
        until: MeasuredTime,
    ) -> Vec<Reading> {
        let stored = self.reader.stored(patient, device, from, until);
        self.found("readings", stored)
    }

    fn points(&self, patient: PatientNumber) -> Vec<PointView> {
        let found = self.reader.newest_days(patient, POINTS_MAX);
        let (points, cut) = self.found("readings", found);
        if let Some(from) = cut {
            tracing::warn!(
                from_ms = from.epoch_ms(),
                "a patient has more readings than a state is folded from: those before were left out, they stay stored"
            );
        }
        points
    }

    fn alerts(&self, patient: &PatientId) -> Vec<(AlertId, String)> {
        let filter = AlertFilter {
            patient: Some(patient.clone()),
            limit: ALERTS_MAX,
            ..AlertFilter::default()
        };
        let found = self.found("alerts", self.reader.alerts(&filter));
        let told = |alert: AlertView| (alert.id, alert.document);
        found.into_iter().map(told).collect()
    }

    fn delivery_of(&self, delivery: &DeliveryId) -> Option<DeliveryOrigin> {
        self.found("delivery", self.reader.delivery_of(delivery))
    }

    fn order_of(&self, endpoint: &EndpointId, key: &str) -> Result<Option<OrderRow>, CommandError> {
        self.reader.order_of(endpoint, key).map_err(|error| {
            tracing::error!(%error, "an order cannot be looked up; check the disk");
            CommandError::Internal
        })
    }

    fn replayable(&self, range: &ReplayRange, limit: usize) -> u64 {
        self.found("deliveries", self.reader.replayable(range, limit))
    }

    fn quarantined(&self, device: &DeviceId) -> Vec<(i64, DeviceMessage)> {
        let mut held: Vec<QuarantineView> = Vec::new();
        while held.len() < QUARANTINED_MAX {
            let before = held.last().map(|row| row.id);
            let page = self
                .reader
                .quarantine(before, QUARANTINED_MAX, Some(device));
            let page = self.found("quarantine", page);
            if page.is_empty() {
                break;
            }
            held.extend(page);
        }
        held.retain(|row| matches!(row.reason.as_str(), "unknown_device" | "unassigned"));
        held.reverse();
        let decoded = |row: QuarantineView| Some((row.id, self.decoded(row.id, row.stamp)?));
        held.into_iter().filter_map(decoded).collect()
    }
}
