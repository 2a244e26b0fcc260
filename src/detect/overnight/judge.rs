//! From nights to one alert: when it begins and when it ends.

use super::night::{Hours, Night, TENTHS};
use super::night_signal::{NightClass, NightSignal};
use super::settings::{NightSource, OvernightMode, OvernightRules};
use super::words;
use crate::detect::epoch::Minute;
use crate::detect::local;
use crate::detect::recent::Recent;
use crate::detect::step::{Step, minutes_ms};
use crate::domain::{AlertKind, FindingState, MeasuredTime, Vital};
use serde::{Deserialize, Serialize};

const KIND: AlertKind = AlertKind::OvernightHeartRate;
/// After so many nights without the watch's own resting heart rate, nights
/// are taken from the heart rate again.
const SENT_NO_MORE_NIGHTS: u16 = 7;

/// What is remembered of a patient's nights.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::detect) struct Overnight {
    night: Night,
    /// Tenths of /min, of nights before.
    usual: Recent,
    signal: NightSignal,
    /// Whether nights come from the watch's own resting heart rate.
    sent: bool,
    /// Minute after the day whose resting heart rate is known.
    sent_until: u32,
    /// The newest judged night.
    number: u16,
    /// One bit a calendar night, newest lowest: high, and whether it had a value.
    high: u8,
    known: u8,
    calm: u8,
    unlearnt: u8,
    raised: bool,
    unknown_said: bool,
    /// When the first of the high nights began, minutes since 1970.
    since: u32,
}

/// A night's value.
#[derive(Clone, Copy)]
pub(super) struct Value {
    pub(super) number: u16,
    pub(super) vital: Vital,
    pub(super) tenths: u16,
    /// Before it was rounded, /min.
    exact: f64,
    /// Minutes at rest that it is the mean of; none when the watch sent it.
    pub(super) minutes: Option<u16>,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A night against those before it.
pub(super) struct Standing<'a> {
    pub(super) value: Value,
    pub(super) median: f64,
    pub(super) spread: f64,
    /// From which mean on a night counts as high.
    pub(super) limit: f64,
    pub(super) history: &'a [u16],
    /// One bit a calendar night, newest lowest: high, and whether it had a value.
    pub(super) high: u8,
    pub(super) known: u8,
}

impl Overnight {
    /// The vitals a night is made of.
    pub(in crate::detect) const fn reads(vital: Vital) -> bool {
        matches!(vital, Vital::HeartRate | Vital::RestingHeartRate)
    }

    /// A closed minute of a vital, with its steps.
    pub(in crate::detect) fn note(
        &mut self,
        step: &mut Step<'_>,
        vital: Vital,
        minute: &Minute,
        steps: u32,
    ) {
        match vital {
            _ if !step.monitored => {}
            Vital::HeartRate => self.heart_rate(step, minute.minute, minute.value, steps),
            Vital::RestingHeartRate => self.resting(step, minute.minute, minute.value),
            _ => {}
        }
    }

    fn heart_rate(&mut self, step: &mut Step<'_>, minute: u32, value: f64, steps: u32) {
        let rules = &step.rules.overnight_heart_rate;
        if rules.source == NightSource::RestingHeartRate || steps > rules.rest_steps_max {
            return;
        }
        let hours = hours(rules);
        let arrived_ms = step.at.epoch_ms();
        let made_room = self
            .night
            .add(step.context, hours, minute, value, arrived_ms);
        if let Some(night) = made_room {
            self.close(step, &night);
        }
    }

    /// The watch's own resting heart rate: the first of a local day is that
    /// day's.
    fn resting(&mut self, step: &mut Step<'_>, minute: u32, value: f64) {
        let rules = step.rules.overnight_heart_rate;
        if rules.source == NightSource::HeartRate || minute < self.sent_until {
            return;
        }
        let Some(day) = local::day(step.context, minute) else {
            return;
        };
        self.sent_until = day.end;
        if !std::mem::replace(&mut self.sent, true) {
            self.begin_anew(step);
        }
        let value = Value {
            number: day.number,
            vital: Vital::RestingHeartRate,
            tenths: (value * TENTHS).round().clamp(0.0, 65_535.0) as u16,
            exact: value,
            minutes: None,
            start: minute,
            end: minute.saturating_add(1),
        };
        self.take(step, value);
    }

    /// Closes and judges the night when it is due.
    pub(in crate::detect) fn fire(&mut self, step: &mut Step<'_>) {
        if let Some(night) = self.night.close_due(step.at.epoch_ms()) {
            self.close(step, &night);
        }
    }

    /// When it must be looked at; `i64::MAX` for never.
    pub(in crate::detect) fn due_ms(&self) -> i64 {
        self.night.due_ms()
    }

    /// Monitoring ends or pauses: a night with a pause in it is missing.
    pub(in crate::detect) fn stop(&mut self, step: &mut Step<'_>, words: &str) {
        self.end(step, words);
        self.night.abandon();
    }

    /// Ends the condition, if it was raised.
    pub(in crate::detect) fn end(&mut self, step: &mut Step<'_>, words: &str) {
        if std::mem::take(&mut self.raised) {
            (self.high, self.calm, self.unknown_said) = (0, 0, false);
            step.clear(KIND, words::RULE, words::VERSION, words.to_owned());
        }
    }

    fn close(&mut self, step: &mut Step<'_>, night: &Night) {
        let rules = step.rules.overnight_heart_rate;
        let silent_for = night.number.saturating_sub(self.number);
        if self.sent && silent_for <= SENT_NO_MORE_NIGHTS {
            return;
        }
        if night.hours() < u32::from(rules.hours_min) {
            self.missed(step, night.number);
            return;
        }
        if std::mem::take(&mut self.sent) {
            self.begin_anew(step);
        }
        let value = Value {
            number: night.number,
            vital: Vital::HeartRate,
            tenths: night.mean_tenths(),
            exact: night.mean(),
            minutes: Some(night.minutes),
            start: night.start,
            end: night.end,
        };
        self.take(step, value);
    }

    /// The signal changes: what was learnt of the other is no measure for it.
    fn begin_anew(&mut self, step: &mut Step<'_>) {
        self.end(step, "Nights are judged by another signal from now on.");
        (self.usual, self.signal) = (Recent::default(), NightSignal::default());
        (self.high, self.number) = (0, 0);
    }

    fn take(&mut self, step: &mut Step<'_>, value: Value) {
        if value.number <= self.number {
            return;
        }
        let rules = step.rules.overnight_heart_rate;
        if !rules.enabled {
            self.end(step, "Nights are no longer judged.");
        }
        let class = self.signal.classify(value.number, value.exact);
        let standing = self.stand(&rules, value);
        let nights = value.number.saturating_sub(self.number);
        self.number = value.number;
        self.unknown_said = false;
        self.known = self.known.checked_shl(u32::from(nights)).unwrap_or(0) | 1;
        let known = self.usual.len() >= rules.nights_min && rules.enabled;
        if known {
            self.judge(step, &rules, class, nights, standing);
        }
        self.learn(&rules, value.tenths);
    }

    /// The limits in force for a night, from the nights before it.
    fn stand(&self, rules: &OvernightRules, value: Value) -> (Value, f64, f64, f64) {
        let median = self.usual.median().unwrap_or(0.0);
        let spread = (self.usual.spread_around(median) / TENTHS).max(rules.spread_floor);
        let limit = match rules.mode {
            OvernightMode::RunningMedian => {
                median / TENTHS + rules.rise.max(rules.spreads * spread)
            }
            OvernightMode::NightSignal => f64::from(self.signal.median() + 4),
        };
        (value, median / TENTHS, spread, limit)
    }

    fn judge(
        &mut self,
        step: &mut Step<'_>,
        rules: &OvernightRules,
        class: NightClass,
        nights: u16,
        (value, median, spread, limit): (Value, f64, f64, f64),
    ) {
        let mean = f64::from(value.tenths) / TENTHS;
        let high = match rules.mode {
            OvernightMode::RunningMedian => mean >= limit,
            OvernightMode::NightSignal => value.exact.floor() >= limit,
        };
        let window = u8::MAX >> (8 - rules.of.clamp(1, 8));
        let before = self.high.checked_shl(u32::from(nights)).unwrap_or(0) & window;
        if before == 0 {
            self.since = value.start;
        }
        self.high = before | u8::from(high);
        let often = self.high.count_ones() >= u32::from(rules.nights);
        let (holds, well) = match rules.mode {
            OvernightMode::RunningMedian => (high && often, mean < median + rules.clear_rise),
            OvernightMode::NightSignal => (
                class == NightClass::Red,
                class == NightClass::Green && !high,
            ),
        };
        if self.raised {
            self.look_for_the_end(step, rules, well);
        } else if holds && is_fresh(step, rules, value.end) {
            self.raised = true;
            self.calm = 0;
            let standing = Standing {
                value,
                median,
                spread,
                limit,
                history: self.usual.values(),
                high: self.high,
                known: self.known,
            };
            let evidence = words::evidence(step, &standing);
            let began = MeasuredTime::from_epoch_ms(i64::from(self.since) * 60_000);
            step.raise(KIND, rules.priority, began, evidence);
        }
    }

    fn look_for_the_end(&mut self, step: &mut Step<'_>, rules: &OvernightRules, well: bool) {
        self.calm = if well { self.calm.saturating_add(1) } else { 0 };
        if self.calm >= rules.clear_nights {
            self.end(
                step,
                "The heart rate of the last nights is near the usual again.",
            );
        }
    }

    fn learn(&mut self, rules: &OvernightRules, tenths: u16) {
        self.unlearnt = self.unlearnt.saturating_add(1);
        if !self.raised || self.unlearnt >= rules.learn_one_night_of {
            self.usual.push(tenths);
            self.unlearnt = 0;
        }
    }

    /// A night without enough rest neither raises nor ends: said once.
    fn missed(&mut self, step: &mut Step<'_>, number: u16) {
        if self.raised && !std::mem::replace(&mut self.unknown_said, true) {
            step.push(KIND, FindingState::Unknown, words::no_rest(number));
        }
    }
}

const fn hours(rules: &OvernightRules) -> Hours {
    Hours {
        from: rules.from_hour,
        until: rules.until_hour,
        grace_minutes: rules.grace_minutes,
    }
}

fn is_fresh(step: &Step<'_>, rules: &OvernightRules, end: u32) -> bool {
    let age_ms = step.at.epoch_ms().saturating_sub(i64::from(end) * 60_000);
    age_ms <= minutes_ms(rules.fresh_hours * 60)
}
