//! What the demo's summary and the health page count.

use super::pool::Reader;
use crate::domain::{CANARY, ClinicalTime};
use crate::store::entry;
use crate::store::error::QueryError;
use crate::store::writes::JournalKind;
use rusqlite::Connection;

/// Deliveries whose delay is looked at: the newest.
const DELAYS_MAX: usize = 100_000;

/// The store in numbers, without the canary.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Counts {
    /// Readings in chunks and journal.
    pub readings: u64,
    /// Messages with readings still in the journal only.
    pub messages_waiting: u64,
    /// Patients.
    pub patients: u64,
    /// Devices.
    pub devices: u64,
    /// Episodes by kind.
    pub alerts: Vec<(String, u64)>,
    /// Deliveries by state.
    pub deliveries: Vec<(String, u64)>,
    /// From the arrival of the deciding input to the end of the attempt that
    /// delivered, wall time.
    pub delay: Option<DelayPercentiles>,
    /// Payloads in quarantine.
    pub quarantined: u64,
    /// Bytes of the database in use.
    pub database_bytes: u64,
}

/// Delays of deliveries, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayPercentiles {
    /// How many were looked at.
    pub deliveries: usize,
    /// Half were faster.
    pub median_ms: i64,
    /// 99 of 100 were faster.
    pub p99_ms: i64,
}

impl Reader {
    /// Counts everything. Reads the journal that is not rolled up: not for
    /// every request.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read or is damaged.
    pub fn counts(&self) -> Result<Counts, QueryError> {
        self.read(|conn| {
            let one = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, u64>(0));
            let real = |sql: &str| conn.query_row(sql, [CANARY], |row| row.get::<_, u64>(0));
            let (messages_waiting, in_journal) = waiting(conn)?;
            let in_chunks = real(
                "SELECT coalesce(sum(readings), 0) FROM chunk WHERE patient IS NOT
                     (SELECT number FROM patient WHERE id = ?1)",
            )?;
            Ok(Counts {
                readings: in_chunks + in_journal,
                messages_waiting,
                patients: real("SELECT count(*) FROM patient WHERE id <> ?1")?,
                devices: real("SELECT count(*) FROM device WHERE id <> ?1")?,
                alerts: by(
                    conn,
                    "SELECT kind, count(*) FROM alert WHERE patient IS NOT
                         (SELECT number FROM patient WHERE id = ?1) GROUP BY kind",
                )?,
                deliveries: by(
                    conn,
                    "SELECT state, count(*) FROM delivery WHERE endpoint <> ?1 GROUP BY state",
                )?,
                delay: delay(conn)?,
                quarantined: one("SELECT count(*) FROM quarantine")?,
                database_bytes: one("PRAGMA page_size")?
                    * (one("PRAGMA page_count")? - one("PRAGMA freelist_count")?),
            })
        })
    }
}

/// Messages and readings of the journal that are in no chunk.
fn waiting(conn: &Connection) -> Result<(u64, u64), QueryError> {
    let mut statement = conn.prepare_cached(
        "SELECT journal.seq, stamp, body FROM journal
         LEFT JOIN rolled ON rolled.patient = journal.patient
         WHERE kind = ?1 AND journal.seq > coalesce(rolled.seq, 0) AND journal.patient IS NOT
             (SELECT number FROM patient WHERE id = ?2)",
    )?;
    let mut rows = statement.query((JournalKind::Readings as u8, CANARY))?;
    let (mut messages, mut readings) = (0, 0);
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        let stamp = ClinicalTime::from_epoch_ms(row.get(1)?);
        let body = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        let entry = entry::decode(body, stamp);
        let entry = entry.map_err(|source| QueryError::Entry { seq, source })?;
        messages += 1;
        readings += entry.readings.len() as u64;
    }
    Ok((messages, readings))
}

fn by(conn: &Connection, sql: &str) -> Result<Vec<(String, u64)>, QueryError> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([CANARY], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn delay(conn: &Connection) -> Result<Option<DelayPercentiles>, QueryError> {
    let mut statement = conn.prepare_cached(
        "SELECT (SELECT min(at + took_ms) FROM delivery_attempt
                 WHERE delivery = number AND error IS NULL) - first_received AS delay
         FROM delivery WHERE state = 'delivered' AND endpoint <> ?2 AND delay IS NOT NULL
         ORDER BY number DESC LIMIT ?1",
    )?;
    let rows = statement.query_map((DELAYS_MAX, CANARY), |row| row.get(0))?;
    let mut delays: Vec<i64> = rows.collect::<Result<_, _>>()?;
    delays.sort_unstable();
    let at = |percent: usize| delays.get((delays.len() * percent / 100).min(delays.len() - 1));
    if delays.is_empty() {
        return Ok(None);
    }
    let percentiles = at(50).zip(at(99));
    Ok(percentiles.map(|(median, p99)| DelayPercentiles {
        deliveries: delays.len(),
        median_ms: *median,
        p99_ms: *p99,
    }))
}
