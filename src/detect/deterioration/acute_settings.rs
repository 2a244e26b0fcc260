//! Settings of the acute score, each with what it rests on.

use super::hours::HOUR_VITALS;
use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// Settings of the acute score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcuteRules {
    /// Values of so many hours ago count half in the smoothed value.
    pub smooth_hours: f64,
    /// What was learnt so many days ago counts half.
    pub half_life_days: f64,
    /// Evidence of a vital that was last measured so many hours ago counts half.
    pub hold_hours: f64,
    /// Share of the variance within a patient that averaging does not remove.
    pub slow_share: f64,
    /// The population's spread within a patient weighs as much as so many hours.
    pub spread_hours: f64,
    /// How much a departure from the own course weighs against one from the population.
    pub own_weight: f64,
    /// Correlation of the two.
    pub own_correlation: f64,
    /// Evidence grows with the square up to so many standard deviations, then straight.
    pub knee: f64,
    /// An hour further off than so many spreads is learnt as if it were there.
    pub influence_limit: f64,
    /// Share of the pace at which level and spread are learnt during an episode.
    pub pace_during_episode: f64,
    /// Each vital.
    pub vitals: AcuteVitals,
}

/// What is usual of one vital in the population, and which side is worse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcuteVital {
    /// Mean of the population, in the vital's unit.
    pub population_level: f64,
    /// Spread of persons' levels around it (standard deviation).
    pub spread_between: f64,
    /// Spread of one person's hours around their level.
    pub spread_within: f64,
    /// Weight of departures upwards.
    pub weight_above: f64,
    /// Weight of departures downwards.
    pub weight_below: f64,
}

/// The vitals of the acute score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is named for its vital")]
pub struct AcuteVitals {
    pub heart_rate: AcuteVital,
    pub respiratory_rate: AcuteVital,
    pub oxygen_saturation: AcuteVital,
    pub body_temperature: AcuteVital,
    pub systolic_pressure: AcuteVital,
    pub diastolic_pressure: AcuteVital,
}

impl Default for AcuteRules {
    /// Half-lives, the knee and the clip are round numbers; every one of them
    /// times 0.7 or 1.3 gave much the same on the development set.
    fn default() -> Self {
        Self {
            smooth_hours: 3.0,
            half_life_days: 14.0,
            hold_hours: 8.0,
            slow_share: 0.4,
            spread_hours: 20.0,
            own_weight: 1.0,
            own_correlation: 0.5,
            knee: 3.0,
            influence_limit: 3.0,
            pace_during_episode: 0.1,
            vitals: AcuteVitals::default(),
        }
    }
}

impl Default for AcuteVitals {
    /// Centres and spreads follow the bands that NEWS2 (RCP 2017) gives no
    /// points for; the sides that count are those its bands are about. Diastolic
    /// pressure falls first when vessels widen, before systolic pressure does.
    fn default() -> Self {
        let of = |population_level, spread_between, spread_within, above, below| AcuteVital {
            population_level,
            spread_between,
            spread_within,
            weight_above: above,
            weight_below: below,
        };
        Self {
            heart_rate: of(75.0, 12.0, 8.0, 1.0, 0.0),
            respiratory_rate: of(16.0, 3.0, 3.0, 1.0, 0.5),
            oxygen_saturation: of(97.5, 1.5, 1.5, 0.0, 1.0),
            body_temperature: of(37.0, 0.3, 0.35, 1.0, 0.5),
            systolic_pressure: of(125.0, 15.0, 12.0, 0.0, 1.0),
            diastolic_pressure: of(75.0, 9.0, 7.0, 0.0, 1.0),
        }
    }
}

impl AcuteVitals {
    /// The vital's setting; none for wrist skin temperature, which is no sign
    /// of fever, and for vitals without hours.
    pub const fn get(&self, vital: Vital) -> Option<&AcuteVital> {
        match vital {
            Vital::HeartRate => Some(&self.heart_rate),
            Vital::RespiratoryRate => Some(&self.respiratory_rate),
            Vital::OxygenSaturation => Some(&self.oxygen_saturation),
            Vital::BodyTemperature => Some(&self.body_temperature),
            Vital::SystolicPressure => Some(&self.systolic_pressure),
            Vital::DiastolicPressure => Some(&self.diastolic_pressure),
            Vital::SkinTemperature
            | Vital::HeartRateVariabilityRmssd
            | Vital::HeartRateVariabilitySdnn
            | Vital::BeatIntervals
            | Vital::StepCount
            | Vital::RestingHeartRate
            | Vital::Worn
            | Vital::BatteryLevel
            | Vital::SupplementalOxygen
            | Vital::Consciousness => None,
        }
    }
}

impl AcuteRules {
    pub(super) fn problems(&self, check: &mut impl FnMut(bool, String)) {
        let mut range = |name: &str, value: f64, low: f64, high: f64| {
            check(
                (low..=high).contains(&value),
                format!("acute.{name} must be {low} to {high}"),
            );
        };
        range("smooth_hours", self.smooth_hours, 0.1, 24.0);
        range("half_life_days", self.half_life_days, 1.0, 365.0);
        range("hold_hours", self.hold_hours, 0.5, 168.0);
        range("slow_share", self.slow_share, 0.0, 1.0);
        range("spread_hours", self.spread_hours, 1.0, 1_000.0);
        range("own_weight", self.own_weight, 0.0, 10.0);
        range("own_correlation", self.own_correlation, 0.0, 1.0);
        range("knee", self.knee, 0.5, 10.0);
        range("influence_limit", self.influence_limit, 1.0, 10.0);
        range("pace_during_episode", self.pace_during_episode, 0.0, 1.0);
        for vital in HOUR_VITALS {
            let Some(own) = self.vitals.get(vital) else {
                continue;
            };
            let mut range = |name: &str, value: f64, low: f64, high: f64| {
                let key = vital.name();
                check(
                    (low..=high).contains(&value),
                    format!("acute.vitals.{key}.{name} must be {low} to {high}"),
                );
            };
            range("population_level", own.population_level, 0.0, 300.0);
            range("spread_between", own.spread_between, 0.01, 100.0);
            range("spread_within", own.spread_within, 0.01, 100.0);
            range("weight_above", own.weight_above, 0.0, 10.0);
            range("weight_below", own.weight_below, 0.0, 10.0);
            check(
                own.weight_above + own.weight_below > 0.0,
                format!(
                    "acute.vitals.{}.weight_above and weight_below are both 0",
                    vital.name()
                ),
            );
        }
    }
}
