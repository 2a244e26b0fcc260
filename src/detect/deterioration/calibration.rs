//! How often this patient reaches a score: virtual thresholds.
//!
//! At each of 24 levels the alarm rule itself is replayed: an armed level
//! counts when the score reaches it and is armed again when the score has
//! fallen below. However the scores follow each other in time, the counts are
//! what a threshold there would have given. Counts and exposure fade, and are
//! shrunk to the population's rate, which on this scale is `exp(-level)`.
//! Learning sees only the past and is never paused by the score: what it would
//! not count, it could not keep to.

use super::settings::CalibrationRules;
use serde::{Deserialize, Serialize};

pub(super) const LEVELS: usize = 24;

/// Counts at the levels, and the time they were counted in.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::detect) struct Calibration {
    counts: [f32; LEVELS],
    /// Hours.
    exposure: f32,
    /// One bit a level: it counted and is not armed again.
    spent: u32,
}

fn level(place: usize, rules: &CalibrationRules) -> f64 {
    rules.first_level + rules.level_step * place as f64
}

impl Calibration {
    /// Occurrences an hour at a level, as a logarithm.
    fn rate(&self, place: usize, rules: &CalibrationRules) -> f64 {
        let seen = self.counts.get(place).copied().map_or(0.0, f64::from);
        let exposure = f64::from(self.exposure);
        let all = exposure + rules.prior_hours;
        let expected = rules.prior_hours * (-level(place, rules)).exp();
        ((seen + expected + rules.unseen * exposure / all) / all).ln()
    }

    /// The lowest score above which the patient is expected at most
    /// `per_hour` times an hour, seen from above.
    pub(in crate::detect) fn threshold(&self, per_hour: f64, rules: &CalibrationRules) -> f64 {
        let target = per_hour.ln();
        let mut above: Option<f64> = None;
        for place in (0..LEVELS).rev() {
            let (level, rate) = (level(place, rules), self.rate(place, rules));
            if rate > target {
                let found = match above {
                    None => level + rate - target,
                    Some(above) => {
                        level + rules.level_step * (rate - target) / (rate - above).max(1e-9)
                    }
                };
                return found;
            }
            above = Some(rate);
        }
        let first = above.unwrap_or(target);
        rules.first_level + first - target
    }

    /// Hours between two occurrences of such a score by chance.
    pub(in crate::detect) fn hours_between(&self, score: f64, rules: &CalibrationRules) -> f64 {
        let steps =
            ((score - rules.first_level) / rules.level_step).clamp(0.0, (LEVELS - 1) as f64);
        let place = steps.floor() as usize;
        let (low, high) = (
            self.rate(place, rules),
            self.rate((place + 1).min(LEVELS - 1), rules),
        );
        let beyond = (score - level(LEVELS - 1, rules)).max(0.0);
        (beyond - (low + (high - low) * (steps - steps.floor()))).exp()
    }

    /// Whether the patient's own past weighs at least as much as the population.
    pub(in crate::detect) fn is_own(&self, rules: &CalibrationRules) -> bool {
        f64::from(self.exposure) >= rules.prior_hours
    }

    /// Learns a score, `hours` after the one before.
    pub(in crate::detect) fn learn(&mut self, score: f64, hours: f64, rules: &CalibrationRules) {
        let hours = hours.min(rules.covers_hours);
        let kept = (-hours / (rules.half_life_days * 24.0)).exp2() as f32;
        self.exposure = self.exposure * kept + hours as f32;
        for (place, count) in self.counts.iter_mut().enumerate() {
            *count *= kept;
            let (bit, level) = (1_u32 << place, level(place, rules));
            if self.spent & bit == 0 {
                if score >= level {
                    self.spent |= bit;
                    *count += 1.0;
                }
            } else if score < level - rules.rearm_below {
                self.spent &= !bit;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_patients_threshold_is_the_logarithm_of_the_budgets_hours() {
        let (new, rules) = (Calibration::default(), CalibrationRules::default());
        for hours in [40.0_f64, 720.0, 2_160.0] {
            let threshold = new.threshold(1.0 / hours, &rules);
            assert!(
                (threshold - hours.ln()).abs() < 1e-6,
                "{hours}: {threshold}"
            );
            assert!((new.hours_between(threshold, &rules) / hours - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn who_reaches_a_level_often_gets_a_higher_threshold_and_who_never_does_a_lower_one() {
        let rules = CalibrationRules::default();
        let (mut calm, mut restless) = (Calibration::default(), Calibration::default());
        for hour in 0..6_000 {
            calm.learn(0.0, 1.0, &rules);
            restless.learn(if hour % 100 == 0 { 8.0 } else { 0.0 }, 1.0, &rules);
        }
        let target = 1.0 / 720.0;
        assert!(restless.threshold(target, &rules) > 8.0);
        assert!((restless.hours_between(7.9, &rules) - 100.0).abs() < 20.0);
        let calm = calm.threshold(target, &rules);
        assert!((4.0..720.0_f64.ln()).contains(&calm), "{calm}");
    }

    #[test]
    fn a_score_that_stays_counts_once() {
        let rules = CalibrationRules::default();
        let mut state = Calibration::default();
        for _ in 0..50 {
            state.learn(6.0, 1.0, &rules);
        }
        assert!((0.9..=1.0).contains(&state.counts[0]));
        assert_eq!(state.counts[LEVELS - 1], 0.0);
    }
}
