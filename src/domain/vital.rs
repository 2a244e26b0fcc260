//! The vitals Wardlight knows, with their units and limits of physics.

use serde::{Deserialize, Serialize};

/// One kind of measurement. The number is the stored code and never changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Vital {
    /// Heart rate, /min.
    HeartRate = 0,
    /// Respiratory rate, /min.
    RespiratoryRate = 1,
    /// Peripheral oxygen saturation, %.
    OxygenSaturation = 2,
    /// Core body temperature (axillary, oral, ear), Cel; never wrist skin.
    BodyTemperature = 3,
    /// Wrist skin temperature, Cel; never a fever, never NEWS2.
    SkinTemperature = 4,
    /// Systolic blood pressure, mm\[Hg\].
    SystolicPressure = 5,
    /// Diastolic blood pressure, mm\[Hg\].
    DiastolicPressure = 6,
    /// Root mean square of successive beat differences, ms.
    HeartRateVariabilityRmssd = 7,
    /// Standard deviation of beat intervals, ms.
    HeartRateVariabilitySdnn = 8,
    /// One interval between beats, ms; an array is stored beat by beat.
    BeatIntervals = 9,
    /// Steps since the previous moment.
    StepCount = 10,
    /// Resting heart rate of a night or day, /min.
    RestingHeartRate = 11,
    /// Whether the watch is on the wrist: 1 or 0.
    Worn = 12,
    /// Battery level, %.
    BatteryLevel = 13,
    /// Whether oxygen is being given: 1 or 0.
    SupplementalOxygen = 14,
    /// ACVPU: Alert 0, new Confusion 1, Voice 2, Pain 3, Unresponsive 4.
    Consciousness = 15,
}

/// What is fixed about a vital: names, unit and the limits of physics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VitalFacts {
    /// Key in the native JSON (`hr`).
    pub key: &'static str,
    /// Name in the API, the store and the InfluxDB measurement (`heart_rate`).
    pub name: &'static str,
    /// UCUM unit, empty for a state.
    pub unit: &'static str,
    /// Smallest value physics allows; below it the value is refused.
    pub physics_min: f64,
    /// Largest value physics allows; above it the value is refused.
    pub physics_max: f64,
    /// Smallest value believable in a living adult (physiology.md, unverified:
    /// the gate takes its limits from the configuration, these are the defaults).
    pub plausible_min: f64,
    /// Largest value believable in a living adult.
    pub plausible_max: f64,
}

const fn facts(
    key: &'static str,
    name: &'static str,
    unit: &'static str,
    physics: (f64, f64),
    plausible: (f64, f64),
) -> VitalFacts {
    VitalFacts {
        key,
        name,
        unit,
        physics_min: physics.0,
        physics_max: physics.1,
        plausible_min: plausible.0,
        plausible_max: plausible.1,
    }
}

/// In the order of [`Vital`]'s codes.
static FACTS: [VitalFacts; Vital::COUNT] = [
    facts("hr", "heart_rate", "/min", (0.0, 500.0), (25.0, 240.0)),
    facts("rr", "respiratory_rate", "/min", (0.0, 200.0), (4.0, 60.0)),
    facts(
        "spo2",
        "oxygen_saturation",
        "%",
        (0.0, 100.0),
        (50.0, 100.0),
    ),
    facts("temp", "body_temperature", "Cel", (0.0, 60.0), (30.0, 43.0)),
    facts(
        "skin",
        "skin_temperature",
        "Cel",
        (-40.0, 80.0),
        (20.0, 40.0),
    ),
    facts(
        "sbp",
        "systolic_pressure",
        "mm[Hg]",
        (0.0, 400.0),
        (50.0, 260.0),
    ),
    facts(
        "dbp",
        "diastolic_pressure",
        "mm[Hg]",
        (0.0, 300.0),
        (20.0, 160.0),
    ),
    facts(
        "rmssd",
        "heart_rate_variability_rmssd",
        "ms",
        (0.0, 5000.0),
        (1.0, 300.0),
    ),
    facts(
        "sdnn",
        "heart_rate_variability_sdnn",
        "ms",
        (0.0, 5000.0),
        (1.0, 300.0),
    ),
    facts(
        "ibi",
        "beat_intervals",
        "ms",
        (1.0, 30_000.0),
        (250.0, 2500.0),
    ),
    facts(
        "steps",
        "step_count",
        "{steps}",
        (0.0, 200_000.0),
        (0.0, 60_000.0),
    ),
    facts(
        "rhr",
        "resting_heart_rate",
        "/min",
        (0.0, 500.0),
        (25.0, 240.0),
    ),
    facts("worn", "worn", "", (0.0, 1.0), (0.0, 1.0)),
    facts("battery", "battery_level", "%", (0.0, 100.0), (0.0, 100.0)),
    facts("o2", "supplemental_oxygen", "", (0.0, 1.0), (0.0, 1.0)),
    facts("acvpu", "consciousness", "", (0.0, 4.0), (0.0, 4.0)),
];

impl Vital {
    /// How many vitals there are; codes run from 0 below it.
    pub const COUNT: usize = 16;

    /// All vitals in the order of their codes.
    pub const ALL: [Vital; Vital::COUNT] = [
        Vital::HeartRate,
        Vital::RespiratoryRate,
        Vital::OxygenSaturation,
        Vital::BodyTemperature,
        Vital::SkinTemperature,
        Vital::SystolicPressure,
        Vital::DiastolicPressure,
        Vital::HeartRateVariabilityRmssd,
        Vital::HeartRateVariabilitySdnn,
        Vital::BeatIntervals,
        Vital::StepCount,
        Vital::RestingHeartRate,
        Vital::Worn,
        Vital::BatteryLevel,
        Vital::SupplementalOxygen,
        Vital::Consciousness,
    ];

    /// The stored code, 0 to 15.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The code as an index into arrays of [`Vital::COUNT`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The vital of a stored code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The vital of a native JSON key (`hr`).
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vital| vital.facts().key == key)
    }

    /// The vital of a full name (`heart_rate`).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|vital| vital.facts().name == name)
    }

    /// Names, unit and limits of physics.
    #[expect(clippy::indexing_slicing, reason = "FACTS has one row for each code")]
    pub fn facts(self) -> &'static VitalFacts {
        &FACTS[self.index()]
    }

    /// The full name, as in the API.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// What a nurse calls it, for use inside a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::HeartRate => "heart rate",
            Self::RespiratoryRate => "breathing rate",
            Self::OxygenSaturation => "oxygen (SpO₂)",
            Self::BodyTemperature => "temperature",
            Self::SkinTemperature => "wrist skin temperature",
            Self::SystolicPressure => "systolic pressure",
            Self::DiastolicPressure => "diastolic pressure",
            Self::HeartRateVariabilityRmssd => "variability RMSSD",
            Self::HeartRateVariabilitySdnn => "variability SDNN",
            Self::BeatIntervals => "beat interval",
            Self::StepCount => "step count",
            Self::RestingHeartRate => "resting heart rate",
            Self::Worn => "sign of being worn",
            Self::BatteryLevel => "battery level",
            Self::SupplementalOxygen => "extra oxygen",
            Self::Consciousness => "consciousness",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_key_and_name_leads_back_to_its_vital() {
        for vital in Vital::ALL {
            assert_eq!(Vital::from_code(vital.code()), Some(vital));
            assert_eq!(Vital::from_key(vital.facts().key), Some(vital));
            assert_eq!(Vital::from_name(vital.name()), Some(vital));
        }
    }

    #[test]
    fn the_words_of_a_vital_are_its_own_and_no_name_of_a_program() {
        let words: std::collections::BTreeSet<_> = Vital::ALL.map(Vital::words).into();
        assert_eq!(words.len(), Vital::COUNT);
        assert!(words.iter().all(|words| !words.contains('_')), "{words:?}");
    }
}
