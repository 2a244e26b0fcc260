//! A rule that was read, checked and tried out.

use super::names::{self, INPUTS, VITALS};
use super::program::{Program, Slots, set};
use super::words::Words;
use crate::domain::{ClinicalTime, Priority, RuleId, Vital};
use jiff::civil::Date;
use std::sync::Arc;

/// A clinical rule in force.
#[derive(Clone, Debug, PartialEq)]
pub struct ClinicalRule {
    /// Its name, and its file's.
    pub id: RuleId,
    /// What people call it.
    pub title: String,
    /// Its version; another number may judge the same data differently.
    pub version: u32,
    /// Who answers for it.
    pub author: String,
    /// From this day on (UTC) a start puts it in force. Replays do not ask.
    pub valid_from: Date,
    /// By this day somebody should look at it again.
    pub review_by: Date,
    /// Where its thresholds come from.
    pub source: String,
    /// Whether it is in force without being switched on.
    pub enabled: bool,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether Wardlight brought it.
    pub shipped: bool,
    /// The file's text.
    pub text: Arc<str>,
    pub(super) neutropenia_priority: Option<Priority>,
    pub(super) inputs: Vec<Input>,
    pub(super) when: Program,
    pub(super) urgent: Option<Urgent>,
    pub(super) clear_when: Program,
    pub(super) clear_after_minutes: u16,
    pub(super) persistence: Persistence,
    pub(super) criteria: Vec<Criterion>,
    pub(super) figures: Vec<Figure>,
    pub(super) words: Words,
    /// One bit for each slot that is read.
    pub(super) uses: names::SlotSet,
    /// One bit for each input whose change may change the answer.
    pub(super) triggers: u16,
    /// The start of `valid_from`.
    pub(super) valid_from_ms: i64,
    /// The end of `review_by`.
    pub(super) review_by_ms: i64,
    /// After so many minutes without a value a run of minutes begins anew.
    pub(super) gap_minutes: u16,
    /// Marks the rule's place in a patient's state; never 0.
    pub(super) tag: u32,
}

/// A vital that a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) place: usize,
    pub(super) max_age_minutes: u32,
}

impl Input {
    pub(super) fn vital(self) -> Vital {
        VITALS.get(self.place).copied().unwrap_or(Vital::HeartRate)
    }
}

/// A second condition that makes the alert more urgent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Urgent {
    pub(super) when: Program,
    pub(super) priority: Priority,
    pub(super) words: Words,
}

/// How long a condition must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Persistence {
    /// In so many of the last so many judged minutes.
    Epochs { epochs: u8, of: u8 },
    /// In every judged minute of so many minutes.
    Minutes(u16),
}

/// One thing that is counted; without a condition it is never known here.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Criterion {
    pub(super) words: String,
    pub(super) when: Option<Program>,
}

/// A number shown with the alert.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) value: Program,
}

impl ClinicalRule {
    /// Whether it may be in force at `at`.
    pub(super) const fn is_valid_at(&self, at: ClinicalTime) -> bool {
        at.epoch_ms() >= self.valid_from_ms
    }

    /// Whether somebody should have looked at it again by `at`.
    pub const fn is_overdue(&self, at: ClinicalTime) -> bool {
        at.epoch_ms() > self.review_by_ms
    }

    /// One bit for each input that is unknown or older than the rule allows.
    pub(super) fn missing(&self, slots: &Slots) -> u16 {
        let mut missing = (1_u16 << INPUTS) - 1;
        for input in &self.inputs {
            let known = |group: usize| slots.get(group + input.place).copied();
            let value = known(names::VALUE).is_some_and(|value| !value.is_nan());
            let age = known(names::AGE).unwrap_or(f64::INFINITY);
            if value && age <= f64::from(input.max_age_minutes) {
                missing &= !(1 << input.place);
            }
        }
        missing
    }

    /// Counts the criteria into `slots`.
    pub(super) fn count(&self, slots: &mut Slots, missing: u16) {
        if self.criteria.is_empty() {
            return;
        }
        let (mut met, mut unknown) = (0, 0);
        for criterion in &self.criteria {
            let when = criterion.when.as_ref();
            match when.and_then(|when| when.holds(slots, missing)) {
                Some(true) => met += 1,
                Some(false) => {}
                None => unknown += 1,
            }
        }
        set(slots, names::MET, f64::from(met));
        set(slots, names::POSSIBLE, f64::from(met + unknown));
    }

    pub(super) fn figures(&self, slots: &Slots, missing: u16) -> Vec<f64> {
        let figures = self.figures.iter();
        figures.map(|f| f.value.value(slots, missing)).collect()
    }
}
