//! One JSON value of any type, reduced to what a vital or a time can be.

use crate::domain::{MeasuredTime, Vital};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value. Texts are read at once, so that none is copied.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Scalar {
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    Bool(bool),
    /// A text of one byte.
    Letter(u8),
    /// A text that is an RFC 3339 time.
    Time(MeasuredTime),
    Other,
}

impl Scalar {
    /// The value as a number of `vital`'s unit, if it is of the vital's type.
    pub(super) fn of_vital(self, vital: Vital) -> Option<f64> {
        match vital {
            Vital::Worn | Vital::SupplementalOxygen => match self {
                Self::Bool(value) => Some(f64::from(u8::from(value))),
                _ => None,
            },
            Vital::Consciousness => match self {
                Self::Letter(letter) => acvpu(letter),
                _ => None,
            },
            _ => self.number(),
        }
    }

    /// The value as a number.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Unsigned(value) => Some(value as f64),
            Self::Negative(value) => Some(value as f64),
            Self::Float(value) => Some(value),
            Self::Bool(_) | Self::Letter(_) | Self::Time(_) | Self::Other => None,
        }
    }

    /// The value as a counter: a whole number from 0; `7.0` counts as 7.
    pub(super) fn counter(self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(value),
            Self::Float(value) if value.fract() == 0.0 && (0.0..9.0e15).contains(&value) => {
                Some(value as u64)
            }
            _ => None,
        }
    }

    /// The value as a time: epoch milliseconds or RFC 3339 text.
    pub(super) fn time(self) -> Option<MeasuredTime> {
        match self {
            Self::Unsigned(ms) => Some(i64::try_from(ms).unwrap_or(i64::MAX)),
            Self::Negative(ms) => Some(ms),
            Self::Float(ms) => Some(ms.round() as i64),
            Self::Time(time) => return Some(time),
            Self::Bool(_) | Self::Letter(_) | Self::Other => None,
        }
        .map(MeasuredTime::from_epoch_ms)
    }
}

fn acvpu(letter: u8) -> Option<f64> {
    match letter {
        b'A' => Some(0.0),
        b'C' => Some(1.0),
        b'V' => Some(2.0),
        b'P' => Some(3.0),
        b'U' => Some(4.0),
        _ => None,
    }
}

fn text(text: &str) -> Scalar {
    match text.as_bytes() {
        [letter] => Scalar::Letter(*letter),
        _ => match text.parse::<jiff::Timestamp>() {
            Ok(time) => Scalar::Time(MeasuredTime::from_epoch_ms(floor_ms(time))),
            Err(_) => Scalar::Other,
        },
    }
}

fn floor_ms(time: jiff::Timestamp) -> i64 {
    let ms = time.as_nanosecond().div_euclid(1_000_000);
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Reads over an array of anything.
pub(super) fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Reads over an object of anything.
pub(super) fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Negative(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(text(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Scalar, A::Error> {
        skip_seq(seq)?;
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Scalar, A::Error> {
        skip_map(map)?;
        Ok(Scalar::Other)
    }
}
