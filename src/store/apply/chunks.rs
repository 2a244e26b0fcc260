//! Snapshots, chunks, pruning and free pages.

use super::Context;
use crate::domain::PatientNumber;
use crate::store::writes::{NewChunk, Rollup, StateRow, VoidRow};
use rusqlite::{OptionalExtension, Result};

pub(super) fn void(context: &Context<'_>, void: &VoidRow) -> Result<()> {
    context.run(
        "INSERT OR REPLACE INTO void (seq, stamp, patient, device, starts, ends)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            void.seq,
            void.stamp.epoch_ms(),
            void.patient.0,
            void.device.0,
            void.starts.epoch_ms(),
            void.ends.map(|end| end.epoch_ms()),
        ),
    )?;
    Ok(())
}

pub(super) fn patient_state(context: &Context<'_>, state: &StateRow) -> Result<()> {
    context.run(
        "INSERT OR REPLACE INTO patient_state (number, seq, head, version, body)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            state.number,
            state.seq,
            head(context, state),
            state.version,
            &state.body,
        ),
    )?;
    Ok(())
}

/// The patient's newest row up to the snapshot's: of this batch, or of those before.
fn head(context: &Context<'_>, state: &StateRow) -> Option<u64> {
    let mut rows = context.journal.rows.iter().rev();
    let here = rows.find(|row| row.patient.is_some_and(|p| p.0 == state.number));
    here.map(|row| row.seq)
        .or_else(|| context.heads.get(state.number))
}

pub(super) fn device_state(context: &Context<'_>, state: &StateRow) -> Result<()> {
    context.run(
        "INSERT OR REPLACE INTO device_state (number, seq, version, body) VALUES (?1, ?2, ?3, ?4)",
        (state.number, state.seq, state.version, &state.body),
    )?;
    Ok(())
}

pub(super) fn rollup(context: &Context<'_>, rollup: &Rollup) -> Result<()> {
    let sql = "SELECT seq FROM rolled WHERE patient = ?1";
    let mut rolled = context.tx.prepare_cached(sql)?;
    let rolled: Option<u64> = rolled
        .query_row([rollup.patient.0], |row| row.get(0))
        .optional()?;
    if rolled.unwrap_or(0) != rollup.after {
        return Ok(()); // it was computed from an older snapshot
    }
    drop_chunks(context, &rollup.replaces)?;
    for chunk in &rollup.chunks {
        insert_chunk(context, rollup.patient, chunk)?;
    }
    context.run(
        "INSERT OR REPLACE INTO rolled (patient, seq) VALUES (?1, ?2)",
        (rollup.patient.0, rollup.seq),
    )?;
    Ok(())
}

fn insert_chunk(context: &Context<'_>, patient: PatientNumber, chunk: &NewChunk) -> Result<()> {
    context.run(
        "INSERT INTO chunk (patient, first_seq, last_seq, first_at, last_at, first_arrival,
             last_arrival, moments, readings, vitals, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        (
            patient.0,
            chunk.first_seq,
            chunk.last_seq,
            chunk.at.0.epoch_ms(),
            chunk.at.1.epoch_ms(),
            chunk.arrival.0.epoch_ms(),
            chunk.arrival.1.epoch_ms(),
            chunk.moments,
            chunk.readings,
            chunk.vitals,
            &chunk.body,
        ),
    )?;
    Ok(())
}

pub(super) fn drop_chunks(context: &Context<'_>, ids: &[i64]) -> Result<()> {
    for id in ids {
        context.run("DELETE FROM chunk WHERE id = ?1", [id])?;
    }
    Ok(())
}

pub(super) fn prune(context: &Context<'_>, below: u64, rows_max: u32) -> Result<()> {
    // Sequences have no gaps to speak of, so a range of so many sequences is
    // a run of neighbouring leaves.
    context.run(
        "DELETE FROM journal WHERE seq < min(?1, (SELECT max(seq) FROM journal),
             (SELECT min(seq) FROM journal) + ?2)",
        (below, rows_max),
    )?;
    Ok(())
}

pub(super) fn vacuum(context: &Context<'_>, pages_max: u32) -> Result<()> {
    let mut statement = context
        .tx
        .prepare(&format!("PRAGMA incremental_vacuum({pages_max})"))?;
    // One row a page: the pragma works only as far as it is stepped.
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}
