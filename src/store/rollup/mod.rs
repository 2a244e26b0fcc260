//! Journal rows become chunks; the journal is pruned behind them.
//!
//! In: snapshots on reading connections. Out: [`super::Write`]s, each worth a
//! few milliseconds of the writer, to be committed one a batch.
//!
//! A worker loops: [`Planner::observe`]; for the patients of a
//! [`Planner::joint`] one [`Harvest`] and [`compress_harvested`], for each
//! [`Planner::due`] patient [`compress`]: hand the write to the engine, wait
//! for its commit, [`Planner::done`]; then [`prune`] below [`prune_limit`], and
//! [`Retention::look`].
//!
//! Invariant: a chunk holds no rows from both sides of a re-attribution of its
//! patient, so that a void holds for all of a chunk or for none of it.
//! Invariant: no row is pruned that a snapshot, a sink or a roll-up still needs.

mod compress;
mod harvest;
mod plan;
mod prune;

pub use compress::{compress, compress_harvested};
pub use harvest::{Harvest, Joint};
pub use plan::Planner;
pub use prune::{PruneLimit, Retention, SinkHold, prune, prune_limit, vacuum};
