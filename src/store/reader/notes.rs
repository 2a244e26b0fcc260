//! Notes on patients.

use super::documents::PAGE_MAX;
use super::pool::Reader;
use crate::domain::{ClinicalTime, PatientNumber};
use crate::registry::{Note, NoteId, Withdrawal};
use crate::store::error::QueryError;
use crate::store::views::NotesQuery;
use rusqlite::Row;

/// All of them, in the order in which they were written.
pub(in crate::store) const ALL: &str = "SELECT id, patient, at, author, text,
    withdrawn_at, withdrawn_by, withdrawn_because FROM note ORDER BY id";
const OF_PATIENT: &str = "SELECT id, patient, at, author, text,
    withdrawn_at, withdrawn_by, withdrawn_because FROM note
    WHERE patient = ?1 AND id < ?2 AND at >= ?3 AND at < ?4 ORDER BY id DESC LIMIT ?5";

impl Reader {
    /// Notes on a patient, the newest first.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn notes(&self, query: &NotesQuery) -> Result<Vec<Note>, QueryError> {
        let params = (
            query.patient.0,
            query.before.map_or(i64::MAX, |id| id.0 as i64),
            query.from.epoch_ms(),
            query.until.epoch_ms(),
            query.limit.min(PAGE_MAX),
        );
        self.read(|conn| {
            let mut statement = conn.prepare_cached(OF_PATIENT)?;
            let rows = statement.query_map(params, note)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Columns as both queries name them.
pub(in crate::store) fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    let withdrawn: Option<i64> = row.get(5)?;
    let withdrawal = |at| {
        Ok::<_, rusqlite::Error>(Withdrawal {
            at: ClinicalTime::from_epoch_ms(at),
            author: row.get(6)?,
            reason: row.get(7)?,
        })
    };
    Ok(Note {
        id: NoteId(row.get(0)?),
        patient: PatientNumber(row.get(1)?),
        at: ClinicalTime::from_epoch_ms(row.get(2)?),
        author: row.get(3)?,
        text: row.get(4)?,
        withdrawn: withdrawn.map(withdrawal).transpose()?,
    })
}
