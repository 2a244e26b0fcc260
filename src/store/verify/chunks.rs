//! Every chunk: decodes, and its row says what is in it.

use super::VerifyReport;
use crate::store::chunk::{Batch, Chunk};
use crate::store::error::QueryError;
use rusqlite::{Connection, Row};

pub(super) fn chunks(conn: &Connection, report: &mut VerifyReport) -> Result<(), QueryError> {
    let mut statement = conn.prepare(
        "SELECT id, patient, first_seq, last_seq, first_at, last_at, first_arrival, last_arrival,
             moments, readings, vitals, body FROM chunk ORDER BY patient, last_seq",
    )?;
    let mut rows = statement.query([])?;
    let mut before: Option<(u32, u64)> = None;
    while let Some(row) = rows.next()? {
        let (id, patient): (i64, u32) = (row.get(0)?, row.get(1)?);
        let (first_seq, last_seq): (u64, u64) = (row.get(2)?, row.get(3)?);
        let overlaps = before.is_some_and(|(p, last)| p == patient && first_seq < last);
        if overlaps || first_seq >= last_seq {
            report.problem(format!("chunk {id} holds rows that another holds too"));
        }
        before = Some((patient, last_seq));
        let body = row.get_ref(11)?.as_blob().map_err(rusqlite::Error::from)?;
        match Chunk::parse(body).and_then(|chunk| chunk.batch()) {
            Ok(batch) => {
                report.readings_in_chunks += batch.cells.len() as u64;
                if !agrees(row, &batch)? {
                    report.problem(format!("chunk {id} does not hold what its row says"));
                }
            }
            Err(error) => report.problem(format!("chunk {id}: {error}")),
        }
    }
    Ok(())
}

fn agrees(row: &Row<'_>, batch: &Batch) -> Result<bool, QueryError> {
    let range = |values: &mut dyn Iterator<Item = i64>| {
        let first = values.next()?;
        Some(values.fold((first, first), |(low, high), v| (low.min(v), high.max(v))))
    };
    let moments = || batch.moments.iter();
    let at = range(&mut moments().map(|moment| moment.at.epoch_ms()));
    let arrival = range(&mut moments().map(|moment| moment.arrival.epoch_ms()));
    Ok(at == Some((row.get(4)?, row.get(5)?))
        && arrival == Some((row.get(6)?, row.get(7)?))
        && batch.moments.len() == row.get::<_, usize>(8)?
        && batch.cells.len() == row.get::<_, usize>(9)?
        && batch.vitals() == row.get::<_, u16>(10)?)
}
