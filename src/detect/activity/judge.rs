//! From closed days to one alert: when the decline begins and when it ends.

use super::days::{Day, Days, Told};
use super::settings::ActivityDeclineRules;
use super::words;
use crate::detect::epoch::minute_of;
use crate::detect::recent::Recent;
use crate::detect::step::{Step, minutes_ms};
use crate::domain::{AlertKind, FindingState, MeasuredTime, Reading};
use serde::{Deserialize, Serialize};

const KIND: AlertKind = AlertKind::ActivityDecline;
/// Worn days of the mean, at the most.
const NEWEST: usize = 7;

/// A worn day.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct WornDay {
    pub(super) number: u16,
    pub(super) steps: u16,
    /// Minutes since 1970.
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What is remembered of a patient's activity.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::detect) struct Activity {
    days: Days,
    /// Worn days that are not usual yet, newest last.
    newest: [WornDay; NEWEST],
    kept: u8,
    /// Worn days before those.
    usual: Recent,
    /// Judged days in a row: low, and well again.
    low: u8,
    calm: u8,
    /// Worn days since one was learnt.
    unlearnt: u8,
    raised: bool,
    unknown_said: bool,
    /// Start of the first day of the first mean that was low, minutes.
    since: u32,
}

/// A mean against what is usual.
pub(super) struct Standing<'a> {
    pub(super) days: &'a [WornDay],
    pub(super) mean: f64,
    pub(super) usual: f64,
    pub(super) history: &'a [u16],
}

impl Activity {
    /// Steps that were not counted before.
    pub(in crate::detect) fn steps(&mut self, step: &mut Step<'_>, reading: Reading) {
        let minute = minute_of(reading.at.epoch_ms()).0;
        self.note(step, minute, Told::Steps(reading.value as u32));
    }

    /// Steps came too late to be counted.
    pub(in crate::detect) fn lost(&mut self, step: &mut Step<'_>, at: MeasuredTime) {
        self.note(step, minute_of(at.epoch_ms()).0, Told::Lost);
    }

    /// The watch was on the wrist in that minute: it said so, or felt a pulse.
    pub(in crate::detect) fn worn(&mut self, step: &mut Step<'_>, minute: u32) {
        self.note(step, minute, Told::Worn);
    }

    /// Closes and judges the days that are due.
    pub(in crate::detect) fn fire(&mut self, step: &mut Step<'_>) {
        while let Some(day) = self.days.close_due(step.at.epoch_ms()) {
            self.close(step, &day);
        }
    }

    /// When it must be looked at; `i64::MAX` for never.
    pub(in crate::detect) fn due_ms(&self) -> i64 {
        self.days.due_ms()
    }

    /// Monitoring ends or pauses: a day with a pause (a scan, an admission)
    /// says nothing of the usual, and is missing.
    pub(in crate::detect) fn stop(&mut self, step: &mut Step<'_>, words: &str) {
        self.end(step, words);
        self.days.abandon();
    }

    /// Ends the condition, if it was raised.
    pub(in crate::detect) fn end(&mut self, step: &mut Step<'_>, words: &str) {
        if std::mem::take(&mut self.raised) {
            (self.low, self.calm, self.unknown_said) = (0, 0, false);
            step.clear(KIND, words::RULE, words::VERSION, words.to_owned());
        }
    }

    fn note(&mut self, step: &mut Step<'_>, minute: u32, told: Told) {
        if !step.monitored {
            return;
        }
        let grace = step.rules.activity_decline.grace_minutes;
        let arrived_ms = step.at.epoch_ms();
        let made_room = self
            .days
            .note(step.context, grace, minute, told, arrived_ms);
        if let Some(day) = made_room {
            self.close(step, &day);
        }
    }

    fn close(&mut self, step: &mut Step<'_>, day: &Day) {
        let rules = step.rules.activity_decline;
        if !rules.enabled {
            self.end(step, "Activity is no longer judged.");
        }
        if day.worn_hours() < u32::from(rules.worn_hours) {
            self.missed(step, &rules, day);
            return;
        }
        self.keep(&rules, day);
        let count = usize::from(self.kept);
        let mean_days = usize::from(rules.mean_days);
        let newest = self.newest;
        let days = newest.get(count.saturating_sub(mean_days)..count);
        let days = days.filter(|days| days.len() == mean_days);
        let Some(days) = days.filter(|days| is_within(days, rules.within_days)) else {
            return;
        };
        if self.usual.len() >= rules.baseline_days && rules.enabled {
            self.judge(step, &rules, days);
        }
    }

    /// A worn day. The one that leaves the mean becomes usual: what is judged
    /// is never part of what it is judged against.
    fn keep(&mut self, rules: &ActivityDeclineRules, day: &Day) {
        let worn = WornDay {
            number: day.number,
            steps: u16::try_from(day.steps).unwrap_or(u16::MAX),
            start: day.start,
            end: day.end,
        };
        let mean_days = usize::from(rules.mean_days).min(NEWEST);
        while usize::from(self.kept) >= mean_days {
            let oldest = self.newest.first().map_or(0, |day| day.steps);
            self.newest.rotate_left(1);
            self.kept -= 1;
            self.learn(rules, oldest);
        }
        if let Some(place) = self.newest.get_mut(usize::from(self.kept)) {
            *place = worn;
            self.kept += 1;
        }
    }

    fn learn(&mut self, rules: &ActivityDeclineRules, steps: u16) {
        self.unlearnt = self.unlearnt.saturating_add(1);
        if !self.raised || self.unlearnt >= rules.learn_one_day_of {
            self.usual.push(steps);
            self.unlearnt = 0;
        }
    }

    fn judge(&mut self, step: &mut Step<'_>, rules: &ActivityDeclineRules, days: &[WornDay]) {
        let sum: u32 = days.iter().map(|day| u32::from(day.steps)).sum();
        let mean = f64::from(sum) / days.len().max(1) as f64;
        let usual = self.usual.median().unwrap_or(0.0);
        let low = mean <= rules.limit(usual);
        self.unknown_said = false;
        if self.raised {
            let well = mean > usual * (1.0 - rules.clear_share);
            self.look_for_the_end(step, rules, well);
            return;
        }
        if low && self.low == 0 {
            self.since = days.first().map_or(0, |day| day.start);
        }
        self.low = if low { self.low.saturating_add(1) } else { 0 };
        let ended_ms = days.last().map_or(0, |day| i64::from(day.end) * 60_000);
        let age_ms = step.at.epoch_ms().saturating_sub(ended_ms);
        let fresh = age_ms <= minutes_ms(rules.fresh_hours * 60);
        if self.low >= rules.days && fresh {
            self.raised = true;
            self.calm = 0;
            let standing = Standing {
                days,
                mean,
                usual,
                history: self.usual.values(),
            };
            let evidence = words::evidence(step, &standing);
            let began = MeasuredTime::from_epoch_ms(i64::from(self.since) * 60_000);
            step.raise(KIND, rules.priority, began, evidence);
        }
    }

    fn look_for_the_end(&mut self, step: &mut Step<'_>, rules: &ActivityDeclineRules, well: bool) {
        self.calm = if well { self.calm.saturating_add(1) } else { 0 };
        if self.calm >= rules.clear_days {
            self.end(
                step,
                "The steps of the last worn days are near the usual again.",
            );
        }
    }

    /// A day that is missing: it neither raises nor ends. When it leaves too
    /// little to judge by, that is said once.
    fn missed(&mut self, step: &mut Step<'_>, rules: &ActivityDeclineRules, day: &Day) {
        let count = usize::from(self.kept);
        let newest = self.newest.get(..count).and_then(<[_]>::last);
        let long = newest.is_none_or(|worn| {
            day.number.saturating_sub(worn.number) >= u16::from(rules.within_days)
        });
        if self.raised && long && !std::mem::replace(&mut self.unknown_said, true) {
            let evidence = words::not_worn(day.number);
            step.push(KIND, FindingState::Unknown, evidence);
        }
    }
}

impl ActivityDeclineRules {
    /// A mean at or below this is a decline.
    pub(super) fn limit(&self, usual: f64) -> f64 {
        let by_share = usual * (1.0 - self.drop_share);
        by_share.min(usual - f64::from(self.drop_steps))
    }
}

fn is_within(days: &[WornDay], within_days: u8) -> bool {
    match (days.first(), days.last()) {
        (Some(first), Some(last)) => {
            last.number.saturating_sub(first.number) < u16::from(within_days)
        }
        _ => false,
    }
}
