//! What the readings of a patient's two newest days add up to.
//!
//! A sum of a hash of each reading, a vital and a day: whoever has the stored
//! readings can tell whether they are those that were judged, in whatever order
//! and shape they are stored. It guards against damage and careless changes,
//! not against somebody who computes it anew.

use crate::domain::{MeasuredTime, Reading, Vital};
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 24 * 3_600_000;

/// Sums of the day of the newest reading and of the day before it (UTC, by
/// measured time). Which readings came is all that counts, not when.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// Days since 1970.
    day: i32,
    sums: [[u32; Vital::COUNT]; 2],
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            day: i32::MIN,
            sums: [[0; Vital::COUNT]; 2],
        }
    }
}

impl Ledger {
    /// Adds a reading that is judged.
    pub(super) fn note(&mut self, reading: &Reading) {
        let day = day_of(reading.at);
        if day > self.day {
            let [newest, _] = self.sums;
            let follows = day == self.day.saturating_add(1);
            let before = if follows { newest } else { [0; Vital::COUNT] };
            (self.day, self.sums) = (day, [[0; Vital::COUNT], before]);
        }
        let back = usize::try_from(i64::from(self.day) - i64::from(day));
        let sums = self.sums.get_mut(back.unwrap_or(usize::MAX));
        if let Some(sum) = sums.and_then(|sums| sums.get_mut(reading.vital.index())) {
            *sum = sum.wrapping_add(hash(reading));
        }
    }

    /// First moment of the older day and first moment after the newer one; none
    /// before the first reading.
    pub(super) fn span(&self) -> Option<(MeasuredTime, MeasuredTime)> {
        let start = |day: i64| MeasuredTime::from_epoch_ms(day * DAY_MS);
        let day = i64::from(self.day);
        (self.day != i32::MIN).then(|| (start(day - 1), start(day + 1)))
    }

    /// The days of the span with the vital's sum of each.
    pub(super) fn sums(&self, vital: Vital) -> impl Iterator<Item = (i32, u32)> {
        let days = [self.day, self.day.saturating_sub(1)];
        let sums = self.sums.map(|sums| sums.get(vital.index()).copied());
        days.into_iter()
            .zip(sums)
            .map(|(day, sum)| (day, sum.unwrap_or_default()))
    }
}

/// The day a reading counts for.
pub(super) fn day_of(at: MeasuredTime) -> i32 {
    i32::try_from(at.epoch_ms().div_euclid(DAY_MS)).unwrap_or(i32::MIN)
}

/// A reading as a number (the finaliser of SplitMix64 over time, vital and value).
pub(super) fn hash(reading: &Reading) -> u32 {
    let time = reading.at.epoch_ms().cast_unsigned();
    let vital = u64::from(reading.vital.code());
    let mut mixed = mix(time ^ (vital << 56));
    mixed = mix(mixed ^ reading.value.to_bits());
    (mixed >> 32) as u32
}

const fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reading(day: i64, value: f64) -> Reading {
        Reading {
            at: MeasuredTime::from_epoch_ms(day * DAY_MS + 5),
            vital: Vital::HeartRate,
            value,
        }
    }

    fn of(readings: &[Reading]) -> Ledger {
        let mut ledger = Ledger::default();
        readings.iter().for_each(|reading| ledger.note(reading));
        ledger
    }

    proptest! {
        #[test]
        fn only_which_readings_came_counts(
            days in prop::collection::vec(20_000_i64..20_005, 1..20), turn in 0_usize..20,
        ) {
            let mut readings: Vec<_> =
                days.iter().zip(0..).map(|(day, n)| reading(*day, f64::from(n))).collect();
            let ledger = of(&readings);
            readings.rotate_left(turn % days.len());
            prop_assert_eq!(of(&readings), ledger);
            let newest = days.iter().max().copied().unwrap_or_default();
            let old = readings.iter().position(|r| i64::from(day_of(r.at)) < newest - 1);
            let counts = readings.iter().position(|r| i64::from(day_of(r.at)) >= newest - 1);
            if let Some(old) = old {
                readings[old].value += 0.5;
                prop_assert_eq!(of(&readings), ledger, "too old to count");
            }
            readings[counts.unwrap()].value += 0.5;
            prop_assert_ne!(of(&readings), ledger);
        }
    }
}
