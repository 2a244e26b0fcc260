//! The body of a journal row of kind `Readings`: one message, about 30 bytes.
//!
//! ```text
//! flags u8 | payload hash u64 | session? | sequence? | original arrival?
//! then moments to the end:
//!   time (from the stamp, then from the moment before) | vitals as a bit mask
//!   | a value a vital | a quality byte a vital, when any of the entry is not good
//! ```
//! Integers are varints. A value is its decimal digits and a scale of 0 to 3
//! where that gives the very same bits back, else the eight bytes of the `f64`.
//! A moment is a run of readings of one time in ascending order of vitals, so
//! the order of the readings comes back too.

use super::bytes::{BytesError, Cursor, put_varint, unzigzag, zigzag};
use crate::domain::{ClinicalTime, MeasuredTime, Quality, Reading, ReadingSource, Vital};

/// What a readings entry says beside its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHeader {
    /// Who measured.
    pub source: ReadingSource,
    /// The device's session, when it sent one.
    pub session: Option<u64>,
    /// The message's sequence, when the device sent one.
    pub sequence: Option<u64>,
    /// Hash of the payload, for repeats of the same sequence.
    pub payload_hash: u64,
    /// Whether a moment got its arrival as its time.
    pub times_from_arrival: bool,
    /// When the readings first arrived, for rows that a re-attribution entered.
    pub original_arrival: Option<ClinicalTime>,
}

/// A readings entry, decoded: `qualities` stands beside `readings`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Everything but the values.
    pub header: EntryHeader,
    /// The values, in the order they were encoded.
    pub readings: Vec<Reading>,
    /// What the gate thought of each.
    pub qualities: Vec<Quality>,
}

impl Default for EntryHeader {
    fn default() -> Self {
        Self {
            source: ReadingSource::Watch,
            session: None,
            sequence: None,
            payload_hash: 0,
            times_from_arrival: false,
            original_arrival: None,
        }
    }
}

/// Why bytes are not a readings entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// The bytes end early or hold an impossible integer.
    #[error("unreadable integer")]
    Bytes(#[from] BytesError),
    /// A flag or source that this version does not know.
    #[error("unknown flags {flags:#04x}")]
    Flags {
        /// The flags byte.
        flags: u8,
    },
    /// A moment without vitals, or with vitals that do not exist.
    #[error("impossible set of vitals {mask:#x}")]
    Vitals {
        /// The bit mask.
        mask: u64,
    },
    /// A value tag that this version does not know.
    #[error("unknown value tag {tag}")]
    Value {
        /// The tag.
        tag: u64,
    },
    /// A quality code that this version does not know.
    #[error("unknown quality code {code}")]
    Quality {
        /// The code.
        code: u8,
    },
}

const SESSION: u8 = 1 << 2;
const SEQUENCE: u8 = 1 << 3;
const FROM_ARRIVAL: u8 = 1 << 4;
const ORIGINAL_ARRIVAL: u8 = 1 << 5;
const QUALITIES: u8 = 1 << 6;
const UNUSED: u8 = 1 << 7;
/// Below the scales 0 to 3: a value as raw bits, and a negative one.
const TAG_RAW: u64 = 4;
const TAG_NEGATIVE: u64 = 5;
const SCALES: [f64; 4] = [1.0, 10.0, 100.0, 1000.0];

/// Appends the entry to `out`. `qualities` stands beside `readings`; where it
/// is shorter the rest is good. `stamp` is the journal row's own.
pub fn encode(
    header: &EntryHeader,
    readings: &[Reading],
    qualities: &[Quality],
    stamp: ClinicalTime,
    out: &mut Vec<u8>,
) {
    let judged = qualities.iter().any(|quality| *quality != Quality::Good);
    put_header(header, judged, stamp, out);
    let mut previous = stamp.epoch_ms();
    let mut rest = readings;
    let mut done = 0;
    while let Some(first) = rest.first() {
        let (mask, length) = moment(rest, *first);
        let (now, later) = rest.split_at(length);
        let at = first.at.epoch_ms();
        put_varint(out, zigzag(at.wrapping_sub(previous)));
        put_varint(out, u64::from(mask));
        for reading in now {
            put_value(reading.value, out);
        }
        if judged {
            out.extend((done..done + length).map(|i| qualities.get(i).map_or(0, |q| q.code())));
        }
        previous = at;
        done += length;
        rest = later;
    }
}

fn put_header(header: &EntryHeader, judged: bool, stamp: ClinicalTime, out: &mut Vec<u8>) {
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    out.push(
        header.source as u8
            | flag(header.session.is_some(), SESSION)
            | flag(header.sequence.is_some(), SEQUENCE)
            | flag(header.times_from_arrival, FROM_ARRIVAL)
            | flag(header.original_arrival.is_some(), ORIGINAL_ARRIVAL)
            | flag(judged, QUALITIES),
    );
    out.extend_from_slice(&header.payload_hash.to_le_bytes());
    for number in [header.session, header.sequence].into_iter().flatten() {
        put_varint(out, number);
    }
    if let Some(arrival) = header.original_arrival {
        let delay = stamp.epoch_ms().wrapping_sub(arrival.epoch_ms());
        put_varint(out, zigzag(delay));
    }
}

/// The vitals and the length of the moment that starts with `first`.
fn moment(readings: &[Reading], first: Reading) -> (u16, usize) {
    let mut mask = 1_u16 << first.vital.code();
    let mut length = 1;
    for reading in readings.iter().skip(1) {
        let bit = 1_u16 << reading.vital.code();
        if reading.at != first.at || bit <= mask {
            break;
        }
        mask |= bit;
        length += 1;
    }
    (mask, length)
}

fn put_value(value: f64, out: &mut Vec<u8>) {
    match decimal(value) {
        Some((digits, scale)) if digits >= 0 => put_varint(out, (digits as u64) << 3 | scale),
        Some((digits, scale)) => {
            put_varint(
                out,
                (digits.unsigned_abs() << 2 | scale) << 3 | TAG_NEGATIVE,
            );
        }
        None => {
            put_varint(out, TAG_RAW);
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
    }
}

/// Digits and scale that give exactly `value` back.
fn decimal(value: f64) -> Option<(i64, u64)> {
    if value.is_nan() || value.abs() > 1e12 {
        return None;
    }
    for (scale, power) in SCALES.into_iter().enumerate() {
        // `round` is a call into the C library on the baseline instruction
        // set; half up is as good, because the result is checked.
        let digits = (value * power + 0.5_f64.copysign(value)) as i64;
        if (digits as f64 / power).to_bits() == value.to_bits() {
            return Some((digits, scale as u64));
        }
    }
    None
}

/// Reads an entry back. `stamp` is the journal row's.
///
/// # Errors
/// [`EntryError`] when the bytes are not an entry; never panics.
pub fn decode(bytes: &[u8], stamp: ClinicalTime) -> Result<Entry, EntryError> {
    let mut entry = Entry::default();
    decode_into(bytes, stamp, &mut entry)?;
    Ok(entry)
}

/// Reads an entry back into one whose memory is used again. After an error
/// its content means nothing.
///
/// # Errors
/// [`EntryError`] when the bytes are not an entry; never panics.
pub fn decode_into(bytes: &[u8], stamp: ClinicalTime, entry: &mut Entry) -> Result<(), EntryError> {
    let mut cursor = Cursor::new(bytes);
    let (header, judged) = take_header(&mut cursor, stamp)?;
    entry.header = header;
    entry.readings.clear();
    entry.qualities.clear();
    let mut at = stamp.epoch_ms();
    while !cursor.is_empty() {
        at = at.wrapping_add(unzigzag(cursor.varint()?));
        let mask = cursor.varint()?;
        if mask == 0 || mask >> Vital::COUNT != 0 {
            return Err(EntryError::Vitals { mask });
        }
        let here = Vital::ALL
            .into_iter()
            .filter(|vital| mask >> vital.code() & 1 == 1);
        for vital in here {
            let value = take_value(&mut cursor)?;
            let at = MeasuredTime::from_epoch_ms(at);
            entry.readings.push(Reading { at, vital, value });
        }
        for _ in 0..mask.count_ones() {
            let code = if judged { cursor.byte()? } else { 0 };
            let quality = Quality::from_code(code).ok_or(EntryError::Quality { code })?;
            entry.qualities.push(quality);
        }
    }
    Ok(())
}

fn take_header(
    cursor: &mut Cursor<'_>,
    stamp: ClinicalTime,
) -> Result<(EntryHeader, bool), EntryError> {
    let flags = cursor.byte()?;
    let source = ReadingSource::from_code(flags & 3).filter(|_| flags & UNUSED == 0);
    let source = source.ok_or(EntryError::Flags { flags })?;
    let payload_hash = u64::from_le_bytes(cursor.array()?);
    let mut optional = |bit| (flags & bit != 0).then(|| cursor.varint()).transpose();
    let header = EntryHeader {
        source,
        session: optional(SESSION)?,
        sequence: optional(SEQUENCE)?,
        payload_hash,
        times_from_arrival: flags & FROM_ARRIVAL != 0,
        original_arrival: optional(ORIGINAL_ARRIVAL)?.map(|delay| {
            ClinicalTime::from_epoch_ms(stamp.epoch_ms().wrapping_sub(unzigzag(delay)))
        }),
    };
    Ok((header, flags & QUALITIES != 0))
}

fn take_value(cursor: &mut Cursor<'_>) -> Result<f64, EntryError> {
    let packed = cursor.varint()?;
    let scaled = |digits: u64, scale: u64| {
        let power = usize::try_from(scale).ok().and_then(|s| SCALES.get(s));
        digits as f64 / power.copied().unwrap_or(1.0)
    };
    match packed & 7 {
        scale @ 0..=3 => Ok(scaled(packed >> 3, scale)),
        TAG_RAW => Ok(f64::from_bits(u64::from_le_bytes(cursor.array()?))),
        TAG_NEGATIVE => Ok(-scaled(packed >> 5, packed >> 3 & 3)),
        tag => Err(EntryError::Value { tag }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(stamp: i64) -> impl Strategy<Value = EntryHeader> {
        let option = || proptest::option::of(any::<u64>());
        let source = 0_u8..3;
        let delay = proptest::option::of(any::<i64>());
        (
            source,
            option(),
            option(),
            any::<u64>(),
            any::<bool>(),
            delay,
        )
            .prop_map(
                move |(source, session, sequence, payload_hash, times_from_arrival, delay)| {
                    EntryHeader {
                        source: ReadingSource::from_code(source).expect("below three"),
                        session,
                        sequence,
                        payload_hash,
                        times_from_arrival,
                        original_arrival: delay
                            .map(|d| ClinicalTime::from_epoch_ms(stamp.wrapping_sub(d))),
                    }
                },
            )
    }

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            (-50_000_i64..50_000, 0_usize..4).prop_map(|(d, s)| d as f64 / SCALES[s]),
            any::<f64>(),
            Just(-0.0),
            Just(f64::MAX),
        ]
    }

    fn reading() -> impl Strategy<Value = Reading> {
        (prop_oneof![0_i64..3, any::<i64>()], 0_u8..16, value()).prop_map(|(at, vital, value)| {
            Reading {
                at: MeasuredTime::from_epoch_ms(at),
                vital: Vital::from_code(vital).expect("below sixteen"),
                value,
            }
        })
    }

    fn quality() -> impl Strategy<Value = Quality> {
        (0_u8..48).prop_filter_map("not a quality", Quality::from_code)
    }

    proptest! {
        #[test]
        fn an_entry_comes_back_bit_for_bit_and_in_order(
            header in header(1_000),
            pairs in proptest::collection::vec((reading(), quality()), 0..40),
        ) {
            let (readings, qualities): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let stamp = ClinicalTime::from_epoch_ms(1_000);
            let mut bytes = Vec::new();
            encode(&header, &readings, &qualities, stamp, &mut bytes);
            let entry = decode(&bytes, stamp).expect("just encoded");
            prop_assert_eq!(entry.header, header);
            prop_assert_eq!(entry.qualities, qualities);
            prop_assert_eq!(entry.readings.len(), readings.len());
            for (found, sent) in entry.readings.iter().zip(&readings) {
                prop_assert_eq!((found.at, found.vital), (sent.at, sent.vital));
                prop_assert_eq!(found.value.to_bits(), sent.value.to_bits());
            }
        }

        #[test]
        fn garbage_is_refused_without_a_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = decode(&bytes, ClinicalTime::from_epoch_ms(i64::MAX));
        }
    }

    #[test]
    fn a_message_of_six_vitals_takes_about_thirty_bytes() {
        let stamp = ClinicalTime::from_epoch_ms(1_800_000_000_000);
        let values = [
            (0, 72.0),
            (1, 14.5),
            (2, 97.0),
            (3, 36.6),
            (4, 33.27),
            (13, 81.0),
        ];
        let readings = values.map(|(code, value)| Reading {
            at: MeasuredTime::from_epoch_ms(1_799_999_999_700),
            vital: Vital::from_code(code).expect("a vital"),
            value,
        });
        let header = EntryHeader {
            source: ReadingSource::Watch,
            session: Some(3),
            sequence: Some(17_000),
            payload_hash: u64::MAX,
            times_from_arrival: false,
            original_arrival: None,
        };
        let mut bytes = Vec::new();
        encode(&header, &readings, &[Quality::Good; 6], stamp, &mut bytes);
        assert!(bytes.len() <= 30, "{} bytes", bytes.len());
    }
}
