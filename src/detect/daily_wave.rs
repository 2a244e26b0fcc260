//! The daily rhythm of a vital: a wave of 24 hours in the patient's own time
//! (single-component cosinor; Cornelissen 2014).
//!
//! Its two coefficients follow what level and wave before left over, by
//! stochastic gradient: a minute moves them by twice its share, because a cosine
//! squared is one half on average. As the prior wave is none and weighs some
//! days, what is learnt is shrunk to none by itself while little is remembered.

use super::local;
use crate::domain::PatientContext;
use serde::{Deserialize, Serialize};

/// A moment of the day, as the wave sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimeOfDay {
    cos: f64,
    sin: f64,
}

impl TimeOfDay {
    fn at(share_of_day: f64) -> Self {
        let (sin, cos) = (std::f64::consts::TAU * share_of_day).sin_cos();
        Self { cos, sin }
    }

    /// The patient's time of day at a minute, asked of the calendar.
    pub(super) fn of(context: &PatientContext, minute: u32) -> Self {
        Today::default().time(context, minute)
    }
}

/// The patient's running day: asked of the calendar once a day.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Today {
    start: u32,
    /// The first minute after it; 0 for a day not asked for yet.
    end: u32,
}

impl Today {
    /// The patient's time of day at a minute. On days of 23 or 25 hours the
    /// wave is as long as the day.
    pub(super) fn time(&mut self, context: &PatientContext, minute: u32) -> TimeOfDay {
        if !(self.start..self.end).contains(&minute) {
            // Beyond the calendar the day is that of Greenwich.
            let midnight = minute - minute % 1_440;
            let day = local::day(context, minute);
            (self.start, self.end) = day.map_or_else(
                || (midnight, midnight.saturating_add(1_440)),
                |day| (day.start, day.end),
            );
        }
        let length = self.end.saturating_sub(self.start).max(1);
        let passed = minute.saturating_sub(self.start);
        TimeOfDay::at(f64::from(passed) / f64::from(length))
    }

    /// Forgets the day: the patient may live elsewhere.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What was learnt of a vital's daily rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct DailyWave {
    cos: f32,
    sin: f32,
}

impl DailyWave {
    /// How far above or below its level the vital is at that time.
    pub(super) fn at(self, time: TimeOfDay) -> f64 {
        f64::from(self.cos) * time.cos + f64::from(self.sin) * time.sin
    }

    /// Half the way from its lowest to its highest.
    pub(super) fn amplitude(self) -> f64 {
        f64::from(self.cos).hypot(f64::from(self.sin))
    }

    /// Learns what level and wave left over, by its share of what is remembered.
    pub(super) fn learn(&mut self, off: f64, share: f64, time: TimeOfDay) {
        self.cos = (f64::from(self.cos) + 2.0 * share * off * time.cos) as f32;
        self.sin = (f64::from(self.sin) + 2.0 * share * off * time.sin) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-07-01T00:00:00Z.
    const SUMMER: u32 = 29_714_400;

    fn context(zone: &str) -> PatientContext {
        PatientContext {
            time_zone: zone.into(),
            ..PatientContext::default()
        }
    }

    #[test]
    fn the_day_is_the_patients_and_is_asked_for_anew_when_it_is_over() {
        let mut today = Today::default();
        let auckland = context("Pacific/Auckland");
        for minute in (SUMMER..SUMMER + 4_000).step_by(7) {
            let time = today.time(&auckland, minute);
            assert_eq!(time, TimeOfDay::of(&auckland, minute));
            let shifted = TimeOfDay::at(f64::from((minute + 12 * 60) % 1_440) / 1_440.0);
            assert!((time.cos - shifted.cos).abs() < 1e-9 && (time.sin - shifted.sin).abs() < 1e-9);
        }
        let beyond = today.time(&auckland, u32::MAX);
        assert!(beyond.cos.is_finite() && beyond.sin.is_finite());
    }

    #[test]
    fn a_wave_is_learnt_to_half_when_as_much_is_known_as_none_weighs() {
        let (mut wave, prior_days) = (DailyWave::default(), 3.0);
        let truth = |minute: u32| 10.0 * TimeOfDay::at(f64::from(minute % 1_440) / 1_440.0).sin;
        for minute in 0..3 * 1_440_u32 {
            let time = TimeOfDay::at(f64::from(minute % 1_440) / 1_440.0);
            let days = f64::from(minute) / 1_440.0;
            let off = truth(minute) - wave.at(time);
            wave.learn(off, 1.0 / 1_440.0 / (days + prior_days), time);
        }
        assert!(
            (4.0..6.0).contains(&wave.amplitude()),
            "{}",
            wave.amplitude()
        );
    }
}
