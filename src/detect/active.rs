//! Rest and activity: minutes with steps, or just after some, have a normal of
//! their own.
//!
//! It is learnt as the rise above what the vital is at rest at that time, so a
//! shift of the level at rest moves both, and little walking is enough to know
//! it. Minutes of strong motion never come here: the gate leaves them out.

use super::baseline::{Baseline, BaselineSource, BaselineView, BaselineVital};
use super::daily_wave::TimeOfDay;
use super::minutes::Minutes;
use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// So many minutes before one may be asked for their steps when it closes:
/// later ones may have taken the place of those before.
const MINUTES_AFTER_MOST: u32 = 2;

/// How minutes with steps are told from rest, and what is usual in them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActiveRules {
    /// A minute is active from so many steps on …
    pub steps: u32,
    /// … and so are so many minutes after it.
    pub minutes_after: u32,
    /// With so many active minutes remembered, patient and population weigh the same.
    pub shrink_minutes: f64,
    /// What was learnt so many active minutes ago counts half.
    pub half_life_minutes: f64,
    /// Heart rate.
    pub heart_rate: ActiveRise,
    /// Respiratory rate.
    pub respiratory_rate: ActiveRise,
}

/// How far a vital rises with activity in the population.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActiveRise {
    /// Mean of persons, in the vital's unit.
    pub rise: f64,
    /// Spread of persons' rises around it (standard deviation).
    pub spread_between: f64,
    /// Spread of one person's active minutes.
    pub spread_within: f64,
}

impl Default for ActiveRules {
    /// Engineering judgement, to be replaced by a site's own figures.
    fn default() -> Self {
        Self {
            steps: 20,
            minutes_after: 2,
            shrink_minutes: 120.0,
            half_life_minutes: 2_000.0,
            heart_rate: ActiveRise {
                rise: 12.0,
                spread_between: 8.0,
                spread_within: 10.0,
            },
            respiratory_rate: ActiveRise {
                rise: 3.0,
                spread_between: 2.0,
                spread_within: 3.0,
            },
        }
    }
}

impl ActiveRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                problems.push(format!("baseline.active.{what}"));
            }
        };
        check((1..=1_000).contains(&self.steps), "steps must be 1 to 1000");
        check(
            self.minutes_after <= MINUTES_AFTER_MOST,
            "minutes_after must be 0 to 2",
        );
        check(
            (1.0..=100_000.0).contains(&self.shrink_minutes),
            "shrink_minutes must be 1 to 100000",
        );
        check(
            (1.0..=1_000_000.0).contains(&self.half_life_minutes),
            "half_life_minutes must be 1 to 1000000",
        );
        for (name, of) in [
            ("heart_rate", self.heart_rate),
            ("respiratory_rate", self.respiratory_rate),
        ] {
            let spreads = [of.spread_between, of.spread_within];
            let holds = of.rise.is_finite() && spreads.iter().all(|s| s.is_finite() && *s > 0.0);
            check(holds, &format!("{name}: spreads must be positive"));
        }
    }

    /// What is usual in the population; none for vitals with one normal.
    fn rise(&self, vital: Vital) -> Option<&ActiveRise> {
        Some(match vital {
            Vital::HeartRate => &self.heart_rate,
            Vital::RespiratoryRate => &self.respiratory_rate,
            _ => return None,
        })
    }
}

/// What the patient did, as far as it matters for a vital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stratum {
    /// It does not matter, or nobody counted steps.
    Any,
    /// Few steps or none.
    Rest,
    /// Steps in this minute or just before it.
    Active,
}

impl Stratum {
    pub(super) fn of(vital: Vital, minute: u32, minutes: &Minutes, rules: &ActiveRules) -> Self {
        let before = rules.minutes_after.min(MINUTES_AFTER_MOST);
        let steps = minutes.most_steps(minute, before);
        match (rules.rise(vital), steps) {
            (Some(_), Some(steps)) if steps >= rules.steps => Self::Active,
            (Some(_), Some(_)) => Self::Rest,
            (None, _) | (_, None) => Self::Any,
        }
    }

    /// As a nurse says it, with a space before.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Rest => " at rest",
            Self::Active => " while walking or just after",
        }
    }
}

/// The normal of active minutes of the vitals that have one.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct ActiveNormals {
    heart_rate: ActiveNormal,
    respiratory_rate: ActiveNormal,
}

impl ActiveNormals {
    pub(super) const fn of_mut(&mut self, vital: Vital) -> Option<&mut ActiveNormal> {
        match vital {
            Vital::HeartRate => Some(&mut self.heart_rate),
            Vital::RespiratoryRate => Some(&mut self.respiratory_rate),
            _ => None,
        }
    }
}

/// What was learnt of one vital's active minutes.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct ActiveNormal {
    rise: f32,
    spread: f32,
    /// Minutes remembered, with forgetting.
    minutes: f32,
}

impl ActiveNormal {
    /// The normal of active minutes, given the one at rest.
    pub(super) fn view(
        &self,
        rest: &BaselineView,
        vital: Vital,
        own_rules: &BaselineVital,
        rules: &ActiveRules,
    ) -> BaselineView {
        let Some(usual) = rules.rise(vital) else {
            return *rest;
        };
        let minutes = f64::from(self.minutes);
        let own = minutes / (minutes + rules.shrink_minutes);
        let population = usual.spread_between.powi(2) + usual.spread_within.powi(2);
        let spread = f64::from(self.spread).max(own_rules.spread_floor);
        let learnt = own >= 0.5 || rest.source != BaselineSource::Personal;
        BaselineView {
            level: rest.level + own * f64::from(self.rise) + (1.0 - own) * usual.rise,
            spread: (own * spread.powi(2) + (1.0 - own) * population).sqrt(),
            source: if learnt {
                rest.source
            } else {
                BaselineSource::Blended
            },
            ..*rest
        }
    }

    /// Learns an active minute's value at `pace`, against what was learnt of rest.
    pub(super) fn learn(
        &mut self,
        value: f64,
        pace: f64,
        rest: (&Baseline, TimeOfDay),
        influence: f64,
        rules: &ActiveRules,
    ) {
        let Some(level) = rest.0.own_level(rest.1).filter(|_| pace > 0.0) else {
            return;
        };
        let kept = f64::from(self.minutes) * (-pace / rules.half_life_minutes).exp2();
        let minutes = kept + pace;
        let share = pace / minutes;
        let off = (value - level - f64::from(self.rise)).clamp(-influence, influence);
        let spread = f64::from(self.spread);
        self.rise = (f64::from(self.rise) + share * off) as f32;
        self.spread = (spread + share * (super::baseline::deviation_of(off) - spread)) as f32;
        self.minutes = minutes as f32;
    }

    /// Forgets the patient.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}
