//! Settings of the irregular pulse.

use super::features::Features;
use crate::domain::Priority;
use serde::{Deserialize, Serialize};

/// Settings of the irregular pulse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IrregularPulseRules {
    /// Whether it is alerted.
    pub enabled: bool,
    /// One window is judged in so many minutes (5 to 15).
    pub every_minutes: u32,
    /// A window is irregular when its RMSSD over its mean interval is above this, …
    pub rmssd_over_mean_above: f64,
    /// … its share of turning points is at least this …
    pub turning_points_from: f64,
    /// … and at most this, …
    pub turning_points_to: f64,
    /// … and its Shannon entropy is above this.
    pub entropy_above: f64,
    /// From so many steps in one of its minutes on, a window is left out.
    pub rest_below_steps: u32,
    /// With more gaps between its beats than this, a window is left out.
    pub gaps_max: u8,
    /// It is told when so many windows …
    pub positive: u8,
    /// … of the last so many (at most 16) were irregular.
    pub of: u8,
    /// After so many hours without a window, those before count no more.
    pub forget_hours: u32,
    /// It ends after so many regular windows in a row.
    pub clear_windows: u8,
    /// How urgent.
    pub priority: Priority,
}

impl Default for IrregularPulseRules {
    fn default() -> Self {
        Self {
            enabled: true,
            every_minutes: 15,
            rmssd_over_mean_above: 0.1,
            turning_points_from: 0.54,
            turning_points_to: 0.77,
            entropy_above: 0.7,
            rest_below_steps: 10,
            gaps_max: 4,
            positive: 5,
            of: 6,
            forget_hours: 24,
            clear_windows: 4,
            priority: Priority::Medium,
        }
    }
}

impl IrregularPulseRules {
    pub(in crate::detect) fn problems(&self, problems: &mut Vec<String>) {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                problems.push(format!("irregular_pulse: {what}"));
            }
        };
        check(
            (5..=15).contains(&self.every_minutes),
            "every_minutes must be 5 to 15",
        );
        check(
            self.rmssd_over_mean_above > 0.0 && self.rmssd_over_mean_above <= 1.0,
            "rmssd_over_mean_above must be above 0 and at most 1",
        );
        check(
            0.0 <= self.turning_points_from
                && self.turning_points_from < self.turning_points_to
                && self.turning_points_to <= 1.0,
            "0 <= turning_points_from < turning_points_to <= 1 must hold",
        );
        check(
            (0.0..1.0).contains(&self.entropy_above),
            "entropy_above must be 0 to below 1",
        );
        check(
            self.rest_below_steps > 0,
            "rest_below_steps must be at least 1",
        );
        check(
            0 < self.positive && self.positive <= self.of && self.of <= 16,
            "1 <= positive <= of <= 16 must hold",
        );
        check(
            (1..=168).contains(&self.forget_hours),
            "forget_hours must be 1 to 168",
        );
        check(self.clear_windows > 0, "clear_windows must be at least 1");
    }

    /// Whether a window of these features is irregular.
    pub(in crate::detect) fn is_irregular(&self, features: &Features) -> bool {
        let turning = self.turning_points_from..=self.turning_points_to;
        features.rmssd_over_mean > self.rmssd_over_mean_above
            && turning.contains(&features.turning_points)
            && features.entropy > self.entropy_above
    }
}
