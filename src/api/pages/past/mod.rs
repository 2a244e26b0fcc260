//! "What did we know at 03:10": the ward, a patient and an alert as the service knew
//! them at a moment that has passed.
//!
//! In: `at` in the query of those pages. Out: the same without a stream and without
//! answers, under a bar that says that it is the past.
//!
//! Invariant: what arrived, was entered or was answered after the moment is not shown.

mod bar;
mod patient;
mod ward;

pub(super) use bar::{Bar, Then};
pub(super) use patient::patient;
pub(super) use ward::ward;
