//! Priorities by what may come of an unanswered condition and how soon: Table 1
//! of IEC 60601-1-8 (clause 6.1.2), as data.

use crate::domain::{AlertKind, Priority};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What may come of it when nobody responds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// Death or irreversible injury.
    DeathOrIrreversible,
    /// Reversible injury.
    Reversible,
    /// Minor injury or discomfort.
    Minor,
}

/// How soon that harm begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onset {
    /// Usually too soon for a person to correct it.
    Immediate,
    /// Usually late enough for a person to correct it.
    Prompt,
    /// Later than that.
    Delayed,
}

/// The priorities of one harm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Onsets {
    /// At immediate onset.
    pub immediate: Priority,
    /// At prompt onset.
    pub prompt: Priority,
    /// At delayed onset.
    pub delayed: Priority,
}

/// The nine cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// Death or irreversible injury.
    pub death_or_irreversible: Onsets,
    /// Reversible injury.
    pub reversible: Onsets,
    /// Minor injury or discomfort.
    pub minor: Onsets,
}

/// Where a kind of alert stands in the matrix.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// The potential result of no response.
    pub result: Harm,
    /// The onset of that harm.
    pub onset: Onset,
}

/// Kinds whose priority is derived here, by their stable name.
pub type Kinds = BTreeMap<String, Derivation>;

impl Default for Matrix {
    fn default() -> Self {
        use Priority::{High, Low, Medium};
        let row = |immediate, prompt, delayed| Onsets {
            immediate,
            prompt,
            delayed,
        };
        Self {
            death_or_irreversible: row(High, High, Medium),
            reversible: row(High, Medium, Low),
            // The standard allows "low, none or an information signal": low here.
            minor: row(Medium, Low, Low),
        }
    }
}

impl Matrix {
    /// The priority of a derivation.
    pub const fn priority(&self, of: Derivation) -> Priority {
        let row = match of.result {
            Harm::DeathOrIrreversible => &self.death_or_irreversible,
            Harm::Reversible => &self.reversible,
            Harm::Minor => &self.minor,
        };
        match of.onset {
            Onset::Immediate => row.immediate,
            Onset::Prompt => row.prompt,
            Onset::Delayed => row.delayed,
        }
    }
}

/// What a detector said, on top of another base: as many steps above it as it
/// was above the detector's own, and never above high.
pub(super) fn moved(said: Priority, own_base: Priority, base: Priority) -> Priority {
    let steps = (said as u8).saturating_sub(own_base as u8);
    match base as u8 + steps {
        0 => Priority::Low,
        1 => Priority::Medium,
        _ => Priority::High,
    }
}

/// What is wrong with a kind's name.
pub(super) fn problem_of(name: &str) -> Option<String> {
    let rule = AlertKind::NAMES.last() == Some(&name);
    if rule {
        let text = "alerts.kinds.rule: a clinical rule states its priority in its own file";
        return Some(text.to_owned());
    }
    let known = AlertKind::NAMES.contains(&name);
    (!known).then(|| format!("alerts.kinds.{name}: there is no such kind of alert"))
}
