//! Notes on patients.

use super::Context;
use crate::domain::ClinicalTime;
use crate::registry::{Note, NoteId, Withdrawal};
use rusqlite::Result;

pub(super) fn note(context: &Context<'_>, note: &Note) -> Result<()> {
    context.run(
        "INSERT INTO note (id, patient, at, author, text) VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            note.id.0,
            note.patient.0,
            note.at.epoch_ms(),
            &note.author,
            &note.text,
        ),
    )?;
    Ok(())
}

/// The first word counts: what was withdrawn stays as it was withdrawn.
pub(super) fn withdrawn(
    context: &Context<'_>,
    note: NoteId,
    withdrawal: &Withdrawal,
) -> Result<()> {
    context.run(
        "UPDATE note SET withdrawn_at = ?2, withdrawn_by = ?3, withdrawn_because = ?4
         WHERE id = ?1 AND withdrawn_at IS NULL",
        (
            note.0,
            withdrawal.at.epoch_ms(),
            &withdrawal.author,
            &withdrawal.reason,
        ),
    )?;
    Ok(())
}

pub(super) fn drop_notes(context: &Context<'_>, before: ClinicalTime) -> Result<()> {
    context.run("DELETE FROM note WHERE at < ?1", [before.epoch_ms()])?;
    Ok(())
}
