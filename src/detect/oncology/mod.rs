//! Where in the treatment a patient stands, and what that changes.
//!
//! In: the administrations and periods of the patient's record, a moment, the
//! settings. Out: day and cycle, the windows the moment lies in, and the
//! priority of a finding there. Pure: nothing is remembered.
//!
//! Invariant: a window makes a finding more urgent or leaves it as it is, and
//! never more urgent than high.
//! Invariant: derived windows are expectations. The rules that ask for recorded
//! neutropenia (fever, NEWS2, rule files) never see them as such.

mod settings;
mod standing;
mod windows;

pub use settings::{DeviationSteps, KindWindows, OncologyRules, UrgencySteps, WindowSteps};
pub use standing::{next_window, urgency_in_treatment};
pub(super) use windows::Course;

#[cfg(test)]
mod tests;
