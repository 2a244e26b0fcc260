//! One patient's tail to chunks, merged with the newest chunks by size.

use super::harvest::Harvest;
use crate::domain::{ClinicalTime, MeasuredTime, PatientNumber};
use crate::store::chunk::{Batch, Chunk};
use crate::store::error::QueryError;
use crate::store::reader::Reader;
use crate::store::tail::{self, TailRow};
use crate::store::writes::{NewChunk, Rollup, Write};
use rusqlite::Connection;

/// Moments a chunk grows to: nearly two days at 5 s. A query decodes whole
/// columns, 0.1 ms for each at this size.
const MOMENTS_MAX: usize = 32_768;
/// Days of arrivals a chunk spans at most: retention drops whole chunks.
const SPAN_MS_MAX: i64 = 32 * 24 * 3_600_000;
/// A chunk is merged with newer rows unless it has so many times as many:
/// then each moment is written again only a few times in its life.
const MERGE_FACTOR: usize = 3;

/// Moments of neighbouring journal rows.
#[derive(Default)]
struct Segment {
    first_seq: u64,
    last_seq: u64,
    batch: Batch,
}

/// Compresses the patient's tail on a reading connection. None when there is
/// nothing to do.
///
/// # Errors
/// [`QueryError`] when the tail or a chunk cannot be read.
pub fn compress(reader: &Reader, patient: PatientNumber) -> Result<Option<Write>, QueryError> {
    reader.read_patient(patient, |conn, head| {
        let after = tail::rolled(conn, patient)?;
        let Some(seq) = head.filter(|head| *head > after) else {
            return Ok(None);
        };
        let rows = tail::rows(conn, head, after)?;
        compressed(conn, patient, (after, seq), rows).map(Some)
    })
}

/// The same with the patient's share of a harvest.
///
/// # Errors
/// [`QueryError`] when a row of the harvest or a chunk cannot be read.
pub fn compress_harvested(
    reader: &Reader,
    patient: PatientNumber,
    harvest: &mut Harvest,
) -> Result<Option<Write>, QueryError> {
    let until = harvest.until;
    let Some((after, rows)) = harvest.take(patient)? else {
        return Ok(None);
    };
    let write = |conn: &Connection| compressed(conn, patient, (after, until), rows);
    reader.read(write).map(Some)
}

/// What the patient's `rows` after `after` up to `seq` become. Voids are read
/// here: those among the rows are committed by now.
fn compressed(
    conn: &Connection,
    patient: PatientNumber,
    (after, seq): (u64, u64),
    rows: Vec<TailRow>,
) -> Result<Write, QueryError> {
    let voids = void_seqs(conn, patient)?;
    let mut segments = segments(rows, &voids);
    let mut replaces = Vec::new();
    if let Some(first) = segments.first_mut() {
        replaces = merge(conn, patient, &voids, first)?;
    }
    let chunks = segments.iter().filter_map(new_chunk).collect();
    Ok(Write::Rollup(Box::new(Rollup {
        patient,
        after,
        seq,
        replaces,
        chunks,
    })))
}

fn void_seqs(conn: &Connection, patient: PatientNumber) -> Result<Vec<u64>, QueryError> {
    let mut statement =
        conn.prepare_cached("SELECT seq FROM void WHERE patient = ?1 ORDER BY seq")?;
    let rows = statement.query_map([patient.0], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The tail, cut at re-attributions and at the size of a chunk.
fn segments(rows: Vec<TailRow>, voids: &[u64]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for row in rows {
        let cut = match segments.last() {
            None => true,
            Some(last) => {
                last.batch.moments.len() >= MOMENTS_MAX
                    || splits(voids, last.first_seq, row.seq)
                    || span(&last.batch)
                        .is_some_and(|(first, _)| row.stamp.ms_since(first) > SPAN_MS_MAX)
            }
        };
        if cut {
            segments.push(Segment {
                first_seq: row.seq - 1,
                ..Segment::default()
            });
        }
        if let Some(last) = segments.last_mut() {
            last.last_seq = row.seq;
            last.batch.push_entry(&row.entry, row.stamp, row.device);
        }
    }
    segments
}

/// Whether a re-attribution lies between rows after `first_seq` and `last_seq`.
fn splits(voids: &[u64], first_seq: u64, last_seq: u64) -> bool {
    voids
        .iter()
        .any(|void| first_seq < *void && *void <= last_seq)
}

/// First and last arrival.
fn span(batch: &Batch) -> Option<(ClinicalTime, ClinicalTime)> {
    let first = batch.moments.first()?.arrival;
    Some((first, batch.moments.last()?.arrival))
}

/// Puts the patient's newest chunks before `segment` as long as that is worth
/// it; returns their ids.
fn merge(
    conn: &Connection,
    patient: PatientNumber,
    voids: &[u64],
    segment: &mut Segment,
) -> Result<Vec<i64>, QueryError> {
    let mut statement = conn.prepare_cached(
        "SELECT id, first_seq, moments, first_arrival, body FROM chunk
         WHERE patient = ?1 ORDER BY last_seq DESC",
    )?;
    let mut rows = statement.query([patient.0])?;
    let mut merged = Vec::new();
    let mut older: Vec<Batch> = Vec::new();
    let mut moments = segment.batch.moments.len();
    while let Some(row) = rows.next()? {
        let (id, first_seq, more): (i64, u64, usize) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let arrival = ClinicalTime::from_epoch_ms(row.get(3)?);
        let too_long =
            span(&segment.batch).is_some_and(|(_, last)| last.ms_since(arrival) > SPAN_MS_MAX);
        if more > moments * MERGE_FACTOR
            || more + moments > MOMENTS_MAX
            || too_long
            || splits(voids, first_seq, segment.last_seq)
        {
            break;
        }
        let body = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
        let damaged = |source| QueryError::Chunk { id, source };
        older.push(
            Chunk::parse(body)
                .and_then(|chunk| chunk.batch())
                .map_err(damaged)?,
        );
        merged.push(id);
        moments += more;
        segment.first_seq = first_seq;
    }
    if let Some(mut batch) = older.pop() {
        for newer in older.iter().rev().chain([&segment.batch]) {
            batch.append(newer);
        }
        segment.batch = batch;
    }
    Ok(merged)
}

fn new_chunk(segment: &Segment) -> Option<NewChunk> {
    let batch = &segment.batch;
    let times = || batch.moments.iter().map(|moment| moment.at);
    let at: (MeasuredTime, MeasuredTime) = (times().min()?, times().max()?);
    let arrivals = || batch.moments.iter().map(|moment| moment.arrival);
    Some(NewChunk {
        first_seq: segment.first_seq,
        last_seq: segment.last_seq,
        at,
        arrival: (arrivals().min()?, arrivals().max()?),
        moments: batch.moments.len(),
        readings: batch.cells.len(),
        vitals: batch.vitals(),
        body: batch.encode()?,
    })
}
