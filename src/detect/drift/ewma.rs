//! Exponentially weighted moving average of departures (Roberts 1959): finds
//! what is small and stays.

use super::settings::EwmaRules;
use serde::{Deserialize, Serialize};

/// A departure counts for at most so many standard deviations: more than any
/// setting of the baselines lets through, so that every statistic is bounded.
pub(super) const DEPARTURE_MAX: f64 = 10.0;

/// Standard deviations are kept in steps of one over this, far below what an
/// hour moves.
pub(super) const STEPS: f64 = 2048.0;

/// The average of one vital.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Ewma {
    /// In [`STEPS`].
    mean: i16,
    /// Departures seen; it stops where more would change nothing.
    count: u8,
}

impl Ewma {
    /// Takes an hour's departure. A missing hour is not taken, which leaves
    /// the average where it is, and its variance too.
    pub(super) fn observe(&mut self, z: f64, rules: &EwmaRules) {
        let z = z.clamp(-DEPARTURE_MAX, DEPARTURE_MAX);
        let mean = self.mean();
        self.mean = ((mean + rules.lambda * (z - mean)) * STEPS).round() as i16;
        self.count = self.count.saturating_add(1);
    }

    /// The average in its own standard deviations, exactly from the first on.
    pub(super) fn score(&self, rules: &EwmaRules) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let forgotten = (1.0 - rules.lambda).powi(2 * i32::from(self.count));
        let variance = rules.lambda / (2.0 - rules.lambda) * (1.0 - forgotten);
        self.mean() / variance.sqrt()
    }

    fn mean(&self) -> f64 {
        f64::from(self.mean) / STEPS
    }
}
