//! `ibi`: an array of intervals that ends at `t`, one reading a beat.

use super::builder::Builder;
use super::scalar::Scalar;
use crate::domain::{RejectionReason, Vital};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Reads the array into the builder, each beat with its offset from `t`.
///
/// A wrong interval leaves the beats up to it without a place in time: they
/// are refused with it, in one; those after it stay.
pub(super) struct Beats<'builder, 'limits>(pub(super) &'builder mut Builder<'limits>);

impl<'de> DeserializeSeed<'de> for Beats<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Beats<'_, '_> {
    fn refuse(self) {
        let vital = Some(Vital::BeatIntervals);
        self.0.reject(vital, RejectionReason::WrongType);
    }

    fn place(self, first: usize) {
        let mut offset_ms = 0.0;
        let readings = &mut self.0.message.readings;
        for reading in readings.iter_mut().skip(first).rev() {
            reading.at = reading.at.plus_ms(-(offset_ms as i64));
            offset_ms += reading.value;
        }
    }
}

fn judge(scalar: Scalar) -> Result<f64, RejectionReason> {
    let facts = Vital::BeatIntervals.facts();
    match scalar.number() {
        None => Err(RejectionReason::WrongType),
        Some(value) if value < facts.physics_min || value > facts.physics_max => {
            Err(RejectionReason::OutsidePhysics)
        }
        Some(value) => Ok(value),
    }
}

impl<'de> Visitor<'de> for Beats<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let first = self.0.message.readings.len();
        let mut wrong = None;
        while let Some(scalar) = seq.next_element::<Scalar>()? {
            match judge(scalar) {
                Ok(value) => self.0.push(Vital::BeatIntervals, value, 0),
                Err(reason) => {
                    self.0.message.readings.truncate(first);
                    wrong = Some(reason);
                }
            }
        }
        if let Some(reason) = wrong {
            self.0.reject(Some(Vital::BeatIntervals), reason);
        }
        self.place(first);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        super::scalar::skip_map(map)?;
        self.refuse();
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.refuse();
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.refuse();
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.refuse();
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.refuse();
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.refuse();
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.refuse();
        Ok(())
    }
}
