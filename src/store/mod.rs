//! One SQLite file: schema, journal, compressed chunks, queries, retention.
//!
//! In: [`Writes`] from the engine, one transaction a batch. Out: views for
//! everybody who reads, each from one short read transaction.
//!
//! Invariant: only the engine's thread writes; readers see WAL snapshots.
//! Invariant: a commit that returns is synced to disk.
//! Invariant: nothing acknowledged is ever changed in place; later facts are new rows.

mod bytes;
pub mod entry;
mod views;
mod writes;

pub use bytes::BytesError;
pub use entry::{Entry, EntryError, EntryHeader};
pub use views::{
    AlertEventView, AlertFilter, AlertView, DeliveryView, LatestValue, PointView, QuarantineView,
    ReadingsQuery,
};
pub use writes::{
    AlertEventRow, AlertRow, Capsule, JournalKind, JournalRows, NewDelivery, QuarantineRow,
    StateRow, VoidRow, Write, Writes,
};
