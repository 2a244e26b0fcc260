//! One thread, one database file: the state machine everything passes through.
//!
//! In: [`Envelope`]s through the bounded inbox, each with its own stamp.
//! Out: one commit a batch, then settled [`Delivery`] tokens, replies and
//! [`Outcome`]s.
//!
//! Invariant: nothing is settled, answered or shown before its commit is synced.
//! Invariant: the same inputs give the same state and the same alerts, however
//! they were batched.
//! Invariant: the engine reads no clock and draws no random number.

mod handle;
mod input;
mod outcome;
mod settle;

pub use crate::domain::{DeviceStatus, QuarantineReason};
pub use handle::{EngineHandle, SubmitError};
pub use input::{
    CommandReply, DeviceInput, Envelope, Input, OpenExchange, SessionInput, SessionOpened,
};
pub use outcome::{Access, Outcome};
pub use settle::{Delivery, Settlements};
