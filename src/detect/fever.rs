//! Fever, or a low temperature, on systemic anticancer treatment.
//!
//! Only a body temperature counts, never wrist skin. The high limit acts on
//! the first valid reading: a febrile neutropenic patient is an emergency and
//! may have a NEWS2 of 1. Sites differ (NICE: above 38; many cancer centres:
//! 37.5, or below 36; IDSA: 38.3 once or 38.0 for an hour; ESMO: 38.0 twice in
//! two hours), so each tier is a setting with "so many readings within so many
//! minutes". Readings are rounded to tenths and compared as integers.
//!
//! What is low is judged otherwise where a device measured it: see `fever_low`.
//!
//! Counting readings over a limit inside a time gives the same answer in any
//! order of arrival.

use super::Source;
use super::fever_late;
use super::fever_low::{LowLimit, TemperatureMinute};
use super::fever_rules::{FeverRules, TemperatureTier};
use super::moment::Moment;
use super::step::{Step, duration_words, minutes_ms};
use crate::domain::{AlertKind, Evidence, MeasuredTime, PatientContext, Priority, Reading, Vital};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// The rule in evidence, and the head of its per-patient limits (`fever_on_treatment.raise_at`).
pub(super) const FEVER_RULE: &str = "fever_on_treatment";
const KIND: AlertKind = AlertKind::FeverOnTreatment;

/// Readings kept for a tier: the most that `readings` may ask for.
pub(super) const HITS: usize = 4;
const NEVER: Moment = Moment::NEVER_YET;

/// Times of the newest readings beyond a limit, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Hits([Moment; HITS]);

impl Hits {
    fn add(&mut self, at: i64) {
        if self.0.contains(&at.into()) {
            return;
        }
        if let Some(last) = self.0.last_mut()
            && last.ms() < at
        {
            *last = at.into();
            self.0.sort_unstable_by_key(|at| Reverse(at.ms()));
        }
    }

    fn enough(&self, tier: &TemperatureTier) -> bool {
        self.0.windows(usize::from(tier.readings)).any(|window| {
            matches!((window.first(), window.last()), (Some(new), Some(old))
                if *old != NEVER && new.ms() - old.ms() <= minutes_ms(tier.within_minutes))
        })
    }
}

/// What the fever rule remembers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Fever {
    high: Hits,
    warm: Hits,
    low: Hits,
    newest: Moment,
    /// When the readings beyond a limit began.
    since: Moment,
    last_abnormal: Moment,
    normal_since: Moment,
    raised: Option<Priority>,
    /// The value that was told; while nothing is raised, the furthest one that
    /// could not be told any more, 0 for none.
    told_tenths: i16,
}

impl Default for Fever {
    fn default() -> Self {
        Self {
            high: Hits([NEVER; HITS]),
            warm: Hits([NEVER; HITS]),
            low: Hits([NEVER; HITS]),
            newest: NEVER,
            since: NEVER,
            last_abnormal: NEVER,
            normal_since: NEVER,
            raised: None,
            told_tenths: 0,
        }
    }
}

fn tenths(value: f64) -> i16 {
    (value * 10.0 + 1e-6).round() as i16
}

/// The limits in force for one patient, in tenths.
#[derive(Clone, Copy)]
struct Limits {
    high: i16,
    warm: i16,
    low: i16,
    low_in_words: LowLimit,
    /// Whether neutropenia is recorded for the moment of the reading.
    neutropenia: bool,
}

impl Limits {
    fn of(step: &Step<'_>, measured: MeasuredTime, low: LowLimit) -> Self {
        let rules = &step.rules.fever;
        let neutropenia = step.context.in_neutropenia_window(measured);
        let high = if neutropenia {
            rules.high.limit.min(rules.neutropenia.high_limit)
        } else {
            rules.high.limit
        };
        let own = step
            .context
            .limit("fever_on_treatment.raise_at", None, step.at);
        Self {
            neutropenia,
            high: tenths(own.map_or(high, |limit| limit.value)),
            warm: tenths(rules.raised.limit),
            low: tenths(low.limit),
            low_in_words: low,
        }
    }
}

impl Fever {
    /// Judges a body temperature. A doubtful one (`good` false) only holds.
    pub(super) fn observe(
        &mut self,
        step: &mut Step<'_>,
        reading: Reading,
        good: bool,
        source: Source,
    ) {
        if !at_risk(
            step.context,
            reading.at,
            step.rules.fever.days_after_treatment,
        ) {
            self.end(step, "The patient is no longer on anticancer treatment.");
            return;
        }
        let (at, value) = (reading.at.epoch_ms(), tenths(reading.value));
        let limits = Limits::of(step, reading.at, LowLimit::of_a_person(step));
        let rules = step.rules.fever;
        let clear_below = tenths(rules.clear_below).min(limits.high);
        let low = rules.low.enabled && value < limits.low;
        // Whether it is low for this patient, its minute will tell.
        let waits = low && source != Source::Staff;
        let abnormal = value >= clear_below || (low && !waits);
        if abnormal {
            self.note_abnormal(at);
        }
        if !good {
            return;
        }
        let newest = at >= self.newest.ms();
        self.newest = self.newest.ms().max(at).into();
        if waits {
            return;
        }
        if !abnormal {
            self.list_what_is_over(step, newest, limits);
            self.note_normal(step, at, newest);
            return;
        }
        let hit = self.note_hits(&rules, limits, value, at);
        if hit && step.may_page(reading.at, newest, source) {
            self.judge(step, reading, limits);
        } else if hit && step.monitored {
            self.note_untold(value, limits);
        }
    }

    /// Judges a closed minute of a device by the low tier.
    pub(super) fn observe_minute(&mut self, step: &mut Step<'_>, minute: &TemperatureMinute) {
        let rules = step.rules.fever;
        if !rules.low.enabled || !at_risk(step.context, minute.began, rules.days_after_treatment) {
            return;
        }
        let low = LowLimit::of_a_device(step, &minute.normal);
        let limits = Limits::of(step, minute.began, low);
        let (value, at) = (tenths(minute.value), minute.began.epoch_ms());
        let ended = minute.began.plus_ms(60_000);
        let newest = ended.epoch_ms() > self.newest.ms();
        if value >= limits.low {
            // Where its readings waited, it is normal for this patient.
            if value < tenths(LowLimit::of_a_person(step).limit) {
                self.list_what_is_over(step, newest, limits);
                self.note_normal(step, at, newest);
            }
            return;
        }
        self.note_abnormal(at);
        self.note_hits(&rules, limits, value, at);
        if step.may_page(ended, newest, Source::Watch) {
            let reading = Reading {
                at: minute.began,
                vital: Vital::BodyTemperature,
                value: minute.value,
            };
            self.judge(step, reading, limits);
        } else if step.monitored {
            self.note_untold(value, limits);
        }
    }

    /// Keeps the furthest value that came too late to page.
    fn note_untold(&mut self, value: i16, limits: Limits) {
        let further = if value < limits.low {
            self.told_tenths == 0 || value < self.told_tenths
        } else {
            value > self.told_tenths
        };
        if self.raised.is_none() && further {
            self.told_tenths = value;
        }
    }

    /// What came too late to page, and is over by the newest reading, is listed.
    fn list_what_is_over(&mut self, step: &mut Step<'_>, newest: bool, limits: Limits) {
        if !newest || self.raised.is_some() || self.told_tenths == 0 {
            return;
        }
        let value = std::mem::take(&mut self.told_tenths);
        if let (Some((priority, limit)), true) = (self.holding(step, value, limits), step.monitored)
        {
            let began = MeasuredTime::from_epoch_ms(self.since.ms());
            let last = MeasuredTime::from_epoch_ms(self.last_abnormal.ms());
            let evidence = fever_late::evidence(step, value, limit, (began, last));
            step.found_late(KIND, priority, began, evidence);
        }
    }

    fn note_abnormal(&mut self, at: i64) {
        self.last_abnormal = self.last_abnormal.ms().max(at).into();
        if self.normal_since.ms() <= self.last_abnormal.ms() {
            self.normal_since = NEVER;
        }
    }

    fn note_hits(&mut self, rules: &FeverRules, limits: Limits, value: i16, at: i64) -> bool {
        let mut hit = false;
        for (tier, hits, beyond) in [
            (&rules.high, &mut self.high, value >= limits.high),
            (&rules.raised, &mut self.warm, value >= limits.warm),
            (&rules.low, &mut self.low, value < limits.low),
        ] {
            if tier.enabled && beyond {
                hits.add(at);
                hit = true;
            }
        }
        if hit {
            self.since = if self.since == NEVER {
                at.into()
            } else {
                self.since.ms().min(at).into()
            };
        }
        hit
    }

    /// The most urgent tier that holds for a value, and its limit.
    fn holding(&self, step: &Step<'_>, value: i16, limits: Limits) -> Option<(Priority, i16)> {
        let rules = step.rules.fever;
        [
            (rules.high, &self.high, value >= limits.high, limits.high),
            (rules.raised, &self.warm, value >= limits.warm, limits.warm),
            (rules.low, &self.low, value < limits.low, limits.low),
        ]
        .into_iter()
        .filter(|(tier, hits, beyond, _)| tier.enabled && *beyond && hits.enough(tier))
        .map(|(tier, _, _, limit)| match limits.neutropenia {
            true => (tier.priority.max(rules.neutropenia.priority), limit),
            false => (tier.priority, limit),
        })
        .max()
    }

    fn judge(&mut self, step: &mut Step<'_>, reading: Reading, limits: Limits) {
        let (rules, value) = (step.rules.fever, tenths(reading.value));
        let Some((priority, limit)) = self.holding(step, value, limits) else {
            return;
        };
        let told_step = tenths(rules.told_step);
        let worse = if value < limits.low {
            self.told_tenths - value >= told_step
        } else {
            value - self.told_tenths >= told_step
        };
        let said = self.raised;
        if said.is_none_or(|said| priority > said || worse) {
            self.raised = Some(said.map_or(priority, |said| said.max(priority)));
            self.told_tenths = value;
            let evidence = evidence(step, reading, limit, limits);
            let began = MeasuredTime::from_epoch_ms(self.since.ms());
            step.raise(KIND, self.raised.unwrap_or(priority), began, evidence);
        }
    }

    fn note_normal(&mut self, step: &mut Step<'_>, at: i64, newest: bool) {
        if at > self.last_abnormal.ms() {
            self.normal_since = match self.normal_since {
                NEVER => at.into(),
                since => since.ms().min(at).into(),
            };
        }
        if self.raised.is_none() {
            if newest {
                self.since = NEVER;
            }
            return;
        }
        let calm = minutes_ms(step.rules.fever.clear_minutes);
        let lasted = self.newest.ms().saturating_sub(self.normal_since.ms());
        if self.normal_since != NEVER && lasted >= calm {
            let words = format!(
                "Body temperature has stayed below {:.1} °C and not low for {}.",
                step.rules.fever.clear_below,
                duration_words(lasted)
            );
            self.end(step, &words);
        }
    }

    /// Ends the condition, if it was raised.
    pub(super) fn end(&mut self, step: &mut Step<'_>, words: &str) {
        if self.raised.take().is_some() {
            (self.since, self.told_tenths) = (NEVER, 0);
            let version = step.rules.provenance.fever.version;
            step.clear(KIND, FEVER_RULE, version, words.to_owned());
        }
    }
}

/// On treatment, or within the days after it, or after an administration. No
/// periods recorded counts as at risk.
pub(super) fn at_risk(context: &PatientContext, measured: MeasuredTime, days_after: u32) -> bool {
    let after = days_ms(days_after);
    context.treatment.is_empty()
        || was_given(context, measured, after)
        || context.treatment.iter().any(|period| {
            let at = measured.epoch_ms();
            period.start.epoch_ms() <= at
                && period
                    .end
                    .is_none_or(|end| at < end.plus_ms(after).epoch_ms())
        })
}

fn days_ms(days: u32) -> i64 {
    i64::from(days) * 86_400_000
}

/// Whether anything was given in the time before, whatever the periods say: one
/// that nobody prolonged must not hide a fever.
fn was_given(context: &PatientContext, measured: MeasuredTime, within_ms: i64) -> bool {
    let mut given = context.administrations.iter();
    given.any(|given| {
        let passed = measured.epoch_ms() - given.given_at.epoch_ms();
        (0..within_ms).contains(&passed)
    })
}

fn evidence(step: &Step<'_>, reading: Reading, limit_tenths: i16, limits: Limits) -> Evidence {
    let limit = f64::from(limit_tenths) / 10.0;
    let mut value = step.value(Vital::BodyTemperature, reading.value, reading.at);
    value.limit = Some(limit);
    let (side, usual) = if reading.value < limit - 0.05 {
        ("below", limits.low_in_words.words())
    } else {
        ("at or above", String::new())
    };
    let within_ms = days_ms(step.rules.fever.days_after_treatment);
    let recorded = step.context.on_treatment(reading.at).is_some()
        || was_given(step.context, reading.at, within_ms);
    let treatment = if recorded {
        "on or soon after anticancer treatment"
    } else {
        "treatment not recorded, so counted as at risk"
    };
    let window = if limits.neutropenia {
        ", in a neutropenia window"
    } else {
        ""
    };
    Evidence {
        rule: FEVER_RULE.to_owned(),
        rule_version: step.rules.provenance.fever.version,
        summary: format!(
            "Body temperature {:.1} °C, {side} {limit:.1} °C{usual}; {treatment}{window}; measured {} ago.",
            f64::from(tenths(reading.value)) / 10.0,
            duration_words(value.age_ms)
        ),
        values: vec![value],
        ..Evidence::default()
    }
}
