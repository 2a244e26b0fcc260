//! The slow statistic `S`: how far vitals drifted over hours and days from the
//! patient's own course, as the logarithm of hours.
//!
//! Each vital gives a sum over its hours and a ramp over its days; sums over
//! all vitals together find what is small in each. The largest counts, after
//! adding the logarithm of its epoch's hours and its share of the weight: the
//! shares of the statistics that a patient has add up to one (Bonferroni), so
//! who has one value a day is not punished for what others measure.

use super::channel::{HourChannel, Prior};
use super::day::Days;
use super::hours::{HOUR_VITALS, Hour};
use super::run::HourRun;
use super::slow_settings::{SlowRules, SlowScale, SlowVital};
use crate::detect::departures::{
    COURSE_VITALS as SLOW_VITALS, COURSES as COUNT, Departure, Departures,
};
use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// One vital's hours and days.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
struct SlowState {
    hours: HourChannel,
    run: HourRun,
    /// Of the running day: the values' sum without the wave, and how many.
    day_sum: f32,
    day_count: u8,
    days: Days,
}

/// A sum over all vitals, with the noise it really has.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
struct Together {
    sum: f32,
    variance: f32,
    epoch: u32,
}

/// The slow statistic of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Slow {
    vitals: [SlowState; COUNT],
    resting: Days,
    hours_run: HourRun,
    hours: Together,
    days: Together,
    /// The day that is being collected.
    day: u32,
}

/// Which statistic is the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    /// Nothing is above nought.
    None,
    /// Sums over hours.
    Hours,
    /// Values of days.
    Days,
    /// The daily resting heart rate.
    Resting,
}

/// `S` and what leads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SlowScore {
    pub(super) score: f64,
    pub(super) leads: Leads,
}

/// A vital as the statistic sees it, for words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SlowPart {
    pub(super) vital: Vital,
    /// The last hour of the epoch that the value stands for.
    pub(super) hour: u32,
    pub(super) value: f64,
    pub(super) expected: f64,
    pub(super) evidence: f64,
    pub(super) hours_known: f64,
}

/// The day an hour belongs to: an hour that ends at midnight to the day before.
const fn day_of(hour: u32) -> u32 {
    hour.saturating_sub(1) / 24
}

fn prior<'a>(rules: &SlowRules, scale: &'a SlowScale, vital: &'a SlowVital) -> Prior<'a> {
    Prior {
        vital,
        scale,
        influence_limit: rules.influence_limit,
        correlation_influence_limit: rules.correlation_influence_limit,
        variance_floor: rules.variance_floor,
    }
}

const fn sign(vital: &SlowVital) -> f64 {
    if vital.worse_above { 1.0 } else { -1.0 }
}

impl Together {
    /// Departures of one epoch as one, in units of the spread it really has.
    fn departure(&mut self, departures: &[f64], scale: &SlowScale, limit: f64) -> f64 {
        let count = departures.len().max(1) as f64;
        let sum = departures.iter().sum::<f64>() / count.sqrt();
        let before = if self.variance == 0.0 {
            1.0
        } else {
            f64::from(self.variance)
        };
        let square = (sum * sum).min(limit * limit);
        self.variance = (before + (square - before) / scale.together_memory) as f32;
        sum / f64::from(self.variance).max(1.0).sqrt()
    }
}

impl Slow {
    /// Takes a closed hour; what in it was not expected.
    pub(super) fn observe(&mut self, hour: &Hour, rules: &SlowRules) -> Departures {
        if day_of(hour.hour) != self.day {
            self.close_day(rules);
            self.day = day_of(hour.hour);
        }
        let departures = self.observe_vitals(hour, rules);
        let (mut signed, mut count) = ([0.0; COUNT], 0);
        for (departure, vital) in departures.vitals.iter().zip(SLOW_VITALS) {
            if let (Some(departure), Some(own)) = (departure, rules.vitals.get(vital))
                && let Some(slot) = signed.get_mut(count)
            {
                *slot = sign(own) * departure.z;
                count += 1;
            }
        }
        let present = signed.get(..count).unwrap_or_default();
        if !present.is_empty() {
            let limit = rules.influence_limit;
            let departure = self.hours.departure(present, &rules.hour, limit);
            self.hours_run.observe(departure, rules);
            self.hours.epoch = hour.hour;
        }
        if hour.hour.is_multiple_of(24) {
            self.close_day(rules);
        }
        departures
    }

    fn observe_vitals(&mut self, hour: &Hour, rules: &SlowRules) -> Departures {
        let mut vitals = [None; COUNT];
        let states = self.vitals.iter_mut().zip(SLOW_VITALS);
        for (slot, (state, vital)) in vitals.iter_mut().zip(states) {
            let place = HOUR_VITALS.iter().position(|of| *of == vital);
            let value = place.and_then(|place| *hour.values.get(place)?);
            if let (Some(value), Some(own)) = (value, rules.vitals.get(vital)) {
                *slot = Some(state.observe(value, hour.hour, own, rules));
            }
        }
        Departures {
            hour: hour.hour,
            vitals,
        }
    }

    /// Takes a daily resting heart rate.
    pub(super) fn observe_resting(&mut self, value: f64, day: u32, rules: &SlowRules) -> bool {
        let own = &rules.vitals.resting_heart_rate;
        let before = self.resting.channel.noise;
        self.resting
            .observe(value, day, rules, prior(rules, &rules.day, own));
        self.resting.channel.noise != before
    }

    /// The day is over: its mean without the wave, where enough hours came.
    fn close_day(&mut self, rules: &SlowRules) {
        let (mut departures, mut count) = ([0.0; COUNT], 0);
        for (state, vital) in self.vitals.iter_mut().zip(SLOW_VITALS) {
            let (sum, hours) = (f64::from(state.day_sum), state.day_count);
            (state.day_sum, state.day_count) = (0.0, 0);
            let Some(own) = rules
                .vitals
                .get(vital)
                .filter(|_| hours >= rules.hours_of_a_day)
            else {
                continue;
            };
            let mean = sum / f64::from(hours);
            let prior = prior(rules, &rules.day, own);
            if let Some(departure) = state.days.observe(mean, self.day, rules, prior)
                && let Some(slot) = departures.get_mut(count)
            {
                *slot = departure;
                count += 1;
            }
        }
        let present = departures.get(..count).unwrap_or_default();
        if !present.is_empty() {
            let departure = self
                .days
                .departure(present, &rules.day, rules.influence_limit);
            let shift = rules.day_shift;
            let grown = rules.day_keeps * f64::from(self.days.sum) + shift * departure
                - 0.5 * shift * shift;
            self.days.sum = grown.clamp(0.0, rules.cap) as f32;
            self.days.epoch = self.day;
        }
    }

    /// `S` at an hour.
    pub(super) fn score(&self, hour: u32, rules: &SlowRules) -> SlowScore {
        let mut race = Race {
            hour,
            rules,
            weights: 0.0,
            best: 0.0,
            leads: Leads::None,
        };
        let mut vitals = 0;
        for (state, vital) in self.vitals.iter().zip(SLOW_VITALS) {
            let Some(own) = rules
                .vitals
                .get(vital)
                .filter(|_| state.hours.noise.seen > 0)
            else {
                continue;
            };
            vitals += 1;
            race.hours(state.run.sum, state.hours.noise.epoch, 0.0);
            race.days(
                state.days.sum,
                state.days.channel.noise.epoch,
                own.weight_days,
                Leads::Days,
            );
        }
        if vitals > 1 {
            race.hours(
                self.hours_run.sum,
                self.hours.epoch,
                rules.weight_hours_together,
            );
            race.days(
                self.days.sum,
                self.days.epoch,
                rules.weight_days_together,
                Leads::Days,
            );
        }
        if self.resting.channel.noise.seen > 0 {
            let weight = rules.vitals.resting_heart_rate.weight_days;
            race.days(
                self.resting.sum,
                self.resting.channel.noise.epoch,
                weight,
                Leads::Resting,
            );
        }
        race.result()
    }

    /// What each vital gives to what leads.
    pub(super) fn parts(&self, leads: Leads) -> Vec<SlowPart> {
        if leads == Leads::Resting {
            return vec![self.resting.part(Vital::RestingHeartRate)];
        }
        let heard = self.vitals.iter().zip(SLOW_VITALS);
        let heard = heard.filter(|(state, _)| state.hours.noise.seen > 0);
        heard
            .map(|(state, vital)| match leads {
                Leads::Days if state.days.channel.noise.seen > 0 => state.days.part(vital),
                _ => state.part(vital),
            })
            .collect()
    }

    /// Forgets a vital: its normal is learnt anew.
    pub(super) fn forget(&mut self, vital: Vital) {
        if vital == Vital::RestingHeartRate {
            self.resting = Days::default();
        }
        let place = SLOW_VITALS.iter().position(|of| *of == vital);
        if let Some(state) = place.and_then(|place| self.vitals.get_mut(place)) {
            *state = SlowState::default();
        }
    }
}

impl SlowState {
    fn observe(&mut self, value: f64, hour: u32, own: &SlowVital, rules: &SlowRules) -> Departure {
        let prior = prior(rules, &rules.hour, own);
        let z = self.hours.observe(value, hour, prior);
        self.run.observe(sign(own) * z, rules);
        let wave = self.hours.wave(hour);
        self.day_sum += (value - wave) as f32;
        self.day_count = self.day_count.saturating_add(1);
        let noise = &self.hours.noise;
        Departure {
            z,
            long_run: self.run.long_run(rules),
            value,
            level: self.hours.expected(hour) - wave,
            wave,
            variance: f64::from(noise.variance),
            correlation: noise.correlation(),
            hours_known: f64::from(noise.seen),
        }
    }

    fn part(&self, vital: Vital) -> SlowPart {
        let noise = &self.hours.noise;
        SlowPart {
            vital,
            hour: noise.epoch,
            value: f64::from(noise.value),
            expected: self.hours.expected(noise.epoch),
            evidence: f64::from(self.run.sum),
            hours_known: f64::from(noise.seen),
        }
    }
}

impl Days {
    fn part(&self, vital: Vital) -> SlowPart {
        let noise = &self.channel.noise;
        SlowPart {
            vital,
            hour: noise.epoch.saturating_add(1).saturating_mul(24),
            value: f64::from(noise.value),
            expected: f64::from(self.channel.level),
            evidence: f64::from(self.sum),
            hours_known: f64::from(noise.seen) * 24.0,
        }
    }
}

/// Finds the largest statistic and adds up the weights.
struct Race<'a> {
    hour: u32,
    rules: &'a SlowRules,
    weights: f64,
    best: f64,
    leads: Leads,
}

impl Race<'_> {
    fn hours(&mut self, sum: f32, epoch: u32, weight: f64) {
        self.weights += weight.exp();
        let age = self.hour.saturating_sub(epoch);
        if age <= self.rules.hold_hours {
            self.take(f64::from(sum), weight, Leads::Hours);
        }
    }

    fn days(&mut self, sum: f32, day: u32, weight: f64, leads: Leads) {
        self.weights += weight.exp();
        let age = day_of(self.hour).saturating_sub(day);
        if age <= self.rules.hold_days {
            let hours = 24.0_f64.ln();
            self.take(f64::from(sum), weight + hours, leads);
        }
    }

    fn take(&mut self, sum: f64, more: f64, leads: Leads) {
        if sum > 0.0 && sum + more > self.best {
            (self.best, self.leads) = (sum + more, leads);
        }
    }

    fn result(self) -> SlowScore {
        SlowScore {
            score: self.best - self.weights.max(1.0).ln(),
            leads: self.leads,
        }
    }
}
