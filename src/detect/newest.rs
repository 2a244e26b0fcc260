//! The newest good reading of each vital.

use super::moment::Moment;
use crate::domain::{MeasuredTime, Reading, Vital};
use serde::{Deserialize, Serialize};

/// The newest good reading of a vital.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Newest {
    /// Its value.
    pub value: f64,
    /// When it was measured.
    pub measured: MeasuredTime,
}

/// As it is kept: fourteen bytes, there or not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct NewestGood {
    at: Moment,
    value: f64,
}

impl Default for NewestGood {
    fn default() -> Self {
        Self {
            at: Moment::NEVER_YET,
            value: 0.0,
        }
    }
}

impl NewestGood {
    /// Keeps a good reading if none is newer.
    pub(super) fn keep(&mut self, reading: Reading) {
        if reading.at.epoch_ms() >= self.at.ms() {
            (self.at, self.value) = (reading.at.epoch_ms().into(), reading.value);
        }
    }

    /// The reading, if there was any.
    pub(super) fn get(self) -> Option<Newest> {
        (self.at != Moment::NEVER_YET).then_some(Newest {
            value: self.value,
            measured: MeasuredTime::from_epoch_ms(self.at.ms()),
        })
    }
}

/// The newest good readings of the vitals that have no minutes.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct NewestStates([NewestGood; 6]);

impl NewestStates {
    pub(super) fn get(&self, vital: Vital) -> Option<Newest> {
        self.0.get(place_of(vital)?)?.get()
    }

    pub(super) fn keep(&mut self, reading: Reading) {
        if let Some(newest) = place_of(reading.vital).and_then(|place| self.0.get_mut(place)) {
            newest.keep(reading);
        }
    }
}

const fn place_of(vital: Vital) -> Option<usize> {
    match vital {
        Vital::BeatIntervals => Some(0),
        Vital::StepCount => Some(1),
        Vital::Worn => Some(2),
        Vital::BatteryLevel => Some(3),
        Vital::SupplementalOxygen => Some(4),
        Vital::Consciousness => Some(5),
        Vital::HeartRate
        | Vital::RespiratoryRate
        | Vital::OxygenSaturation
        | Vital::BodyTemperature
        | Vital::SkinTemperature
        | Vital::SystolicPressure
        | Vital::HeartRateVariabilityRmssd
        | Vital::HeartRateVariabilitySdnn
        | Vital::RestingHeartRate
        | Vital::DiastolicPressure => None,
    }
}
