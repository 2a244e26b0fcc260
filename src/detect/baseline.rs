//! A patient's own normal of one vital: level and spread, learnt from minutes.
//!
//! Level and spread are recursive means with forgetting; the level is that of
//! the time of day where the vital has a daily rhythm (`daily_wave.rs`). A minute's weight is
//! the time it stands for over the time remembered; its influence is bounded
//! (Huber), so an hour of artefacts moves the level by little. While little is
//! remembered the view is shrunk towards the population, whose spread between
//! persons then counts too: there is an honest, wide answer from the start.

use super::daily_wave::{DailyWave, TimeOfDay};
use super::epoch::Minute;
use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// What is normal in the population, and how one vital is judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineVital {
    /// Whether departures of this vital are alerted. It is learnt in any case.
    pub enabled: bool,
    /// Mean of the population, in the vital's unit.
    pub population_level: f64,
    /// Spread of persons' levels around it (standard deviation).
    pub spread_between: f64,
    /// Spread of one person's minutes around their level.
    pub spread_within: f64,
    /// No personal spread is believed to be smaller.
    pub spread_floor: f64,
    /// A value stands for at most so many minutes.
    pub covers_minutes: u32,
    /// Whether the level follows the time of day. What is measured once or twice
    /// a day has no rhythm that could be told from its level.
    pub rhythm: bool,
    /// A departure is `|z|` at or above this …
    pub limit: f64,
    /// … in so many epochs …
    pub epochs: u8,
    /// … of the last so many (at most 16), all to the same side.
    pub of: u8,
    /// It ends after so many epochs in a row below `limit` less the margin.
    pub clear_epochs: u8,
    /// Which side matters.
    pub side: Side,
    /// How urgent.
    pub priority: crate::domain::Priority,
}

/// Which departures matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Both.
    Both,
    /// Only above the level.
    Above,
    /// Only below it.
    Below,
}

/// Settings of learning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearningRules {
    /// What was learnt so many days ago counts half.
    pub half_life_days: f64,
    /// With so many days remembered, patient and population weigh the same.
    pub shrink_days: f64,
    /// Below so many days remembered the view is the population's.
    pub blended_from_days: f64,
    /// From so many days remembered on it is called personal.
    pub personal_from_days: f64,
    /// A value further off than so many spreads counts as if it were there.
    pub influence_limit: f64,
    /// With so many days remembered, half of a daily rhythm is believed.
    pub rhythm_shrink_days: f64,
    /// While a departure is open, learning goes at this share of its pace: a
    /// patient who stays changed is re-based slowly, illness is hardly learnt.
    pub pace_while_departed: f64,
}

impl Default for LearningRules {
    fn default() -> Self {
        Self {
            half_life_days: 14.0,
            shrink_days: 3.0,
            blended_from_days: 1.0,
            personal_from_days: 7.0,
            influence_limit: 3.0,
            rhythm_shrink_days: 3.0,
            pace_while_departed: 0.02,
        }
    }
}

impl LearningRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                problems.push(format!("baseline.learning.{what}"));
            }
        };
        check(
            (1.0..=365.0).contains(&self.half_life_days),
            "half_life_days must be 1 to 365",
        );
        check(self.shrink_days > 0.0, "shrink_days must be positive");
        check(
            0.0 <= self.blended_from_days && self.blended_from_days <= self.personal_from_days,
            "blended_from_days must not be above personal_from_days",
        );
        check(
            self.personal_from_days < self.half_life_days / std::f64::consts::LN_2,
            "personal_from_days can never be reached with this half_life_days",
        );
        check(
            (1.5..=10.0).contains(&self.influence_limit),
            "influence_limit must be 1.5 to 10",
        );
        check(
            (1.0..=100.0).contains(&self.rhythm_shrink_days),
            "rhythm_shrink_days must be 1 to 100",
        );
        check(
            (0.0..=1.0).contains(&self.pace_while_departed),
            "pace_while_departed must be 0 to 1",
        );
    }
}

/// Whose normal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaselineSource {
    /// The population's: nearly nothing is known of the patient.
    Population,
    /// A mixture.
    Blended,
    /// The patient's own.
    Personal,
}

/// A baseline as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BaselineView {
    /// Expected value at that time of day, in the vital's unit.
    pub level: f64,
    /// How far it rises above and falls below its mean with the time of day.
    pub rhythm: f64,
    /// Spread to be expected around it.
    pub spread: f64,
    /// Whose normal it is.
    pub source: BaselineSource,
    /// Days remembered, with forgetting.
    pub days: f64,
}

/// What was learnt of one vital.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct Baseline {
    level: f32,
    spread: f32,
    days: f32,
    wave: DailyWave,
    /// Minutes since the last value that was learnt, plus one; 0 for none.
    /// It may stop counting: no value stands for so long.
    waited: u16,
}

/// Mean absolute deviation to standard deviation, for normal values.
const ABSOLUTE_TO_STANDARD: f64 = 1.253_314;

/// A deviation as a standard deviation has it, for a mean of such.
pub(super) fn deviation_of(off: f64) -> f64 {
    ABSOLUTE_TO_STANDARD * off.abs()
}

impl Baseline {
    pub(super) fn view(
        &self,
        vital: &BaselineVital,
        learning: &LearningRules,
        time: TimeOfDay,
    ) -> BaselineView {
        let days = f64::from(self.days);
        let own = days / (days + learning.shrink_days);
        let population = vital.spread_between.powi(2) + vital.spread_within.powi(2);
        let spread = f64::from(self.spread).max(vital.spread_floor);
        BaselineView {
            level: own * f64::from(self.level)
                + (1.0 - own) * vital.population_level
                + self.wave.at(time),
            rhythm: self.wave.amplitude(),
            spread: (own * spread.powi(2) + (1.0 - own) * population)
                .sqrt()
                .max(vital.spread_floor),
            source: if days < learning.blended_from_days {
                BaselineSource::Population
            } else if days < learning.personal_from_days {
                BaselineSource::Blended
            } else {
                BaselineSource::Personal
            },
            days,
        }
    }

    /// A minute closed, whether or not it will be learnt.
    pub(super) fn wait(&mut self, minute: &Minute) {
        if self.waited != 0 {
            let gap = u16::try_from(minute.gap().unwrap_or(0)).unwrap_or(u16::MAX);
            self.waited = self.waited.saturating_add(gap);
        }
    }

    /// What was learnt for that time of day, however little; none before.
    pub(super) fn own_level(&self, time: TimeOfDay) -> Option<f64> {
        self.is_known()
            .then(|| f64::from(self.level) + self.wave.at(time))
    }

    /// Learns one minute's value at `pace` (1, or less while departed; the
    /// rhythm is not learnt then).
    pub(super) fn learn(
        &mut self,
        value: f64,
        pace: f64,
        time: TimeOfDay,
        vital: &BaselineVital,
        learning: &LearningRules,
    ) {
        let view = self.view(vital, learning, time);
        let first = self.waited == 0;
        let elapsed = u32::from(self.waited.saturating_sub(1));
        self.waited = 1;
        if pace <= 0.0 {
            return;
        }
        let stands_for = if first {
            1
        } else {
            elapsed.min(vital.covers_minutes)
        };
        let weight = f64::from(stands_for) / 1_440.0 * pace;
        // Forgetting follows what is learnt, not the calendar: after a month
        // without the watch the old normal is still the best one known.
        let kept = f64::from(self.days) * (-weight / learning.half_life_days).exp2();
        let days = kept + weight;
        let share = weight / days;
        if first {
            (self.level, self.spread) = (value as f32, vital.spread_within as f32);
        } else {
            let bound = learning.influence_limit * view.spread;
            let level = f64::from(self.level);
            let off = (value - level - self.wave.at(time)).clamp(-bound, bound);
            self.level = (level + share * off) as f32;
            let spread = f64::from(self.spread);
            self.spread = (spread + share * (deviation_of(off) - spread)) as f32;
            if vital.rhythm && pace >= 1.0 {
                let share = weight / (days + learning.rhythm_shrink_days);
                self.wave.learn(off, share, time);
            }
        }
        self.days = days as f32;
    }

    /// Whether anything was learnt yet.
    pub(super) const fn is_known(&self) -> bool {
        self.waited != 0
    }

    /// The minute learnt last before one that closed; 0 for none.
    pub(super) fn last_minute(&self, minute: &Minute) -> u32 {
        let waited = u32::from(self.waited);
        waited
            .checked_sub(1)
            .map_or(0, |elapsed| minute.minute.saturating_sub(elapsed))
    }

    /// Forgets the patient: the population's normal holds again.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// Shipped priors. Resting heart rate is published (65.5 ± 7.7 between
/// persons, Quer 2020); the rest is engineering judgement in the order of
/// reference/physiology.md, to be replaced by a site's own figures.
pub(super) fn default_vital(vital: Vital) -> BaselineVital {
    let of = a_vital;
    match vital {
        Vital::HeartRate => BaselineVital {
            rhythm: true,
            ..of(75.0, 10.0, 9.0, 3.0)
        },
        Vital::RespiratoryRate => BaselineVital {
            rhythm: true,
            ..of(16.0, 2.5, 2.0, 1.0)
        },
        Vital::OxygenSaturation => BaselineVital {
            rhythm: true,
            side: Side::Below,
            ..of(96.5, 1.2, 1.0, 0.8)
        },
        Vital::SkinTemperature => BaselineVital {
            rhythm: true,
            limit: 5.0,
            priority: crate::domain::Priority::Low,
            ..of(33.5, 1.0, 1.2, 0.5)
        },
        Vital::RestingHeartRate => BaselineVital {
            covers_minutes: 1_440,
            limit: 3.0,
            epochs: 2,
            of: 3,
            clear_epochs: 2,
            ..of(65.5, 7.7, 3.0, 1.5)
        },
        Vital::HeartRateVariabilityRmssd => nightly_low(of(35.0, 15.0, 12.0, 4.0)),
        Vital::HeartRateVariabilitySdnn => nightly_low(of(45.0, 18.0, 14.0, 5.0)),
        Vital::BodyTemperature => BaselineVital {
            rhythm: true,
            enabled: false,
            covers_minutes: 720,
            ..of(36.7, 0.25, 0.3, 0.1)
        },
        Vital::SystolicPressure => BaselineVital {
            enabled: false,
            covers_minutes: 720,
            ..of(125.0, 15.0, 10.0, 4.0)
        },
        Vital::DiastolicPressure => BaselineVital {
            enabled: false,
            covers_minutes: 720,
            ..of(75.0, 9.0, 7.0, 3.0)
        },
        Vital::BeatIntervals
        | Vital::StepCount
        | Vital::Worn
        | Vital::BatteryLevel
        | Vital::SupplementalOxygen
        | Vital::Consciousness => BaselineVital {
            enabled: false,
            ..of(0.0, 1.0, 1.0, 1.0)
        },
    }
}

/// A vital of every minute, judged to both sides.
fn a_vital(level: f64, between: f64, within: f64, floor: f64) -> BaselineVital {
    BaselineVital {
        enabled: true,
        population_level: level,
        spread_between: between,
        spread_within: within,
        spread_floor: floor,
        covers_minutes: 60,
        rhythm: false,
        limit: 4.0,
        epochs: 10,
        of: 15,
        clear_epochs: 15,
        side: Side::Both,
        priority: crate::domain::Priority::Low,
    }
}

/// Measured asleep, a few times a night; only a fall matters.
fn nightly_low(vital: BaselineVital) -> BaselineVital {
    BaselineVital {
        covers_minutes: 720,
        epochs: 3,
        of: 4,
        clear_epochs: 3,
        side: Side::Below,
        ..vital
    }
}
