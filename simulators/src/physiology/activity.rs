//! Sleep and walking: bouts of five minutes, decided by the hour.

use super::profile::Profile;
use super::rhythm::{HOUR_MS, MINUTE_MS, local_hour};
use crate::chance::Chance;

const BOUT_MS: i64 = 5 * MINUTE_MS;
/// Slow gait of a patient, steps/min.
const CADENCE_MEAN: f64 = 95.0;

/// What the patient does at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activity {
    /// In bed, asleep.
    Asleep,
    /// Awake, sitting or standing.
    Resting,
    /// Walking at a cadence, steps/min.
    Walking(f64),
}

impl Activity {
    /// Steps per minute.
    #[must_use]
    pub fn steps_per_minute(self) -> f64 {
        match self {
            Self::Asleep | Self::Resting => 0.0,
            Self::Walking(cadence) => cadence,
        }
    }
}

/// One patient's days.
#[derive(Debug, Clone, Copy)]
pub struct Daily {
    chance: Chance,
    asleep_from_hour: f64,
    awake_from_hour: f64,
    utc_offset_minutes: i32,
    walking_share: f64,
}

impl Daily {
    /// Days that fit a profile.
    #[must_use]
    pub fn new(chance: Chance, profile: &Profile) -> Self {
        let awake_hours = (profile.asleep_from_hour - profile.awake_from_hour).rem_euclid(24.0);
        Self {
            chance: chance.child("activity"),
            asleep_from_hour: profile.asleep_from_hour,
            awake_from_hour: profile.awake_from_hour,
            utc_offset_minutes: profile.utc_offset_minutes,
            walking_share: profile.daily_steps / (awake_hours * 60.0 * CADENCE_MEAN),
        }
    }

    /// What the patient does; `factor` scales walking (illness lowers it).
    #[must_use]
    pub fn at(&self, time_ms: i64, factor: f64) -> Activity {
        if self.asleep(time_ms) {
            return Activity::Asleep;
        }
        let bout = time_ms.div_euclid(BOUT_MS);
        if self.chance.uniform(bout) < self.walking_share * factor {
            let cadence = CADENCE_MEAN + 8.0 * self.chance.child("cadence").normal(bout);
            Activity::Walking(cadence.clamp(60.0, 125.0))
        } else {
            Activity::Resting
        }
    }

    /// How much of the last four minutes went into walking, 0 to 1: heart rate follows it.
    #[must_use]
    pub fn exertion(&self, time_ms: i64, factor: f64) -> f64 {
        let minutes_walked: f64 = (0..4)
            .map(
                |minute| match self.at(time_ms - minute * MINUTE_MS, factor) {
                    Activity::Walking(cadence) => cadence / CADENCE_MEAN,
                    Activity::Asleep | Activity::Resting => 0.0,
                },
            )
            .sum();
        minutes_walked / 4.0
    }

    /// Whether this is sleep; bedtime and waking move by some minutes from night to night.
    #[must_use]
    fn asleep(&self, time_ms: i64) -> bool {
        let hour = local_hour(time_ms, self.utc_offset_minutes);
        // Nights are counted from noon, so that one night has one number.
        let night = (time_ms + i64::from(self.utc_offset_minutes) * MINUTE_MS - 12 * HOUR_MS)
            .div_euclid(24 * HOUR_MS);
        let nights = self.chance.child("nights");
        let from = self.asleep_from_hour + 0.4 * nights.normal(2 * night).clamp(-2.0, 2.0);
        let until = self.awake_from_hour + 0.4 * nights.normal(2 * night + 1).clamp(-2.0, 2.0);
        let since_noon = (hour - 12.0).rem_euclid(24.0);
        since_noon >= (from - 12.0) && since_noon < until + 12.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Activity, Daily};
    use crate::chance::Chance;
    use crate::physiology::{HOUR_MS, MINUTE_MS, Profile};

    #[test]
    fn steps_over_many_days_match_the_profile() {
        let daily = Daily::new(Chance::new(11), &Profile::default());
        let minutes = 60 * 24 * 60;
        let steps: f64 = (0..minutes)
            .map(|minute| daily.at(minute * MINUTE_MS, 1.0).steps_per_minute())
            .sum();
        let per_day = steps / 60.0;
        assert!(
            (2_900.0..4_500.0).contains(&per_day),
            "{per_day} steps a day"
        );
    }

    #[test]
    fn the_patient_sleeps_at_three_and_is_awake_at_noon() {
        let daily = Daily::new(Chance::new(11), &Profile::default());
        for day in 0..50 {
            assert_eq!(daily.at((day * 24 + 3) * HOUR_MS, 1.0), Activity::Asleep);
            assert_ne!(daily.at((day * 24 + 12) * HOUR_MS, 1.0), Activity::Asleep);
        }
    }
}
