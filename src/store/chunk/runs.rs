//! Small numbers that mostly repeat: devices, flags, qualities.

use super::ChunkError;
use super::numbers::{put_numbers, take_numbers};
use crate::store::bytes::{Cursor, put_varint};

const RUNS: u8 = 0;
const NUMBERS: u8 = 1;
/// Fewer runs are surely shorter than a column of numbers.
const RUNS_FEW: usize = 16;

/// Appends `values` as pairs of value and length, or as a column of numbers
/// where that is shorter (two devices in turn).
pub(super) fn put_runs(out: &mut Vec<u8>, values: impl IntoIterator<Item = u32>) {
    let values: Vec<u32> = values.into_iter().collect();
    let runs: Vec<&[u32]> = values.chunk_by(|a, b| a == b).collect();
    let mut shortest = vec![RUNS];
    for run in &runs {
        put_varint(&mut shortest, u64::from(run.first().copied().unwrap_or(0)));
        put_varint(&mut shortest, run.len() as u64);
    }
    if runs.len() > RUNS_FEW {
        let mut numbers = vec![NUMBERS];
        let wide: Vec<i64> = values.iter().map(|value| i64::from(*value)).collect();
        put_numbers(&mut numbers, &wide);
        if numbers.len() < shortest.len() {
            shortest = numbers;
        }
    }
    out.extend_from_slice(&shortest);
}

/// Reads `count` values.
pub(super) fn take_runs(
    cursor: &mut Cursor<'_>,
    count: usize,
    section: u8,
) -> Result<Vec<u32>, ChunkError> {
    let impossible = |what| ChunkError::Impossible { section, what };
    match cursor.byte()? {
        RUNS => {}
        NUMBERS => {
            let numbers = take_numbers(cursor, count, section)?.into_iter();
            let narrow: Result<Vec<u32>, _> = numbers.map(u32::try_from).collect();
            return narrow.map_err(|_| impossible("code"));
        }
        _ => return Err(impossible("kind of codes")),
    }
    let mut values = Vec::with_capacity(count);
    while values.len() < count {
        let value = u32::try_from(cursor.varint()?).map_err(|_| impossible("code"))?;
        let length = usize::try_from(cursor.varint()?).unwrap_or(usize::MAX);
        if length == 0 || length > count - values.len() {
            return Err(impossible("run"));
        }
        values.resize(values.len() + length, value);
    }
    Ok(values)
}
