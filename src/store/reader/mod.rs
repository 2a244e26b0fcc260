//! Questions to the store, each answered from one short snapshot.
//!
//! In: queries from any thread that may block (`spawn_blocking`). Out: views.
//!
//! Invariant: a snapshot is closed when its question is answered; no answer is
//! unbounded.
//! Invariant: a patient's head is taken before the snapshot is opened.

mod alerts;
mod bucket;
mod channel;
mod counts;
mod deliveries;
mod documents;
mod journal;
mod latest;
mod lift;
pub(super) mod notes;
mod orders;
mod pool;
mod quarantine;
mod readings;
mod reports;
mod routing;
mod scan;

pub use bucket::Bucket;
pub use counts::{Counts, DelayPercentiles};
pub use journal::{AuditView, JournalPage, JournalView, SinkRejectedView};
pub use pool::Reader;
