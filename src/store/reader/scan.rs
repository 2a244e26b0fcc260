//! One vital of one patient in time order, out of chunks and tail.
//!
//! Chunks are taken by their first measured time; what lies before the next
//! chunk's first time is final and handed on, so that a scan of years holds
//! only the chunks that overlap.

use super::lift::{LIFT_POINTS, LIFT_REACH_MS, lift};
use crate::domain::{ClinicalTime, DeviceNumber, MeasuredTime, PatientNumber, Vital};
use crate::store::chunk::{Chunk, ChunkError};
use crate::store::error::QueryError;
use crate::store::tail;
use crate::store::views::PointView;
use rusqlite::{Connection, Row};
use std::ops::ControlFlow;

/// A vital without a good value in its last so many chunks has no newest.
const NEWEST_CHUNKS_MAX: usize = 16;

/// What a scan is asked for.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) patient: PatientNumber,
    /// First measured moment.
    pub(super) from: MeasuredTime,
    /// First measured moment after.
    pub(super) until: MeasuredTime,
    pub(super) known_at: Option<ClinicalTime>,
}

impl Range {
    /// Up to when what arrived was known.
    fn known_ms(&self) -> i64 {
        self.known_at.map_or(i64::MAX, ClinicalTime::epoch_ms)
    }
}

/// A patient's voids and tail, read once for all vitals.
pub(super) struct Scan<'a> {
    conn: &'a Connection,
    range: Range,
    /// The end with what may lift suspicions inside.
    reach: i64,
    voids: Vec<Void>,
    tail: Vec<PointView>,
}

struct Void {
    seq: u64,
    device: u32,
    starts: i64,
    ends: i64,
}

impl Void {
    fn takes(&self, device: u32, at: i64) -> bool {
        self.device == device && self.starts <= at && at < self.ends
    }
}

/// A chunk that overlaps the range.
struct Found {
    id: i64,
    last_seq: u64,
    first_at: i64,
    last_at: i64,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        conn: &'a Connection,
        head: Option<u64>,
        range: Range,
    ) -> Result<Self, QueryError> {
        let mut scan = Self {
            conn,
            range,
            reach: range.until.epoch_ms().saturating_add(LIFT_REACH_MS),
            voids: voids(conn, range)?,
            tail: Vec::new(),
        };
        let rolled = tail::rolled(conn, range.patient)?;
        for row in tail::rows(conn, head, rolled)? {
            let pairs = row.entry.readings.iter().zip(&row.entry.qualities);
            for (reading, quality) in pairs {
                let point = PointView {
                    vital: reading.vital,
                    at: reading.at,
                    arrived: row.stamp,
                    value: reading.value,
                    quality: *quality,
                    device: row.device,
                };
                if scan.wants(&point, row.seq) {
                    scan.tail.push(point);
                }
            }
        }
        Ok(scan)
    }

    /// Whether a point lies in range, was known, and is not voided.
    fn wants(&self, point: &PointView, seq: u64) -> bool {
        let (device, at) = (point.device.0, point.at.epoch_ms());
        self.range.from <= point.at
            && at < self.reach
            && self
                .range
                .known_at
                .is_none_or(|known| point.arrived <= known)
            && !self
                .voids
                .iter()
                .any(|void| seq < void.seq && void.takes(device, at))
    }

    /// The vital's newest good point in range: a lifted suspicion is never
    /// the newest, the reading that lifted it is.
    pub(super) fn newest_good(&self, vital: Vital) -> Result<Option<PointView>, QueryError> {
        let newest = |points: &[PointView]| {
            let good = points
                .iter()
                .filter(|p| p.vital == vital && p.quality.is_good());
            good.max_by_key(|point| (point.at, point.arrived)).copied()
        };
        let mut best = newest(&self.tail);
        let mut statement = self.conn.prepare_cached(
            "SELECT id, last_seq, first_at, last_at FROM chunk
             WHERE patient = ?1 AND (vitals >> ?2) & 1 AND last_at > ?3 AND first_arrival <= ?5
             ORDER BY last_at DESC LIMIT ?4",
        )?;
        let after = best.map_or(i64::MIN, |point| point.at.epoch_ms() - 1);
        let (patient, known) = (self.range.patient.0, self.range.known_ms());
        let params = (patient, vital.code(), after, NEWEST_CHUNKS_MAX, known);
        let found = statement.query_map(params, found)?;
        for found in found.collect::<Result<Vec<_>, _>>()? {
            // Chunks come by their last time, whichever vital it is of.
            if best.is_some_and(|best| best.at.epoch_ms() > found.last_at) {
                break;
            }
            let mut points = Vec::new();
            self.read_chunk(&found, vital, &mut points)?;
            let both = best.into_iter().chain(newest(&points));
            best = both.max_by_key(|point| (point.at, point.arrived));
        }
        Ok(best)
    }

    /// Hands the vital's points to `take` in the order of measured time, then
    /// arrival, until it breaks.
    pub(super) fn vital(
        &self,
        vital: Vital,
        take: &mut dyn FnMut(&[PointView]) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        let mut open = Open::default();
        let tail = self.tail.iter().filter(|point| point.vital == vital);
        open.points.extend(tail);
        open.rank(u64::MAX);
        for found in self.chunks(vital)? {
            open.sort();
            let before = |point: &PointView| point.at.epoch_ms() < found.first_at;
            let ready = open.points.partition_point(before);
            if let ControlFlow::Break(()) = self.hand_on(&mut open, ready, false, take) {
                return Ok(());
            }
            self.read_chunk(&found, vital, &mut open.points)?;
            open.rank(found.last_seq);
        }
        open.sort();
        let all = open.points.len();
        let _ = self.hand_on(&mut open, all, true, take);
        Ok(())
    }

    /// Lifts suspicions and hands on the first `ready` points, but keeps the
    /// last few back as long as later points may lift them.
    fn hand_on(
        &self,
        open: &mut Open,
        ready: usize,
        end: bool,
        take: &mut dyn FnMut(&[PointView]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let keep = if end { 0 } else { LIFT_POINTS };
        let ready = ready.saturating_sub(keep);
        if ready == 0 {
            return ControlFlow::Continue(());
        }
        let points = &mut open.points;
        let Some(seen) = points.get_mut(..ready + keep) else {
            return ControlFlow::Continue(());
        };
        lift(seen);
        let until = self.range.until;
        let inside = ready.min(points.partition_point(|point| point.at < until));
        let flow = take(points.get(..inside).unwrap_or_default());
        points.drain(..ready);
        open.ranks.drain(..ready);
        flow
    }

    fn chunks(&self, vital: Vital) -> Result<Vec<Found>, QueryError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, last_seq, first_at, last_at FROM chunk
             WHERE patient = ?1 AND last_at >= ?2 AND first_at < ?3 AND first_arrival <= ?4
                 AND (vitals >> ?5) & 1
             ORDER BY first_at",
        )?;
        let known = self.range.known_ms();
        let from = self.range.from.epoch_ms();
        let params = (self.range.patient.0, from, self.reach, known, vital.code());
        let rows = statement.query_map(params, found)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn read_chunk(
        &self,
        found: &Found,
        vital: Vital,
        out: &mut Vec<PointView>,
    ) -> Result<(), QueryError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT body FROM chunk WHERE id = ?1")?;
        let mut rows = statement.query([found.id])?;
        let Some(row) = rows.next()? else {
            return Ok(());
        };
        let body = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let read = self.points(body, found, vital, out);
        read.map_err(|source| QueryError::Chunk {
            id: found.id,
            source,
        })
    }

    fn points(
        &self,
        body: &[u8],
        found: &Found,
        vital: Vital,
        out: &mut Vec<PointView>,
    ) -> Result<(), ChunkError> {
        let chunk = Chunk::parse(body)?;
        let times = chunk.times()?;
        let arrivals = chunk.arrivals(&times)?;
        let devices = chunk.devices()?;
        let column = chunk.column(vital)?;
        // Rows ascend in time: the range is one stretch of the column.
        let time = |row: &u32| times.get(*row as usize).copied().unwrap_or(i64::MAX);
        let from = self.range.from.epoch_ms();
        let start = column.rows.partition_point(|row| time(row) < from);
        let end = column.rows.partition_point(|row| time(row) < self.reach);
        let values = column.values.iter().zip(&column.qualities);
        let stretch = column.rows.iter().zip(values);
        out.reserve(end.saturating_sub(start));
        for (row, (value, quality)) in stretch.take(end).skip(start) {
            let row = *row as usize;
            let (Some(at), Some(arrived), Some(device)) =
                (times.get(row), arrivals.get(row), devices.get(row))
            else {
                break; // the column was checked against the number of rows
            };
            let point = PointView {
                vital,
                at: MeasuredTime::from_epoch_ms(*at),
                arrived: ClinicalTime::from_epoch_ms(*arrived),
                value: *value,
                quality: *quality,
                device: DeviceNumber(*device),
            };
            // A void holds for all rows of a chunk or for none.
            if self.wants(&point, found.last_seq) {
                out.push(point);
            }
        }
        Ok(())
    }
}

/// Columns id, last_seq, first_at, last_at.
fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        id: row.get(0)?,
        last_seq: row.get(1)?,
        first_at: row.get(2)?,
        last_at: row.get(3)?,
    })
}

/// Points that are not final yet, and of each the last journal row of where it
/// came from: what came in the same millisecond stays in journal order.
#[derive(Default)]
struct Open {
    points: Vec<PointView>,
    ranks: Vec<u64>,
}

impl Open {
    /// The points added last came from rows up to `rank`.
    fn rank(&mut self, rank: u64) {
        self.ranks.resize(self.points.len(), rank);
    }

    fn sort(&mut self) {
        let key = |(point, rank): &(PointView, u64)| (point.at, point.arrived, *rank);
        let pairs = self.points.iter().copied().zip(self.ranks.iter().copied());
        if pairs.clone().is_sorted_by_key(|pair| key(&pair)) {
            return;
        }
        let mut pairs: Vec<(PointView, u64)> = pairs.collect();
        // Stable: one source's points are in journal order already.
        pairs.sort_by_key(key);
        (self.points, self.ranks) = pairs.into_iter().unzip();
    }
}

fn voids(conn: &Connection, range: Range) -> Result<Vec<Void>, QueryError> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, device, starts, ends FROM void WHERE patient = ?1 AND stamp <= ?2",
    )?;
    let rows = statement.query_map((range.patient.0, range.known_ms()), |row| {
        Ok(Void {
            seq: row.get(0)?,
            device: row.get(1)?,
            starts: row.get(2)?,
            ends: row.get::<_, Option<i64>>(3)?.unwrap_or(i64::MAX),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
