//! Decides: closes hours, scores them, raises and ends episodes.

use super::acute::Acute;
use super::calibration::Calibration;
use super::hours::{Hour, Hours, hour_of, last_minute_of};
use super::pace::Pace;
use super::rarity::Rarity;
use super::settings::DeteriorationRules;
use super::slow::{Slow, SlowScore};
use super::words::{evidence, over};
use crate::detect::AlarmBudget;
use crate::detect::departures::Departures;
use crate::detect::epoch::Minute;
use crate::detect::step::Step;
use crate::domain::{AlertKind, MeasuredTime, Priority, Vital};
use serde::{Deserialize, Serialize};

const KIND: AlertKind = AlertKind::Deterioration;
pub(super) const RULE: &str = "deterioration";
pub(super) const VERSION: u32 = 2;
const HOUR_MS: i64 = 3_600_000;
const NEVER: i64 = i64::MAX;

/// Deterioration of one patient.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::detect) struct Deterioration {
    hours: Hours,
    acute: Acute,
    slow: Slow,
    calibration: Calibration,
    pace: Pace,
    episode: Episode,
    /// The last hour that was scored; 0 for none.
    scored: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
struct Episode {
    told: Option<Priority>,
    /// The hour it was raised in.
    since: u32,
    /// It was told, and the score has not fallen below since.
    spent: bool,
    clear_below: f32,
    /// When it ends in any case, seconds since the epoch.
    ends: u32,
}

/// An hour's scores and the threshold in force.
pub(super) struct Judged {
    pub(super) hour: u32,
    pub(super) acute: f64,
    pub(super) slow: SlowScore,
    pub(super) rarity: Rarity,
    pub(super) threshold: f64,
    /// From here on it is of high priority.
    pub(super) high_from: f64,
    /// Hours between two such runs by chance.
    pub(super) hours_between: f64,
    /// Whether the patient's own past decides that.
    pub(super) is_own: bool,
}

impl Deterioration {
    /// Takes a good minute that closed. What an hour that closes with it did
    /// not expect is handed on.
    pub(in crate::detect) fn note(
        &mut self,
        step: &mut Step<'_>,
        vital: Vital,
        minute: &Minute,
        mut hand_on: impl FnMut(&mut Step<'_>, &Departures),
    ) {
        if vital == Vital::RestingHeartRate {
            self.note_daily(step, minute);
            return;
        }
        let now = step.at.epoch_ms();
        let grace = step.rules.epochs.grace_seconds;
        let made_room = self
            .hours
            .add(vital, minute.minute, minute.value, now, grace);
        if let Some(hour) = made_room {
            let departures = self.close(step, &hour);
            hand_on(step, &departures);
        }
    }

    fn note_daily(&mut self, step: &mut Step<'_>, minute: &Minute) {
        let rules = &step.rules.deterioration;
        let day = minute.minute / 1_440;
        if self.slow.observe_resting(minute.value, day, &rules.slow) {
            let hour = hour_of(minute.minute).max(self.scored);
            let fresh_ms = i64::from(rules.fresh_daily_hours) * HOUR_MS;
            let ended = MeasuredTime::from_epoch_ms(i64::from(minute.minute) * 60_000 + 60_000);
            self.judge(step, hour, ended.age_ms_at(step.at) <= fresh_ms);
        }
    }

    /// Closes the hours that are due, hands on what they did not expect, and
    /// ends an episode that is over.
    pub(in crate::detect) fn fire(
        &mut self,
        step: &mut Step<'_>,
        mut hand_on: impl FnMut(&mut Step<'_>, &Departures),
    ) {
        let now = step.at.epoch_ms();
        while let Some(hour) = self.hours.close_due(now) {
            let departures = self.close(step, &hour);
            hand_on(step, &departures);
        }
        if self.ends_ms() <= now {
            self.end(
                step,
                "It was told a shift ago, and nothing was measured since.",
            );
        }
    }

    pub(in crate::detect) fn due_ms(&self) -> i64 {
        self.hours.due_ms().min(self.ends_ms())
    }

    fn ends_ms(&self) -> i64 {
        if self.episode.told.is_some() {
            i64::from(self.episode.ends) * 1_000
        } else {
            NEVER
        }
    }

    fn close(&mut self, step: &mut Step<'_>, hour: &Hour) -> Departures {
        let rules = &step.rules.deterioration;
        self.acute
            .observe(hour, self.episode.told.is_some(), &rules.acute);
        let departures = self.slow.observe(hour, &rules.slow);
        let ended = MeasuredTime::from_epoch_ms(i64::from(last_minute_of(hour.hour) + 1) * 60_000);
        let fresh = step.is_fresh(ended, crate::detect::Source::Watch);
        self.judge(step, hour.hour.max(self.scored), fresh);
        departures
    }

    /// Decides by what was known before, then learns.
    fn judge(&mut self, step: &mut Step<'_>, hour: u32, fresh: bool) {
        let rules = &step.rules.deterioration;
        let budgets = step.rules.alarm_budget;
        let budget_hours = hours_of(budgets.medium());
        let acute = self.acute.score(hour, &rules.acute);
        let slow = self.slow.score(hour, &rules.slow);
        let rarity = Rarity::of(acute, slow.score, budget_hours, &rules.rarity);
        let threshold = self.threshold(budget_hours, budget_hours, rules);
        let judged = Judged {
            hour,
            acute,
            slow,
            rarity,
            threshold,
            high_from: self
                .threshold(hours_of(budgets.high), budget_hours, rules)
                .max(threshold),
            hours_between: self
                .calibration
                .hours_between(rarity.value(), &rules.calibration),
            is_own: self.calibration.is_own(&rules.calibration),
        };
        self.look_for_the_end(step, &judged);
        if fresh && step.monitored && rules.enabled {
            self.look_for_a_beginning(step, &judged);
        }
        let elapsed = match self.scored {
            0 => 1.0,
            scored => f64::from(hour - scored),
        };
        self.scored = hour;
        self.calibration
            .learn(rarity.value(), elapsed, &rules.calibration);
        self.pace.rest(elapsed / budget_hours, &rules.pace);
    }

    /// The score that this patient reaches once in so many hours. What was spent
    /// of the budget of all alerts stands on top of each threshold.
    fn threshold(&self, hours: f64, budget_hours: f64, rules: &DeteriorationRules) -> f64 {
        let per_hour = rules.calibration.budget_share / hours;
        let base = self.calibration.threshold(per_hour, &rules.calibration);
        let lowest = hours.ln() - rules.calibration.lower_at_most;
        (base + self.pace.on_top(budget_hours, &rules.pace)).max(lowest)
    }

    fn look_for_the_end(&mut self, step: &mut Step<'_>, judged: &Judged) {
        let below = judged.rarity.value() < f64::from(self.episode.clear_below);
        if below {
            self.episode.spent = false;
            self.end(step, "The signs together are near what is usual again.");
        }
        let since = judged.hour.saturating_sub(self.episode.since);
        if since >= step.rules.deterioration.episode_hours {
            self.end(step, over(judged));
        }
    }

    fn look_for_a_beginning(&mut self, step: &mut Step<'_>, judged: &Judged) {
        let rules = &step.rules.deterioration;
        let score = judged.rarity.value();
        let priority = if score >= judged.high_from {
            Priority::High.max(rules.priority)
        } else {
            rules.priority
        };
        if let Some(told) = self.episode.told {
            // The threshold has risen by this very alert; it must not hide that it is worse.
            if priority > told && score >= judged.threshold {
                self.episode.told = Some(priority);
                self.say(step, judged, priority);
            }
            return;
        }
        // What is slow stays for days: only what is acute is told again while it lasts.
        let new = !self.episode.spent;
        if score < judged.threshold || !(new || judged.rarity.acute >= judged.threshold) {
            return;
        }
        self.pace.spend(&rules.pace);
        let ends = last_minute_of(judged.hour.saturating_add(rules.episode_hours));
        self.episode = Episode {
            told: Some(priority),
            since: judged.hour,
            spent: true,
            clear_below: (judged.threshold - rules.clear_margin) as f32,
            ends: (ends.saturating_add(1).saturating_mul(60))
                .saturating_add(step.rules.epochs.grace_seconds),
        };
        self.say(step, judged, priority);
    }

    fn say(&self, step: &mut Step<'_>, judged: &Judged, priority: Priority) {
        let began = i64::from(last_minute_of(judged.hour)) * 60_000;
        let evidence = evidence(step, judged, &self.acute, &self.slow);
        step.raise(KIND, priority, MeasuredTime::from_epoch_ms(began), evidence);
    }

    /// Ends the condition, if it was raised.
    pub(in crate::detect) fn end(&mut self, step: &mut Step<'_>, words: &str) {
        if self.episode.told.take().is_some() {
            step.clear(KIND, RULE, VERSION, words.to_owned());
        }
    }

    /// Forgets a vital: its normal is learnt anew.
    pub(in crate::detect) fn forget(&mut self, vital: Vital) {
        self.acute.forget(vital);
        self.slow.forget(vital);
    }
}

/// Hours between two false alerts.
fn hours_of(budget: AlarmBudget) -> f64 {
    budget.interval_ms() / HOUR_MS as f64
}
