//! Measured times: a regular grid and the departures from it.
//!
//! A watch measures every so many seconds, give or take a jitter. Differences
//! of neighbours carry the jitter twice; the place on the grid (nearly always
//! the next) and the departure from it carry it once: 0.7 bits a time less.

use super::ChunkError;
use super::numbers::{put_numbers, take_numbers};
use crate::store::bytes::{Cursor, put_varint, unzigzag, zigzag};

const DIFFERENCES: u8 = 0;
const GRID: u8 = 1;

/// Appends times in ascending order.
pub(super) fn put_times(out: &mut Vec<u8>, times: &[i64]) {
    let Some(first) = times.first() else {
        return;
    };
    let mut shortest = Vec::new();
    put_varint(&mut shortest, zigzag(*first));
    shortest.push(DIFFERENCES);
    put_numbers(&mut shortest, &differences(times));
    if let Some(period) = period(times) {
        let mut grid = Vec::new();
        put_varint(&mut grid, zigzag(*first));
        grid.push(GRID);
        put_varint(&mut grid, period as u64);
        let (steps, departures) = on_grid(times, *first, period);
        put_numbers(&mut grid, &steps);
        put_numbers(&mut grid, &departures);
        if grid.len() < shortest.len() {
            shortest = grid;
        }
    }
    out.extend_from_slice(&shortest);
}

fn differences(times: &[i64]) -> Vec<i64> {
    let later = times.iter().skip(1);
    let pairs = later.zip(times);
    pairs
        .map(|(later, time)| later.wrapping_sub(*time))
        .collect()
}

/// The grid's period: the median difference, rounded as people would choose it.
fn period(times: &[i64]) -> Option<i64> {
    let mut differences: Vec<i64> = differences(times);
    differences.retain(|difference| *difference > 0);
    let middle = differences.len() / 2;
    if differences.len() < 8 {
        return None;
    }
    let (_, median, _) = differences.select_nth_unstable(middle);
    let median = *median;
    let rounded = [3_600_000, 60_000, 10_000, 5_000, 1_000, 500, 100, 10]
        .into_iter()
        .map(|unit| (median.saturating_add(unit / 2) / unit).saturating_mul(unit))
        .find(|rounded| (rounded - median).abs() <= median / 16);
    rounded.filter(|period| *period > 1)
}

/// Steps on the grid since the time before, and departures from the grid.
fn on_grid(times: &[i64], first: i64, period: i64) -> (Vec<i64>, Vec<i64>) {
    let mut previous = 0_i64;
    let later = times.iter().skip(1);
    later
        .map(|time| {
            let since = time.wrapping_sub(first);
            let place = since.saturating_add(period / 2).div_euclid(period);
            let step = place.wrapping_sub(previous);
            previous = place;
            (step, since.wrapping_sub(place.wrapping_mul(period)))
        })
        .unzip()
}

/// Reads `count` times, at least one.
pub(super) fn take_times(
    cursor: &mut Cursor<'_>,
    count: usize,
    section: u8,
) -> Result<Vec<i64>, ChunkError> {
    let first = unzigzag(cursor.varint()?);
    let mut times = Vec::with_capacity(count);
    times.push(first);
    let later = count.saturating_sub(1);
    match cursor.byte()? {
        DIFFERENCES => {
            let mut time = first;
            for difference in take_numbers(cursor, later, section)? {
                time = time.wrapping_add(difference);
                times.push(time);
            }
        }
        GRID => {
            let period = cursor.varint()? as i64;
            let steps = take_numbers(cursor, later, section)?;
            let departures = take_numbers(cursor, later, section)?;
            let mut place = 0_i64;
            for (step, departure) in steps.into_iter().zip(departures) {
                place = place.wrapping_add(step);
                let grid = first.wrapping_add(place.wrapping_mul(period));
                times.push(grid.wrapping_add(departure));
            }
        }
        _ => {
            let what = "kind of times";
            return Err(ChunkError::Impossible { section, what });
        }
    }
    Ok(times)
}
