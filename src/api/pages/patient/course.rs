//! A patient's course over the period that is looked at: values, scores, what was
//! marked and what happened.

use super::events::{self, Events};
use super::marks;
use super::news2;
use super::period::Period;
use super::values::{self, Table};
use crate::api::pages::fields::Times;
use crate::api::pages::ward::Choice;
use crate::api::source::{ReadError, ReadSource};
use crate::detect::Rules;
use crate::registry::Patient;

/// What the page shows of a period.
pub(super) struct Course {
    pub(super) period: Shown,
    /// How long a stretch of the table is, in words.
    pub(super) stretch: &'static str,
    pub(super) table: Table,
    pub(super) marks: Vec<marks::Row>,
    /// Whether there is more than is marked.
    pub(super) is_cut: bool,
    pub(super) events: Events,
    /// After so many minutes a value comes late.
    pub(super) late_minutes: i64,
}

/// The period in words, and the ways to others.
pub(super) struct Shown {
    pub(super) words: String,
    pub(super) fault: &'static str,
    pub(super) spans: Vec<Choice>,
    /// What stands in the fields for two moments.
    pub(super) from: String,
    pub(super) until: String,
    /// Queries.
    pub(super) exact: String,
    pub(super) earlier: String,
    /// None: nothing comes after it yet.
    pub(super) later: Option<String>,
}

impl Shown {
    fn new(period: &Period, times: &Times) -> Self {
        let zone = &times.zone;
        let field = |is_set: bool, at| match is_set {
            true => zone.field(at),
            false => String::new(),
        };
        Self {
            words: period.words(zone),
            fault: period.fault,
            spans: period.choices(),
            from: field(period.is_free(), period.from),
            until: field(!period.is_now, period.until),
            exact: period.exact(),
            earlier: period.earlier(),
            later: period.later(),
        }
    }
}

impl Course {
    pub(super) fn read(
        source: &dyn ReadSource,
        patient: &Patient,
        period: &Period,
        times: &Times,
        (rules, late_ms): (&Rules, i64),
    ) -> Result<Self, ReadError> {
        let (stretch_ms, stretch) = period.row();
        let stretches = values::read(source, patient.number, period, stretch_ms)?;
        let scored = news2::over(source, patient, period, stretch_ms, rules)?;
        let marks = marks::read(source, patient, period)?;
        Ok(Self {
            period: Shown::new(period, times),
            stretch,
            table: Table::of(&stretches, &scored, &times.zone, late_ms),
            marks: marks.rows(&times.zone),
            is_cut: marks.is_cut,
            events: events::read(source, patient, period, times)?,
            late_minutes: late_ms / 60_000,
        })
    }
}
