//! Who a simulated patient is when well.

use crate::chance::Chance;

/// A person's own normal. The fields are the patient's settings, not measured figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// Heart rate in deep sleep, /min. Population 65.5 ± 7.7, individuals 40-109 (Quer 2020).
    pub resting_heart_rate: f64,
    /// Added while awake and at rest, /min.
    pub awake_heart_rate_rise: f64,
    /// Half the swing of heart rate over the day with activity removed, /min.
    pub heart_rate_rhythm: f64,
    /// Breaths at rest, /min (12-20).
    pub respiratory_rate: f64,
    /// Oxygen saturation, % (95-100).
    pub oxygen_saturation: f64,
    /// Mean core (axillary) temperature over the day, Cel.
    pub core_temperature: f64,
    /// Half the swing of core temperature over the day, Cel (0.25-0.5).
    pub core_temperature_rhythm: f64,
    /// Mean wrist skin temperature, Cel (medians 33.6-34.0 in public samples).
    pub skin_temperature: f64,
    /// Half the swing of wrist skin temperature, Cel; it falls when core rises.
    pub skin_temperature_rhythm: f64,
    /// Systolic pressure at rest, mm\[Hg\].
    pub systolic_pressure: f64,
    /// Beat-to-beat variability (RMSSD) asleep, ms (20-60).
    pub rmssd: f64,
    /// Steps on a usual day (mean 3700 in advanced cancer, Gresham 2018).
    pub daily_steps: f64,
    /// Local hour of falling asleep.
    pub asleep_from_hour: f64,
    /// Local hour of waking.
    pub awake_from_hour: f64,
    /// Offset of the patient's zone from UTC, minutes.
    pub utc_offset_minutes: i32,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            resting_heart_rate: 62.0,
            awake_heart_rate_rise: 6.0,
            heart_rate_rhythm: 3.0,
            respiratory_rate: 15.0,
            oxygen_saturation: 97.2,
            core_temperature: 36.7,
            core_temperature_rhythm: 0.35,
            skin_temperature: 33.8,
            skin_temperature_rhythm: 0.8,
            systolic_pressure: 122.0,
            rmssd: 38.0,
            daily_steps: 3_700.0,
            asleep_from_hour: 23.0,
            awake_from_hour: 7.0,
            utc_offset_minutes: 0,
        }
    }
}

impl Profile {
    /// A person drawn from the population of `reference/physiology.md`.
    #[must_use]
    pub fn drawn(seed: u64) -> Self {
        let chance = Chance::new(seed).child("profile");
        let normal = |index: i64, mean: f64, spread: f64| mean + spread * chance.normal(index);
        Self {
            resting_heart_rate: normal(0, 62.5, 7.7).clamp(42.0, 95.0),
            awake_heart_rate_rise: normal(1, 6.0, 1.5).clamp(2.0, 12.0),
            heart_rate_rhythm: normal(2, 3.0, 0.8).clamp(1.0, 6.0),
            respiratory_rate: normal(3, 15.0, 1.3).clamp(12.5, 18.0),
            oxygen_saturation: normal(4, 97.2, 0.6).clamp(96.0, 98.5),
            core_temperature: normal(5, 36.7, 0.15).clamp(36.4, 37.0),
            core_temperature_rhythm: normal(6, 0.35, 0.05).clamp(0.25, 0.5),
            skin_temperature: normal(7, 33.8, 0.5).clamp(32.0, 35.5),
            skin_temperature_rhythm: normal(8, 0.8, 0.1).clamp(0.4, 1.2),
            systolic_pressure: normal(9, 122.0, 8.0).clamp(105.0, 145.0),
            rmssd: normal(10, 38.0, 10.0).clamp(20.0, 60.0),
            daily_steps: normal(11, 3_700.0, 1_500.0).clamp(800.0, 12_000.0),
            asleep_from_hour: normal(12, 22.8, 0.6).clamp(21.5, 23.9),
            awake_from_hour: normal(13, 7.0, 0.7).clamp(5.0, 9.0),
            utc_offset_minutes: 0,
        }
    }
}
