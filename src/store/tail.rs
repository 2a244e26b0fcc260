//! A patient's journal rows that are not in chunks yet.

use super::entry::{self, Entry};
use super::error::QueryError;
use super::writes::JournalKind;
use crate::domain::{ClinicalTime, DeviceNumber, PatientNumber};
use rusqlite::{Connection, OptionalExtension};

/// A readings row of the tail.
pub(super) struct TailRow {
    pub(super) seq: u64,
    pub(super) stamp: ClinicalTime,
    pub(super) device: DeviceNumber,
    pub(super) entry: Entry,
}

/// Where the patient's chunks end.
pub(super) fn rolled(conn: &Connection, patient: PatientNumber) -> Result<u64, QueryError> {
    let mut statement = conn.prepare_cached("SELECT seq FROM rolled WHERE patient = ?1")?;
    let rolled = statement.query_row([patient.0], |row| row.get(0));
    Ok(rolled.optional()?.unwrap_or(0))
}

/// Follows the chain from `head` back to `rolled`; oldest first.
///
/// A row that is gone ends the chain: only rows without readings are pruned
/// before they are rolled up.
pub(super) fn rows(
    conn: &Connection,
    head: Option<u64>,
    rolled: u64,
) -> Result<Vec<TailRow>, QueryError> {
    let mut statement = conn
        .prepare_cached("SELECT stamp, kind, device, previous, body FROM journal WHERE seq = ?1")?;
    let mut found = Vec::new();
    let mut next = head;
    while let Some(seq) = next.filter(|seq| *seq > rolled) {
        let mut rows = statement.query([seq])?;
        let Some(row) = rows.next()? else {
            break;
        };
        let stamp = ClinicalTime::from_epoch_ms(row.get(0)?);
        let kind: u8 = row.get(1)?;
        if kind == JournalKind::Readings as u8 {
            let body = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
            found.push(TailRow {
                seq,
                stamp,
                device: DeviceNumber(row.get::<_, Option<u32>>(2)?.unwrap_or(0)),
                entry: entry::decode(body, stamp)
                    .map_err(|source| QueryError::Entry { seq, source })?,
            });
        }
        // A chain that does not go down would never end.
        next = row.get::<_, Option<u64>>(3)?.filter(|before| *before < seq);
    }
    found.reverse();
    Ok(found)
}
