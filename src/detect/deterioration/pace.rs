//! How fast the budget is spent: each alert raises the threshold, time brings
//! it back. Over a long time no more alerts come than the budget's share and
//! what the distance from floor to cap holds, as long as the cap keeps scores
//! below; this bounds the speed, not any single month.

use super::settings::PaceRules;
use serde::{Deserialize, Serialize};

/// What stands on top of the calibrated threshold.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Pace {
    /// Above the start.
    above: f32,
}

impl Pace {
    pub(super) fn on_top(self, rules: &PaceRules) -> f64 {
        rules.start + f64::from(self.above)
    }

    /// An alert was raised.
    pub(super) fn spend(&mut self, rules: &PaceRules) {
        let most = rules.cap - rules.start;
        self.above = (f64::from(self.above) + rules.per_alert).min(most) as f32;
    }

    /// Time passed, in which so many alerts were budgeted.
    pub(super) fn rest(&mut self, budgeted: f64, rules: &PaceRules) {
        let least = rules.floor - rules.start;
        self.above = (f64::from(self.above) - rules.per_alert * budgeted).max(least) as f32;
    }
}
