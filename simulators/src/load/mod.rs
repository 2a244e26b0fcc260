//! Load: as many messages as a broker or listener takes, and a book of what it took.
//!
//! Comes in: [`LoadOptions`]. Goes out: raw MQTT over a few connections, each with a window
//! of unacknowledged messages, a [`LoadReport`], and log files for oracles.
//!
//! Invariant: a line in the acknowledged log means PUBACK or PUBREC was read for it.

mod book;
mod options;
mod progress;
mod run;
mod shots;

pub use options::LoadOptions;
pub use progress::Progress;
pub use run::{LoadError, LoadReport, run, run_watched};
