//! Faults on the way: what networks and firmware do to a stream of messages.
//!
//! Comes in: the messages of one device and [`FaultOptions`]. Goes out: the messages as
//! they leave, and a [`SentLog`] that says what really happened.
//!
//! Invariant: every message pushed in appears in the log, with each of its sendings.
//! Invariant: the same seed and messages give the same stream and log.

mod injector;
mod log;
mod options;

pub use injector::FaultInjector;
pub use log::{Fault, SentLog, SentRecord};
pub use options::FaultOptions;
