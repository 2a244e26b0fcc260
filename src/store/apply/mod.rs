//! Turns each [`Write`] into SQL, inside the batch's transaction.
//!
//! In: one write after the other. Out: rows, and how much the quarantine dropped.
//!
//! Invariant: every statement is cached, so that a write costs a bind and a step.

mod alerts;
mod canary;
mod chunks;
mod context;
mod deliveries;
mod documents;
mod notes;
mod orders;
mod quarantine;
mod routing;
mod sessions;

pub(super) use context::Context;
pub(super) use quarantine::{QuarantineBounds, QuarantineLedger};
