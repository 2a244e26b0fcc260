//! One patient's tail to chunks, merged with the newest chunks by size.

use super::harvest::Harvest;
use crate::domain::{ClinicalTime, DeviceNumber, MeasuredTime, PatientNumber};
use crate::store::chunk::{Batch, Chunk};
use crate::store::entry::Entry;
use crate::store::error::QueryError;
use crate::store::reader::Reader;
use crate::store::tail;
use crate::store::writes::{NewChunk, Rollup, Write};
use rusqlite::Connection;

/// Moments a chunk grows to: nearly two days at 5 s. A query decodes whole
/// columns, 0.1 ms for each at this size.
const MOMENTS_MAX: usize = 32_768;
/// Days of arrivals a chunk spans at most: retention drops whole chunks.
const SPAN_MS_MAX: i64 = 32 * 24 * 3_600_000;
/// So many chunks of one level of size become one.
const MERGED_FROM: usize = 4;
/// Chunks looked at: more than there can be of all levels.
const MERGED_MAX: usize = 64;

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
        let mut segments = Segments::new(void_seqs(conn, patient)?);
        for row in tail::rows(conn, head, after)? {
            segments.push(row.seq, row.stamp, row.device, &row.entry);
        }
        compressed(conn, patient, (after, seq), segments).map(Some)
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
    reader.read(|conn| {
        // Voids among the harvest's rows are committed by now.
        let mut segments = Segments::new(void_seqs(conn, patient)?);
        let mut push = |seq, stamp, device, entry: &Entry| segments.push(seq, stamp, device, entry);
        let after = harvest.take(patient, &mut push)?;
        let seq = harvest.until;
        let write = after.map(|after| compressed(conn, patient, (after, seq), segments));
        write.transpose()
    })
}

/// What the patient's rows after `after` up to `seq` become.
fn compressed(
    conn: &Connection,
    patient: PatientNumber,
    (after, seq): (u64, u64),
    mut segments: Segments,
) -> Result<Write, QueryError> {
    let mut replaces = Vec::new();
    if let Some(first) = segments.done.first_mut() {
        replaces = merge(conn, patient, &segments.voids, first)?;
    }
    let chunks = segments.done.iter().filter_map(new_chunk).collect();
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
struct Segments {
    voids: Vec<u64>,
    done: Vec<Segment>,
}

impl Segments {
    const fn new(voids: Vec<u64>) -> Self {
        Self {
            voids,
            done: Vec::new(),
        }
    }

    fn push(&mut self, seq: u64, stamp: ClinicalTime, device: DeviceNumber, entry: &Entry) {
        let fits = |last: &Segment| {
            last.batch.moments.len() < MOMENTS_MAX
                && !splits(&self.voids, last.first_seq, seq)
                && span(&last.batch).is_none_or(|(first, _)| stamp.ms_since(first) <= SPAN_MS_MAX)
        };
        if !self.done.last().is_some_and(fits) {
            self.done.push(Segment {
                first_seq: seq - 1,
                ..Segment::default()
            });
        }
        if let Some(last) = self.done.last_mut() {
            last.last_seq = seq;
            last.batch.push_entry(entry, stamp, device);
        }
    }
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

/// What is known of a chunk without its body.
struct Known {
    id: i64,
    first_seq: u64,
    moments: usize,
    first_arrival: ClinicalTime,
}

/// Puts the patient's newest chunks before `segment` when that is worth it;
/// returns their ids.
fn merge(
    conn: &Connection,
    patient: PatientNumber,
    voids: &[u64],
    segment: &mut Segment,
) -> Result<Vec<i64>, QueryError> {
    let mut newest = newest_chunks(conn, patient, voids, segment)?;
    let sizes: Vec<usize> = newest.iter().map(|known| known.moments).collect();
    newest.truncate(worth_merging(&sizes, segment.batch.moments.len()));
    let Some(oldest) = newest.last() else {
        return Ok(Vec::new());
    };
    segment.first_seq = oldest.first_seq;
    let mut statement = conn.prepare_cached("SELECT body FROM chunk WHERE id = ?1")?;
    let mut all: Option<Batch> = None;
    for known in newest.iter().rev() {
        let id = known.id;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { continue };
        let body = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let batch = Chunk::parse(body).and_then(|chunk| chunk.batch());
        let batch = batch.map_err(|source| QueryError::Chunk { id, source })?;
        match &mut all {
            Some(all) => all.append(&batch),
            None => all = Some(batch),
        }
    }
    if let Some(mut all) = all {
        all.append(&segment.batch);
        segment.batch = all;
    }
    Ok(newest.into_iter().map(|known| known.id).collect())
}

/// The newest chunks that may become one with `segment`, newest first.
fn newest_chunks(
    conn: &Connection,
    patient: PatientNumber,
    voids: &[u64],
    segment: &Segment,
) -> Result<Vec<Known>, QueryError> {
    let mut statement = conn.prepare_cached(
        "SELECT id, first_seq, moments, first_arrival FROM chunk
         WHERE patient = ?1 ORDER BY last_seq DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((patient.0, MERGED_MAX), |row| {
        Ok(Known {
            id: row.get(0)?,
            first_seq: row.get(1)?,
            moments: row.get(2)?,
            first_arrival: ClinicalTime::from_epoch_ms(row.get(3)?),
        })
    })?;
    let mut newest = Vec::new();
    let last = span(&segment.batch).map(|(_, last)| last);
    for known in rows {
        let known = known?;
        let too_long = last.is_some_and(|last| last.ms_since(known.first_arrival) > SPAN_MS_MAX);
        if too_long || splits(voids, known.first_seq, segment.last_seq) {
            break;
        }
        newest.push(known);
    }
    Ok(newest)
}

/// How many of the newest chunks (their moments, newest first) to merge with
/// `own` moments: as many as have grown to its size, once they are enough, and
/// so on with the sum. Each moment is then written once a level of size.
fn worth_merging(sizes: &[usize], own: usize) -> usize {
    let level = |moments: usize| moments.max(1).ilog2() / MERGED_FROM.ilog2();
    let (mut taken, mut total) = (0, own);
    loop {
        let rest = sizes.get(taken..).unwrap_or_default();
        let (mut more, mut sum) = (0, total);
        for size in rest {
            if level(*size) > level(total) || sum + size > MOMENTS_MAX {
                break;
            }
            more += 1;
            sum += size;
        }
        // A chunk of a lower level than this one is merged at once.
        let lower = rest.first().is_some_and(|size| level(*size) < level(total));
        if more == 0 || (more + 1 < MERGED_FROM && !lower) {
            return taken;
        }
        taken += more;
        total = sum;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Chunk sizes after each of `count` roll-ups of 1,024 moments, and how
    /// many moments were written.
    fn grown(count: usize) -> (Vec<usize>, usize) {
        let (mut newest_first, mut written) = (Vec::<usize>::new(), 0);
        for _ in 0..count {
            let merged = worth_merging(&newest_first, 1_024);
            let size = 1_024 + newest_first.drain(..merged).sum::<usize>();
            newest_first.insert(0, size);
            written += size;
        }
        (newest_first, written)
    }

    #[test]
    fn chunks_grow_by_levels_and_each_moment_is_written_once_a_level() {
        assert_eq!(grown(3).0, [1_024; 3]);
        assert_eq!(grown(4).0, [4_096]);
        assert_eq!(grown(6).0, [1_024, 1_024, 4_096]);
        assert_eq!(grown(16).0, [16_384]);
        let (sizes, written) = grown(1_000);
        assert!(sizes.iter().all(|size| *size <= MOMENTS_MAX));
        assert!(sizes.len() < 1_000 / 16 + 10, "{} chunks", sizes.len());
        assert!(written < 1_000 * 1_024 * 4, "{written} moments written");
    }

    #[test]
    fn a_small_chunk_before_a_large_tail_is_taken_in_at_once() {
        assert_eq!(worth_merging(&[20], 5_000), 1);
        assert_eq!(worth_merging(&[20_000], 5_000), 0);
        assert_eq!(worth_merging(&[], 5_000), 0);
        assert_eq!(
            worth_merging(&[20_000, 20_000, 20_000], 20_000),
            0,
            "too large"
        );
    }
}
