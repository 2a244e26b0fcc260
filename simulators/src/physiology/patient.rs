//! A patient: the true state of a body at any moment.

use super::activity::{Activity, Daily};
use super::course::{self, BodyChange, BodyEffect};
use super::profile::Profile;
use super::rhythm::{HOUR_MS, MINUTE_MS, circadian, local_hour};
use crate::chance::Chance;

/// Heart rate rises with fever by about 8.5/min per 2 F, that is 7.7/min per Cel.
const HEART_RATE_PER_DEGREE: f64 = 7.7;
/// Breathing follows fever too, /min per Cel; engineering judgement.
const BREATHS_PER_DEGREE: f64 = 1.5;
/// Local hour of the peak of core temperature; the low is twelve hours away, at 05:00.
const CORE_PEAK_HOUR: f64 = 17.0;

/// What is true of the body, before any sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BodyState {
    /// Heart rate, /min.
    pub heart_rate: f64,
    /// Respiratory rate, /min.
    pub respiratory_rate: f64,
    /// Oxygen saturation, %.
    pub oxygen_saturation: f64,
    /// Core temperature, Cel.
    pub core_temperature: f64,
    /// Wrist skin temperature, Cel.
    pub skin_temperature: f64,
    /// Systolic pressure, mm\[Hg\].
    pub systolic_pressure: f64,
    /// Diastolic pressure, mm\[Hg\].
    pub diastolic_pressure: f64,
    /// Beat-to-beat variability, ms.
    pub rmssd: f64,
    /// What the patient does.
    pub activity: Activity,
    /// The atria fibrillate.
    pub fibrillating: bool,
    /// Strength of the strongest illness, 0 to 1; the ill take their watch off more often.
    pub illness: f64,
}

/// A simulated patient: a pure function from time to [`BodyState`].
#[derive(Debug, Clone)]
pub struct Patient {
    chance: Chance,
    profile: Profile,
    daily: Daily,
    effects: Vec<BodyEffect>,
}

impl Patient {
    /// A patient of a seed, with the illnesses of a scenario.
    #[must_use]
    pub fn new(seed: u64, profile: Profile, effects: Vec<BodyEffect>) -> Self {
        let chance = Chance::new(seed).child("patient");
        Self {
            chance,
            profile,
            daily: Daily::new(chance, &profile),
            effects,
        }
    }

    /// Puts other illnesses in place of those that were.
    pub fn set_effects(&mut self, effects: Vec<BodyEffect>) {
        self.effects = effects;
    }

    /// The person this is when well.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The key of this patient's chance, for sensors and habits.
    #[must_use]
    pub fn chance(&self) -> Chance {
        self.chance
    }

    /// The state of the body at a time, epoch ms.
    #[must_use]
    pub fn at(&self, time_ms: i64) -> BodyState {
        let change = course::total(&self.effects, time_ms);
        let hour = local_hour(time_ms, self.profile.utc_offset_minutes);
        let activity = self.daily.at(time_ms, change.activity_factor);
        let exertion = self.daily.exertion(time_ms, change.activity_factor);
        let phase = circadian(hour, CORE_PEAK_HOUR);
        let systolic_pressure = self.profile.systolic_pressure
            + change.systolic_pressure
            + 4.0 * self.noise("pressure", time_ms, HOUR_MS)
            + 12.0 * exertion;
        BodyState {
            heart_rate: self.heart_rate(time_ms, &change, activity, exertion, phase),
            respiratory_rate: self.respiratory_rate(time_ms, &change, activity, exertion),
            oxygen_saturation: self.oxygen_saturation(time_ms, &change, activity),
            core_temperature: self.core_temperature(time_ms, &change, phase, exertion),
            skin_temperature: self.skin_temperature(time_ms, &change, phase, exertion),
            systolic_pressure: systolic_pressure.clamp(55.0, 240.0),
            diastolic_pressure: (systolic_pressure * 0.62).clamp(30.0, 150.0),
            rmssd: self.rmssd(time_ms, &change, activity),
            activity,
            fibrillating: change.fibrillation,
            illness: self.illness(time_ms),
        }
    }

    /// Mean heart rate from 02:00 to 06:00 local time before a morning, /min.
    #[must_use]
    pub fn overnight_heart_rate(&self, morning_ms: i64) -> f64 {
        let hour = local_hour(morning_ms, self.profile.utc_offset_minutes);
        #[expect(clippy::cast_possible_truncation, reason = "a part of one day")]
        let midnight_ms = morning_ms - (hour * HOUR_MS as f64) as i64;
        let sum: f64 = (0..16)
            .map(|quarter| midnight_ms + 2 * HOUR_MS + quarter * 15 * MINUTE_MS)
            .map(|time_ms| self.at(time_ms).heart_rate)
            .sum();
        sum / 16.0
    }

    fn heart_rate(
        &self,
        time_ms: i64,
        change: &BodyChange,
        activity: Activity,
        exertion: f64,
        phase: f64,
    ) -> f64 {
        let awake = if activity == Activity::Asleep {
            0.0
        } else {
            self.profile.awake_heart_rate_rise
        };
        let unrest = if change.fibrillation { 6.0 } else { 0.0 };
        let wander = 1.5 * self.noise("day", time_ms, 24 * HOUR_MS)
            + 1.6 * self.noise("ten minutes", time_ms, 10 * MINUTE_MS)
            + 1.0 * self.noise("minute", time_ms, MINUTE_MS)
            + unrest * self.noise("fibrillation", time_ms, 20_000);
        let heart_rate = self.profile.resting_heart_rate
            + self.profile.heart_rate_rhythm * (phase + 1.0)
            + awake
            + 26.0 * exertion
            + HEART_RATE_PER_DEGREE * change.core_temperature
            + change.heart_rate
            + wander;
        heart_rate.clamp(30.0, 205.0)
    }

    fn respiratory_rate(
        &self,
        time_ms: i64,
        change: &BodyChange,
        activity: Activity,
        exertion: f64,
    ) -> f64 {
        let awake = if activity == Activity::Asleep {
            -1.0
        } else {
            0.5
        };
        let respiratory_rate = self.profile.respiratory_rate
            + awake
            + 5.0 * exertion
            + BREATHS_PER_DEGREE * change.core_temperature
            + change.respiratory_rate
            + 0.7 * self.noise("breathing", time_ms, 10 * MINUTE_MS);
        respiratory_rate.clamp(6.0, 50.0)
    }

    fn oxygen_saturation(&self, time_ms: i64, change: &BodyChange, activity: Activity) -> f64 {
        let asleep = if activity == Activity::Asleep {
            -0.6
        } else {
            0.0
        };
        let saturation = self.profile.oxygen_saturation
            + asleep
            + change.oxygen_saturation
            + 0.4 * self.noise("saturation", time_ms, 15 * MINUTE_MS);
        saturation.clamp(60.0, 100.0)
    }

    fn core_temperature(
        &self,
        time_ms: i64,
        change: &BodyChange,
        phase: f64,
        exertion: f64,
    ) -> f64 {
        let temperature = self.profile.core_temperature
            + self.profile.core_temperature_rhythm * phase
            + 0.1 * exertion
            + change.core_temperature
            + 0.06 * self.noise("core", time_ms, HOUR_MS);
        temperature.clamp(33.0, 42.0)
    }

    fn skin_temperature(
        &self,
        time_ms: i64,
        change: &BodyChange,
        phase: f64,
        exertion: f64,
    ) -> f64 {
        let temperature = self.profile.skin_temperature
            // Antiphase: the wrist warms when the core cools.
            - self.profile.skin_temperature_rhythm * phase
            - 0.4 * exertion
            + 0.4 * change.core_temperature
            + 0.3 * self.noise("skin", time_ms, 40 * MINUTE_MS);
        temperature.clamp(22.0, 39.5)
    }

    fn rmssd(&self, time_ms: i64, change: &BodyChange, activity: Activity) -> f64 {
        if change.fibrillation {
            return (130.0 + 20.0 * self.noise("variability", time_ms, 10 * MINUTE_MS))
                .clamp(70.0, 250.0);
        }
        let awake = if activity == Activity::Asleep {
            1.0
        } else {
            0.75
        };
        let spread = 1.0 + 0.15 * self.noise("variability", time_ms, 10 * MINUTE_MS);
        (self.profile.rmssd * awake * change.variability_factor * spread).clamp(3.0, 200.0)
    }

    fn illness(&self, time_ms: i64) -> f64 {
        self.effects
            .iter()
            .map(|effect| effect.course.strength(time_ms))
            .fold(0.0, f64::max)
    }

    fn noise(&self, label: &str, time_ms: i64, period_ms: i64) -> f64 {
        self.chance
            .child(label)
            .slow_noise(time_ms, period_ms)
            .clamp(-3.5, 3.5)
    }
}

#[cfg(test)]
#[path = "patient_tests.rs"]
mod tests;
