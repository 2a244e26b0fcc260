//! Worlds in which nobody is ill: every alert in them is false.

use super::{Cohort, Reading};
use crate::chance::Chance;
use crate::physiology::{HOUR_MS, circadian, local_hour};
use rand::Rng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal, StudentT};

const DAY_MS: i64 = 24 * HOUR_MS;
/// Vitals of these worlds: name, mean, spread between people, spread within one.
const VITALS: [(&str, f64, f64, f64); 4] = [
    ("heart_rate", 72.0, 7.7, 5.0),
    ("respiratory_rate", 15.5, 1.2, 1.2),
    ("oxygen_saturation", 96.8, 0.5, 0.7),
    ("body_temperature", 36.7, 0.15, 0.18),
];

/// The noise of a healthy world. Correlations are those at a lag of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullWorld {
    /// Every reading independent.
    Independent,
    /// AR(1) with 0.5 at one hour.
    Correlated50,
    /// AR(1) with 0.8 at one hour.
    Correlated80,
    /// AR(1) with 0.95 at one hour.
    Correlated95,
    /// Independent plus a random effect of 0.5 SD that is constant for a day.
    DayEffect,
    /// Student t with 3 degrees of freedom, scaled to unit variance.
    HeavyTails,
    /// Heart rate swings ±15/min over the day.
    Circadian,
    /// 30 % missing, more of it at night and in runs of hours.
    Missing,
    /// One permanent shift of 1 SD halfway.
    LevelShift,
}

impl NullWorld {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Independent,
        Self::Correlated50,
        Self::Correlated80,
        Self::Correlated95,
        Self::DayEffect,
        Self::HeavyTails,
        Self::Circadian,
        Self::Missing,
        Self::LevelShift,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Correlated50 => "ar-0.5",
            Self::Correlated80 => "ar-0.8",
            Self::Correlated95 => "ar-0.95",
            Self::DayEffect => "day-effect",
            Self::HeavyTails => "heavy-tails",
            Self::Circadian => "circadian",
            Self::Missing => "missing",
            Self::LevelShift => "level-shift",
        }
    }

    fn hourly_correlation(self) -> f64 {
        match self {
            Self::Correlated50 => 0.5,
            Self::Correlated80 => 0.8,
            Self::Correlated95 => 0.95,
            Self::Independent
            | Self::DayEffect
            | Self::HeavyTails
            | Self::Circadian
            | Self::Missing
            | Self::LevelShift => 0.0,
        }
    }
}

/// One healthy person's readings.
pub(super) fn patient(cohort: &Cohort, world: NullWorld, chance: Chance) -> Vec<Reading> {
    let mut readings = Vec::new();
    let step_ms = i64::from(cohort.every_s.max(1)) * 1_000;
    let mut noises: Vec<Noise> = (0..)
        .zip(VITALS)
        .map(|(number, _)| Noise::new(cohort, world, chance.numbered(number), step_ms))
        .collect();
    let mut time_ms = cohort.start_ms;
    while time_ms < cohort.end_ms() {
        let missing = world == NullWorld::Missing && is_missing(chance, time_ms);
        for (noise, (vital, mean, between, within)) in noises.iter_mut().zip(VITALS) {
            let value = mean
                + between * noise.person
                + within * noise.at(time_ms)
                + noise.rhythm(vital, time_ms);
            if !missing {
                readings.push(Reading {
                    time_ms,
                    vital,
                    value: bounded(vital, value),
                });
            }
        }
        time_ms += step_ms;
    }
    readings
}

/// Unit-variance noise of one vital.
struct Noise {
    world: NullWorld,
    chance: Chance,
    generator: StdRng,
    person: f64,
    correlation: f64,
    previous: f64,
    halfway_ms: i64,
}

impl Noise {
    #[expect(clippy::cast_precision_loss, reason = "a step of seconds to days")]
    fn new(cohort: &Cohort, world: NullWorld, chance: Chance, step_ms: i64) -> Self {
        let mut generator = chance.generator();
        let previous = generator.sample(StandardNormal);
        Self {
            world,
            chance,
            person: chance.child("person").normal(0).clamp(-2.5, 2.5),
            correlation: world
                .hourly_correlation()
                .powf(step_ms as f64 / HOUR_MS as f64),
            previous,
            generator,
            halfway_ms: cohort.start_ms + (cohort.end_ms() - cohort.start_ms) / 2,
        }
    }

    /// The next draw; call it with times in order.
    fn at(&mut self, time_ms: i64) -> f64 {
        let fresh = self.draw();
        let innovation = (1.0 - self.correlation * self.correlation).sqrt();
        self.previous = self.correlation * self.previous + innovation * fresh;
        let day_effect = match self.world {
            NullWorld::DayEffect => {
                0.5 * self.chance.child("day").normal(time_ms.div_euclid(DAY_MS))
            }
            _ => 0.0,
        };
        let shift = match self.world {
            NullWorld::LevelShift if time_ms >= self.halfway_ms => 1.0,
            _ => 0.0,
        };
        self.previous + day_effect + shift
    }

    fn draw(&mut self) -> f64 {
        match self.world {
            NullWorld::HeavyTails => {
                let heavy =
                    StudentT::new(3.0).expect("three degrees of freedom are more than none");
                // A t with 3 degrees of freedom has variance 3.
                heavy.sample(&mut self.generator) / 3.0_f64.sqrt()
            }
            _ => self.generator.sample(StandardNormal),
        }
    }

    fn rhythm(&self, vital: &str, time_ms: i64) -> f64 {
        match (self.world, vital) {
            (NullWorld::Circadian, "heart_rate") => 15.0 * circadian(local_hour(time_ms, 0), 16.0),
            _ => 0.0,
        }
    }
}

/// Runs of three hours, likelier at night: 30 % in all, not at random.
fn is_missing(chance: Chance, time_ms: i64) -> bool {
    let night = local_hour(time_ms, 0) < 7.0;
    let share = if night { 0.45 } else { 0.238 };
    chance
        .child("missing")
        .uniform(time_ms.div_euclid(3 * HOUR_MS))
        < share
}

/// What a device could show, with its resolution.
fn bounded(vital: &str, value: f64) -> f64 {
    let (low, high, factor) = match vital {
        "oxygen_saturation" => (70.0, 100.0, 1.0),
        "body_temperature" => (33.0, 42.0, 100.0),
        "respiratory_rate" => (5.0, 50.0, 10.0),
        _ => (30.0, 210.0, 10.0),
    };
    (value.clamp(low, high) * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::NullWorld;
    use crate::cohort::{Cohort, CohortKind};

    fn heart_rates(world: NullWorld, days: u32) -> Vec<f64> {
        let cohort = Cohort {
            kind: CohortKind::Null(world),
            seed: 4,
            start_ms: 0,
            days,
            every_s: 3_600,
        };
        let readings = cohort.patient(0).readings;
        readings
            .iter()
            .filter(|reading| reading.vital == "heart_rate")
            .map(|reading| reading.value)
            .collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    fn correlation_and_spread(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>();
        let lagged: f64 = values
            .iter()
            .zip(values.iter().skip(1))
            .map(|(a, b)| (a - mean) * (b - mean))
            .sum();
        (lagged / variance, (variance / values.len() as f64).sqrt())
    }

    #[test]
    fn correlated_worlds_have_the_correlation_they_are_named_for() {
        for (world, expected) in [
            (NullWorld::Independent, 0.0),
            (NullWorld::Correlated50, 0.5),
            (NullWorld::Correlated80, 0.8),
            (NullWorld::Correlated95, 0.95),
        ] {
            let (correlation, _) = correlation_and_spread(&heart_rates(world, 400));
            assert!(
                (correlation - expected).abs() < 0.05,
                "{}: {correlation}",
                world.name()
            );
        }
    }

    #[test]
    fn a_third_is_missing_and_heavy_tails_keep_their_spread() {
        let share = 1.0
            - f64::from(u32::try_from(heart_rates(NullWorld::Missing, 400).len()).expect("small"))
                / 9_600.0;
        assert!((share - 0.3).abs() < 0.03, "missing {share}");
        let (_, spread) = correlation_and_spread(&heart_rates(NullWorld::HeavyTails, 400));
        assert!((spread - 5.0).abs() < 1.2, "spread {spread}");
    }
}
