//! Settings of deterioration: the common scale, the patient's own calibration,
//! the speed of spending, and episodes.

use super::{AcuteRules, SlowRules};
use crate::domain::Priority;
use serde::{Deserialize, Serialize};

/// Settings of deterioration. How often it may be wrong is `alarm_budget`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeteriorationRules {
    /// Whether it is alerted. It is learnt in any case.
    pub enabled: bool,
    /// How urgent; high from the threshold of `alarm_budget.high` on.
    pub priority: Priority,
    /// An episode ends only so far below the threshold it was raised at.
    pub clear_margin: f64,
    /// It ends after so many hours in any case (a shift); if the acute score
    /// still holds then, it is told anew.
    pub episode_hours: u32,
    /// A daily value may page for so many hours after it was measured.
    pub fresh_daily_hours: u32,
    /// The acute score.
    pub acute: AcuteRules,
    /// The slow statistic.
    pub slow: SlowRules,
    /// How both become one.
    pub rarity: RarityRules,
    /// How often this patient reaches a score.
    pub calibration: CalibrationRules,
    /// How fast the budget may be spent.
    pub pace: PaceRules,
}

/// How surprise becomes time between chance occurrences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RarityRules {
    /// Pairs of acute score and logarithm of hours between occurrences in the population.
    pub acute_curve: Vec<[f64; 2]>,
    /// The same of the slow statistic.
    pub slow_curve: Vec<[f64; 2]>,
    /// With a budget of one false alert in so many hours the slow statistic
    /// gets half of it, with a tighter one more, with a wider one less.
    pub slow_half_hours: f64,
}

/// How a patient's own thresholds are learnt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationRules {
    /// The first of 24 levels at which occurrences are counted, logarithm of hours.
    pub first_level: f64,
    /// From one level to the next.
    pub level_step: f64,
    /// A level is armed again so far below it.
    pub rearm_below: f64,
    /// An occurrence so many days ago counts half.
    pub half_life_days: f64,
    /// The population weighs as much as so many hours of the patient.
    pub prior_hours: f64,
    /// Occurrences assumed beside those seen, because none seen is not none.
    pub unseen: f64,
    /// Time between two scores counts for at most so many hours.
    pub covers_hours: f64,
    /// Share of the budget that thresholds aim at.
    pub budget_share: f64,
    /// The threshold in force lies at most so far below the population's.
    pub lower_at_most: f64,
}

/// A threshold that rises with each alert and comes down with time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaceRules {
    /// Alerts ahead of the budget (below nought: behind) a new patient begins with.
    pub start: f64,
    /// The least.
    pub floor: f64,
    /// The most.
    pub cap: f64,
    /// What each alert ahead adds to the threshold.
    pub per_alert: f64,
    /// With a budget of one false alert in so many hours it adds half of that.
    pub half_hours: f64,
    /// Alerts in a budgeted interval that time takes away again.
    pub budget_share: f64,
}

impl Default for DeteriorationRules {
    fn default() -> Self {
        Self {
            enabled: true,
            priority: Priority::Medium,
            clear_margin: 0.5,
            episode_hours: 8,
            fresh_daily_hours: 24,
            acute: AcuteRules::default(),
            slow: SlowRules::default(),
            rarity: RarityRules::default(),
            calibration: CalibrationRules::default(),
            pace: PaceRules::default(),
        }
    }
}

impl Default for RarityRules {
    /// Acute: raises a patient-day over all 3,021 stays of the development set,
    /// labels not used. Slow: chosen by hand near the crossings of the
    /// simulators' worlds with an hourly correlation of 0.8 to 0.95.
    fn default() -> Self {
        Self {
            acute_curve: vec![
                [1.64, 2.708],
                [2.69, 3.178],
                [3.77, 3.656],
                [5.45, 4.349],
                [6.56, 4.787],
                [8.61, 5.481],
            ],
            slow_curve: vec![[0.0, 3.0], [3.0, 4.5], [4.0, 5.2], [6.0, 6.8], [16.0, 15.0]],
            slow_half_hours: 300.0,
        }
    }
}

impl Default for CalibrationRules {
    /// Chosen on the simulators' healthy worlds (90-day records) and on how often
    /// anything is told in the development set; labels not used.
    fn default() -> Self {
        Self {
            first_level: 2.5,
            level_step: 0.5,
            rearm_below: 0.75,
            half_life_days: 60.0,
            prior_hours: 240.0,
            unseen: 0.3,
            covers_hours: 72.0,
            budget_share: 1.05,
            lower_at_most: 4.0,
        }
    }
}

impl Default for PaceRules {
    /// Chosen as [`CalibrationRules`] is: more would overspend the budget, less waste it.
    fn default() -> Self {
        Self {
            start: -0.6,
            floor: -2.0,
            cap: 2.0,
            per_alert: 1.0,
            half_hours: 150.0,
            budget_share: 0.65,
        }
    }
}

impl DeteriorationRules {
    pub(in crate::detect) fn problems(&self, problems: &mut Vec<String>) {
        let mut check = |holds: bool, what: String| {
            if !holds {
                problems.push(format!("deterioration.{what}"));
            }
        };
        self.acute.problems(&mut check);
        self.slow.problems(&mut check);
        self.rarity.problems(&mut check);
        self.calibration.problems(&mut check);
        self.pace.problems(&mut check);
        within(
            &mut check,
            &[
                ("clear_margin", self.clear_margin, 0.0, 10.0),
                ("episode_hours", f64::from(self.episode_hours), 1.0, 168.0),
                (
                    "fresh_daily_hours",
                    f64::from(self.fresh_daily_hours),
                    1.0,
                    48.0,
                ),
            ],
        );
    }
}

/// Checks settings, each with its lowest and highest value.
pub(in crate::detect) fn within(
    check: &mut impl FnMut(bool, String),
    settings: &[(&str, f64, f64, f64)],
) {
    for (name, value, low, high) in settings {
        check(
            (low..=high).contains(&value),
            format!("{name} must be {low} to {high}"),
        );
    }
}

impl CalibrationRules {
    pub(in crate::detect) fn problems(&self, check: &mut impl FnMut(bool, String)) {
        within(
            check,
            &[
                ("calibration.first_level", self.first_level, 0.0, 10.0),
                ("calibration.level_step", self.level_step, 0.1, 2.0),
                ("calibration.rearm_below", self.rearm_below, 0.0, 5.0),
                (
                    "calibration.half_life_days",
                    self.half_life_days,
                    1.0,
                    3_650.0,
                ),
                ("calibration.prior_hours", self.prior_hours, 1.0, 100_000.0),
                ("calibration.unseen", self.unseen, 0.01, 10.0),
                ("calibration.covers_hours", self.covers_hours, 1.0, 720.0),
                ("calibration.budget_share", self.budget_share, 0.05, 2.0),
                ("calibration.lower_at_most", self.lower_at_most, 0.0, 10.0),
            ],
        );
    }
}

impl PaceRules {
    fn problems(&self, check: &mut impl FnMut(bool, String)) {
        within(
            check,
            &[
                ("pace.start", self.start, self.floor, self.cap),
                ("pace.floor", self.floor, -10.0, 0.0),
                ("pace.cap", self.cap, 0.0, 50.0),
                ("pace.per_alert", self.per_alert, 0.0, 10.0),
                ("pace.half_hours", self.half_hours, 0.0, 10_000.0),
                ("pace.budget_share", self.budget_share, 0.05, 2.0),
            ],
        );
    }
}

impl RarityRules {
    fn problems(&self, check: &mut impl FnMut(bool, String)) {
        for (name, curve) in [
            ("acute_curve", &self.acute_curve),
            ("slow_curve", &self.slow_curve),
        ] {
            let rises = curve
                .windows(2)
                .all(|pair| matches!(pair, [[a, b], [c, d]] if a < c && b < d));
            let finite = curve.iter().flatten().all(|value| value.is_finite());
            check(
                rises && finite && (2..=32).contains(&curve.len()),
                format!("rarity.{name} must be 2 to 32 pairs that rise in both numbers"),
            );
        }
        check(
            (1.0..=100_000.0).contains(&self.slow_half_hours),
            "rarity.slow_half_hours must be 1 to 100000".to_owned(),
        );
    }
}
