//! How far a vital of this patient strays on a day of theirs: own limits.
//!
//! The score is a moving mean of `z` over about the epochs the rule looks at.
//! Each day's highest score is learnt when the day is over. The rule then asks
//! for a score that is rare on this patient's days, in place of the configured
//! limit and within bounds around it.
//!
//! The highest of many follows Gumbel's law whatever the many follow (nearly,
//! if their tails are not heavy), so mean and variance of the daily highest
//! give the limit that is reached on one day in as many as the budget asks for,
//! also beyond what was ever seen. Influence of one day is bounded. Learning is
//! not paused by a departure: what it would not count, it could not keep to.

use super::baseline::{BaselineVital, Side};
use serde::{Deserialize, Serialize};

/// Units in a spread: how scores are stored.
const UNITS: f64 = 1_024.0;
const EIGHTHS: f64 = 8.0;
/// Numerical bound: sixteen bits of units hold twice as much. What is so far off is
/// over every limit.
const FURTHEST: f64 = 15.0;
/// No score yet on this day.
const NONE: i8 = i8::MIN;
const EULER: f64 = 0.577_215_664_901_532_9;

/// How a patient's own limits are learnt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLimitRules {
    /// Days of the patient that must be known; before, the vital's limit holds alone.
    pub from_days: u8,
    /// About so many days are remembered.
    pub remembered_days: u8,
    /// A day further off than so many of its spreads counts as if it were there.
    pub influence_limit: f64,
    /// The daily highest is not believed to vary less, in spreads of the vital.
    pub spread_floor: f64,
    /// The limit in force lies at most so far above the vital's limit …
    pub raise_at_most: f64,
    /// … and is at least this share of it.
    pub lowest_share: f64,
}

impl Default for OwnLimitRules {
    /// The lowest share was chosen on the simulators' healthy worlds, where the
    /// budget is kept with it; real days have heavier tails than those.
    fn default() -> Self {
        Self {
            from_days: 5,
            remembered_days: 30,
            influence_limit: 3.0,
            spread_floor: 0.2,
            raise_at_most: 4.0,
            lowest_share: 0.5,
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
        check(
            (0.1..=1.0).contains(&self.lowest_share),
            "lowest_share must be 0.1 to 1",
        );
    }
}

/// What was learnt of one vital's daily highest score. A few bytes, for there
/// is one for each vital of each patient: fixed point.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Extremes {
    /// Moving mean of `z`, newest weighing most.
    score: i16,
    /// Of the daily highest.
    mean: i16,
    variance: u16,
    /// The highest of the running day, in eighths.
    highest: i8,
    /// Days learnt, up to those remembered.
    days: u8,
}

impl Extremes {
    /// Days learnt, up to those remembered.
    pub(super) const fn days(&self) -> u8 {
        self.days
    }

    /// How far off the last epochs are to the side that matters.
    pub(super) fn score(&self, side: Side) -> f64 {
        let score = f64::from(self.score) / UNITS;
        match side {
            Side::Both => score.abs(),
            Side::Above => score,
            Side::Below => -score,
        }
    }

    /// The limit that is reached on one day in `interval_days`, not too far
    /// from `configured`; `None` while too little is known.
    pub(super) fn limit(
        &self,
        configured: f64,
        interval_days: f64,
        rules: &OwnLimitRules,
    ) -> Option<f64> {
        if self.days < rules.from_days {
            return None;
        }
        let a_day = (1.0 / interval_days).min(1.0);
        let beyond = -(-(1.0 - a_day).ln()).ln() - EULER;
        let found = f64::from(self.mean) / UNITS + self.scale(rules) * beyond;
        Some(found.clamp(
            configured * rules.lowest_share,
            configured + rules.raise_at_most,
        ))
    }

    /// How many days lie between two that reach a score, by the days learnt;
    /// at least one.
    pub(super) fn days_between(&self, score: f64, rules: &OwnLimitRules) -> f64 {
        let beyond = (score - f64::from(self.mean) / UNITS) / self.scale(rules);
        let a_day = -(-(-(beyond + EULER)).exp()).exp_m1();
        1.0 / a_day
    }

    /// Scale of the Gumbel distribution with the spread of the daily highest.
    fn scale(&self, rules: &OwnLimitRules) -> f64 {
        self.spread(rules) * 6.0_f64.sqrt() / std::f64::consts::PI
    }

    fn spread(&self, rules: &OwnLimitRules) -> f64 {
        (f64::from(self.variance) / UNITS)
            .sqrt()
            .max(rules.spread_floor)
    }

    /// Takes an epoch that is judged, after the one of minute `before` (0 for
    /// none); learns the day before when it is over.
    pub(super) fn take(
        &mut self,
        z: f64,
        minute: u32,
        before: u32,
        own: &BaselineVital,
        rules: &OwnLimitRules,
    ) {
        if minute / 1_440 != before / 1_440 {
            if before != 0 && self.highest != NONE {
                self.learn(f64::from(self.highest) / EIGHTHS, rules);
            }
            self.highest = NONE;
        }
        let share = 2.0 / (f64::from(own.of) + 1.0);
        let score = f64::from(self.score);
        let z = z.clamp(-FURTHEST, FURTHEST) * UNITS;
        self.score = (score + share * (z - score)).round() as i16;
        let now = (self.score(own.side) * EIGHTHS).ceil() as i8;
        self.highest = self.highest.max(now);
    }

    fn learn(&mut self, highest: f64, rules: &OwnLimitRules) {
        self.days = self.days.saturating_add(1).min(rules.remembered_days);
        let share = 1.0 / f64::from(self.days);
        if self.days == 1 {
            (self.mean, self.variance) = ((highest * UNITS).round() as i16, 0);
            return;
        }
        let mean = f64::from(self.mean) / UNITS;
        // The first days say nothing of how days vary, so nothing is too far off.
        let bound = if self.days > rules.from_days {
            rules.influence_limit * self.spread(rules)
        } else {
            f64::INFINITY
        };
        let off = (highest - mean).clamp(-bound, bound);
        let variance = (1.0 - share) * (f64::from(self.variance) / UNITS + share * off * off);
        self.mean = ((mean + share * off) * UNITS).round() as i16;
        self.variance = (variance * UNITS).ceil() as u16;
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

    fn rules() -> OwnLimitRules {
        OwnLimitRules {
            lowest_share: 0.0,
            ..OwnLimitRules::default()
        }
    }

    /// Days whose highest score is near what `highest` says.
    fn learnt(days: u32, highest: impl Fn(u32) -> f64) -> Extremes {
        let (mut state, mut before) = (Extremes::default(), 0);
        for day in 1..=days {
            for minute in (0..40).map(|minute| day * 1_440 + minute) {
                let z = if minute % 1_440 < 20 {
                    0.0
                } else {
                    highest(day)
                };
                state.take(z, minute, before, &own(), &rules());
                before = minute;
            }
        }
        state
    }

    fn limit(state: &Extremes) -> Option<f64> {
        state.limit(4.0, 60.0, &rules())
    }

    #[test]
    fn the_score_follows_epochs_and_a_lone_spike_is_soon_gone() {
        let near = |state: &Extremes, score: f64| (state.score(Side::Both) - score).abs() < 0.01;
        let mut state = learnt(1, |_| -6.0);
        assert!(near(&state, 6.0), "{state:?}");
        assert!(state.score(Side::Above) < -5.9 && state.score(Side::Below) > 5.9);
        state.take(0.0, 1_500, 1_499, &own(), &rules());
        assert!(near(&state, 3.0), "{state:?}");
    }

    #[test]
    fn the_limit_of_a_budget_is_reached_as_often_as_the_budget_says() {
        let state = learnt(40, |day| 2.0 + f64::from(day % 7) * 0.2);
        for days in [7.0, 60.0, 180.0] {
            let limit = state.limit(4.0, days, &rules()).unwrap();
            let between = state.days_between(limit, &rules());
            assert!((between / days - 1.0).abs() < 1e-6, "{between}");
        }
        assert!((state.days_between(-20.0, &rules()) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn who_strays_far_every_day_gets_a_higher_limit_and_never_one_out_of_reach() {
        let wide = |day: u32| 3.0 + f64::from(day % 5) * 0.5;
        assert_eq!(
            limit(&learnt(5, wide)),
            None,
            "the running day is not learnt"
        );
        let restless = limit(&learnt(40, wide)).unwrap();
        let calm = limit(&learnt(40, |_| 1.0)).unwrap();
        assert!((5.0..8.0).contains(&restless), "{restless}");
        assert!((1.0..3.0).contains(&calm), "{calm}");
        assert_eq!(limit(&learnt(40, |_| 14.0)), Some(8.0), "at most so far");
        let shipped = OwnLimitRules::default();
        let lowest = learnt(40, |_| 0.1).limit(4.0, 60.0, &shipped);
        assert_eq!(lowest, Some(4.0 * shipped.lowest_share));
    }

    #[test]
    fn one_day_of_artefacts_moves_the_limit_little_and_a_day_counts_only_when_over() {
        let usual = |day: u32| 2.5 + f64::from(day % 4) * 0.25;
        let odd = |day: u32| if day == 30 { 14.0 } else { usual(day) };
        let before = limit(&learnt(30, usual)).unwrap();
        assert_eq!(limit(&learnt(30, odd)), Some(before));
        let after = limit(&learnt(31, odd)).unwrap();
        assert!(
            after > before && after - before < 0.7,
            "{before} to {after}"
        );
    }

    #[test]
    fn a_tighter_budget_gives_a_higher_limit_and_more_than_one_a_day_none() {
        let state = learnt(40, |day| 3.0 + f64::from(day % 5) * 0.5);
        let at = |days: f64| state.limit(4.0, days, &rules()).unwrap();
        assert!(at(480.0) > at(60.0) && at(60.0) > at(7.0));
        assert_eq!([at(0.01), at(0.99), at(1.0)], [0.0; 3]);
    }
}
