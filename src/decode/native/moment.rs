//! One moment inside `samples`, and the part that every moment shares.

use super::beats::Beats;
use super::builder::{Builder, Moment};
use super::key::Key;
use super::scalar::{Scalar, skip_seq};
use crate::domain::{RejectionReason, Vital};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Reads the value of a vital.
pub(super) fn read_vital<'de, A: MapAccess<'de>>(
    builder: &mut Builder<'_>,
    moment: &mut Moment,
    vital: Vital,
    map: &mut A,
) -> Result<(), A::Error> {
    if !builder.is_first(moment, vital) {
        map.next_value::<IgnoredAny>()?;
    } else if vital == Vital::BeatIntervals {
        map.next_value_seed(Beats(builder))?;
    } else {
        let scalar = map.next_value::<Scalar>()?;
        builder.value(vital, scalar);
    }
    Ok(())
}

/// Reads the array `samples` into the builder.
pub(super) struct Samples<'builder, 'limits>(pub(super) &'builder mut Builder<'limits>);

/// Reads one element of `samples`.
struct Sample<'builder, 'limits>(&'builder mut Builder<'limits>);

macro_rules! refuse_scalars {
    () => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a moment or an array of moments")
        }

        fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
            self.0.reject(None, RejectionReason::WrongType);
            Ok(())
        }

        fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
            self.0.reject(None, RejectionReason::WrongType);
            Ok(())
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
            self.0.reject(None, RejectionReason::WrongType);
            Ok(())
        }

        fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
            self.0.reject(None, RejectionReason::WrongType);
            Ok(())
        }

        fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
            self.0.reject(None, RejectionReason::WrongType);
            Ok(())
        }

        fn visit_unit<E: Error>(self) -> Result<(), E> {
            self.0.reject(None, RejectionReason::WrongType);
            Ok(())
        }
    };
}

impl<'de> DeserializeSeed<'de> for Samples<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Samples<'_, '_> {
    type Value = ();
    refuse_scalars!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Sample(self.0))?.is_some() {
            if !self.0.count_moment() {
                return Err(A::Error::custom("too many moments"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.reject(None, RejectionReason::WrongType);
        super::scalar::skip_map(map)
    }
}

impl<'de> DeserializeSeed<'de> for Sample<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sample<'_, '_> {
    type Value = ();
    refuse_scalars!();

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        self.0.reject(None, RejectionReason::WrongType);
        skip_seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut moment = self.0.begin_moment();
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Vital(vital) => read_vital(self.0, &mut moment, vital, &mut map)?,
                Key::Time => {
                    let scalar = map.next_value::<Scalar>()?;
                    self.0.time(&mut moment, scalar);
                }
                Key::Session | Key::Sequence | Key::Sent | Key::Samples | Key::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                    self.0.message.unknown_keys += 1;
                }
            }
        }
        self.0.end_moment(moment);
        Ok(())
    }
}
