//! A vital's column: which moments have it, its values, its qualities.

use super::ChunkError;
use super::decode::VitalColumn;
use super::numbers::{put_floats, put_numbers, take_floats, take_numbers};
use super::runs::{put_runs, take_runs};
use crate::domain::Quality;
use crate::store::bytes::{Cursor, put_varint, unzigzag, zigzag};

/// The column names its moments; otherwise all have the vital.
const SPARSE: u8 = 1;
/// Some value is not good.
const JUDGED: u8 = 2;
/// In place of a number of decimals: the values are not decimal.
const NOT_DECIMAL: u8 = 255;
const POWERS: [f64; 5] = [1.0, 10.0, 100.0, 1000.0, 10_000.0];

/// Appends a column of a chunk of `moments` moments; `rows` ascends.
pub(super) fn put_column(
    out: &mut Vec<u8>,
    moments: usize,
    rows: &[u32],
    values: &[f64],
    qualities: &[Quality],
) {
    let sparse = rows.len() != moments;
    let judged = qualities.iter().any(|quality| *quality != Quality::Good);
    out.push(if sparse { SPARSE } else { 0 } | if judged { JUDGED } else { 0 });
    if sparse {
        put_varint(out, rows.len() as u64);
        let mut next = 0_i64;
        let gaps: Vec<i64> = rows
            .iter()
            .map(|row| {
                let row = i64::from(*row);
                row - std::mem::replace(&mut next, row + 1)
            })
            .collect();
        put_numbers(out, &gaps);
    }
    if judged {
        put_runs(
            out,
            qualities.iter().map(|quality| u32::from(quality.code())),
        );
    }
    put_values(out, values);
}

fn put_values(out: &mut Vec<u8>, values: &[f64]) {
    let Some((decimals, mut digits)) = decimal(values) else {
        out.push(NOT_DECIMAL);
        put_floats(out, values);
        return;
    };
    // A device that reports halves leaves a common divisor, which would cost
    // bits in every value.
    let base = digits.iter().copied().min().unwrap_or(0);
    let divisor = digits
        .iter()
        .fold(0, |divisor, digit| gcd(divisor, digit - base))
        .max(1);
    for digit in &mut digits {
        *digit = (*digit - base) / divisor;
    }
    out.push(decimals);
    put_varint(out, zigzag(base));
    put_varint(out, divisor as u64);
    put_numbers(out, &digits);
}

/// The fewest decimals that give every value back exactly, and the digits.
fn decimal(values: &[f64]) -> Option<(u8, Vec<i64>)> {
    POWERS
        .into_iter()
        .zip(0_u8..)
        .find_map(|(power, decimals)| {
            let exact = |value: &f64| {
                let digits = (value * power).round();
                let fits = digits.abs() < 1e15;
                let back = digits as i64 as f64 / power;
                (fits && back.to_bits() == value.to_bits()).then_some(digits as i64)
            };
            let digits: Option<Vec<i64>> = values.iter().map(exact).collect();
            Some((decimals, digits?))
        })
}

fn gcd(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Reads a column of a chunk of `moments` moments.
pub(super) fn take_column(
    cursor: &mut Cursor<'_>,
    moments: usize,
    section: u8,
) -> Result<VitalColumn, ChunkError> {
    let impossible = |what| ChunkError::Impossible { section, what };
    let flags = cursor.byte()?;
    if flags & !(SPARSE | JUDGED) != 0 {
        return Err(impossible("flags"));
    }
    let rows = if flags & SPARSE == 0 {
        (0..moments as u32).collect()
    } else {
        take_rows(cursor, moments, section)?
    };
    let count = rows.len();
    let qualities = if flags & JUDGED == 0 {
        vec![Quality::Good; count]
    } else {
        let quality = |code: u32| u8::try_from(code).ok().and_then(Quality::from_code);
        let codes = take_runs(cursor, count, section)?;
        let qualities: Option<Vec<_>> = codes.into_iter().map(quality).collect();
        qualities.ok_or(impossible("quality"))?
    };
    let values = take_values(cursor, count, section)?;
    Ok(VitalColumn {
        rows,
        values,
        qualities,
    })
}

fn take_rows(cursor: &mut Cursor<'_>, moments: usize, section: u8) -> Result<Vec<u32>, ChunkError> {
    let impossible = |what| ChunkError::Impossible { section, what };
    let count = usize::try_from(cursor.varint()?).unwrap_or(usize::MAX);
    if count > moments {
        return Err(impossible("count of moments"));
    }
    let mut next = 0_i64;
    let mut rows = Vec::with_capacity(count);
    for gap in take_numbers(cursor, count, section)? {
        let row = next.saturating_add(gap);
        if gap < 0 || row >= moments as i64 {
            return Err(impossible("moment"));
        }
        rows.push(row as u32);
        next = row + 1;
    }
    Ok(rows)
}

fn take_values(cursor: &mut Cursor<'_>, count: usize, section: u8) -> Result<Vec<f64>, ChunkError> {
    let decimals = cursor.byte()?;
    if decimals == NOT_DECIMAL {
        return take_floats(cursor, count, section);
    }
    let what = "number of decimals";
    let power = POWERS
        .get(usize::from(decimals))
        .ok_or(ChunkError::Impossible { section, what })?;
    let base = unzigzag(cursor.varint()?);
    let divisor = cursor.varint()? as i64;
    let digits = take_numbers(cursor, count, section)?;
    let value = |digit: i64| digit.wrapping_mul(divisor).wrapping_add(base) as f64 / power;
    Ok(digits.into_iter().map(value).collect())
}
