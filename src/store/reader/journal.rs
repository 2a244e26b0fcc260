//! The journal for sinks, their progress, and the audit.

use super::documents::PAGE_MAX;
use super::pool::Reader;
use crate::domain::{ClinicalTime, DeviceId, PatientId, PatientNumber, WallTime};
use crate::store::entry::{self, Entry};
use crate::store::error::QueryError;
use crate::store::writes::JournalKind;
use rusqlite::{OptionalExtension, Row};

/// Rows of one page at most.
const ROWS_MAX: usize = 10_000;

/// A message as sinks copy it.
#[derive(Clone, Debug)]
pub struct JournalView {
    /// Its place in the order of all inputs.
    pub seq: u64,
    /// When it arrived.
    pub stamp: ClinicalTime,
    /// Whose.
    pub patient: PatientNumber,
    /// Whose, by the organisation's pseudonym.
    pub patient_id: PatientId,
    /// Which device sent it, when one did.
    pub device: Option<DeviceId>,
    /// What it said.
    pub entry: Entry,
}

/// A page of the journal.
#[derive(Clone, Debug)]
pub struct JournalPage {
    /// Rows with readings.
    pub rows: Vec<JournalView>,
    /// The cursor to go on from: everything up to it is in this page, or has no readings.
    pub next: u64,
    /// The oldest row that is kept: above the cursor + 1, rows were pruned
    /// before the sink copied them.
    pub oldest: Option<u64>,
}

/// A line that a sink's server refused.
#[derive(Clone, Debug)]
pub struct SinkRejectedView {
    /// Its id.
    pub id: i64,
    /// When.
    pub at: WallTime,
    /// What the server said.
    pub reason: String,
    /// The line.
    pub line: Vec<u8>,
}

/// A line of the audit.
#[derive(Clone, Debug)]
pub struct AuditView {
    /// Its id.
    pub id: i64,
    /// When (clinical).
    pub at: ClinicalTime,
    /// Who.
    pub author: String,
    /// What they did.
    pub action: String,
    /// The particulars, JSON.
    pub document: String,
}

impl Reader {
    /// Messages after the journal row `seq`, in order.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read or a row is damaged.
    pub fn journal_after(&self, seq: u64, limit: usize) -> Result<JournalPage, QueryError> {
        let limit = limit.clamp(1, ROWS_MAX);
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT journal.seq, stamp, patient, patient.id, device.id, body FROM journal
                 JOIN patient ON patient.number = journal.patient
                 LEFT JOIN device ON device.number = journal.device
                 WHERE journal.seq > ?1 AND kind = ?2 ORDER BY journal.seq LIMIT ?3",
            )?;
            let mut found = statement.query((seq, JournalKind::Readings as u8, limit))?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                rows.push(view(row)?);
            }
            let sql = "SELECT (SELECT min(seq) FROM journal), (SELECT max(seq) FROM journal)";
            let (oldest, newest): (Option<u64>, Option<u64>) =
                conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let full = rows.len() == limit;
            let last = rows.last().map(|row| row.seq).filter(|_| full);
            let next = last.or(newest).unwrap_or(seq).max(seq);
            Ok(JournalPage { rows, next, oldest })
        })
    }

    /// Of whom readings were stored after the row `seq`, each once, at most `limit`,
    /// and the newest row.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn changed_after(
        &self,
        seq: u64,
        limit: usize,
    ) -> Result<(Vec<PatientNumber>, u64), QueryError> {
        self.read(|conn| {
            let newest: Option<u64> =
                conn.query_row("SELECT max(seq) FROM journal", [], |row| row.get(0))?;
            // What is committed meanwhile is told with the next look.
            let newest = newest.unwrap_or(0);
            let mut statement = conn.prepare_cached(
                "SELECT DISTINCT patient FROM journal
                 WHERE seq > ?1 AND seq <= ?2 AND kind = ?3 AND patient IS NOT NULL LIMIT ?4",
            )?;
            let params = (seq.min(newest), newest, JournalKind::Readings as u8, limit);
            let rows = statement.query_map(params, |row| row.get(0).map(PatientNumber))?;
            Ok((rows.collect::<Result<_, _>>()?, newest))
        })
    }

    /// The stamp of the newest journal row: how far the store's clock has come.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn newest_stamp(&self) -> Result<Option<ClinicalTime>, QueryError> {
        let sql = "SELECT stamp FROM journal ORDER BY seq DESC LIMIT 1";
        self.read(|conn| {
            let stamp = conn.query_row(sql, [], |row| row.get(0)).optional()?;
            Ok(stamp.map(ClinicalTime::from_epoch_ms))
        })
    }

    /// The body of the last row before `seq` that names the version and rules in
    /// force, if it was not pruned.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn version_before(&self, seq: u64) -> Result<Option<Vec<u8>>, QueryError> {
        let sql = "SELECT body FROM journal WHERE seq < ?1 AND kind = ?2
                   ORDER BY seq DESC LIMIT 1";
        let params = (seq, JournalKind::Version as u8);
        self.read(|conn| Ok(conn.query_row(sql, params, |row| row.get(0)).optional()?))
    }

    /// Rules and settings that the last start put in force, JSON.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn rulebook(&self) -> Result<Option<String>, QueryError> {
        let sql = "SELECT value FROM meta WHERE key = 'rulebook'";
        self.read(|conn| Ok(conn.query_row(sql, [], |row| row.get(0)).optional()?))
    }

    /// How far a sink has come: the row and its stamp.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn sink_cursor(&self, sink: &str) -> Result<Option<(u64, ClinicalTime)>, QueryError> {
        let sql = "SELECT seq, stamp FROM sink_cursor WHERE sink = ?1";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let cursor = statement.query_row([sink], |row| {
                Ok((row.get(0)?, ClinicalTime::from_epoch_ms(row.get(1)?)))
            });
            Ok(cursor.optional()?)
        })
    }

    /// The row and stamp of the oldest journal row at or after `stamp`, for a
    /// sink that sends an overlap again.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn journal_at(&self, stamp: ClinicalTime) -> Result<Option<u64>, QueryError> {
        // Stamps ascend with the rows, so a binary search by row needs no index.
        self.read(|conn| {
            let sql = "SELECT (SELECT min(seq) FROM journal), (SELECT max(seq) FROM journal)";
            let range: (Option<u64>, Option<u64>) =
                conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (Some(mut low), Some(newest)) = range else {
                return Ok(None);
            };
            let mut high = newest + 1;
            let mut at = conn
                .prepare_cached("SELECT stamp FROM journal WHERE seq >= ?1 ORDER BY seq LIMIT 1")?;
            while low < high {
                let middle = low + (high - low) / 2;
                let found: i64 = at.query_row([middle], |row| row.get(0))?;
                if found >= stamp.epoch_ms() {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            Ok((low <= newest).then_some(low))
        })
    }

    /// Lines a sink's server refused, the oldest first, after `after`.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn sink_rejected(
        &self,
        sink: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<SinkRejectedView>, QueryError> {
        let sql = "SELECT id, at, reason, line FROM sink_rejected
                   WHERE sink = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let rows = statement.query_map((sink, after, limit.min(PAGE_MAX)), |row| {
                Ok(SinkRejectedView {
                    id: row.get(0)?,
                    at: WallTime::from_epoch_ms(row.get(1)?),
                    reason: row.get(2)?,
                    line: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The audit, the newest first, with an id below `before`.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn audit(&self, before: Option<i64>, limit: usize) -> Result<Vec<AuditView>, QueryError> {
        let sql = "SELECT id, at, author, action, document FROM audit
                   WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let before = before.unwrap_or(i64::MAX);
            let rows = statement.query_map((before, limit.min(PAGE_MAX)), |row| {
                Ok(AuditView {
                    id: row.get(0)?,
                    at: ClinicalTime::from_epoch_ms(row.get(1)?),
                    author: row.get(2)?,
                    action: row.get(3)?,
                    document: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn view(row: &Row<'_>) -> Result<JournalView, QueryError> {
    let seq: u64 = row.get(0)?;
    let stamp = ClinicalTime::from_epoch_ms(row.get(1)?);
    let unknown = |table| QueryError::Unknown { table, what: "id" };
    let patient: String = row.get(3)?;
    let device: Option<String> = row.get(4)?;
    let device = device.map(|id| DeviceId::new(&id)).transpose();
    let body = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
    Ok(JournalView {
        seq,
        stamp,
        patient: PatientNumber(row.get(2)?),
        patient_id: PatientId::new(&patient).map_err(|_| unknown("patient"))?,
        device: device.map_err(|_| unknown("device"))?,
        entry: entry::decode(body, stamp).map_err(|source| QueryError::Entry { seq, source })?,
    })
}
