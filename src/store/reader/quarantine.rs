//! What was set aside.

use super::documents::PAGE_MAX;
use super::pool::Reader;
use crate::domain::{ClinicalTime, DeviceId};
use crate::store::error::QueryError;
use crate::store::views::QuarantineView;
use rusqlite::{OptionalExtension, Row};

impl Reader {
    /// Quarantined payloads, the newest first, with an id below `before`; of
    /// one device when given.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn quarantine(
        &self,
        before: Option<i64>,
        limit: usize,
        device: Option<&DeviceId>,
    ) -> Result<Vec<QuarantineView>, QueryError> {
        let of_device = if device.is_some() {
            "device = ?3"
        } else {
            "?3 IS NULL"
        };
        let sql = format!(
            "SELECT id, stamp, device, topic, reason, length, sha256 FROM quarantine
             WHERE id < ?1 AND {of_device} ORDER BY id DESC LIMIT ?2"
        );
        let device = device.map(|device| device.as_str());
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let rows = statement.query_map(
                (before.unwrap_or(i64::MAX), limit.min(PAGE_MAX), device),
                view,
            )?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One thing.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn quarantine_one(&self, id: i64) -> Result<Option<QuarantineView>, QueryError> {
        let sql =
            "SELECT id, stamp, device, topic, reason, length, sha256 FROM quarantine WHERE id = ?1";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            Ok(statement.query_row([id], view).optional()?)
        })
    }

    /// The bytes that were kept.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn quarantine_payload(&self, id: i64) -> Result<Option<Vec<u8>>, QueryError> {
        let sql = "SELECT payload FROM quarantine WHERE id = ?1";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            Ok(statement.query_row([id], |row| row.get(0)).optional()?)
        })
    }
}

fn view(row: &Row<'_>) -> rusqlite::Result<QuarantineView> {
    let device: Option<String> = row.get(2)?;
    Ok(QuarantineView {
        id: row.get(0)?,
        stamp: ClinicalTime::from_epoch_ms(row.get(1)?),
        // A name that is not an identifier is shown as none, as it came.
        device: device.and_then(|device| DeviceId::new(&device).ok()),
        topic: row.get(3)?,
        reason: row.get(4)?,
        length: row.get(5)?,
        sha256: row.get(6)?,
    })
}
