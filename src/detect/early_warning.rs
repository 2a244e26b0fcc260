//! Alerts on the lower bound of NEWS2.
//!
//! A watch's values count as closed minutes (a robust mean of a minute, see
//! `epoch`), and a threshold must last over slots of minutes (see
//! `persistence`): single seconds of a wrist signal are neither independent nor
//! worth a page, and minutes come out the same in any order of arrival. What a
//! person measured acts at once.
//!
//! A low partial sum ends nothing: the condition ends only when every
//! parameter that gave points is known again and the lower bound is calm.

use super::epoch::minute_of;
use super::moment::Moment;
use super::news2::{News2, News2Input, News2Parameter, News2Part, score};
use super::news2_evidence::{RULE, evidence};
use super::news2_late;
use super::news2_rules::{News2Rules, ScoreTier};
use super::persistence::{Persistence, TIERS, Verdict};
use super::step::{Step, duration_words, minutes_ms};
use super::{Monitor, Rules, Source};
use crate::domain::{
    AlertKind, ClinicalTime, FindingState, MeasuredTime, PatientContext, Priority, Vital,
};
use serde::{Deserialize, Serialize};

const KIND: AlertKind = AlertKind::News2;

const NEVER: Moment = Moment::NEVER_YET;
/// It was said that the end cannot be seen.
const UNKNOWN: u8 = 1;
/// It was said that it is less urgent than before.
const EASED: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    at: Moment,
    /// On the chart's scale.
    value: i16,
}

/// What the NEWS2 rule remembers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EarlyWarning {
    inputs: [Kept; 7],
    /// Inputs that a person measured, one bit each.
    by_person: u8,
    persistence: Persistence,
    /// Minute in which a tier was first reached; 0 for none.
    since: u32,
    /// Raised: minute from which all has been calm; 0 for none.
    calm_since: u32,
    /// How urgent it was last said to be.
    raised: Option<Priority>,
    told: u8,
    /// Parameters that gave points since it was raised, one bit each.
    gave_points: u8,
    /// What was said beside: [`UNKNOWN`], [`EASED`].
    remarks: u8,
    /// How urgent it was when it came too late to page, until that is told or
    /// listed: meanwhile `told` is the largest sum that it reached, and
    /// `calm_since` the newest minute in which it held.
    untold: Option<Priority>,
}

impl Default for EarlyWarning {
    fn default() -> Self {
        let nothing = Kept {
            at: NEVER,
            value: 0,
        };
        Self {
            inputs: [nothing; 7],
            by_person: 0,
            persistence: Persistence::default(),
            since: 0,
            calm_since: 0,
            raised: None,
            told: 0,
            gave_points: 0,
            remarks: 0,
            untold: None,
        }
    }
}

impl EarlyWarning {
    /// Keeps an input if it is the newest of its parameter.
    pub(super) fn keep(&mut self, parameter: News2Parameter, value: f64, at: i64, by_person: bool) {
        if let Some(kept) = self.inputs.get_mut(parameter as usize)
            && at >= kept.at.ms()
        {
            *kept = Kept {
                at: at.into(),
                value: parameter.chart_value(value) as i16,
            };
            let place = parameter as u8;
            self.by_person = (self.by_person & !(1 << place)) | (u8::from(by_person) << place);
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
                measured: Some(MeasuredTime::from_epoch_ms(kept.at.ms())),
            })
        });
        with_recorded_oxygen(&mut inputs, context, rules, at);
        score_at(inputs, context, rules, at)
    }

    /// Judges after inputs changed. `minute` is the newest minute they lie in;
    /// what a person measured acts without waiting for more.
    pub(super) fn judge(&mut self, step: &mut Step<'_>, minute: u32, by_person: bool) {
        let judged_at = self.judged_at(step, minute, by_person);
        let scored = self.score(step.context, step.rules, judged_at);
        let (holds, next_minute) = self.note(step, &scored, minute, by_person);
        let newest = self
            .inputs
            .iter()
            .zip(0..)
            .max_by_key(|(kept, _)| kept.at.ms());
        let Some((newest, place)) = newest.filter(|(kept, _)| kept.at != NEVER) else {
            return;
        };
        let (newest, newest_by_person) = (newest.at.ms(), self.by_person & (1 << place) != 0);
        if let Some(priority) = holds {
            let source = if newest_by_person {
                Source::Staff
            } else {
                Source::Watch
            };
            let measured = MeasuredTime::from_epoch_ms(newest);
            // A minute is as fresh as its last second.
            let measured = if newest_by_person {
                measured
            } else {
                measured.plus_ms(60_000)
            };
            let least = step.rules.news2.neutropenia_priority;
            let priority = match step.context.in_neutropenia_window(measured) {
                true => priority.max(least),
                false => priority,
            };
            let fresh = step.is_fresh(measured, source);
            if step.monitored && fresh {
                self.say(step, &scored, priority);
            } else if step.monitored && self.raised.is_none() && !by_person {
                self.note_untold(minute, scored.score_min, priority);
            }
        }
        self.list_what_is_over(step, &scored, minute);
        if self.raised.is_some() {
            self.look_for_the_end(step, &scored, newest, next_minute);
        }
    }

    /// The moment for which the inputs' ages count: now, or where minutes were
    /// stored and forwarded the end of the newest of them, as it was then.
    fn judged_at(&self, step: &Step<'_>, minute: u32, by_person: bool) -> ClinicalTime {
        let newest = minute.max(self.persistence.newest_minute());
        let ended = MeasuredTime::from_epoch_ms(i64::from(newest) * 60_000 + 60_000);
        match by_person || step.is_fresh(ended, Source::Watch) {
            true => step.at,
            false => ClinicalTime::from_epoch_ms(ended.epoch_ms()),
        }
    }

    fn note_untold(&mut self, minute: u32, score_min: u8, priority: Priority) {
        let (score, last) = match self.untold {
            Some(_) => (self.told, self.calm_since),
            None => (0, 0),
        };
        self.told = score.max(score_min);
        self.calm_since = last.max(minute);
        self.untold = self.untold.max(Some(priority));
    }

    /// What came too late to page, and is calm since, is listed.
    fn list_what_is_over(&mut self, step: &mut Step<'_>, scored: &News2, minute: u32) {
        let Some(priority) = self.untold else { return };
        let calm = verdicts(scored, &step.rules.news2, minute) == [Verdict::Below; TIERS];
        let lasted = minute.saturating_sub(self.calm_since);
        if !calm || lasted < step.rules.news2.clear_minutes {
            return;
        }
        let moment = |minute: u32| MeasuredTime::from_epoch_ms(i64::from(minute) * 60_000);
        let (began, last) = (moment(self.since), moment(self.calm_since));
        let evidence = news2_late::evidence(step, self.told, (began, last));
        self.forget_untold();
        // What comes next is a condition of its own.
        self.since = 0;
        self.persistence.forget();
        if step.monitored {
            step.found_late(KIND, priority, began, evidence);
        }
    }

    fn forget_untold(&mut self) {
        if self.untold.take().is_some() {
            (self.told, self.calm_since) = (0, 0);
        }
    }

    /// Notes which tiers hold in this minute. Returns the highest that persists,
    /// and whether the minute is newer than all before.
    fn note(
        &mut self,
        step: &Step<'_>,
        scored: &News2,
        minute: u32,
        by_person: bool,
    ) -> (Option<Priority>, bool) {
        let rules = &step.rules.news2;
        let verdicts = verdicts(scored, rules, minute);
        let next_minute = self.persistence.note(minute, rules.slot_minutes, verdicts);
        let reached = rules.tiers().into_iter().zip(verdicts).zip(0..);
        let reached = reached.filter(|((_, verdict), _)| *verdict != Verdict::Below);
        let any_over = reached.clone().next().is_some();
        let holds = reached.filter(|((tier, _), place)| {
            by_person || self.persistence.slots_over(*place, tier.of) >= u32::from(tier.slots)
        });
        let holds = holds.map(|((tier, _), _)| tier.priority).max();
        if any_over && self.since == 0 {
            self.since = minute;
        } else if !any_over && self.raised.or(self.untold).is_none() && self.persistence.is_calm() {
            self.since = 0;
        }
        (holds, next_minute)
    }

    fn say(&mut self, step: &mut Step<'_>, scored: &News2, priority: Priority) {
        self.forget_untold();
        self.calm_since = 0;
        self.remarks &= !UNKNOWN;
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
        if said != Some(priority) {
            self.remarks &= !EASED;
        }
        self.raised = Some(priority);
        self.told = scored.score_min;
        let began = MeasuredTime::from_epoch_ms(i64::from(self.since) * 60_000);
        step.raise(KIND, priority, began, evidence(step, scored));
    }

    /// Says that the condition holds less urgently than it was said, when no
    /// more urgent tier was reached in any minute that counts. It is said again
    /// every `eased_minutes` while values come.
    fn ease(&mut self, step: &mut Step<'_>, scored: &News2, newest: i64, next_minute: bool) {
        let Some(said) = self.raised else { return };
        let rules = &step.rules.news2;
        let tiers = rules.tiers();
        let on = tiers.iter().zip(0..).filter(|(tier, _)| tier.enabled);
        let slots_over = |place, of| self.persistence.slots_over(place, of);
        let reached = on
            .clone()
            .filter(|(tier, place)| slots_over(*place, tier.of) > 0);
        let most = reached.map(|(tier, _)| tier.priority).max();
        let Some(least) = on.map(|(tier, _)| tier.priority).min() else {
            return;
        };
        let measured = MeasuredTime::from_epoch_ms(newest);
        let floor = match step.context.in_neutropenia_window(measured) {
            true => rules.neutropenia_priority,
            false => least,
        };
        let level = most.unwrap_or(least).max(floor);
        let again = next_minute
            && self
                .persistence
                .newest_minute()
                .is_multiple_of(step.rules.epochs.eased_minutes);
        let was_eased = self.remarks & EASED != 0;
        if level < said || (level == said && was_eased && again) {
            self.raised = Some(level);
            self.remarks |= EASED;
            step.ease(KIND, level, evidence(step, scored));
        }
    }

    fn look_for_the_end(
        &mut self,
        step: &mut Step<'_>,
        scored: &News2,
        newest: i64,
        next_minute: bool,
    ) {
        let known = scored.parts.iter().all(|part| {
            part.points.is_some() || self.gave_points & (1 << part.parameter as u8) == 0
        });
        if !known {
            self.calm_since = 0;
            let said = self.remarks & UNKNOWN != 0;
            self.remarks |= UNKNOWN;
            if !said {
                step.push(KIND, FindingState::Unknown, evidence(step, scored));
            }
            return;
        }
        self.remarks &= !UNKNOWN;
        self.ease(step, scored, newest, next_minute);
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
            self.calm_since = 0;
            return;
        }
        if self.calm_since == 0 {
            // Rounded up: calm is never said to have lasted longer than it did.
            self.calm_since = minute_of(newest.saturating_add(59_999)).0;
        }
        let calm_ms = newest.saturating_sub(i64::from(self.calm_since) * 60_000);
        if calm_ms >= minutes_ms(rules.clear_minutes) {
            let words = format!(
                "Every parameter that gave points is known again and the sum has been calm for {}.",
                duration_words(calm_ms)
            );
            self.end(step, &words);
        }
    }

    /// Ends the condition, if it was raised.
    pub(super) fn end(&mut self, step: &mut Step<'_>, words: &str) {
        self.forget_untold();
        if self.raised.take().is_some() {
            (self.told, self.gave_points) = (0, 0);
            self.remarks &= !EASED;
            (self.since, self.calm_since) = (0, 0);
            self.persistence.forget();
            let version = step.rules.provenance.news2.version;
            step.clear(KIND, RULE, version, words.to_owned());
        }
    }
}

/// What a minute says of each tier.
fn verdicts(scored: &News2, rules: &News2Rules, minute: u32) -> [Verdict; TIERS] {
    let is_new = |part: &News2Part| {
        let at = part.measured.map(MeasuredTime::epoch_ms);
        at.is_some_and(|at| at >= i64::from(minute) * 60_000)
    };
    let [single, medium, high] = rules.tiers();
    let largest = scored.parts.iter().filter_map(|part| part.points).max();
    let of = |tier: ScoreTier, reached: u8, points: u8| {
        let mut giving = scored
            .parts
            .iter()
            .filter(|part| part.points >= Some(points));
        match (tier.enabled && reached >= tier.at_least, giving.any(is_new)) {
            (false, _) => Verdict::Below,
            (true, true) => Verdict::Over,
            (true, false) => Verdict::StillOver,
        }
    };
    [
        of(single, largest.unwrap_or(0), single.at_least),
        of(medium, scored.score_min, 1),
        of(high, scored.score_min, 1),
    ]
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
