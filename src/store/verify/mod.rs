//! Reads everything and says what does not fit.
//!
//! In: a database file, in use or not. Out: counts and problems.
//!
//! Invariant: changes nothing; problems name rows by number, never by content.

mod chunks;
mod facts;
mod journal;
mod report;

pub use report::{VerifyReport, verify};
