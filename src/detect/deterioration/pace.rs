//! How fast the budget is spent: each alert raises the threshold, time brings
//! it back and, when nothing is told, lowers it. Over a long time no more
//! alerts come than the budget's share and what the distance from floor to cap
//! holds, as long as the cap keeps scores below; this bounds the speed, not any
//! single month. With a budget of hours it does next to nothing: who is ill for
//! a day needs no threshold that runs away.

use super::settings::PaceRules;
use serde::{Deserialize, Serialize};

/// How steeply it fades around `half_hours`: the form of the curve, whose place is
/// the setting.
const FADE_POWER: i32 = 3;

/// How far a patient is ahead of the budget.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Pace {
    /// Alerts, from where a new patient begins.
    alerts: f32,
}

impl Pace {
    /// What stands on top of the calibrated threshold.
    pub(super) fn on_top(self, budget_hours: f64, rules: &PaceRules) -> f64 {
        let fade = (rules.half_hours / budget_hours).powi(FADE_POWER);
        let weight = 1.0 / (1.0 + fade);
        weight * rules.per_alert * (rules.start + f64::from(self.alerts))
    }

    /// An alert was raised.
    pub(super) fn spend(&mut self, rules: &PaceRules) {
        self.go(1.0, rules);
    }

    /// Time passed, in which so many alerts were budgeted.
    pub(super) fn rest(&mut self, budgeted: f64, rules: &PaceRules) {
        self.go(-rules.budget_share * budgeted, rules);
    }

    fn go(&mut self, more: f64, rules: &PaceRules) {
        let (least, most) = (rules.floor - rules.start, rules.cap - rules.start);
        self.alerts = (f64::from(self.alerts) + more).clamp(least, most) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_raise_the_threshold_and_time_brings_it_down_within_bounds() {
        let rules = PaceRules::default();
        let mut pace = Pace::default();
        let begins = pace.on_top(720.0, &rules);
        pace.spend(&rules);
        assert!(pace.on_top(720.0, &rules) > begins + 0.5 * rules.per_alert);
        assert!(pace.on_top(39.0, &rules).abs() < 0.1 * rules.per_alert);
        for _ in 0..100 {
            pace.spend(&rules);
        }
        assert!(pace.on_top(1e6, &rules) <= rules.cap * rules.per_alert + 1e-6);
        pace.rest(1_000.0, &rules);
        assert!((pace.on_top(1e6, &rules) - rules.floor * rules.per_alert).abs() < 1e-3);
    }
}
