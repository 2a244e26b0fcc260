//! How a person treats a watch: charging, wearing, keeping the phone near.

use super::effect::DeviceChange;
use crate::chance::Chance;
use crate::physiology::{HOUR_MS, MINUTE_MS, local_hour};

const DAY_MS: i64 = 24 * HOUR_MS;
/// Wear is decided for blocks of this length.
const BLOCK_MS: i64 = 4 * HOUR_MS;

/// A person's habits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habits {
    /// Share of time the watch is worn, 0 to 1 (70 % of days, SD 33 %, on chemotherapy).
    pub adherence: f64,
    /// Charges for 60 to 120 minutes each evening.
    pub charges_daily: bool,
    /// Chance that the phone is away for one to three hours on a day; then data burst in.
    pub phone_away_daily: f64,
    /// Whether the ill take the watch off more often.
    pub illness_lowers_wear: bool,
    /// Offset of the person's zone from UTC, minutes.
    pub utc_offset_minutes: i32,
}

impl Habits {
    /// Always worn, never charged, phone always near: for scenarios that must not be blurred.
    pub const PERFECT: Self = Self {
        adherence: 1.0,
        charges_daily: false,
        phone_away_daily: 0.0,
        illness_lowers_wear: false,
        utc_offset_minutes: 0,
    };

    /// Habits drawn from the wide distribution of `reference/physiology.md`.
    #[must_use]
    pub fn drawn(seed: u64) -> Self {
        let chance = Chance::new(seed).child("habits");
        Self {
            adherence: (0.75 + 0.33 * chance.normal(0)).clamp(0.1, 0.98),
            charges_daily: true,
            phone_away_daily: chance.between(1, 0.0, 0.6),
            illness_lowers_wear: true,
            utc_offset_minutes: 0,
        }
    }

    /// What habit does to the watch at a time; `illness` is 0 to 1.
    #[must_use]
    pub fn change_at(&self, chance: Chance, time_ms: i64, illness: f64) -> Option<DeviceChange> {
        let chance = chance.child("habits");
        let local_ms = time_ms + i64::from(self.utc_offset_minutes) * MINUTE_MS;
        let day = local_ms.div_euclid(DAY_MS);
        let hour = local_hour(time_ms, self.utc_offset_minutes);
        if self.charges_daily && within(hour, chance.child("charge"), day, (18.5, 21.0), (1.0, 2.0))
        {
            return Some(DeviceChange::Charging);
        }
        if self.adherence < 1.0
            && chance.child("wear").uniform(local_ms.div_euclid(BLOCK_MS))
                >= self.wear(day, illness)
        {
            return Some(DeviceChange::OffWrist);
        }
        let away = chance.child("away");
        let leaves = away.child("whether").uniform(day) < self.phone_away_daily;
        (leaves && within(hour, away, day, (9.0, 16.0), (1.0, 3.0)))
            .then_some(DeviceChange::PhoneAway)
    }

    /// Chance of wear in a block: lower at weekends and in illness.
    fn wear(&self, day: i64, illness: f64) -> f64 {
        // Day 0 of the epoch was a Thursday; 2 and 3 are Saturday and Sunday.
        let weekend = if matches!(day.rem_euclid(7), 2 | 3) {
            0.93
        } else {
            1.0
        };
        let ill = if self.illness_lowers_wear {
            1.0 - 0.4 * illness
        } else {
            1.0
        };
        self.adherence * weekend * ill
    }
}

/// Whether an hour lies in a span that starts and lasts at random within bounds each day.
fn within(hour: f64, chance: Chance, day: i64, start: (f64, f64), length: (f64, f64)) -> bool {
    let from = chance.between(2 * day, start.0, start.1);
    let hours = chance.between(2 * day + 1, length.0, length.1);
    hour >= from && hour < from + hours
}

#[cfg(test)]
mod tests {
    use super::{DeviceChange, Habits};
    use crate::chance::Chance;
    use crate::physiology::MINUTE_MS;

    #[test]
    fn a_charging_habit_takes_one_to_two_hours_a_day() {
        let habits = Habits {
            charges_daily: true,
            ..Habits::PERFECT
        };
        let minutes = (0..30 * 1_440)
            .filter(|minute| {
                habits.change_at(Chance::new(2), minute * MINUTE_MS, 0.0)
                    == Some(DeviceChange::Charging)
            })
            .count();
        assert!(
            (30 * 60..30 * 120).contains(&minutes),
            "{minutes} minutes in 30 days"
        );
    }

    #[test]
    fn adherence_is_met_over_many_days_and_falls_with_illness() {
        let habits = Habits {
            adherence: 0.7,
            illness_lowers_wear: true,
            ..Habits::PERFECT
        };
        let worn = |illness: f64| {
            (0..6_000)
                .filter(|block| {
                    habits
                        .change_at(Chance::new(2), block * 240 * MINUTE_MS, illness)
                        .is_none()
                })
                .count()
        };
        assert!((3_900..4_350).contains(&worn(0.0)), "{}", worn(0.0));
        assert!(worn(1.0) < 2_900);
    }
}
