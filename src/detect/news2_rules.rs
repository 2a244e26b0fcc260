//! Settings of the NEWS2 alerts.

use super::news2::News2Parameter;
use super::persistence::SLOT_MINUTES_MAX;
use crate::domain::Priority;
use serde::{Deserialize, Serialize};

/// One threshold of the lower bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreTier {
    /// Whether the site uses it.
    pub enabled: bool,
    /// The lower bound that reaches it (for the single-parameter tier: the points of one).
    pub at_least: u8,
    /// How urgent.
    pub priority: Priority,
    /// It must hold in so many slots of minutes …
    pub slots: u8,
    /// … of the last so many that brought a value (at most 8).
    pub of: u8,
}

/// How old an input may be and still count, minutes. The chart gives no
/// limit; these are choices: what a watch measures all the time goes stale
/// sooner than what a person measures twice a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is named for its parameter")]
pub struct InputAges {
    pub respiratory_rate: u32,
    pub oxygen_saturation: u32,
    pub supplemental_oxygen: u32,
    pub systolic_pressure: u32,
    pub pulse: u32,
    pub consciousness: u32,
    pub temperature: u32,
}

impl InputAges {
    /// The same limit for every parameter.
    pub const fn all(minutes: u32) -> Self {
        Self {
            respiratory_rate: minutes,
            oxygen_saturation: minutes,
            supplemental_oxygen: minutes,
            systolic_pressure: minutes,
            pulse: minutes,
            consciousness: minutes,
            temperature: minutes,
        }
    }

    /// The parameter's limit, minutes.
    pub const fn minutes(&self, parameter: News2Parameter) -> u32 {
        match parameter {
            News2Parameter::RespiratoryRate => self.respiratory_rate,
            News2Parameter::OxygenSaturation => self.oxygen_saturation,
            News2Parameter::SupplementalOxygen => self.supplemental_oxygen,
            News2Parameter::SystolicPressure => self.systolic_pressure,
            News2Parameter::Pulse => self.pulse,
            News2Parameter::Consciousness => self.consciousness,
            News2Parameter::Temperature => self.temperature,
        }
    }
}

/// Settings of NEWS2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct News2Rules {
    /// Emergency response threshold: 7.
    pub high: ScoreTier,
    /// Urgent response threshold: 5.
    pub medium: ScoreTier,
    /// A single parameter of 3.
    pub single: ScoreTier,
    /// Minutes of a slot (1 to 8). More than half of its minutes must hold.
    pub slot_minutes: u8,
    /// While neutropenia is recorded for the patient no tier is less urgent
    /// than this. What the course of treatment adds comes after it.
    pub neutropenia_priority: Priority,
    /// Ends only below the lowest threshold by so many points …
    pub clear_margin: u8,
    /// … for so many minutes.
    pub clear_minutes: u32,
    /// How old inputs may be.
    pub input_age_minutes: InputAges,
}

impl Default for News2Rules {
    fn default() -> Self {
        let tier = |at_least, priority, slots, of| ScoreTier {
            enabled: true,
            at_least,
            priority,
            slots,
            of,
        };
        Self {
            high: tier(7, Priority::High, 2, 3),
            medium: tier(5, Priority::Medium, 3, 4),
            single: tier(3, Priority::Medium, 3, 4),
            slot_minutes: 5,
            neutropenia_priority: Priority::Medium,
            clear_margin: 1,
            clear_minutes: 30,
            input_age_minutes: InputAges {
                respiratory_rate: 60,
                oxygen_saturation: 60,
                supplemental_oxygen: 1_440,
                systolic_pressure: 720,
                pulse: 60,
                consciousness: 720,
                temperature: 720,
            },
        }
    }
}

impl News2Rules {
    pub(super) const fn tiers(&self) -> [ScoreTier; 3] {
        [self.single, self.medium, self.high]
    }

    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        for (name, tier, range) in [
            ("high", self.high, 1..=20),
            ("medium", self.medium, 1..=20),
            ("single", self.single, 1..=3),
        ] {
            if !range.contains(&tier.at_least) {
                problems.push(format!("news2.{name}.at_least must lie in {range:?}"));
            }
            if tier.slots == 0 || tier.slots > tier.of || tier.of > 8 {
                problems.push(format!("news2.{name}: 1 <= slots <= of <= 8 must hold"));
            }
        }
        if !(1..=SLOT_MINUTES_MAX).contains(&self.slot_minutes) {
            problems.push(format!(
                "news2.slot_minutes must be 1 to {SLOT_MINUTES_MAX}"
            ));
        }
        if self.medium.at_least > self.high.at_least {
            problems.push("news2.medium.at_least must not be above high.at_least".into());
        }
        for parameter in News2Parameter::ALL {
            if !(1..=2_880).contains(&self.input_age_minutes.minutes(parameter)) {
                let name = parameter.words();
                problems.push(format!(
                    "news2.input_age_minutes ({name}) must be 1 to 2880"
                ));
            }
        }
    }
}
