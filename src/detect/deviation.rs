//! A vital departs from the patient's own normal, and keeps doing so.

use super::baseline::{Baseline, BaselineSource, BaselineView, BaselineVital, LearningRules, Side};
use super::epoch::Minute;
use super::extremes::{Extremes, OwnLimitRules};
use super::step::{Step, vital_first};
use super::{Source, VitalTable};
use crate::domain::{AlertKind, Evidence, MeasuredTime, Priority, Vital};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

const RULE: &str = "baseline_deviation";
const VERSION: u32 = 2;
/// `|z|` must grow by so much to be told again.
const TOLD_STEP: f32 = 2.0;
const EIGHTHS: f32 = 8.0;
const DAY_MS: f64 = 86_400_000.0;

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
            vitals: VitalTable::from_fn(super::baseline::default_vital),
        }
    }
}

impl BaselineRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        self.learning.problems(problems);
        self.own_limits.problems(problems);
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
                0.0 <= self.clear_margin && self.clear_margin < own.limit,
                "limit must be above baseline.clear_margin",
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

/// The limits in force and where they come from.
struct Limit {
    /// Of single values.
    value: f64,
    origin: Origin,
}

enum Origin {
    /// A clinician set it for this patient; it is all that counts.
    Clinician,
    /// The configured one: too little is known of the patient for an own one.
    Configured,
    /// The configured one, and one learnt for the score.
    Own(OwnLimit),
}

/// A limit of the score, learnt from so many days, when so many vitals share
/// the budget.
struct OwnLimit {
    limit: f64,
    score: f64,
    days: u8,
    sharing: u8,
}

impl Limit {
    fn of(
        step: &Step<'_>,
        vital: Vital,
        own: &BaselineVital,
        extremes: &Extremes,
        sharing: u8,
    ) -> Self {
        let name = "baseline_deviation.limit";
        if let Some(set) = step.context.limit(name, Some(vital), step.at) {
            return Self {
                value: set.value,
                origin: Origin::Clinician,
            };
        }
        let rules = &step.rules.baseline;
        let interval_days =
            step.rules.alarm_budget.low.interval_ms() / DAY_MS * f64::from(sharing.max(1));
        let learnt = extremes.limit(own.limit, interval_days, &rules.own_limits);
        let origin = learnt.map_or(Origin::Configured, |limit| {
            Origin::Own(OwnLimit {
                limit,
                score: extremes.score(own.side),
                days: extremes.days(),
                sharing,
            })
        });
        Self {
            value: own.limit,
            origin,
        }
    }

    /// Whether the budget leaves room for telling it.
    fn is_in_budget(&self) -> bool {
        match &self.origin {
            Origin::Own(own) => own.score >= own.limit,
            Origin::Clinician | Origin::Configured => true,
        }
    }

    /// Where it comes from, as a sentence.
    fn words(&self, step: &Step<'_>) -> String {
        let value = self.value;
        match &self.origin {
            Origin::Clinician => {
                format!("The limit of {value:.1} spreads was set for this patient.")
            }
            Origin::Configured => {
                format!("The limit of {value:.1} spreads is the configured one.")
            }
            Origin::Own(own) => {
                let budget = step.rules.alarm_budget.low;
                format!(
                    "Beyond the configured limit of {value:.1} spreads, their mean of {:.1} is \
                     beyond {:.1}, which {} days of this patient gave for at most {} false alerts \
                     in {} over {} vitals.",
                    own.score,
                    own.limit,
                    own.days,
                    budget.false_alerts,
                    String::from(budget.per),
                    own.sharing
                )
            }
        }
    }
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

impl Course {
    /// Judges a closed minute against what was known before it, then learns it.
    /// `sharing` vitals of the patient share the budget.
    pub(super) fn fold(&mut self, step: &mut Step<'_>, vital: Vital, minute: &Minute, sharing: u8) {
        let rules = &step.rules.baseline;
        let own = *rules.vitals.get(vital);
        let learning = rules.learning;
        let view = self.baseline.view(&own, &learning);
        if own.enabled {
            let z = (minute.value - view.level) / view.spread;
            let before = self.baseline.last_minute(minute);
            self.extremes
                .take(z, minute.minute, before, &own, &rules.own_limits);
            let limit = Limit::of(step, vital, &own, &self.extremes, sharing);
            self.judge(step, vital, minute, &own, &view, &limit);
        }
        let pace = if self.deviation.is_raised() {
            learning.pace_while_departed
        } else {
            1.0
        };
        self.baseline.learn(minute.value, pace, &own, &learning);
    }

    fn judge(
        &mut self,
        step: &mut Step<'_>,
        vital: Vital,
        minute: &Minute,
        own: &BaselineVital,
        view: &BaselineView,
        limit: &Limit,
    ) {
        let z = (minute.value - view.level) / view.spread;
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
            self.say(step, vital, minute, own, view, limit);
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
        view: &BaselineView,
        limit: &Limit,
    ) {
        let this = &mut self.deviation;
        this.calm = 0;
        let far = ((minute.value - view.level) / view.spread).abs() as f32;
        if this.is_raised() && far < f32::from(this.told) / EIGHTHS + TOLD_STEP {
            return;
        }
        this.told = (far * EIGHTHS).clamp(1.0, 255.0) as u8;
        let began = MeasuredTime::from_epoch_ms(i64::from(this.since) * 60_000);
        let priority: Priority = own.priority;
        let evidence = evidence(step, vital, minute, own, view, limit);
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

fn evidence(
    step: &Step<'_>,
    vital: Vital,
    minute: &Minute,
    own: &BaselineVital,
    view: &BaselineView,
    limit: &Limit,
) -> Evidence {
    let z = (minute.value - view.level) / view.spread;
    let measured = MeasuredTime::from_epoch_ms(i64::from(minute.minute) * 60_000);
    let mut value = step.value(vital, minute.value, measured);
    value.limit = Some(view.level + limit.value.copysign(z) * view.spread);
    let whose = match view.source {
        BaselineSource::Population => "what is usual in the population (no personal baseline yet)",
        BaselineSource::Blended => "a normal that is still being learnt",
        BaselineSource::Personal => "the patient's own normal",
    };
    let unit = vital.facts().unit;
    Evidence {
        rule: RULE.to_owned(),
        rule_version: VERSION,
        summary: format!(
            "{} {:.1} {unit} against {:.1} ± {:.1}, {whose}; {} of the last {} values were as far off. {}",
            vital_first(vital),
            minute.value,
            view.level,
            view.spread,
            own.epochs,
            own.of,
            limit.words(step)
        ),
        values: vec![value],
        chance: Some(chance(z)),
        ..Evidence::default()
    }
    .with_figure("z", z)
    .with_figure("level", view.level)
    .with_figure("spread", view.spread)
    .with_figure("baseline_days", view.days)
    .with_figure("limit_z", limit.value)
}

/// How often chance alone gives one such value, and why that is no promise.
fn chance(z: f64) -> String {
    let tail = Normal::new(0.0, 1.0).map_or(0.0, |normal| 2.0 * normal.sf(z.abs().min(30.0)));
    let once_in = if tail > 1e-9 {
        format!("once in {:.0}", 1.0 / tail)
    } else {
        "less than once in a thousand million".to_owned()
    };
    format!(
        "If single values were independent and normally distributed, one this far off to either \
         side would come about {once_in}. This is for one value at one time, and values of one \
         patient follow each other: chance does it more often than that."
    )
}
