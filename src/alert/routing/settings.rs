//! Routes, chains and rotas as people write them. Texts are kept as texts, so
//! that a check can name every mistake and not only the first.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Keys that were written and mean nothing.
pub(super) type Unknown = BTreeMap<String, serde::de::IgnoredAny>;

/// Section `[routing]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Zone of local times that name none.
    pub zone: String,
    /// Tried in their order; the first that matches decides.
    pub routes: Vec<RouteText>,
    /// Who is told one after the other, by name.
    pub chains: BTreeMap<String, ChainText>,
    /// Who is on call, by name.
    pub rotas: BTreeMap<String, RotaText>,
    /// What keeps what from being told.
    pub inhibitions: Vec<InhibitionText>,
    /// Low and medium notifications of one patient in an hour; 0: no limit.
    pub patient_per_hour: u32,
    /// The same of one ward.
    pub ward_per_hour: u32,
    /// Longest maintenance silence.
    pub silence_hours_max: u32,
}

/// Which alerts go which way.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteText {
    /// What people call it.
    pub name: String,
    /// Only patients of these wards; empty means all, so for the others.
    pub wards: Vec<String>,
    /// Only patients of these teams.
    pub teams: Vec<String>,
    /// Only these kinds.
    pub kinds: Vec<String>,
    /// Only these priorities.
    pub priorities: Vec<String>,
    /// Only at these local times.
    pub hours: Vec<WindowText>,
    /// Zone of its hours and quiet hours, when not that of the section.
    pub zone: Option<String>,
    /// Who is told.
    pub chain: String,
    /// Only these events; empty means all.
    pub event_types: Vec<String>,
    /// Whether later routes are tried too.
    #[serde(rename = "continue")]
    pub goes_on: bool,
    /// When what is not urgent waits.
    pub quiet_hours: Option<QuietText>,
    #[serde(flatten, skip_serializing)]
    pub(super) unknown: Unknown,
}

/// A span of local time on some days of the week.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowText {
    /// `mon` to `sun`, the days on which it begins; empty means all.
    pub days: Vec<String>,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`, of the next day when it is not later; `24:00` is midnight.
    pub until: String,
    #[serde(flatten, skip_serializing)]
    pub(super) unknown: Unknown,
}

/// When low notifications wait.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QuietText {
    /// At these local times.
    pub hours: Vec<WindowText>,
    /// Whether medium ones wait too.
    pub medium: bool,
    #[serde(flatten, skip_serializing)]
    pub(super) unknown: Unknown,
}

/// Who is told one after the other until somebody answers.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChainText {
    /// In their order.
    pub steps: Vec<StepText>,
    /// So many seconds after it began it begins anew while nobody answers; 0: never.
    pub repeat_after_seconds: u32,
    #[serde(flatten, skip_serializing)]
    pub(super) unknown: Unknown,
}

/// One step of a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepText {
    /// Seconds after the chain began.
    pub after_seconds: u32,
    /// `endpoint:ID` or `rota:NAME`, tried in order until one takes it.
    pub notify: Vec<String>,
    /// For so long a channel may take it before the next is tried beside it.
    pub within_seconds: u32,
    #[serde(flatten, skip_serializing)]
    pub(super) unknown: Unknown,
}

impl Default for StepText {
    fn default() -> Self {
        Self {
            after_seconds: 0,
            notify: Vec::new(),
            within_seconds: 5,
            unknown: Unknown::new(),
        }
    }
}

/// Who is on call, week by week.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RotaText {
    /// Zone of its shifts, when not that of the section.
    pub zone: Option<String>,
    /// Of those that hold at a moment the first counts.
    pub shifts: Vec<ShiftText>,
    #[serde(flatten, skip_serializing)]
    pub(super) unknown: Unknown,
}

/// A weekly shift.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShiftText {
    /// The endpoint that is told.
    pub who: String,
    /// `mon` to `sun`, the days on which it begins; empty means all.
    pub days: Vec<String>,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`, of the next day when it is not later.
    pub until: String,
    #[serde(flatten, skip_serializing)]
    pub(super) unknown: Unknown,
}

/// While an alert of kind `by` is open, those of kinds `of` are not told.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InhibitionText {
    /// A kind.
    pub by: String,
    /// Kinds.
    pub of: Vec<String>,
    #[serde(flatten, skip_serializing)]
    pub(super) unknown: Unknown,
}

impl Default for Settings {
    fn default() -> Self {
        let inhibition = |by: &str, of: &[&str]| InhibitionText {
            by: by.to_owned(),
            of: of.iter().map(|kind| (*kind).to_owned()).collect(),
            unknown: Unknown::new(),
        };
        Self {
            zone: "UTC".to_owned(),
            routes: Vec::new(),
            chains: BTreeMap::new(),
            rotas: BTreeMap::new(),
            inhibitions: vec![
                inhibition("device_silent", &["silent", "not_worn"]),
                inhibition(
                    "news2",
                    &[
                        "baseline_deviation:heart_rate",
                        "baseline_deviation:respiratory_rate",
                        "baseline_deviation:oxygen_saturation",
                        "baseline_deviation:body_temperature",
                        "baseline_deviation:systolic_pressure",
                        "rule_of_one_vital",
                    ],
                ),
            ],
            patient_per_hour: 6,
            ward_per_hour: 30,
            silence_hours_max: 168,
        }
    }
}

impl Settings {
    /// What is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        super::Table::new(self).err().unwrap_or_default()
    }

    /// What is legal but risky, each naming its key.
    pub fn warnings(&self) -> Vec<String> {
        let table = super::Table::new(self);
        table.map(|table| table.warnings()).unwrap_or_default()
    }
}
