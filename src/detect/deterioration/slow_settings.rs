//! Settings of the slow statistic, each with what it rests on.

use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// Settings of the slow statistic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowRules {
    /// How hours are whitened.
    pub hour: SlowScale,
    /// How days are whitened.
    pub day: SlowScale,
    /// A departure further off than so many spreads counts as if it were there.
    pub influence_limit: f64,
    /// The same where the correlation of neighbours is learnt.
    pub correlation_influence_limit: f64,
    /// No variance is believed to be below this share of the population's.
    pub variance_floor: f64,
    /// The shift that the hourly sums look for, in standard deviations.
    pub hour_shift: f64,
    /// The shift that the sum over days of all vitals looks for.
    pub day_shift: f64,
    /// What a day keeps of the sum over days.
    pub day_keeps: f64,
    /// The rise a day that the ramp of one to three days looks for.
    pub ramp_per_day: f64,
    /// A vital's days speak from so many of them on.
    pub days_min: u16,
    /// No single statistic counts for more than this.
    pub cap: f64,
    /// Hours with a value that make a day.
    pub hours_of_a_day: u8,
    /// Hours in a block of the long-run variance.
    pub block_hours: u8,
    /// Long-run variance to begin with.
    pub block_variance: f64,
    /// Blocks that the beginning weighs as much as.
    pub block_weight: f64,
    /// Blocks remembered.
    pub block_memory: f64,
    /// Weight of the hourly sum over all vitals, as a logarithm.
    pub weight_hours_together: f64,
    /// Weight of the sum over days of all vitals.
    pub weight_days_together: f64,
    /// An hourly sum counts for so many hours after its last value.
    pub hold_hours: u32,
    /// A daily one for so many days.
    pub hold_days: u32,
    /// Each vital.
    pub vitals: SlowVitals,
}

/// How one scale (hours or days) is whitened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowScale {
    /// What was learnt so many days ago counts half.
    pub half_life_days: f64,
    /// Correlation of neighbours to begin with.
    pub correlation: f64,
    /// Epochs that the beginning weighs as much as.
    pub prior_epochs: f64,
    /// A neighbour further away than so many epochs says nothing.
    pub neighbour_epochs: u32,
    /// Epochs after which the noise of the whole is re-learnt.
    pub together_memory: f64,
}

/// What is usual of one vital, and which side is worse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowVital {
    /// Mean of the population, in the vital's unit.
    pub population_level: f64,
    /// Spread of persons' levels around it (standard deviation).
    pub spread_between: f64,
    /// Spread of one person's epochs around their course.
    pub spread_within: f64,
    /// Spread of persons' daily swings.
    pub spread_rhythm: f64,
    /// Whether more is worse; otherwise less is.
    pub worse_above: bool,
    /// Weight of the vital's days against its hours, as a logarithm.
    pub weight_days: f64,
}

/// The vitals of the slow statistic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is named for its vital")]
pub struct SlowVitals {
    pub heart_rate: SlowVital,
    pub respiratory_rate: SlowVital,
    pub oxygen_saturation: SlowVital,
    pub body_temperature: SlowVital,
    pub resting_heart_rate: SlowVital,
}

impl Default for SlowRules {
    /// Found on healthy worlds of an own generator, the simulators' worlds kept
    /// for checking; no labels. The long-run variance is what holds a world
    /// with a random effect of the day.
    fn default() -> Self {
        Self {
            hour: SlowScale {
                half_life_days: 14.0,
                correlation: 0.8,
                prior_epochs: 48.0,
                neighbour_epochs: 12,
                together_memory: 500.0,
            },
            day: SlowScale {
                half_life_days: 28.0,
                correlation: 0.4,
                prior_epochs: 10.0,
                neighbour_epochs: 12,
                together_memory: 30.0,
            },
            influence_limit: 3.0,
            correlation_influence_limit: 4.0,
            variance_floor: 0.01,
            hour_shift: 1.5,
            day_shift: 1.0,
            day_keeps: 0.6,
            ramp_per_day: 0.5,
            days_min: 2,
            cap: 16.0,
            hours_of_a_day: 6,
            block_hours: 12,
            block_variance: 2.0,
            block_weight: 6.0,
            block_memory: 60.0,
            weight_hours_together: 0.0,
            weight_days_together: 1.0,
            hold_hours: 24,
            hold_days: 2,
            vitals: SlowVitals::default(),
        }
    }
}

impl Default for SlowVitals {
    /// Resting heart rate between persons is published (65.5 ± 7.7, Quer 2020);
    /// the rest is engineering judgement in the order of healthy adults at home.
    fn default() -> Self {
        let of = |population_level, spread_between, spread_within, spread_rhythm, weight_days| {
            SlowVital {
                population_level,
                spread_between,
                spread_within,
                spread_rhythm,
                worse_above: true,
                weight_days,
            }
        };
        Self {
            heart_rate: of(72.0, 7.7, 5.0, 5.0, 3.0),
            respiratory_rate: of(15.5, 1.2, 1.2, 1.0, 0.0),
            oxygen_saturation: SlowVital {
                worse_above: false,
                ..of(96.8, 0.5, 0.7, 0.3, -2.0)
            },
            body_temperature: of(36.7, 0.15, 0.18, 0.3, -1.0),
            resting_heart_rate: of(65.5, 7.7, 2.5, 0.0, 3.0),
        }
    }
}

impl SlowVitals {
    /// The vital's setting; none for vitals that the statistic leaves out.
    pub const fn get(&self, vital: Vital) -> Option<&SlowVital> {
        match vital {
            Vital::HeartRate => Some(&self.heart_rate),
            Vital::RespiratoryRate => Some(&self.respiratory_rate),
            Vital::OxygenSaturation => Some(&self.oxygen_saturation),
            Vital::BodyTemperature => Some(&self.body_temperature),
            Vital::RestingHeartRate => Some(&self.resting_heart_rate),
            Vital::SkinTemperature
            | Vital::SystolicPressure
            | Vital::DiastolicPressure
            | Vital::HeartRateVariabilityRmssd
            | Vital::HeartRateVariabilitySdnn
            | Vital::BeatIntervals
            | Vital::StepCount
            | Vital::Worn
            | Vital::BatteryLevel
            | Vital::SupplementalOxygen
            | Vital::Consciousness => None,
        }
    }
}

impl SlowRules {
    pub(super) fn problems(&self, check: &mut impl FnMut(bool, String)) {
        self.hour.problems("hour", check);
        self.day.problems("day", check);
        self.vitals.problems(check);
        let mut range = |name: &str, value: f64, low: f64, high: f64| {
            check(
                (low..=high).contains(&value),
                format!("slow.{name} must be {low} to {high}"),
            );
        };
        range("influence_limit", self.influence_limit, 1.0, 10.0);
        range(
            "correlation_influence_limit",
            self.correlation_influence_limit,
            1.0,
            10.0,
        );
        range("variance_floor", self.variance_floor, 0.0001, 1.0);
        range("hour_shift", self.hour_shift, 0.1, 5.0);
        range("day_shift", self.day_shift, 0.1, 5.0);
        range("day_keeps", self.day_keeps, 0.0, 1.0);
        range("ramp_per_day", self.ramp_per_day, 0.05, 3.0);
        range("days_min", f64::from(self.days_min), 2.0, 60.0);
        range("cap", self.cap, 5.0, 50.0);
        range("hours_of_a_day", f64::from(self.hours_of_a_day), 1.0, 24.0);
        range("block_hours", f64::from(self.block_hours), 2.0, 48.0);
        range("block_variance", self.block_variance, 1.0, 20.0);
        range("block_weight", self.block_weight, 1.0, 1_000.0);
        range("block_memory", self.block_memory, 10.0, 10_000.0);
        range(
            "weight_hours_together",
            self.weight_hours_together,
            -10.0,
            10.0,
        );
        range(
            "weight_days_together",
            self.weight_days_together,
            -10.0,
            10.0,
        );
        range("hold_hours", f64::from(self.hold_hours), 1.0, 720.0);
        range("hold_days", f64::from(self.hold_days), 1.0, 30.0);
    }
}

impl SlowScale {
    fn problems(&self, scale: &str, check: &mut impl FnMut(bool, String)) {
        let mut range = |name: &str, value: f64, low: f64, high: f64| {
            check(
                (low..=high).contains(&value),
                format!("slow.{scale}.{name} must be {low} to {high}"),
            );
        };
        range("half_life_days", self.half_life_days, 1.0, 365.0);
        range("correlation", self.correlation, 0.0, 0.98);
        range("prior_epochs", self.prior_epochs, 1.0, 10_000.0);
        range(
            "neighbour_epochs",
            f64::from(self.neighbour_epochs),
            1.0,
            336.0,
        );
        range("together_memory", self.together_memory, 10.0, 10_000.0);
    }
}

impl SlowVitals {
    fn problems(&self, check: &mut impl FnMut(bool, String)) {
        for vital in Vital::ALL {
            let Some(own) = self.get(vital) else {
                continue;
            };
            let mut range = |name: &str, value: f64, low: f64, high: f64| {
                let key = vital.name();
                check(
                    (low..=high).contains(&value),
                    format!("slow.vitals.{key}.{name} must be {low} to {high}"),
                );
            };
            range("population_level", own.population_level, 0.0, 300.0);
            range("spread_between", own.spread_between, 0.01, 100.0);
            range("spread_within", own.spread_within, 0.01, 100.0);
            range("spread_rhythm", own.spread_rhythm, 0.0, 100.0);
            range("weight_days", own.weight_days, -10.0, 10.0);
        }
    }
}
