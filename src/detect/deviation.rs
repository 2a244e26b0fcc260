//! A vital departs from the patient's own normal, and keeps doing so.

use super::active::{ActiveNormal, ActiveRules, Stratum};
use super::baseline::{Baseline, BaselineView, BaselineVital, LearningRules, Side};
use super::daily_wave::TimeOfDay;
use super::deviation_limit::Limit;
use super::deviation_words::evidence;
use super::epoch::Minute;
use super::extremes::{Extremes, OwnLimitRules};
use super::step::{Step, vital_first};
use super::{Source, VitalTable};
use crate::domain::{AlertKind, MeasuredTime, Priority, Vital};
use serde::{Deserialize, Serialize};

pub(super) const RULE: &str = "baseline_deviation";
pub(super) const VERSION: u32 = 2;
/// `|z|` must grow by so much to be told again.
const TOLD_STEP: f32 = 2.0;
const EIGHTHS: f32 = 8.0;

/// Settings of baselines and departures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineRules {
    /// A departure ends only this far below its limit.
    pub clear_margin: f64,
    /// How limits that keep to the budget are learnt.
    pub own_limits: OwnLimitRules,
    /// How levels and spreads are learnt.
    pub learning: LearningRules,
    /// Rest and activity.
    pub active: ActiveRules,
    /// Each vital's population and limits. Vitals without minutes (steps,
    /// beat intervals, states) are not judged.
    pub vitals: VitalTable<BaselineVital>,
}

impl Default for BaselineRules {
    fn default() -> Self {
        Self {
            clear_margin: 1.0,
            own_limits: OwnLimitRules::default(),
            learning: LearningRules::default(),
            active: ActiveRules::default(),
            vitals: VitalTable::from_fn(super::baseline::default_vital),
        }
    }
}

impl BaselineRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        self.learning.problems(problems);
        self.own_limits.problems(problems);
        self.active.problems(problems);
        for vital in super::epoch::EPOCH_VITALS {
            let own = self.vitals.get(vital);
            let mut check = |holds: bool, what: &str| {
                if !holds {
                    problems.push(format!("baseline.vitals.{}: {what}", vital.name()));
                }
            };
            let spreads = [own.spread_between, own.spread_within, own.spread_floor];
            check(
                spreads
                    .iter()
                    .all(|spread| spread.is_finite() && *spread > 0.0),
                "spreads must be positive",
            );
            check((2.0..=20.0).contains(&own.limit), "limit must be 2 to 20");
            check(
                0.0 <= self.clear_margin
                    && self.clear_margin < own.limit * self.own_limits.lowest_share,
                "limit times own_limits.lowest_share must be above baseline.clear_margin",
            );
            check(
                0 < own.epochs && own.epochs <= own.of && own.of <= 16,
                "1 <= epochs <= of <= 16 must hold",
            );
            check(own.clear_epochs > 0, "clear_epochs must be at least 1");
            check(
                (1..=2_880).contains(&own.covers_minutes),
                "covers_minutes must be 1 to 2880",
            );
            check(
                !own.rhythm || own.covers_minutes <= 720,
                "with a rhythm covers_minutes must be at most 720",
            );
        }
    }
}

/// What is remembered of one vital's departures.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct Deviation {
    /// One bit an epoch, newest lowest.
    above: u16,
    below: u16,
    /// Minute in which the run of departures began.
    since: u32,
    calm: u8,
    /// How far off it was when told, in eighths of a spread; 0: not raised.
    told: u8,
    /// Frozen minutes are neither judged nor learnt: the value that stands …
    same: i16,
    /// … and for how many minutes, plus one; 0 for none.
    same_for: u16,
}

/// What is kept of one vital beside its open minutes.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Course {
    pub(super) baseline: Baseline,
    pub(super) deviation: Deviation,
    pub(super) extremes: Extremes,
}

impl Deviation {
    /// Whether the minutes have been one single value for `frozen_minutes`.
    pub(super) fn is_frozen(&mut self, minute: &Minute, frozen_minutes: u32) -> bool {
        let gap = u16::try_from(minute.gap().unwrap_or(0)).unwrap_or(u16::MAX);
        match minute.constant {
            Some(value) if self.same_for != 0 && value == self.same => {
                self.same_for = self.same_for.saturating_add(gap);
            }
            Some(value) => (self.same, self.same_for) = (value, 1),
            None => self.same_for = 0,
        }
        // Counting stops after 45 days: by then any signal is frozen.
        frozen_minutes > 0 && u32::from(self.same_for) > frozen_minutes.min(65_534)
    }

    /// One whose run began in a minute.
    #[cfg(test)]
    pub(super) fn begun(since: u32) -> Self {
        Self {
            since,
            ..Self::default()
        }
    }

    pub(super) const fn is_raised(&self) -> bool {
        self.told > 0
    }

    /// Ends the condition, if it was raised.
    pub(super) fn end(&mut self, step: &mut Step<'_>, vital: Vital, words: &str) {
        if std::mem::take(&mut self.told) > 0 {
            (self.above, self.below, self.calm) = (0, 0, 0);
            step.clear(
                AlertKind::BaselineDeviation(vital),
                RULE,
                VERSION,
                words.to_owned(),
            );
        }
    }
}

/// What a minute is judged in.
pub(super) struct Circumstances<'a> {
    pub(super) time: TimeOfDay,
    pub(super) stratum: Stratum,
    /// The normal of active minutes, of a vital that has one.
    pub(super) active: Option<&'a mut ActiveNormal>,
    /// So many vitals of the patient share the budget.
    pub(super) sharing: u8,
}

/// What a minute's value is compared with.
pub(super) struct Expected {
    pub(super) view: BaselineView,
    pub(super) stratum: Stratum,
}

impl Expected {
    /// How many spreads a minute is off.
    pub(super) fn z(&self, minute: &Minute) -> f64 {
        (minute.value - self.view.level) / self.view.spread
    }
}

impl Course {
    /// Judges a closed minute against what was known before it, then learns it.
    pub(super) fn fold(
        &mut self,
        step: &mut Step<'_>,
        vital: Vital,
        minute: &Minute,
        circumstances: &mut Circumstances<'_>,
    ) {
        let rules = &step.rules.baseline;
        let own = *rules.vitals.get(vital);
        let expected = self.expected(rules, vital, circumstances);
        if own.enabled {
            let before = self.baseline.last_minute(minute);
            self.extremes.take(
                expected.z(minute),
                minute.minute,
                before,
                &own,
                &rules.own_limits,
            );
            let limit = Limit::of(step, vital, &own, &self.extremes, circumstances.sharing);
            self.judge(step, vital, minute, &own, &expected, &limit);
        }
        self.learn(rules, vital, minute.value, &expected, circumstances);
    }

    fn expected(
        &self,
        rules: &BaselineRules,
        vital: Vital,
        circumstances: &Circumstances<'_>,
    ) -> Expected {
        let own = rules.vitals.get(vital);
        let rest = self.baseline.view(own, &rules.learning, circumstances.time);
        let view = match (circumstances.stratum, &circumstances.active) {
            (Stratum::Active, Some(active)) => active.view(&rest, vital, own, &rules.active),
            _ => rest,
        };
        Expected {
            view,
            stratum: circumstances.stratum,
        }
    }

    fn learn(
        &mut self,
        rules: &BaselineRules,
        vital: Vital,
        value: f64,
        expected: &Expected,
        circumstances: &mut Circumstances<'_>,
    ) {
        let learning = &rules.learning;
        let pace = if self.deviation.is_raised() {
            learning.pace_while_departed
        } else {
            1.0
        };
        let time = circumstances.time;
        if let (Stratum::Active, Some(active)) = (expected.stratum, &mut circumstances.active) {
            let influence = learning.influence_limit * expected.view.spread;
            let rest = (&self.baseline, time);
            active.learn(value, pace, rest, influence, &rules.active);
        } else {
            let own = rules.vitals.get(vital);
            self.baseline.learn(value, pace, time, own, learning);
        }
    }

    fn judge(
        &mut self,
        step: &mut Step<'_>,
        vital: Vital,
        minute: &Minute,
        own: &BaselineVital,
        expected: &Expected,
        limit: &Limit,
    ) {
        let z = expected.z(minute);
        let this = &mut self.deviation;
        let over = (
            z >= limit.value && own.side != Side::Below,
            z <= -limit.value && own.side != Side::Above,
        );
        if this.above == 0 && this.below == 0 {
            this.since = minute.minute;
        }
        this.above = (this.above << 1) | u16::from(over.0);
        this.below = (this.below << 1) | u16::from(over.1);
        let window = u16::MAX >> (16 - u32::from(own.of.clamp(1, 16)));
        let enough = |bits: u16| (bits & window).count_ones() >= u32::from(own.epochs);
        let persists = (over.0 && enough(this.above)) || (over.1 && enough(this.below));
        let ended_ms = i64::from(minute.minute) * 60_000 + 60_000;
        let fresh = step.is_fresh(MeasuredTime::from_epoch_ms(ended_ms), Source::Watch);
        if persists && limit.is_in_budget() && fresh && step.monitored {
            self.say(step, vital, minute, own, expected, limit);
        } else if this.is_raised() {
            self.look_for_the_end(step, vital, z, limit.value, own);
        }
    }

    fn say(
        &mut self,
        step: &mut Step<'_>,
        vital: Vital,
        minute: &Minute,
        own: &BaselineVital,
        expected: &Expected,
        limit: &Limit,
    ) {
        let this = &mut self.deviation;
        this.calm = 0;
        let far = expected.z(minute).abs() as f32;
        if this.is_raised() && far < f32::from(this.told) / EIGHTHS + TOLD_STEP {
            return;
        }
        this.told = (far * EIGHTHS).clamp(1.0, 255.0) as u8;
        let began = MeasuredTime::from_epoch_ms(i64::from(this.since) * 60_000);
        let priority: Priority = own.priority;
        let evidence = evidence(step, vital, minute, own, expected, limit);
        step.raise(
            AlertKind::BaselineDeviation(vital),
            priority,
            began,
            evidence,
        );
    }

    fn look_for_the_end(
        &mut self,
        step: &mut Step<'_>,
        vital: Vital,
        z: f64,
        limit: f64,
        own: &BaselineVital,
    ) {
        let this = &mut self.deviation;
        let off = match own.side {
            Side::Both => z.abs(),
            Side::Above => z,
            Side::Below => -z,
        };
        if off < limit - step.rules.baseline.clear_margin {
            this.calm = this.calm.saturating_add(1);
        } else {
            this.calm = 0;
        }
        if this.calm >= own.clear_epochs {
            let words = format!("{} is back near its usual level.", vital_first(vital));
            this.end(step, vital, &words);
        }
    }
}
