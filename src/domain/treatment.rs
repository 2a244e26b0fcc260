//! What was given to a patient when, and where in it an alert stands.

use super::{ClinicalTime, MeasuredTime, Priority};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One dose of systemic treatment. From these the day of the cycle, the
/// expected nadir and the post-infusion window follow.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Administration {
    /// When it began to be given.
    pub given_at: ClinicalTime,
    /// Which cycle of the course it belongs to, from 1.
    pub cycle: u16,
    /// What the team calls the regimen; nothing is decided by it.
    #[serde(default)]
    pub regimen: Option<Regimen>,
    /// What was given; the windows in the settings are of a kind.
    pub kind: AdministrationKind,
    /// When its own nadir is expected, in place of the settings' days.
    #[serde(default)]
    pub nadir_days: Option<NadirDays>,
    /// For how long a reaction to it is looked for, in place of the settings'
    /// hours; 0: for none.
    #[serde(default)]
    pub post_infusion_hours: Option<u16>,
}

/// What was given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdministrationKind {
    /// Chemotherapy and what else is given against the cancer as a whole.
    SystemicAnticancer,
    /// A bispecific antibody that engages T cells.
    Bispecific,
    /// Chimeric antigen receptor T cells.
    CarT,
}

/// Days of an expected nadir, both included. Day 1 is the calendar day of the
/// administration where the patient lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NadirDays {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

/// What the team calls a regimen: patient data, which prints as a placeholder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Regimen(pub String);

impl fmt::Debug for Regimen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Regimen(…)")
    }
}

impl Administration {
    /// Administrations that one patient's record may hold.
    pub const COUNT_MAX: usize = 100;
    /// Highest number of a cycle.
    pub const CYCLE_MAX: u16 = 500;
    /// Last day on which a nadir may be expected.
    pub const NADIR_DAY_MAX: u16 = 60;
    /// Longest time in which a reaction may be looked for, 90 days.
    pub const POST_INFUSION_HOURS_MAX: u16 = 2_160;
    /// Most characters of a regimen's name.
    pub const REGIMEN_MAX: usize = 60;

    /// Every field that is wrong, with what it must be.
    pub fn problems(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let cycle = (1..=Self::CYCLE_MAX).contains(&self.cycle);
        let regimen = self.regimen.as_ref().is_none_or(Regimen::is_short_text);
        let nadir = self.nadir_days.is_none_or(|days| days.is_in_order());
        let hours = self
            .post_infusion_hours
            .is_none_or(|hours| hours <= Self::POST_INFUSION_HOURS_MAX);
        [
            (cycle, "cycle", "must be 1 to 500"),
            (regimen, "regimen", "must be 1 to 60 printable characters"),
            (
                nadir,
                "nadir_days",
                "must be days 1 to 60, the last not before the first",
            ),
            (hours, "post_infusion_hours", "must be 0 to 2160"),
        ]
        .into_iter()
        .filter(|(fine, ..)| !fine)
        .map(|(_, field, words)| (field, words))
    }
}

impl NadirDays {
    /// Whether they are days from 1 on, the last not before the first.
    pub fn is_in_order(self) -> bool {
        (1..=self.last).contains(&self.first) && self.last <= Administration::NADIR_DAY_MAX
    }
}

impl Regimen {
    fn is_short_text(&self) -> bool {
        let text = self.0.as_str();
        !text.trim().is_empty()
            && text.chars().count() <= Administration::REGIMEN_MAX
            && !text.chars().any(char::is_control)
    }
}

/// A time in which the same finding means more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TreatmentWindow {
    /// The nadir expected after an administration.
    ExpectedNadir,
    /// Neutropenia that the team recorded.
    Neutropenia,
    /// After an infusion, recorded or derived from an administration.
    PostInfusion,
}

/// Where in the treatment a patient stood when an alert about the body was judged.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TreatmentContext {
    /// One sentence for a nurse.
    pub summary: String,
    /// The moment it speaks of: that of the newest deciding value.
    pub at: MeasuredTime,
    /// The cycle that runs by the record.
    pub cycle: Option<u16>,
    /// Its day; day 1 is the calendar day of its first administration.
    pub day: Option<u16>,
    /// The windows the moment lies in.
    pub windows: Vec<TreatmentWindow>,
    /// How urgent the alert would be without them.
    pub priority_without: Priority,
}
