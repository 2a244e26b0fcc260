//! Decides: from hours to one alert, when it begins and when it ends.

use super::betting::Betting;
use super::detectors::{DETECTORS, Detectors, Seen};
use super::past::Past;
use super::words;
use crate::detect::Source;
use crate::detect::departures::Departures;
use crate::detect::deterioration::{Calibration, last_minute_of};
use crate::detect::on_demand::OnDemand;
use crate::detect::step::Step;
use crate::domain::{AlertKind, MeasuredTime, Vital};
use serde::{Deserialize, Serialize};

const KIND: AlertKind = AlertKind::SustainedChange;
const HOUR_MS: f64 = 3_600_000.0;
const NEVER: i64 = i64::MAX;

/// What is remembered of one patient's hours.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::detect) struct Drift {
    detectors: Detectors,
    past: Past,
    betting: Betting,
    calibration: Calibration,
    episode: Episode,
}

#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
struct Episode {
    /// When it ends in any case, seconds since the epoch.
    ends: u32,
    /// The most evidence since it was told.
    most: f32,
    told: bool,
    /// It was told, and the evidence has not fallen since.
    spent: bool,
}

/// An hour's evidence and the threshold in force.
pub(super) struct Judged {
    pub(super) evidence: f64,
    pub(super) threshold: f64,
    pub(super) shares: [f64; DETECTORS],
    /// Own past hours that the scores were ranked among.
    pub(super) hours_learnt: f64,
    /// Hours between two such runs by chance.
    pub(super) hours_between: f64,
    /// Whether the patient's own past decides that.
    pub(super) is_own: bool,
}

impl Drift {
    /// Where closed hours are handed to; it begins with the first that counts.
    pub(in crate::detect) fn inlet(
        drift: &mut OnDemand<Self>,
    ) -> impl FnMut(&mut Step<'_>, &Departures) {
        |step, departures| {
            if departures.vitals.iter().any(Option::is_some) {
                drift.begin().observe(step, departures);
            }
        }
    }

    /// Takes what a closed hour did not expect: decides by what was known
    /// before, then learns.
    fn observe(&mut self, step: &mut Step<'_>, departures: &Departures) {
        let rules = &step.rules.sustained_change;
        let Some(Seen { tails, elapsed }) = self.detectors.observe(departures, rules) else {
            return;
        };
        let mut p_values = [1.0; DETECTORS];
        for (detector, (p, tail)) in p_values.iter_mut().zip(tails).enumerate() {
            *p = self.past.rank(detector, tail, &rules.past);
        }
        self.past.learn(&tails, &rules.past);
        self.betting.take(&p_values, &rules.betting);
        let judged = self.judged(step);
        self.look_for_the_end(step, &judged);
        let ended = MeasuredTime::from_epoch_ms(last_minute_ms(departures.hour) + 60_000);
        if step.monitored && rules.enabled && step.is_fresh(ended, Source::Watch) {
            self.look_for_a_beginning(step, &judged, departures);
        }
        self.calibration
            .learn(judged.evidence, f64::from(elapsed), &rules.calibration);
    }

    fn judged(&self, step: &Step<'_>) -> Judged {
        let rules = &step.rules.sustained_change;
        let budget_hours = step.rules.alarm_budget.half_of_low().interval_ms() / HOUR_MS;
        let per_hour = rules.calibration.budget_share / budget_hours;
        let own = self.calibration.threshold(per_hour, &rules.calibration);
        let new = budget_hours.ln();
        let lowest = new - rules.calibration.lower_at_most;
        let evidence = self.betting.evidence(&rules.betting);
        Judged {
            evidence,
            threshold: own.clamp(lowest, new + rules.higher_at_most),
            shares: self.betting.shares(&rules.betting),
            hours_learnt: self.past.hours(),
            hours_between: self.calibration.hours_between(evidence, &rules.calibration),
            is_own: self.calibration.is_own(&rules.calibration),
        }
    }

    /// Ends an episode whose time is over.
    pub(in crate::detect) fn fire(&mut self, step: &mut Step<'_>) {
        if self.due_ms() <= step.at.epoch_ms() {
            self.end(step, words::OVER);
        }
    }

    /// When it must be looked at; `i64::MAX` for never.
    pub(in crate::detect) fn due_ms(&self) -> i64 {
        if self.episode.told {
            i64::from(self.episode.ends) * 1_000
        } else {
            NEVER
        }
    }

    fn look_for_the_end(&mut self, step: &mut Step<'_>, judged: &Judged) {
        if !self.episode.spent {
            return;
        }
        let most = f64::from(self.episode.most).max(judged.evidence);
        self.episode.most = most as f32;
        let rules = &step.rules.sustained_change;
        if judged.evidence < most - rules.clear_margin {
            self.end(step, words::USUAL_AGAIN);
        }
        if judged.evidence < most - rules.rearm_margin {
            // What was told is no evidence for the next alert.
            (self.episode.spent, self.betting) = (false, Betting::default());
        }
    }

    fn look_for_a_beginning(
        &mut self,
        step: &mut Step<'_>,
        judged: &Judged,
        departures: &Departures,
    ) {
        // A lasting change is told once, and again when it had passed.
        if self.episode.spent || judged.evidence < judged.threshold {
            return;
        }
        let rules = &step.rules.sustained_change;
        let last = last_minute_of(departures.hour.saturating_add(rules.episode_hours));
        self.episode = Episode {
            ends: (last.saturating_add(1).saturating_mul(60))
                .saturating_add(step.rules.epochs.grace_seconds),
            most: judged.evidence as f32,
            told: true,
            spent: true,
        };
        let standings = self.detectors.standings(departures, rules);
        let evidence = words::evidence(step, judged, departures.hour, &standings);
        let began = MeasuredTime::from_epoch_ms(last_minute_ms(departures.hour));
        step.raise(KIND, rules.priority, began, evidence);
    }

    /// Ends the condition, if it was raised.
    pub(in crate::detect) fn end(&mut self, step: &mut Step<'_>, words: &str) {
        if std::mem::take(&mut self.episode.told) {
            step.clear(KIND, words::RULE, words::VERSION, words.to_owned());
        }
    }

    /// Forgets a vital: its normal is learnt anew.
    pub(in crate::detect) fn forget(&mut self, vital: Vital) {
        self.detectors.forget(vital);
    }
}

fn last_minute_ms(hour: u32) -> i64 {
    i64::from(last_minute_of(hour)) * 60_000
}
