//! The outermost object: a moment of its own, `samples`, or both.

use super::builder::{Builder, Moment};
use super::key::Key;
use super::moment::{Samples, read_vital};
use super::range;
use super::scalar::Scalar;
use crate::decode::error::object;
use crate::decode::{DecodeError, Limits};
use crate::domain::{ClinicalTime, DeviceMessage, RejectionReason};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// Reads a payload.
pub(in crate::decode) fn decode(
    payload: &[u8],
    arrival: ClinicalTime,
    limits: &Limits,
) -> Result<DeviceMessage, DecodeError> {
    let first = parse(payload, payload, arrival, limits);
    if let Err(DecodeError::Malformed(_)) = &first
        && let Some(tamed) = range::tame(payload)
    {
        return parse(&tamed, payload, arrival, limits);
    }
    first
}

fn parse(
    json: &[u8],
    payload: &[u8],
    arrival: ClinicalTime,
    limits: &Limits,
) -> Result<DeviceMessage, DecodeError> {
    object(json)?;
    let mut builder = Builder::new(payload, arrival, limits);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let outcome = Message(&mut builder)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    if builder.too_many_moments {
        let allowed = limits.moments_max;
        return Err(DecodeError::TooManyMoments { allowed });
    }
    outcome.map_err(DecodeError::Malformed)?;
    Ok(builder.message)
}

struct Message<'builder, 'limits>(&'builder mut Builder<'limits>);

/// Keys that may stand once in a message.
#[derive(Default)]
struct Seen {
    session: bool,
    sequence: bool,
    sent: bool,
    samples: bool,
}

impl<'de> DeserializeSeed<'de> for Message<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Message<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut moment = self.0.begin_moment();
        let mut seen = Seen::default();
        while let Some(key) = map.next_key::<Key>()? {
            self.read(key, &mut moment, &mut seen, &mut map)?;
        }
        if moment.has_values() && !self.0.count_moment() {
            return Err(A::Error::custom("too many moments"));
        }
        self.0.end_moment(moment);
        Ok(())
    }
}

impl Message<'_, '_> {
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: Key,
        moment: &mut Moment,
        seen: &mut Seen,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            Key::Vital(vital) => read_vital(self.0, moment, vital, map)?,
            Key::Time => {
                let scalar = map.next_value::<Scalar>()?;
                self.0.time(moment, scalar);
            }
            Key::Session if !seen.session => {
                seen.session = true;
                self.0.message.session = self.counter(map)?;
            }
            Key::Sequence if !seen.sequence => {
                seen.sequence = true;
                self.0.message.sequence = self.counter(map)?;
            }
            Key::Sent if !seen.sent => {
                seen.sent = true;
                self.0.message.sent = map.next_value::<Scalar>()?.time();
                if self.0.message.sent.is_none() {
                    self.0.reject(None, RejectionReason::TimeUnreadable);
                }
            }
            Key::Samples if !seen.samples => {
                seen.samples = true;
                let inner = self.0.message.readings.len();
                map.next_value_seed(Samples(self.0))?;
                self.0.end_inner(moment, inner);
            }
            Key::Session | Key::Sequence | Key::Sent | Key::Samples => {
                map.next_value::<IgnoredAny>()?;
                self.0.reject(None, RejectionReason::WrongType);
            }
            Key::Unknown => {
                map.next_value::<IgnoredAny>()?;
                self.0.message.unknown_keys += 1;
            }
        }
        Ok(())
    }

    fn counter<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<Option<u64>, A::Error> {
        let counter = map.next_value::<Scalar>()?.counter();
        if counter.is_none() {
            self.0.reject(None, RejectionReason::WrongType);
        }
        Ok(counter)
    }
}
