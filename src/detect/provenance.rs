//! Who answers for the thresholds that stand in the configuration.

use crate::domain::ClinicalTime;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Author, version and dates of a built-in rule's thresholds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Counted up by whoever changes a threshold; every alert carries it.
    pub version: u32,
    /// Who answers for the thresholds.
    pub author: String,
    /// From which day (`2026-11-22`) they hold.
    pub valid_from: Date,
    /// By which day somebody looks at them again.
    pub review_by: Date,
    /// Where they come from.
    pub source: String,
}

/// Whose the built-in rules are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenances {
    /// Of fever on treatment.
    pub fever: Provenance,
    /// Of NEWS2.
    pub news2: Provenance,
}

impl Default for Provenances {
    fn default() -> Self {
        let shipped = |source: &str| Provenance {
            version: 2,
            author: "Wardlight".to_owned(),
            valid_from: Date::constant(2026, 11, 22),
            review_by: Date::constant(2027, 11, 22),
            source: source.to_owned(),
        };
        Self {
            fever: shipped(
                "published limits of NICE, IDSA, ESMO and NHS cancer centres, which differ: to \
                 be settled by the clinical safety officer",
            ),
            news2: shipped("Royal College of Physicians, NEWS2, 2017"),
        }
    }
}

impl Provenances {
    /// Each with the name of its section.
    pub fn each(&self) -> [(&'static str, &Provenance); 2] {
        [("fever", &self.fever), ("news2", &self.news2)]
    }

    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        for (name, own) in self.each() {
            if own.version == 0 {
                problems.push(format!("provenance.{name}.version must be at least 1"));
            }
            if own.author.trim().is_empty() {
                problems.push(format!("provenance.{name}.author must name somebody"));
            }
            if own.review_by <= own.valid_from {
                problems.push(format!(
                    "provenance.{name}.review_by must lie after valid_from"
                ));
            }
        }
    }
}

impl Provenance {
    /// Whether somebody should have looked at the thresholds again by `at`.
    pub fn is_overdue(&self, at: ClinicalTime) -> bool {
        let day = self.review_by.to_zoned(TimeZone::UTC);
        day.is_ok_and(|day| day.timestamp().as_millisecond() + 86_400_000 < at.epoch_ms())
    }
}
