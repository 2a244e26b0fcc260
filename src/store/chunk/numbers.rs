//! A column of numbers through pco, or plain where it is short.

use super::ChunkError;
use crate::store::bytes::{Cursor, put_varint, unzigzag, zigzag};
use pco::data_types::Number;
use pco::wrapped::{FileCompressor, FileDecompressor};
use pco::{ChunkConfig, ModeSpec};

/// All numbers are one.
const CONSTANT: u8 = 0;
/// Zigzag varints of differences.
const PLAIN: u8 = 1;
/// pco of `i32`: half the work of `i64` when reading.
const PCO_32: u8 = 2;
const PCO_64: u8 = 3;
const PCO_FLOAT: u8 = 4;
/// Below this many numbers pco's own description is dearer than it saves.
const PLAIN_MAX: usize = 48;

/// Appends `numbers`; their count is the caller's to store. Nothing when empty.
pub(super) fn put_numbers(out: &mut Vec<u8>, numbers: &[i64]) {
    let Some(first) = numbers.first() else {
        return;
    };
    if numbers.iter().all(|number| number == first) {
        out.push(CONSTANT);
        put_varint(out, zigzag(*first));
        return;
    }
    if numbers.len() <= PLAIN_MAX {
        out.push(PLAIN);
        let mut previous = 0_i64;
        for number in numbers {
            put_varint(out, zigzag(number.wrapping_sub(previous)));
            previous = *number;
        }
        return;
    }
    let narrow: Result<Vec<i32>, _> = numbers.iter().map(|n| i32::try_from(*n)).collect();
    let (kind, body) = match narrow {
        Ok(narrow) => (PCO_32, compress(&narrow, ModeSpec::Classic)),
        Err(_) => (PCO_64, compress(numbers, ModeSpec::Classic)),
    };
    put_body(out, kind, &body);
}

/// Appends floating-point numbers that are not decimal.
pub(super) fn put_floats(out: &mut Vec<u8>, numbers: &[f64]) {
    if !numbers.is_empty() {
        put_body(out, PCO_FLOAT, &compress(numbers, ModeSpec::Auto));
    }
}

fn put_body(out: &mut Vec<u8>, kind: u8, body: &[u8]) {
    out.push(kind);
    put_varint(out, body.len() as u64);
    out.extend_from_slice(body);
}

fn compress<T: Number>(numbers: &[T], mode: ModeSpec) -> Vec<u8> {
    let config = ChunkConfig::default().with_mode_spec(mode);
    let file = FileCompressor::default();
    let write = || -> pco::errors::PcoResult<Vec<u8>> {
        let mut body = file.write_header(Vec::new())?;
        let mut chunk = file.chunk_compressor(numbers, &config)?;
        body = chunk.write_meta(body)?;
        chunk.write_page(0, body)
    };
    write().expect("numbers are there, the configuration is fixed, and memory takes all bytes")
}

/// Reads `count` numbers.
pub(super) fn take_numbers(
    cursor: &mut Cursor<'_>,
    count: usize,
    section: u8,
) -> Result<Vec<i64>, ChunkError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    match cursor.byte()? {
        CONSTANT => Ok(vec![unzigzag(cursor.varint()?); count]),
        PLAIN => {
            let mut numbers = Vec::with_capacity(count.min(cursor.len()));
            let mut number = 0_i64;
            for _ in 0..count {
                number = number.wrapping_add(unzigzag(cursor.varint()?));
                numbers.push(number);
            }
            Ok(numbers)
        }
        PCO_32 => {
            let narrow: Vec<i32> = decompress(cursor, count, section)?;
            Ok(narrow.into_iter().map(i64::from).collect())
        }
        PCO_64 => decompress(cursor, count, section),
        _ => Err(ChunkError::Impossible {
            section,
            what: "kind of numbers",
        }),
    }
}

/// Reads `count` floating-point numbers.
pub(super) fn take_floats(
    cursor: &mut Cursor<'_>,
    count: usize,
    section: u8,
) -> Result<Vec<f64>, ChunkError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    match cursor.byte()? {
        PCO_FLOAT => decompress(cursor, count, section),
        _ => Err(ChunkError::Impossible {
            section,
            what: "kind of numbers",
        }),
    }
}

fn decompress<T: Number>(
    cursor: &mut Cursor<'_>,
    count: usize,
    section: u8,
) -> Result<Vec<T>, ChunkError> {
    let length = usize::try_from(cursor.varint()?).unwrap_or(usize::MAX);
    let body = cursor.slice(length)?;
    let (file, rest) = FileDecompressor::new(body)?;
    let (mut chunk, rest) = file.chunk_decompressor::<T, _>(rest)?;
    let mut page = chunk.page_decompressor(rest, count)?;
    let mut numbers = vec![T::default(); count];
    let progress = page.read(&mut numbers)?;
    if progress.n_processed != count {
        let what = "count of numbers";
        return Err(ChunkError::Impossible { section, what });
    }
    Ok(numbers)
}
