//! Settings of fever on treatment, each with whose figure it is.

use super::fever::HITS;
use super::fever_low::OwnLowRules;
use crate::domain::Priority;
use serde::{Deserialize, Serialize};

/// One tier of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemperatureTier {
    /// Whether the site uses it.
    pub enabled: bool,
    /// The limit, Cel, itself included (for the low tier: below it).
    pub limit: f64,
    /// How urgent.
    pub priority: Priority,
    /// So many readings beyond the limit (1 to 4) …
    pub readings: u8,
    /// … within so many minutes.
    pub within_minutes: u32,
}

/// Settings of the fever rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeverRules {
    /// A patient counts as on treatment for so many days after it ended
    /// (one hotline uses 6 weeks after chemotherapy).
    pub days_after_treatment: u32,
    /// Fever: 38.0 and above, one reading.
    pub high: TemperatureTier,
    /// Raised temperature: 37.5 and above; off as shipped, on where a site's
    /// card says 37.5.
    pub raised: TemperatureTier,
    /// Below 36.0, twice within an hour: infection may lower the temperature.
    pub low: TemperatureTier,
    /// How a device's low values are read against the patient's own level.
    pub own_low: OwnLowRules,
    /// What is stricter while neutropenia is recorded for the patient.
    pub neutropenia: NeutropeniaRules,
    /// The condition ends only while readings stay below this, Cel …
    pub clear_below: f64,
    /// … and not under the low tier's limit, for so many minutes.
    pub clear_minutes: u32,
    /// It must be worse by so much, Cel, to be told again.
    pub told_step: f64,
}

/// The rule inside a recorded neutropenia window. Outside one, and where none
/// is recorded, it holds as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeutropeniaRules {
    /// The high tier's limit, Cel; never above the tier's own.
    pub high_limit: f64,
    /// No tier is less urgent than this.
    pub priority: Priority,
}

impl Default for FeverRules {
    fn default() -> Self {
        let tier = |enabled, limit, priority, readings| TemperatureTier {
            enabled,
            limit,
            priority,
            readings,
            within_minutes: 60,
        };
        Self {
            days_after_treatment: 42,
            high: tier(true, 38.0, Priority::High, 1),
            raised: tier(false, 37.5, Priority::Medium, 2),
            low: tier(true, 36.0, Priority::Medium, 2),
            own_low: OwnLowRules::default(),
            neutropenia: NeutropeniaRules {
                high_limit: 37.5,
                priority: Priority::High,
            },
            clear_below: 37.5,
            clear_minutes: 60,
            told_step: 0.5,
        }
    }
}

impl FeverRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        if !(0.1..=2.0).contains(&self.told_step) {
            problems.push("fever.told_step must be 0.1 to 2".into());
        }
        self.own_low.problems(problems);
        for (name, tier, range) in [
            ("high", self.high, 37.0..=41.0),
            ("raised", self.raised, 36.5..=40.0),
            ("low", self.low, 33.0..=36.5),
        ] {
            if !range.contains(&tier.limit) {
                problems.push(format!(
                    "fever.{name}.limit must lie in {range:?}, it is {}",
                    tier.limit
                ));
            }
            if !(1..=HITS as u8).contains(&tier.readings) {
                problems.push(format!("fever.{name}.readings must be 1 to {HITS}"));
            }
        }
        if !(36.5..=self.high.limit).contains(&self.neutropenia.high_limit) {
            problems.push("fever.neutropenia.high_limit must be 36.5 to high.limit".into());
        }
        if self.clear_below > self.high.limit || self.clear_below <= self.low.limit {
            problems
                .push("fever.clear_below must lie above low.limit, not above high.limit".into());
        }
        if !(1..=1_440).contains(&self.clear_minutes) {
            problems.push("fever.clear_minutes must be 1 to 1440".into());
        }
    }
}
