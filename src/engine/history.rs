//! What the engine looks up beyond its memory.

use super::core::Core;
use crate::domain::{
    AlertId, DeliveryId, DeviceId, DeviceMessage, DeviceNumber, EndpointId, MeasuredTime,
    PatientId, PatientNumber, Reading,
};
use crate::registry::CommandError;
use crate::store::{DeliveryOrigin, JournalKind, OrderRow, PointView, ReplayRange, entry};

/// Reads what is already committed. Called on the engine's thread, rarely.
pub trait History: Send {
    /// The readings stored for `patient` from `device` that were measured from
    /// `from` to before `until`, as sent, those of a moment in the order they
    /// came.
    fn stored(
        &self,
        patient: PatientNumber,
        device: DeviceNumber,
        from: MeasuredTime,
        until: MeasuredTime,
    ) -> Vec<Reading>;

    /// All points of a patient that belong to it today, in any order; if they
    /// are too many for memory, those of the newest days.
    fn points(&self, patient: PatientNumber) -> Vec<PointView>;

    /// A patient's alerts with their documents, the newest events first.
    fn alerts(&self, patient: &PatientId) -> Vec<(AlertId, String)>;

    /// Where a delivery comes from and where it goes.
    fn delivery_of(&self, delivery: &DeliveryId) -> Option<DeliveryOrigin>;

    /// The order that an endpoint gave under this key, once it was carried out.
    ///
    /// # Errors
    /// [`CommandError::Internal`] when that cannot be read: then nobody knows
    /// whether it was.
    fn order_of(&self, endpoint: &EndpointId, key: &str) -> Result<Option<OrderRow>, CommandError>;

    /// How many deliveries a replay would send again, counted up to `limit`.
    fn replayable(&self, range: &ReplayRange, limit: usize) -> u64;

    /// Messages of a device in quarantine for want of a wearer, decoded as when
    /// they arrived, oldest first, each with its row.
    fn quarantined(&self, device: &DeviceId) -> Vec<(i64, DeviceMessage)>;
}

impl Core {
    /// Points in rows that wait for this commit.
    pub(super) fn waiting_points(&self, patient: PatientNumber) -> Vec<PointView> {
        let journal = &self.batch.writes.journal;
        let mut points = Vec::new();
        let rows = journal
            .rows
            .iter()
            .filter(|row| row.patient == Some(patient));
        for row in rows.filter(|row| row.kind == JournalKind::Readings) {
            let (Some(device), Some(body)) =
                (row.device, journal.bytes.get(row.body.0..row.body.1))
            else {
                continue;
            };
            let Ok(entry) = entry::decode(body, row.stamp) else {
                continue;
            };
            let judged = entry.readings.iter().zip(entry.qualities.iter());
            points.extend(judged.map(|(reading, quality)| PointView {
                vital: reading.vital,
                at: reading.at,
                arrived: row.stamp,
                value: reading.value,
                quality: *quality,
                device,
            }));
        }
        points
    }
}
