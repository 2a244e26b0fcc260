//! One SQLite file: schema, journal, compressed chunks, queries, retention.
//!
//! In: [`Writes`] from the engine, one transaction a batch. Out: views for
//! everybody who reads, each from one short read transaction.
//!
//! Invariant: only the engine's thread writes; readers see WAL snapshots.
//! Invariant: a commit that returns is synced to disk.
//! Invariant: nothing acknowledged is ever changed in place; later facts are new rows.

mod apply;
mod backup;
mod bytes;
mod checkpoint;
pub mod chunk;
mod database;
pub mod entry;
mod error;
mod heads;
mod load;
mod reader;
pub mod rollup;
mod settings;
mod tail;
mod verify;
mod views;
mod writer;
mod writes;

pub use backup::{BackupError, backup, restore};
pub use bytes::BytesError;
pub use checkpoint::Checkpointer;
pub use database::{DataLock, database_path};
pub use entry::{Entry, EntryError, EntryHeader};
pub use error::{CommitError, LoadError, OpenError, QueryError};
pub use heads::TailHeads;
pub use load::{FoldResult, FoldRow, Loaded, LoadedState, StateOf, StoredSession};
pub use reader::{
    AuditView, Bucket, Counts, DelayPercentiles, JournalPage, JournalView, Reader, SinkRejectedView,
};
pub use settings::Settings;
pub use verify::{VerifyReport, verify};
pub use views::{
    AlertEventView, AlertFilter, AlertView, ChannelMeasured, DeliveryAttemptView, DeliveryOrigin,
    DeliveryView, LatestValue, NotesQuery, OrderView, PointView, QuarantineView, ReadingsQuery,
    StandingView,
};
pub use writer::{Committed, Fault, Opened, Writer};
pub use writes::{
    AlertEventRow, AlertRow, Capsule, JournalKind, JournalRow, JournalRows, NewChunk, NewDelivery,
    OrderRow, QuarantineRow, ReplayRange, Rollup, StateRow, VoidRow, Write, Writes,
};

#[cfg(test)]
mod tests;
