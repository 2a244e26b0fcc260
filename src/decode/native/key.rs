//! Keys of the native JSON.

use crate::domain::Vital;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// A key, known or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Key {
    Session,
    Sequence,
    Sent,
    Samples,
    Time,
    Vital(Vital),
    Unknown,
}

impl Key {
    fn of(text: &str) -> Self {
        match text {
            "hr" => Self::Vital(Vital::HeartRate),
            "spo2" => Self::Vital(Vital::OxygenSaturation),
            "rr" => Self::Vital(Vital::RespiratoryRate),
            "temp" => Self::Vital(Vital::BodyTemperature),
            "steps" => Self::Vital(Vital::StepCount),
            "worn" => Self::Vital(Vital::Worn),
            "battery" => Self::Vital(Vital::BatteryLevel),
            "t" => Self::Time,
            "seq" => Self::Sequence,
            "session" => Self::Session,
            "sent" => Self::Sent,
            "samples" => Self::Samples,
            other => Vital::from_key(other).map_or(Self::Unknown, Self::Vital),
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
                Ok(Key::of(text))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vital_is_found_by_its_key() {
        for vital in Vital::ALL {
            assert_eq!(Key::of(vital.facts().key), Key::Vital(vital));
        }
        assert_eq!(Key::of("heart_rate"), Key::Unknown);
    }
}
