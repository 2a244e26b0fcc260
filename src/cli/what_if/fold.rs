//! One patient's stored readings through two replays at once.
//!
//! Readings are read a span of measured time at a time, so that years fit into
//! memory, and handed on in the order they arrived.

use super::episode::{Episode, Replayed};
use crate::domain::{
    ClinicalTime, DeviceNumber, MeasuredTime, PatientNumber, Quality, QualityReason, Reading,
    ReadingSource, Vital,
};
use crate::engine::{Replay, Rulebook};
use crate::registry::{Assignment, Patient};
use crate::store::{PointView, QueryError, Reader, ReadingsQuery};
use std::collections::HashMap;

const SPAN_MS: i64 = 7 * 24 * 3_600_000;
/// A device's clock may be ahead by so much at the most.
const AHEAD_MS: i64 = 3_600_000;
/// Points of one span at most; a span with more is cut.
const POINTS_MAX: usize = 500_000;

/// What was read and what both replays gave.
pub(super) struct Folded {
    pub(super) readings: u64,
    pub(super) replayed: Vec<Episode>,
    pub(super) tried: Vec<Episode>,
}

struct Fold<'a> {
    reader: &'a Reader,
    number: PatientNumber,
    sides: [(Replay<'a>, Replayed); 2],
    /// Read, but not yet arrived for certain.
    waiting: Vec<PointView>,
    sources: HashMap<DeviceNumber, ReadingSource>,
    readings: u64,
}

/// Judges everything stored of a patient by both rulebooks, until `now`. None
/// when nothing is stored.
pub(super) fn fold(
    reader: &Reader,
    (number, patient): (PatientNumber, &Patient),
    books: [&Rulebook; 2],
    now: ClinicalTime,
) -> Result<Option<Folded>, QueryError> {
    let Some(first) = first_at(reader, number)? else {
        return Ok(None);
    };
    let starts = patient.context.monitoring.iter().map(|period| period.start);
    let start = ClinicalTime::from_epoch_ms(first.epoch_ms());
    let start = starts.chain([start]).min().unwrap_or(start);
    let replay = |book| {
        (
            Replay::new(book, patient.context.clone(), start),
            Replayed::default(),
        )
    };
    let mut fold = Fold {
        reader,
        number,
        sides: books.map(replay),
        waiting: Vec::new(),
        sources: HashMap::new(),
        readings: 0,
    };
    fold.read_all(first, now)?;
    Ok(Some(fold.finish(now)))
}

fn query(number: PatientNumber, vitals: Vec<Vital>, from: i64, until: i64) -> ReadingsQuery {
    ReadingsQuery {
        patient: number,
        vitals,
        from: MeasuredTime::from_epoch_ms(from),
        until: MeasuredTime::from_epoch_ms(until),
        known_at: None,
        limit: POINTS_MAX,
    }
}

fn first_at(reader: &Reader, number: PatientNumber) -> Result<Option<MeasuredTime>, QueryError> {
    let mut first = None;
    for vital in Vital::ALL {
        let mut query = query(number, vec![vital], i64::MIN, i64::MAX);
        query.limit = 1;
        let (points, _) = reader.readings(&query)?;
        first = points
            .first()
            .map(|point| point.at)
            .into_iter()
            .chain(first)
            .min();
    }
    Ok(first)
}

impl Fold<'_> {
    fn read_all(&mut self, first: MeasuredTime, now: ClinicalTime) -> Result<(), QueryError> {
        let (mut from, mut span) = (first.epoch_ms(), SPAN_MS);
        while from <= now.epoch_ms() {
            let until = from + span;
            let (points, more) =
                self.reader
                    .readings(&query(self.number, Vec::new(), from, until))?;
            if more && span > 1 {
                span /= 2;
                continue;
            }
            self.waiting.extend(points);
            self.hand_on(until - AHEAD_MS)?;
            (from, span) = (until, SPAN_MS);
        }
        let rest = query(self.number, Vec::new(), from, i64::MAX);
        self.waiting.extend(self.reader.readings(&rest)?.0);
        self.hand_on(i64::MAX)
    }

    /// Judges what arrived before `until_ms`, message by message.
    fn hand_on(&mut self, until_ms: i64) -> Result<(), QueryError> {
        let conflict = Quality::Suspect(QualityReason::Conflict);
        self.waiting.retain(|point| point.quality != conflict); // it was never judged
        self.waiting
            .sort_by_key(|point| (point.arrived, point.device.0, point.at, point.vital));
        let ready = self
            .waiting
            .partition_point(|point| point.arrived.epoch_ms() < until_ms);
        let later = self.waiting.split_off(ready);
        let points = std::mem::replace(&mut self.waiting, later);
        let same = |a: &PointView, b: &PointView| a.arrived == b.arrived && a.device == b.device;
        for message in points.chunk_by(same) {
            self.observe(message)?;
        }
        Ok(())
    }

    fn observe(&mut self, message: &[PointView]) -> Result<(), QueryError> {
        let Some(first) = message.first() else {
            return Ok(());
        };
        let source = self.source(first.device)?;
        let readings: Vec<Reading> = message.iter().map(PointView::reading).collect();
        self.readings += readings.len() as u64;
        for (replay, episodes) in &mut self.sides {
            episodes.note(replay.observe(first.arrived, &readings, source).events);
        }
        Ok(())
    }

    fn source(&mut self, device: DeviceNumber) -> Result<ReadingSource, QueryError> {
        if let Some(known) = self.sources.get(&device) {
            return Ok(*known);
        }
        let source = Assignment::source(&self.reader.assignments_of_device(device)?);
        self.sources.insert(device, source);
        Ok(source)
    }

    fn finish(self, now: ClinicalTime) -> Folded {
        let [replayed, tried] = self.sides.map(|(mut replay, mut episodes)| {
            episodes.note(replay.finish(now));
            episodes.episodes()
        });
        Folded {
            readings: self.readings,
            replayed,
            tried,
        }
    }
}
