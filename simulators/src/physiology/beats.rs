//! Beat intervals: regular with a breath's swing, or irregular in fibrillation.

use super::patient::BodyState;
use crate::chance::Chance;

/// The last `count` intervals before a time, ms, oldest first.
///
/// In fibrillation they are independent and even over ± 35 % of their mean, so that
/// RMSSD / mean is near 0.29 and the turning-point ratio near 2/3 (Dash 2009 asks for
/// more than 0.1, and 0.54 to 0.77). In sinus rhythm they swing with breathing.
#[must_use]
pub fn beat_intervals(chance: Chance, state: &BodyState, time_ms: i64, count: usize) -> Vec<u16> {
    let mean_ms = 60_000.0 / state.heart_rate;
    let here = chance.numbered(time_ms.cast_unsigned());
    (0_i64..)
        .take(count)
        .map(|index| interval(here, state, mean_ms, index))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 250..=2500 before"
)]
fn interval(chance: Chance, state: &BodyState, mean_ms: f64, index: i64) -> u16 {
    let deviation_ms = if state.fibrillating {
        mean_ms * 0.35 * (2.0 * chance.uniform(index) - 1.0)
    } else {
        sinus_deviation_ms(chance, state, mean_ms, index)
    };
    (mean_ms + deviation_ms).round().clamp(250.0, 2_500.0) as u16
}

/// Respiratory swing sized so that the RMSSD of the series is about the state's.
#[expect(clippy::cast_precision_loss, reason = "an index of beats")]
fn sinus_deviation_ms(chance: Chance, state: &BodyState, mean_ms: f64, index: i64) -> f64 {
    let beats_per_breath = (state.heart_rate / state.respiratory_rate).max(2.5);
    let angle = std::f64::consts::TAU * index as f64 / beats_per_breath;
    // Successive differences of A sin(w i) have root mean square A sqrt(2) sin(w / 2).
    let step = std::f64::consts::SQRT_2 * (std::f64::consts::PI / beats_per_breath).sin();
    let swing = 0.9 * state.rmssd.min(mean_ms * 0.08) / step;
    swing * angle.sin() + 0.2 * state.rmssd.min(mean_ms * 0.08) * chance.normal(index)
}

#[cfg(test)]
mod tests {
    use super::beat_intervals;
    use crate::chance::Chance;
    use crate::physiology::{BodyChange, BodyEffect, Course, Patient, Profile};

    fn rmssd_over_mean(intervals: &[u16]) -> f64 {
        let pairs = intervals.iter().zip(intervals.iter().skip(1));
        let (sum, count) = pairs.fold((0.0, 0.0), |(sum, count), (first, second)| {
            (
                sum + (f64::from(*second) - f64::from(*first)).powi(2),
                count + 1.0,
            )
        });
        let mean: f64 = intervals.iter().map(|&ms| f64::from(ms)).sum::<f64>() / (count + 1.0);
        (sum / count).sqrt() / mean
    }

    #[test]
    fn fibrillation_is_irregular_and_sinus_rhythm_is_not() {
        let course = Course::lasting(0, 0);
        let change = BodyChange {
            fibrillation: true,
            ..BodyChange::NONE
        };
        let ill = Patient::new(1, Profile::default(), vec![BodyEffect { course, change }]);
        let well = Patient::new(1, Profile::default(), Vec::new());
        let chance = Chance::new(4);
        for time_ms in (0..50).map(|index| index * 300_000) {
            let irregular = beat_intervals(chance, &ill.at(time_ms), time_ms, 128);
            let regular = beat_intervals(chance, &well.at(time_ms), time_ms, 128);
            assert!(rmssd_over_mean(&irregular) > 0.18);
            assert!(rmssd_over_mean(&regular) < 0.1);
        }
    }
}
