//! The acute score `G`: how surprising the last hours are, against the
//! population and against the patient's own course, over all vitals together.
//!
//! Each vital is smoothed over a few hours; its departure from the population
//! and from the own level count as evidence on the side that is worse. The own
//! course is no evidence before it exists. Evidence fades with the age of a
//! value, and so does what chance would give; if all vitals age alike `G` stays
//! as it is: silence neither raises nor clears.

use super::acute_settings::{AcuteRules, AcuteVital};
use super::hours::{HOUR_VITALS, Hour};
use super::surprise::{evidence, half_moments, surprise};
use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// The vitals of the score: all that have hours.
pub(super) const ACUTE_VITALS: [Vital; HOUR_VITALS.len()] = HOUR_VITALS;

/// What is remembered of one vital.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct AcuteState {
    /// The last hour with a value; 0 for none.
    hour: u32,
    level_weight: f32,
    level: f32,
    spread_weight: f32,
    spread_sum: f32,
    smooth_weight: f32,
    smooth_square: f32,
    smooth: f32,
    /// The last hour's value, for words.
    last: f32,
    evidence: f32,
}

/// A vital as the score sees it, for words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AcutePart {
    pub(super) vital: Vital,
    pub(super) hour: u32,
    /// The last hour's value; the smoothed one if the hour alone departs to
    /// the other side.
    pub(super) value: f64,
    /// The own level, shrunk to the population's.
    pub(super) level: f64,
    /// Evidence as it counts now.
    pub(super) evidence: f64,
    /// Hours remembered of the own course.
    pub(super) hours_known: f64,
}

/// All vitals of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Acute {
    vitals: [AcuteState; ACUTE_VITALS.len()],
}

fn half(hours: f64, half_life: f64) -> f64 {
    (-hours / half_life).exp2()
}

fn weight(own: &AcuteVital, departure: f64) -> f64 {
    if departure > 0.0 {
        own.weight_above
    } else {
        own.weight_below
    }
}

impl AcuteState {
    /// Takes an hour's value: evidence against what was known, then learning at `pace`.
    fn observe(&mut self, value: f64, hour: u32, pace: f64, own: &AcuteVital, rules: &AcuteRules) {
        let elapsed = if self.hour == 0 {
            0.0
        } else {
            f64::from(hour.saturating_sub(self.hour))
        };
        self.hour = hour;
        self.last = value as f32;
        self.forget(elapsed, rules);
        let (level, prior) = self.level(own);
        let known = f64::from(self.level_weight);
        let noise = self.smooth_in(value, rules);
        let smooth = f64::from(self.smooth);
        let within = own.spread_within.powi(2);
        let spread = ((rules.spread_hours * within + f64::from(self.spread_sum))
            / (rules.spread_hours + f64::from(self.spread_weight)))
        .sqrt();
        let from_population =
            (smooth - own.population_level) / (own.spread_between.powi(2) + within * noise).sqrt();
        let doubt = 1.0 / (known + prior);
        let from_own = (smooth - level) / (spread * (noise + doubt).sqrt());
        let trust = known / (known + prior);
        self.evidence = (weight(own, from_population) * evidence(from_population, rules.knee)
            + rules.own_weight * trust * weight(own, from_own) * evidence(from_own, rules.knee))
            as f32;
        self.learn(value - level, level, spread, 1.0 + doubt, pace, rules);
    }

    fn forget(&mut self, elapsed: f64, rules: &AcuteRules) {
        let kept = half(elapsed, rules.half_life_days * 24.0) as f32;
        self.level_weight *= kept;
        self.spread_weight *= kept;
        self.spread_sum *= kept;
        let kept = half(elapsed, rules.smooth_hours) as f32;
        self.smooth_weight *= kept;
        self.smooth_square *= kept * kept;
    }

    /// Own level shrunk to the population's, and the weight of the latter, hours.
    fn level(&self, own: &AcuteVital) -> (f64, f64) {
        let prior = (own.spread_within / own.spread_between).powi(2);
        let known = f64::from(self.level_weight);
        let sum = known * f64::from(self.level) + prior * own.population_level;
        (sum / (known + prior), prior)
    }

    /// Smooths the value in; the share of variance that is left.
    fn smooth_in(&mut self, value: f64, rules: &AcuteRules) -> f64 {
        let weight = f64::from(self.smooth_weight) + 1.0;
        let square = f64::from(self.smooth_square) + 1.0;
        let smooth = f64::from(self.smooth);
        self.smooth = (smooth + (value - smooth) / weight) as f32;
        (self.smooth_weight, self.smooth_square) = (weight as f32, square as f32);
        rules.slow_share + (1.0 - rules.slow_share) * square / (weight * weight)
    }

    /// What is said of the vital: smoothing lags behind what a nurse measures.
    fn telling(&self, level: f64) -> f64 {
        let (last, smooth) = (f64::from(self.last), f64::from(self.smooth));
        if (last - level) * (smooth - level) >= 0.0 {
            last
        } else {
            smooth
        }
    }

    fn learn(
        &mut self,
        off: f64,
        level: f64,
        spread: f64,
        inflation: f64,
        pace: f64,
        rules: &AcuteRules,
    ) {
        let bound = rules.influence_limit * spread * inflation.sqrt();
        let off = off.clamp(-bound, bound);
        if self.level_weight >= 1.0 {
            self.spread_weight += pace as f32;
            self.spread_sum += (pace * off * off / inflation) as f32;
        }
        let weight = f64::from(self.level_weight) + pace;
        if weight > 0.0 {
            let before = f64::from(self.level);
            self.level = (before + pace * (level + off - before) / weight) as f32;
        }
        self.level_weight = weight as f32;
    }
}

impl Acute {
    /// Takes a closed hour; learns at a share of the pace while `during_episode`.
    pub(super) fn observe(&mut self, hour: &Hour, during_episode: bool, rules: &AcuteRules) {
        let pace = if during_episode {
            rules.pace_during_episode
        } else {
            1.0
        };
        for (vital, value) in HOUR_VITALS.into_iter().zip(hour.values) {
            let place = ACUTE_VITALS.iter().position(|of| *of == vital);
            let state = place.and_then(|place| self.vitals.get_mut(place));
            if let (Some(value), Some(own), Some(state)) = (value, rules.vitals.get(vital), state) {
                state.observe(value, hour.hour, pace, own, rules);
            }
        }
    }

    /// `G` at an hour, nats.
    pub(super) fn score(&self, hour: u32, rules: &AcuteRules) -> f64 {
        let (m1, m2) = half_moments(rules.knee);
        let both = 1.0 + rules.own_weight;
        let together =
            1.0 + rules.own_weight.powi(2) + 2.0 * rules.own_correlation * rules.own_weight;
        let (mut sum, mut mean, mut variance) = (0.0, 0.0, 0.0);
        for (state, vital) in self.vitals.iter().zip(ACUTE_VITALS) {
            let Some(own) = rules.vitals.get(vital).filter(|_| state.hour != 0) else {
                continue;
            };
            let fades = half(f64::from(hour.saturating_sub(state.hour)), rules.hold_hours);
            let (up, down) = (own.weight_above, own.weight_below);
            let expected = (up + down) * m1;
            sum += f64::from(state.evidence) * fades;
            mean += expected * both * fades;
            variance +=
                ((up * up + down * down) * m2 - expected.powi(2)) * together * fades.powi(2);
        }
        surprise(mean, variance, sum)
    }

    /// What each vital that was ever heard gives.
    pub(super) fn parts(&self, hour: u32, rules: &AcuteRules) -> impl Iterator<Item = AcutePart> {
        let heard = self.vitals.into_iter().zip(ACUTE_VITALS);
        let rules = *rules;
        heard.filter_map(move |(state, vital)| {
            let own = rules.vitals.get(vital).filter(|_| state.hour != 0)?;
            let age = f64::from(hour.saturating_sub(state.hour));
            let level = state.level(own).0;
            Some(AcutePart {
                vital,
                hour: state.hour,
                value: state.telling(level),
                level,
                evidence: f64::from(state.evidence) * half(age, rules.hold_hours),
                hours_known: f64::from(state.level_weight),
            })
        })
    }

    /// Forgets a vital: its normal is learnt anew.
    pub(super) fn forget(&mut self, vital: Vital) {
        let place = ACUTE_VITALS.iter().position(|of| *of == vital);
        if let Some(state) = place.and_then(|place| self.vitals.get_mut(place)) {
            *state = AcuteState::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hours of a stay: heart rate, respiratory rate, saturation, temperature,
    /// systolic and diastolic pressure, and `G` of the reference computation.
    const STAY: [([f64; 6], f64); 12] = [
        ([85.0, 16.0, 99.0, 37.2, 160.0, 90.0], 0.015_498),
        ([91.0, 18.0, 99.0, 0.0, 165.0, 91.0], 0.072_930),
        ([84.0, 19.0, 99.0, 0.0, 168.0, 81.0], 0.052_236),
        ([93.0, 16.0, 98.0, 0.0, 168.0, 80.0], 0.077_517),
        ([109.0, 17.0, 94.0, 37.2, 150.5, 85.5], 0.459_870),
        ([98.0, 19.0, 95.0, 0.0, 138.0, 72.5], 0.444_379),
        ([86.0, 20.0, 97.0, 0.0, 148.0, 74.0], 0.283_325),
        ([89.0, 20.0, 97.0, 0.0, 155.0, 74.0], 0.281_953),
        ([90.0, 18.0, 97.0, 37.2, 151.0, 77.0], 0.204_995),
        ([84.0, 15.0, 97.0, 0.0, 140.0, 71.0], 0.179_533),
        ([80.0, 10.0, 98.0, 0.0, 144.0, 70.0], 0.151_742),
        ([90.0, 18.0, 97.0, 0.0, 146.0, 69.0], 0.158_591),
    ];
    /// Evidence of the vitals after the last of those hours.
    const EVIDENCE: [f64; 6] = [0.499_03, 0.021_16, 0.035_75, 0.130_50, 0.087_06, 0.419_95];

    fn hour(number: u32, [hr, rr, spo2, temperature, systolic, diastolic]: [f64; 6]) -> Hour {
        let some = |value: f64| (value > 0.0).then_some(value);
        Hour {
            hour: number,
            values: [hr, rr, spo2, temperature, systolic, diastolic].map(some),
        }
    }

    #[test]
    fn a_stay_scores_as_the_reference_computes_it() {
        let (rules, mut acute) = (AcuteRules::default(), Acute::default());
        for (place, (values, expected)) in STAY.into_iter().enumerate() {
            let now = 490_000 + place as u32;
            acute.observe(&hour(now, values), false, &rules);
            let score = acute.score(now, &rules);
            assert!(
                (score - expected).abs() < 2e-5,
                "{place}: {score} {expected}"
            );
        }
        for (state, expected) in acute.vitals.iter().zip(EVIDENCE) {
            let evidence = f64::from(state.evidence);
            assert!((evidence - expected).abs() < 2e-5, "{evidence} {expected}");
        }
    }

    #[test]
    fn silence_neither_raises_nor_clears() {
        let (rules, mut acute) = (AcuteRules::default(), Acute::default());
        let one = hour(490_000, [84.0, 18.0, 95.0, 36.2, 149.0, 89.0]);
        acute.observe(&one, false, &rules);
        for later in [0, 1, 11] {
            let score = acute.score(490_000 + later, &rules);
            assert!((score - 0.286_365).abs() < 2e-5, "{later}: {score}");
        }
    }
}
