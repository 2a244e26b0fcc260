//! Settings of the overnight heart rate.

use crate::domain::Priority;
use serde::{Deserialize, Serialize};

/// Where a night's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NightSource {
    /// The watch's own resting heart rate where it sends one, else the nights.
    Auto,
    /// The heart rate at rest between the night's hours.
    HeartRate,
    /// The resting heart rate that the watch sends.
    RestingHeartRate,
}

/// By which rule nights are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OvernightMode {
    /// Far above the median of the nights before, by number and by spread.
    RunningMedian,
    /// The published rule: red when two nights in a row are 4/min or more
    /// above the median.
    NightSignal,
}

/// Settings of the overnight heart rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OvernightRules {
    /// Whether it is alerted. Nights are learnt in any case.
    pub enabled: bool,
    /// By which rule.
    pub mode: OvernightMode,
    /// From which signal.
    pub source: NightSource,
    /// The night begins at this hour where the patient lives …
    pub from_hour: u8,
    /// … and ends at this one.
    pub until_hour: u8,
    /// A night closes so many minutes after its end by the arrival clock.
    pub grace_minutes: u32,
    /// A minute with more steps than this is no rest.
    pub rest_steps_max: u32,
    /// A night counts when so many of its hours have a minute at rest.
    pub hours_min: u8,
    /// Nights that must be known before one is told (of 28 kept).
    pub nights_min: u8,
    /// A night is high when it is so much above the median, /min, …
    pub rise: f64,
    /// … and so many of the patient's own spreads.
    pub spreads: f64,
    /// No patient's nights are believed to spread less, /min.
    pub spread_floor: f64,
    /// It is told when so many nights …
    pub nights: u8,
    /// … of the last so many (at most 8) were high.
    pub of: u8,
    /// A night is well again when it is less than this above the median, /min.
    pub clear_rise: f64,
    /// It ends after so many nights in a row that are well (for NightSignal: green).
    pub clear_nights: u8,
    /// While it is open, only one night of so many is learnt as usual.
    pub learn_one_night_of: u8,
    /// After so many nights without the watch's own resting heart rate, nights
    /// are taken from the heart rate again.
    pub sent_no_more_nights: u16,
    /// It is told only while the night ended no more than so many hours ago.
    pub fresh_hours: u32,
    /// How urgent.
    pub priority: Priority,
}

impl Default for OvernightRules {
    fn default() -> Self {
        Self {
            enabled: true,
            mode: OvernightMode::RunningMedian,
            source: NightSource::Auto,
            from_hour: 0,
            until_hour: 7,
            grace_minutes: 60,
            rest_steps_max: 0,
            hours_min: 3,
            nights_min: 7,
            rise: 4.0,
            spreads: 2.0,
            spread_floor: 1.0,
            nights: 2,
            of: 3,
            clear_rise: 2.5,
            clear_nights: 2,
            learn_one_night_of: 4,
            sent_no_more_nights: 7,
            fresh_hours: 12,
            priority: Priority::Low,
        }
    }
}

impl OvernightRules {
    pub(in crate::detect) fn problems(&self, problems: &mut Vec<String>) {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                problems.push(format!("overnight_heart_rate: {what}"));
            }
        };
        check(
            self.from_hour < 24 && self.until_hour < 24 && self.from_hour != self.until_hour,
            "from_hour and until_hour must be two hours of 0 to 23",
        );
        check(
            (5..=720).contains(&self.grace_minutes),
            "grace_minutes must be 5 to 720",
        );
        check(
            (1..=12).contains(&self.hours_min),
            "hours_min must be 1 to 12",
        );
        check(
            (3..=28).contains(&self.nights_min),
            "nights_min must be 3 to 28",
        );
        check(
            (1.0..=40.0).contains(&self.rise) && (0.0..=self.rise).contains(&self.clear_rise),
            "rise must be 1 to 40, and clear_rise 0 to rise",
        );
        check(
            (0.0..=10.0).contains(&self.spreads) && (0.1..=10.0).contains(&self.spread_floor),
            "spreads must be 0 to 10, and spread_floor 0.1 to 10",
        );
        check(
            0 < self.nights && self.nights <= self.of && self.of <= 8,
            "1 <= nights <= of <= 8 must hold",
        );
        check(
            self.clear_nights > 0 && self.learn_one_night_of > 0,
            "clear_nights and learn_one_night_of must be at least 1",
        );
        check(
            (1..=72).contains(&self.fresh_hours),
            "fresh_hours must be 1 to 72",
        );
        check(
            (1..=28).contains(&self.sent_no_more_nights),
            "sent_no_more_nights must be 1 to 28",
        );
    }
}
