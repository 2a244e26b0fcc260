//! How far a vital of this patient strays on a day of theirs: own limits.
//!
//! The rule asks for `epochs` of the last `of` values to one side, so its score
//! is the `epochs`-th largest of them: the rule holds at a limit as soon as the
//! score reaches it. Each day's highest score is learnt when the day is over.
//! The highest of many follows Gumbel's law whatever the many follow (nearly,
//! if their tails are not heavy), so mean and variance of the daily highest
//! give the limit that is reached on one day in as many as the budget asks for,
//! also beyond what was ever seen. Influence of one day is bounded. Learning is
//! not paused by a departure: what it would not count, it could not keep to.

use super::baseline::{BaselineVital, Side};
use serde::{Deserialize, Serialize};

/// Scores are kept in eighths of a spread.
const STEPS: f64 = 8.0;
/// No score yet on this day.
const NONE: i8 = i8::MIN;
const EULER: f64 = 0.577_215_664_901_532_9;

/// How a patient's own limits are learnt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLimitRules {
    /// Days of the patient that must be known; before, the vital's limit holds.
    pub from_days: u8,
    /// About so many days are remembered.
    pub remembered_days: u8,
    /// A day further off than so many of its spreads counts as if it were there.
    pub influence_limit: f64,
    /// The daily highest is not believed to vary less, in spreads of the vital.
    pub spread_floor: f64,
    /// The limit in force lies at most so far above the vital's limit.
    pub raise_at_most: f64,
}

impl Default for OwnLimitRules {
    fn default() -> Self {
        Self {
            from_days: 5,
            remembered_days: 30,
            influence_limit: 3.0,
            spread_floor: 0.2,
            raise_at_most: 4.0,
        }
    }
}

impl OwnLimitRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                problems.push(format!("baseline.own_limits.{what}"));
            }
        };
        check(
            2 <= self.from_days && self.from_days <= self.remembered_days,
            "from_days must be 2 to remembered_days",
        );
        check(
            (1.5..=10.0).contains(&self.influence_limit),
            "influence_limit must be 1.5 to 10",
        );
        check(
            (0.01..=2.0).contains(&self.spread_floor),
            "spread_floor must be 0.01 to 2",
        );
        check(
            (0.0..=10.0).contains(&self.raise_at_most),
            "raise_at_most must be 0 to 10",
        );
    }
}

/// What was learnt of one vital's daily highest score.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Extremes {
    /// `z` of the last epochs, newest first.
    recent: [i8; 16],
    /// The highest score of the running day.
    highest: i8,
    /// Days learnt, up to those remembered.
    days: u8,
    /// The running day since the epoch; 0 for none.
    day: u16,
    mean: f32,
    variance: f32,
}

impl Extremes {
    /// Days learnt, up to those remembered.
    pub(super) const fn days(&self) -> u8 {
        self.days
    }

    /// Whether the vital was ever judged.
    pub(super) const fn is_present(&self) -> bool {
        self.day != 0
    }

    /// The limit that is reached once in `interval_days`, never below the
    /// vital's own; `None` while too little is known.
    pub(super) fn limit(
        &self,
        lowest: f64,
        interval_days: f64,
        rules: &OwnLimitRules,
    ) -> Option<f64> {
        if self.days < rules.from_days {
            return None;
        }
        let a_day = (1.0 / interval_days).min(1.0);
        let beyond = -(-(1.0 - a_day).ln()).ln() - EULER;
        let scale = self.spread(rules) * 6.0_f64.sqrt() / std::f64::consts::PI;
        let found = f64::from(self.mean) + scale * beyond;
        Some(found.clamp(lowest, lowest + rules.raise_at_most))
    }

    fn spread(&self, rules: &OwnLimitRules) -> f64 {
        f64::from(self.variance).sqrt().max(rules.spread_floor)
    }

    /// Takes an epoch that was judged; learns the day before when it is over.
    pub(super) fn take(&mut self, z: f64, minute: u32, own: &BaselineVital, rules: &OwnLimitRules) {
        let day = u16::try_from(minute / 1_440).unwrap_or(u16::MAX);
        if day != self.day {
            if self.day != 0 && self.highest != NONE {
                self.learn(f64::from(self.highest) / STEPS, rules);
            }
            (self.day, self.highest) = (day, NONE);
        }
        self.recent.rotate_right(1);
        if let Some(newest) = self.recent.first_mut() {
            *newest = (z * STEPS).clamp(-127.0, 127.0) as i8;
        }
        self.highest = self.highest.max(self.score(own));
    }

    /// The highest limit at which the rule would hold now.
    fn score(&self, own: &BaselineVital) -> i8 {
        let mut sorted = self.recent;
        let of = usize::from(own.of.clamp(1, 16));
        let place = usize::from(own.epochs).clamp(1, of);
        let window = sorted.get_mut(..of).unwrap_or_default();
        window.sort_unstable();
        let above = window.get(of - place).copied().unwrap_or(0);
        let below = window.get(place - 1).map_or(0, |z| -z);
        match own.side {
            Side::Both => above.max(below),
            Side::Above => above,
            Side::Below => below,
        }
    }

    fn learn(&mut self, highest: f64, rules: &OwnLimitRules) {
        self.days = self.days.saturating_add(1).min(rules.remembered_days);
        let share = 1.0 / f64::from(self.days);
        if self.days == 1 {
            (self.mean, self.variance) = (highest as f32, 0.0);
            return;
        }
        let mean = f64::from(self.mean);
        // The first days say nothing of how days vary, so nothing is too far off.
        let bound = if self.days > rules.from_days {
            rules.influence_limit * self.spread(rules)
        } else {
            f64::INFINITY
        };
        let off = (highest - mean).clamp(-bound, bound);
        let variance = (1.0 - share) * (f64::from(self.variance) + share * off * off);
        self.mean = (mean + share * off) as f32;
        self.variance = variance as f32;
    }

    /// Forgets the patient.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Vital;

    fn own() -> BaselineVital {
        BaselineVital {
            epochs: 2,
            of: 3,
            ..super::super::baseline::default_vital(Vital::HeartRate)
        }
    }

    /// Days whose highest score is what `highest` says.
    fn learnt(days: u32, highest: impl Fn(u32) -> f64) -> Extremes {
        let mut state = Extremes::default();
        for day in 1..=days {
            for minute in 0..3 {
                state.take(0.0, day * 1_440 + minute, &own(), &OwnLimitRules::default());
            }
            for minute in 3..5 {
                let z = highest(day);
                state.take(z, day * 1_440 + minute, &own(), &OwnLimitRules::default());
            }
        }
        state
    }

    fn limit(state: &Extremes) -> Option<f64> {
        state.limit(4.0, 60.0, &OwnLimitRules::default())
    }

    #[test]
    fn the_score_is_the_highest_limit_at_which_the_rule_would_hold() {
        let mut state = Extremes::default();
        for (minute, z) in [5.0, 1.0, 4.0].into_iter().enumerate() {
            let minute = 1_440 + minute as u32;
            state.take(z, minute, &own(), &OwnLimitRules::default());
        }
        assert_eq!(f64::from(state.score(&own())) / STEPS, 4.0);
        state.take(-9.0, 1_444, &own(), &OwnLimitRules::default());
        assert_eq!(
            f64::from(state.score(&own())) / STEPS,
            1.0,
            "one below is one"
        );
        state.take(-8.0, 1_445, &own(), &OwnLimitRules::default());
        assert_eq!(f64::from(state.score(&own())) / STEPS, 8.0);
    }

    #[test]
    fn who_strays_far_every_day_gets_a_higher_limit_and_nobody_a_lower_one() {
        let wide = |day: u32| 3.0 + f64::from(day % 5) * 0.5;
        assert_eq!(
            limit(&learnt(5, wide)),
            None,
            "the running day is not learnt"
        );
        let restless = limit(&learnt(40, wide)).unwrap();
        assert!((5.0..8.0).contains(&restless), "{restless}");
        assert_eq!(limit(&learnt(40, |_| 1.0)), Some(4.0));
        assert_eq!(limit(&learnt(40, |_| 15.0)), Some(8.0), "at most so far");
    }

    #[test]
    fn one_day_of_artefacts_moves_the_limit_little_and_a_day_counts_only_when_over() {
        let usual = |day: u32| 2.5 + f64::from(day % 4) * 0.25;
        let before = limit(&learnt(30, usual)).unwrap();
        let odd = |day: u32| if day == 30 { 15.0 } else { usual(day) };
        assert_eq!(limit(&learnt(30, odd)), limit(&learnt(30, usual)));
        let after = limit(&learnt(31, odd)).unwrap();
        assert!(after - before < 0.5, "{before} to {after}");
    }

    #[test]
    fn a_budget_of_more_than_one_a_day_leaves_the_configured_limit() {
        let state = learnt(40, |day| 3.0 + f64::from(day % 5) * 0.5);
        for interval_days in [0.01, 0.99, 1.0] {
            let found = state.limit(4.0, interval_days, &OwnLimitRules::default());
            assert_eq!(found, Some(4.0));
        }
    }
}
