//! A batch to a chunk's body.

use super::batch::{Batch, Moment};
use super::body::{DELAYS, DEVICES, FLAGS, MESSAGES, ORDER, ORIGINALS, TIMES, join};
use super::numbers::put_numbers;
use super::runs::put_runs;
use super::times::put_times;
use super::values::put_column;
use crate::domain::Vital;
use crate::store::bytes::put_varint;

/// The flag of a moment whose message had a moment without a time; below it
/// the source's code.
pub(super) const FROM_ARRIVAL: u32 = 4;

impl Batch {
    /// The chunk's body; none when there is no moment. At most
    /// [`super::MOMENTS_MAX`] moments can be read back.
    pub fn encode(&self) -> Option<Vec<u8>> {
        if self.moments.is_empty() {
            return None;
        }
        let mut ranked: Vec<(usize, &Moment)> = self.moments.iter().enumerate().collect();
        ranked.sort_by_key(|(_, moment)| moment.at); // stable: then by journal order
        let rows: Vec<&Moment> = ranked.iter().map(|(_, moment)| *moment).collect();
        let ranks: Vec<i64> = ranked.iter().map(|(rank, _)| *rank as i64).collect();
        let mut sections = vec![
            (TIMES, times(&rows)),
            (DELAYS, delays(&rows)),
            (DEVICES, runs(rows.iter().map(|moment| moment.device.0))),
            (FLAGS, flags(&rows)),
            (ORIGINALS, originals(&rows)),
            (ORDER, order(&rows, &ranks)),
            (MESSAGES, self.messages()),
        ];
        let columns = Vital::ALL.map(|vital| (vital.code(), self.column(vital, &rows)));
        sections.extend(columns);
        Some(join(rows.len(), &sections))
    }

    fn column(&self, vital: Vital, rows: &[&Moment]) -> Vec<u8> {
        let mut out = Vec::new();
        let (mut places, mut values, mut qualities) = (Vec::new(), Vec::new(), Vec::new());
        for (place, moment) in (0_u32..).zip(rows) {
            let mut cells = self.cells_of(moment).iter();
            if let Some(cell) = cells.find(|cell| cell.vital == vital) {
                places.push(place);
                values.push(cell.value);
                qualities.push(cell.quality);
            }
        }
        if !places.is_empty() {
            put_column(&mut out, rows.len(), &places, &values, &qualities);
        }
        out
    }

    /// Moments of each message in journal order; nothing when each has one.
    fn messages(&self) -> Vec<u8> {
        if self.moments.iter().all(|moment| moment.starts_message) {
            return Vec::new();
        }
        let mut lengths: Vec<i64> = Vec::new();
        for moment in &self.moments {
            match lengths.last_mut() {
                Some(length) if !moment.starts_message => *length += 1,
                _ => lengths.push(1),
            }
        }
        let mut out = Vec::new();
        put_varint(&mut out, lengths.len() as u64);
        put_numbers(&mut out, &lengths);
        out
    }
}

fn runs(values: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut out = Vec::new();
    put_runs(&mut out, values);
    out
}

fn times(rows: &[&Moment]) -> Vec<u8> {
    let times: Vec<i64> = rows.iter().map(|moment| moment.at.epoch_ms()).collect();
    let mut out = Vec::new();
    put_times(&mut out, &times);
    out
}

fn delays(rows: &[&Moment]) -> Vec<u8> {
    let delay = |moment: &&Moment| moment.arrival.epoch_ms().wrapping_sub(moment.at.epoch_ms());
    let delays: Vec<i64> = rows.iter().map(delay).collect();
    let mut out = Vec::new();
    put_numbers(&mut out, &delays);
    out
}

/// Nothing when all came from a watch with their times.
fn flags(rows: &[&Moment]) -> Vec<u8> {
    let flag = |moment: &&Moment| {
        let from_arrival = if moment.times_from_arrival {
            FROM_ARRIVAL
        } else {
            0
        };
        moment.source as u32 | from_arrival
    };
    if rows.iter().all(|moment| flag(moment) == 0) {
        return Vec::new();
    }
    runs(rows.iter().map(flag))
}

/// Which moments have a first arrival, and how long before the second it was.
fn originals(rows: &[&Moment]) -> Vec<u8> {
    let delay = |moment: &&Moment| {
        let original = moment.original_arrival?.epoch_ms();
        Some(moment.arrival.epoch_ms().wrapping_sub(original))
    };
    let delays: Vec<i64> = rows.iter().filter_map(delay).collect();
    if delays.is_empty() {
        return Vec::new();
    }
    let given = |moment: &&Moment| u32::from(moment.original_arrival.is_some());
    let mut out = runs(rows.iter().map(given));
    put_numbers(&mut out, &delays);
    out
}

/// Each row's place in the journal; nothing when the order of arrivals, then
/// of measured times, tells it.
fn order(rows: &[&Moment], ranks: &[i64]) -> Vec<u8> {
    if journal_order(rows.iter().map(|moment| moment.arrival.epoch_ms())) == ranks {
        return Vec::new();
    }
    let mut out = Vec::new();
    put_numbers(&mut out, ranks);
    out
}

/// The rank of each row by arrival, then by the order given.
pub(super) fn journal_order(arrivals: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut places: Vec<(usize, i64)> = arrivals.enumerate().collect();
    places.sort_by_key(|(_, arrival)| *arrival);
    let mut by_place: Vec<(usize, i64)> = places
        .iter()
        .zip(0_i64..)
        .map(|((place, _), rank)| (*place, rank))
        .collect();
    by_place.sort_unstable();
    by_place.into_iter().map(|(_, rank)| rank).collect()
}
