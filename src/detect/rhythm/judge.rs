//! From windows to one alert: at its onset and at its end.

use super::features::Features;
use super::settings::IrregularPulseRules;
use super::window::{Gathering, Outcome, Window};
use super::words;
use crate::detect::minutes::Minutes;
use crate::detect::step::{Step, minutes_ms};
use crate::detect::{Rules, Source};
use crate::domain::{AlertKind, MeasuredTime, Reading};
use serde::{Deserialize, Serialize};

const KIND: AlertKind = AlertKind::IrregularPulse;

/// What is remembered of a patient's beats.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::detect) struct Rhythm {
    window: Window,
    /// One bit a judged window, newest lowest.
    irregular: u16,
    judged: u8,
    /// Regular windows in a row while raised.
    calm: u8,
    /// Windows left out since the first irregular one.
    left_out: u16,
    /// First beat of the first irregular window that counts, ms.
    since_ms: i64,
    /// Last beat of the newest window, ms.
    newest_ms: i64,
    raised: bool,
    grace_seconds: u8,
    every_minutes: u8,
}

/// A judged window among those before it.
pub(super) struct Standing<'a> {
    pub(super) features: &'a Features,
    pub(super) to: MeasuredTime,
    pub(super) since: MeasuredTime,
    pub(super) irregular: u32,
    pub(super) judged: u32,
    pub(super) left_out: u16,
}

impl Rhythm {
    /// Takes a beat that a device measured, whatever the wear: that is
    /// settled with the window, where the order of arrival has no say.
    pub(in crate::detect) fn gather(
        &mut self,
        step: &mut Step<'_>,
        minutes: &Minutes,
        reading: Reading,
    ) {
        let limits = step.rules.gate.vitals.beat_intervals;
        let believable = limits.plausible_min..=limits.plausible_max;
        if !step.rules.irregular_pulse.enabled {
            self.end(step, "Irregular pulses are no longer alerted.");
            return;
        }
        if !step.monitored || !believable.contains(&reading.value) {
            return;
        }
        self.remember(step.rules);
        let gathering = gathering(step.rules);
        let arrived_ms = step.at.epoch_ms();
        let outcome = self.window.add(gathering, minutes, reading, arrived_ms);
        self.take(step, outcome);
    }

    /// Settles and judges what is due.
    pub(in crate::detect) fn fire(&mut self, step: &mut Step<'_>, minutes: &Minutes) {
        let gathering = gathering(step.rules);
        let outcome = self.window.fire(gathering, minutes, step.at.epoch_ms());
        self.take(step, outcome);
    }

    /// When it must be looked at; `i64::MAX` for never.
    pub(in crate::detect) fn due_ms(&self) -> i64 {
        let (every, grace) = (self.every_minutes, self.grace_seconds);
        self.window.due_ms(u32::from(every), u32::from(grace))
    }

    /// Monitoring ends or pauses: nothing is waited for.
    pub(in crate::detect) fn stop(&mut self, step: &mut Step<'_>, words: &str) {
        self.end(step, words);
        self.window.abandon();
    }

    /// Ends the condition, if it was raised.
    pub(in crate::detect) fn end(&mut self, step: &mut Step<'_>, words: &str) {
        if std::mem::take(&mut self.raised) {
            (self.irregular, self.judged, self.calm) = (0, 0, 0);
            step.clear(KIND, words::RULE, words::VERSION, words.to_owned());
        }
    }

    /// Deadlines are asked for without rules at hand. A window of another
    /// length means nothing any more.
    fn remember(&mut self, rules: &Rules) {
        let every_minutes = rules.irregular_pulse.every_minutes as u8;
        if std::mem::replace(&mut self.every_minutes, every_minutes) != every_minutes {
            self.window = Window::default();
        }
        self.grace_seconds = rules.epochs.grace_seconds as u8;
    }

    fn take(&mut self, step: &mut Step<'_>, outcome: Option<Outcome>) {
        match outcome {
            None => {}
            Some(Outcome::LeftOut) => self.left_out = self.left_out.saturating_add(1),
            Some(Outcome::Judged { features, from, to }) => {
                self.judge(step, &features, from, to);
            }
        }
    }

    fn judge(
        &mut self,
        step: &mut Step<'_>,
        features: &Features,
        from: MeasuredTime,
        to: MeasuredTime,
    ) {
        let rules = step.rules.irregular_pulse;
        let irregular = rules.is_irregular(features);
        self.note(&rules, irregular, from, to);
        let count = (self.irregular & window_of(rules.of)).count_ones();
        let persists = irregular && count >= u32::from(rules.positive);
        let tell = persists && step.is_fresh(to, Source::Watch);
        if self.raised {
            self.look_for_the_end(step, &rules, irregular);
        } else if tell {
            self.raised = true;
            self.calm = 0;
            let since = MeasuredTime::from_epoch_ms(self.since_ms);
            let evidence = words::evidence(
                step,
                &Standing {
                    features,
                    to,
                    since,
                    irregular: count,
                    judged: u32::from(self.judged.min(rules.of)),
                    left_out: self.left_out,
                },
            );
            step.raise(KIND, rules.priority, since, evidence);
        }
    }

    /// Remembers a window; those that are too long ago count no more.
    fn note(
        &mut self,
        rules: &IrregularPulseRules,
        irregular: bool,
        from: MeasuredTime,
        to: MeasuredTime,
    ) {
        let apart_ms = to.epoch_ms().saturating_sub(self.newest_ms);
        if apart_ms > minutes_ms(rules.forget_hours * 60) {
            (self.irregular, self.judged) = (0, 0);
        }
        self.newest_ms = to.epoch_ms();
        self.irregular = (self.irregular << 1) & window_of(rules.of);
        if irregular && self.irregular == 0 {
            (self.since_ms, self.left_out) = (from.epoch_ms(), 0);
        }
        self.irregular |= u16::from(irregular);
        self.judged = self.judged.saturating_add(1).min(16);
    }

    fn look_for_the_end(
        &mut self,
        step: &mut Step<'_>,
        rules: &IrregularPulseRules,
        irregular: bool,
    ) {
        self.calm = if irregular {
            0
        } else {
            self.calm.saturating_add(1)
        };
        if self.calm >= rules.clear_windows {
            let words = words::regular_again(rules.clear_windows);
            self.end(step, &words);
        }
    }
}

const fn window_of(count: u8) -> u16 {
    let count = if count > 16 { 16 } else { count };
    if count == 0 {
        0
    } else {
        u16::MAX >> (16 - count)
    }
}

const fn gathering(rules: &Rules) -> Gathering {
    let own = &rules.irregular_pulse;
    Gathering {
        every_minutes: own.every_minutes,
        grace_seconds: rules.epochs.grace_seconds,
        rest_below_steps: own.rest_below_steps,
        gaps_max: own.gaps_max,
    }
}
