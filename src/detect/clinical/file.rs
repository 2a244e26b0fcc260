//! The keys of a rule's file.

use crate::domain::{Priority, RuleId};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) id: Spanned<RuleId>,
    pub(super) title: Spanned<String>,
    pub(super) version: Spanned<u32>,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
    pub(super) author: Spanned<String>,
    pub(super) valid_from: Spanned<Date>,
    pub(super) review_by: Spanned<Date>,
    pub(super) source: Spanned<String>,
    pub(super) priority: Spanned<Priority>,
    pub(super) neutropenia_priority: Option<Priority>,
    #[serde(default = "yes")]
    pub(super) clinical: bool,
    pub(super) when: Spanned<String>,
    pub(super) clear_when: Spanned<String>,
    pub(super) clear_after_minutes: Spanned<u16>,
    pub(super) words: Spanned<String>,
    pub(super) inputs_max_age_minutes: Spanned<BTreeMap<Spanned<String>, Spanned<u32>>>,
    pub(super) persistence: Spanned<PersistenceTable>,
    pub(super) urgent: Option<UrgentTable>,
    #[serde(default)]
    pub(super) criteria: Vec<Spanned<CriterionTable>>,
    #[serde(default)]
    pub(super) figures: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersistenceTable {
    pub(super) epochs: Option<u8>,
    pub(super) of: Option<u8>,
    pub(super) minutes: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UrgentTable {
    pub(super) when: Spanned<String>,
    pub(super) priority: Spanned<Priority>,
    pub(super) words: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CriterionTable {
    pub(super) words: Spanned<String>,
    pub(super) when: Option<Spanned<String>>,
}

const fn yes() -> bool {
    true
}
