//! Alerts on the lower bound of NEWS2.
//!
//! A watch's values count as closed minutes (a robust mean of a minute, see
//! `epoch`), and a threshold must hold in so many of the last so many minutes
//! that brought a value: single seconds of a wrist signal are neither
//! independent nor worth a page, and minutes come out the same in any order of
//! arrival. What a person measured acts at once.
//!
//! A low partial sum ends nothing: the condition ends only when every
//! parameter that gave points is known again and the lower bound is calm.

use super::news2::{News2, News2Input, News2Parameter, score};
use super::news2_evidence::{RULE, evidence};
use super::step::{Step, duration_words, minutes_ms};
use super::{Monitor, Rules, Source};
use crate::domain::{
    AlertKind, ClinicalTime, FindingState, MeasuredTime, PatientContext, Priority, Vital,
};
use serde::{Deserialize, Serialize};

const KIND: AlertKind = AlertKind::News2;

const NEVER: i64 = i64::MIN;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    at: i64,
    /// On the chart's scale.
    value: i16,
    by_person: bool,
}

/// What the NEWS2 rule remembers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EarlyWarning {
    inputs: [Kept; 7],
    /// For each tier, one bit a judged minute, newest lowest.
    over: [u8; 3],
    newest_minute: u32,
    since: i64,
    calm_since: i64,
    raised: Option<Priority>,
    told: u8,
    /// Parameters that gave points since it was raised, one bit each.
    gave_points: u8,
    unknown_said: bool,
}

impl Default for EarlyWarning {
    fn default() -> Self {
        let nothing = Kept {
            at: NEVER,
            value: 0,
            by_person: false,
        };
        Self {
            inputs: [nothing; 7],
            over: [0; 3],
            newest_minute: 0,
            since: NEVER,
            calm_since: NEVER,
            raised: None,
            told: 0,
            gave_points: 0,
            unknown_said: false,
        }
    }
}

impl EarlyWarning {
    /// Keeps an input if it is the newest of its parameter.
    pub(super) fn keep(&mut self, parameter: News2Parameter, value: f64, at: i64, by_person: bool) {
        if let Some(kept) = self.inputs.get_mut(parameter as usize)
            && at >= kept.at
        {
            *kept = Kept {
                at,
                value: parameter.chart_value(value) as i16,
                by_person,
            };
        }
    }

    pub(super) fn score(&self, context: &PatientContext, rules: &Rules, at: ClinicalTime) -> News2 {
        let mut inputs = News2Parameter::ALL.map(|parameter| {
            let kept = self.inputs.get(parameter as usize)?;
            let scale = if parameter == News2Parameter::Temperature {
                10.0
            } else {
                1.0
            };
            (kept.at != NEVER).then(|| News2Input {
                value: f64::from(kept.value) / scale,
                measured: Some(MeasuredTime::from_epoch_ms(kept.at)),
            })
        });
        with_recorded_oxygen(&mut inputs, context, rules, at);
        score_at(inputs, context, rules, at)
    }

    /// Judges after inputs changed. `minute` is the newest minute they lie in;
    /// what a person measured acts without waiting for more.
    pub(super) fn judge(&mut self, step: &mut Step<'_>, minute: u32, by_person: bool) {
        let scored = self.score(step.context, step.rules, step.at);
        let holds = self.note(step, &scored, minute, by_person);
        let newest = self.inputs.iter().max_by_key(|kept| kept.at);
        let Some(newest) = newest.filter(|kept| kept.at != NEVER).copied() else {
            return;
        };
        if let Some(priority) = holds {
            let source = if newest.by_person {
                Source::Staff
            } else {
                Source::Watch
            };
            let measured = MeasuredTime::from_epoch_ms(newest.at);
            // A minute is as fresh as its last second.
            let measured = if newest.by_person {
                measured
            } else {
                measured.plus_ms(60_000)
            };
            if step.monitored && step.is_fresh(measured, source) {
                let least = step.rules.news2.neutropenia_priority;
                let priority = if step.context.in_neutropenia_window(measured) {
                    priority.max(least)
                } else {
                    priority
                };
                self.say(step, &scored, priority);
            }
        }
        if self.raised.is_some() {
            self.look_for_the_end(step, &scored, newest.at);
        }
    }

    /// Notes which tiers hold in this minute; the highest that persists.
    fn note(
        &mut self,
        step: &Step<'_>,
        scored: &News2,
        minute: u32,
        by_person: bool,
    ) -> Option<Priority> {
        let next_minute = minute > self.newest_minute;
        self.newest_minute = self.newest_minute.max(minute);
        let mut holds = None;
        let mut any_over = false;
        let largest = scored.parts.iter().filter_map(|part| part.points).max();
        let tiers = step.rules.news2.tiers();
        let reached = [largest.unwrap_or(0), scored.score_min, scored.score_min];
        for ((bits, tier), reached) in self.over.iter_mut().zip(tiers).zip(reached) {
            let over = tier.enabled && reached >= tier.at_least;
            *bits = if next_minute {
                (*bits << 1) | u8::from(over)
            } else {
                (*bits & !1) | u8::from(over)
            };
            let window = u8::MAX >> (8 - tier.of.clamp(1, 8));
            let enough = (*bits & window).count_ones() >= u32::from(tier.minutes);
            if over && (enough || by_person) {
                holds = holds.max(Some(tier.priority));
            }
            any_over |= over;
        }
        if any_over && self.since == NEVER {
            self.since = i64::from(minute) * 60_000;
        } else if !any_over && self.raised.is_none() && self.over == [0; 3] {
            self.since = NEVER;
        }
        holds
    }

    fn say(&mut self, step: &mut Step<'_>, scored: &News2, priority: Priority) {
        self.calm_since = NEVER;
        self.unknown_said = false;
        for part in &scored.parts {
            if part.points.is_some_and(|points| points > 0) {
                self.gave_points |= 1 << part.parameter as u8;
            }
        }
        let said = self.raised;
        if said.is_some_and(|said| priority <= said && scored.score_min <= self.told) {
            return;
        }
        let priority = said.map_or(priority, |said| said.max(priority));
        self.raised = Some(priority);
        self.told = scored.score_min;
        let began = MeasuredTime::from_epoch_ms(self.since);
        step.raise(KIND, priority, began, evidence(step, scored));
    }

    fn look_for_the_end(&mut self, step: &mut Step<'_>, scored: &News2, newest: i64) {
        let known = scored.parts.iter().all(|part| {
            part.points.is_some() || self.gave_points & (1 << part.parameter as u8) == 0
        });
        if !known {
            self.calm_since = NEVER;
            if !std::mem::replace(&mut self.unknown_said, true) {
                step.push(KIND, FindingState::Unknown, evidence(step, scored));
            }
            return;
        }
        self.unknown_said = false;
        let rules = &step.rules.news2;
        let calm = rules.tiers().iter().zip(0..).all(|(tier, place)| {
            let single = place == 0;
            !tier.enabled
                || if single {
                    !scored.parts.iter().any(|p| p.points >= Some(tier.at_least))
                } else {
                    scored.score_min + rules.clear_margin < tier.at_least
                }
        });
        if !calm {
            self.calm_since = NEVER;
            return;
        }
        if self.calm_since == NEVER {
            self.calm_since = newest;
        }
        if newest - self.calm_since >= minutes_ms(rules.clear_minutes) {
            let words = format!(
                "Every parameter that gave points is known again and the sum has been calm for {}.",
                duration_words(newest - self.calm_since)
            );
            self.end(step, &words);
        }
    }

    /// Ends the condition, if it was raised.
    pub(super) fn end(&mut self, step: &mut Step<'_>, words: &str) {
        if self.raised.take().is_some() {
            (self.told, self.gave_points) = (0, 0);
            (self.since, self.calm_since) = (NEVER, NEVER);
            self.over = [0; 3];
            let version = step.rules.provenance.news2.version;
            step.clear(KIND, RULE, version, words.to_owned());
        }
    }
}

/// Oxygen as the registry records it, where no reading says otherwise.
fn with_recorded_oxygen(
    inputs: &mut [Option<News2Input>; 7],
    context: &PatientContext,
    rules: &Rules,
    at: ClinicalTime,
) {
    let limit = minutes_ms(rules.news2.input_age_minutes.supplemental_oxygen);
    let fresh = inputs[2].is_some_and(|input| {
        input
            .measured
            .is_none_or(|measured| measured.age_ms_at(at) <= limit)
    });
    if let (false, Some(given)) = (fresh, context.oxygen) {
        inputs[2] = Some(News2Input {
            value: f64::from(u8::from(given)),
            measured: None,
        });
    }
}

fn score_at(
    inputs: [Option<News2Input>; 7],
    context: &PatientContext,
    rules: &Rules,
    at: ClinicalTime,
) -> News2 {
    score(
        inputs,
        context.spo2_scale,
        |measured| measured.age_ms_at(at),
        |parameter, age| age <= minutes_ms(rules.news2.input_age_minutes.minutes(parameter)),
    )
}

/// NEWS2 bounds at `now` from the newest value of each vital.
pub fn news2_bounds(
    newest: impl Fn(Vital) -> Option<News2Input>,
    context: &PatientContext,
    rules: &Rules,
    now: ClinicalTime,
) -> News2 {
    let mut inputs = News2Parameter::ALL.map(|parameter| newest(parameter.vital()));
    with_recorded_oxygen(&mut inputs, context, rules, now);
    score_at(inputs, context, rules, now)
}

impl Monitor {
    /// NEWS2 from the newest good value of each vital, with bounds, gaps and
    /// ages. Alerts are judged on minutes instead; both are bounds.
    pub fn news2(&self, context: &PatientContext, rules: &Rules, now: ClinicalTime) -> News2 {
        let newest = |vital| {
            self.newest(vital).map(|newest| News2Input {
                value: newest.value,
                measured: Some(newest.measured),
            })
        };
        news2_bounds(newest, context, rules, now)
    }
}
