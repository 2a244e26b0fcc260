//! Two-sided cumulative sum of departures (Page 1954): finds a shift of about
//! twice the allowance soonest.

use super::ewma::{DEPARTURE_MAX, STEPS};
use super::settings::CusumRules;
use serde::{Deserialize, Serialize};

/// The sums of one vital, to either side.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Cusum {
    /// In [`STEPS`].
    above: u16,
    below: u16,
}

impl Cusum {
    /// Takes an hour's departure; a missing hour leaves the sums.
    pub(super) fn observe(&mut self, z: f64, rules: &CusumRules) {
        let z = z.clamp(-DEPARTURE_MAX, DEPARTURE_MAX);
        let grown = |sum: u16, z: f64| {
            let sum = f64::from(sum) / STEPS + z - rules.allowance;
            (sum.clamp(0.0, rules.cap) * STEPS).round() as u16
        };
        self.above = grown(self.above, z);
        self.below = grown(self.below, -z);
    }

    /// The sum to a side.
    pub(super) fn score(&self, above: bool) -> f64 {
        f64::from(if above { self.above } else { self.below }) / STEPS
    }
}
