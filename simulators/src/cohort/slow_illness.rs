//! Daily resting heart rate; half of the people fall ill slowly.

use super::{Cohort, Reading};
use crate::chance::Chance;
use crate::scenario::{Truth, TruthKind};

const DAY_MS: i64 = 86_400_000;
/// Day-to-day correlation of resting heart rate; engineering judgement.
const DAILY_CORRELATION: f64 = 0.3;
/// Days of baseline before an onset may come.
const QUIET_DAYS: i64 = 35;

/// One person: a resting heart rate each day at 07:00, 30 % of days without wear.
pub(super) fn patient(cohort: &Cohort, chance: Chance) -> (Vec<Reading>, Vec<Truth>) {
    let days = i64::from(cohort.days);
    let level = 65.5 + 7.7 * chance.normal(0).clamp(-2.5, 2.5);
    let spread = chance.between(1, 1.5, 3.5);
    let onset_day = onset_day(chance, days);
    let mut readings = Vec::new();
    let mut noise = chance.normal(2);
    for day in 0..days {
        let fresh = chance.child("day").normal(day);
        noise = DAILY_CORRELATION * noise + (1.0 - DAILY_CORRELATION.powi(2)).sqrt() * fresh;
        let rise = onset_day.map_or(0.0, |onset| 1.5 * strength(day - onset));
        let value = level + spread * (noise + rise);
        if chance.child("worn").uniform(day) >= 0.3 {
            let time_ms = cohort.start_ms + day * DAY_MS + DAY_MS * 7 / 24;
            readings.push(Reading {
                time_ms,
                vital: "resting_heart_rate",
                value: (value * 10.0).round() / 10.0,
            });
        }
    }
    let truth = onset_day.map(|onset| Truth {
        kind: TruthKind::Deterioration,
        onset_ms: cohort.start_ms + onset * DAY_MS,
        ends_ms: Some(cohort.start_ms + (onset + 9) * DAY_MS),
        expected_alert: Some("deterioration"),
    });
    (readings, truth.into_iter().collect())
}

/// Half of the people have one; it comes after the quiet days.
fn onset_day(chance: Chance, days: i64) -> Option<i64> {
    let room = days - QUIET_DAYS - 10;
    let ill = room > 0 && chance.child("ill").uniform(0) < 0.5;
    ill.then(|| QUIET_DAYS + (chance.child("onset").bits(0) % room.unsigned_abs()).cast_signed())
}

/// Up over three days, full for three, back over three. The `onset` that a person would
/// name (symptoms) is the third day of the rise, as in published wearable studies.
#[expect(clippy::cast_precision_loss, reason = "a few days")]
fn strength(days_from_onset: i64) -> f64 {
    let since_rise = days_from_onset as f64 + 3.0;
    (since_rise / 3.0)
        .min((9.0 - since_rise) / 3.0)
        .clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::strength;
    use crate::cohort::{Cohort, CohortKind};

    #[test]
    fn the_rise_takes_three_days_and_is_full_at_onset() {
        let shape: Vec<f64> = (-3..=6).map(strength).collect();
        assert!(shape.first().is_some_and(|first| *first < 1e-9));
        assert!((strength(0) - 1.0).abs() < 1e-9 && (strength(3) - 1.0).abs() < 1e-9);
        assert!(strength(6) < 1e-9 && (strength(-2) - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn about_half_fall_ill_after_the_quiet_days() {
        let cohort = Cohort {
            kind: CohortKind::SlowIllness,
            seed: 1,
            start_ms: 0,
            days: 120,
            every_s: 86_400,
        };
        let ill = (0..200)
            .filter(|&number| !cohort.patient(number).truths.is_empty())
            .count();
        assert!((75..125).contains(&ill), "{ill} of 200");
        for truth in (0..50).flat_map(|number| cohort.patient(number).truths) {
            assert!(truth.onset_ms >= 35 * 86_400_000);
        }
    }
}
