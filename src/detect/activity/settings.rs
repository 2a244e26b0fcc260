//! Settings of the activity decline.

use crate::domain::Priority;
use serde::{Deserialize, Serialize};

/// Settings of the activity decline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityDeclineRules {
    /// Whether it is alerted. Days are learnt in any case.
    pub enabled: bool,
    /// A day closes so many minutes after its end by the arrival clock.
    pub grace_minutes: u32,
    /// A day counts when the watch was worn in so many of its hours.
    pub worn_hours: u8,
    /// The mean is taken over so many worn days (2 to 7) …
    pub mean_days: u8,
    /// … of the last so many calendar days (at most 14).
    pub within_days: u8,
    /// The patient's usual is known from so many worn days on (of 28 kept).
    pub baseline_days: u8,
    /// It is a decline when the mean is so many steps below the usual …
    pub drop_steps: u32,
    /// … and by this share of the usual, …
    pub drop_share: f64,
    /// … on so many worn days in a row.
    pub days: u8,
    /// It ends when the mean is less than this share below the usual …
    pub clear_share: f64,
    /// … on so many worn days in a row.
    pub clear_days: u8,
    /// While it is open, only one worn day of so many is learnt as usual.
    pub learn_one_day_of: u8,
    /// It is told only while its newest day ended no more than so many hours ago.
    pub fresh_hours: u32,
    /// How urgent.
    pub priority: Priority,
}

impl Default for ActivityDeclineRules {
    fn default() -> Self {
        Self {
            enabled: true,
            grace_minutes: 180,
            worn_hours: 10,
            mean_days: 3,
            within_days: 5,
            baseline_days: 7,
            drop_steps: 1_000,
            drop_share: 0.4,
            days: 2,
            clear_share: 0.25,
            clear_days: 2,
            learn_one_day_of: 4,
            fresh_hours: 36,
            priority: Priority::Low,
        }
    }
}

impl ActivityDeclineRules {
    pub(in crate::detect) fn problems(&self, problems: &mut Vec<String>) {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                problems.push(format!("activity_decline: {what}"));
            }
        };
        check(
            (5..=720).contains(&self.grace_minutes),
            "grace_minutes must be 5 to 720",
        );
        check(
            (1..=23).contains(&self.worn_hours),
            "worn_hours must be 1 to 23",
        );
        check(
            2 <= self.mean_days && self.mean_days <= self.within_days && self.mean_days <= 7,
            "2 <= mean_days <= 7 and mean_days <= within_days must hold",
        );
        check(self.within_days <= 14, "within_days must be at most 14");
        check(
            (3..=28).contains(&self.baseline_days),
            "baseline_days must be 3 to 28",
        );
        check(
            0.0 < self.clear_share && self.clear_share <= self.drop_share && self.drop_share < 1.0,
            "0 < clear_share <= drop_share < 1 must hold",
        );
        check(
            self.days > 0 && self.clear_days > 0 && self.learn_one_day_of > 0,
            "days, clear_days and learn_one_day_of must be at least 1",
        );
        check(
            (1..=168).contains(&self.fresh_hours),
            "fresh_hours must be 1 to 168",
        );
    }
}
