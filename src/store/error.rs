//! Why the store could not do what was asked.

use super::chunk::ChunkError;
use super::entry::EntryError;
use rusqlite::ffi;
use std::path::PathBuf;

/// Why the data directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or one of its files cannot be made or opened.
    #[error("failed to open {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process has the directory.
    #[error("another wardlight process is using {path}; stop it first")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// There is no database and none may be made.
    #[error("there is no database at {path}")]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The database was written by a newer version.
    #[error("the database has schema {found}, this program knows {known}; use a newer program")]
    Newer {
        /// The database's version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The schema could not be brought up to date.
    #[error("failed to migrate the schema")]
    Migration(#[source] rusqlite_migration::Error),
    /// SQLite refused.
    #[error("failed to open the database")]
    Database(#[from] rusqlite::Error),
    /// What the write-ahead log holds could not be made safe.
    #[error("failed to copy the write-ahead log into the database")]
    Log(#[source] CommitError),
    /// No random number for the site's name.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

/// Why a batch was not committed. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// No space: try the very same writes again later.
    #[error("the disk is full")]
    Full(#[source] rusqlite::Error),
    /// A sync failed: what reached the disk is unknown, so the process must end.
    #[error("a sync to disk failed")]
    SyncFailed(#[source] rusqlite::Error),
    /// Anything else SQLite refused.
    #[error("failed to commit a batch")]
    Database(#[source] rusqlite::Error),
    /// A document could not be written as JSON.
    #[error("failed to encode a document")]
    Document(#[from] serde_json::Error),
}

impl From<rusqlite::Error> for CommitError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error().map(|e| (e.code, e.extended_code)) {
            Some((ffi::ErrorCode::DiskFull, _)) => Self::Full(error),
            // A quota or a full network disk shows as a failed write, and the
            // log's index tells of no reason when it cannot grow.
            Some((_, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE)) => Self::Full(error),
            Some((_, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)) => {
                Self::SyncFailed(error)
            }
            _ => Self::Database(error),
        }
    }
}

/// Why the state could not be read at start.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// SQLite refused.
    #[error("failed to read the database")]
    Database(#[from] rusqlite::Error),
    /// A row does not hold what it should.
    #[error("row {row} of {table} is damaged: {problem}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// The row's number or sequence.
        row: i64,
        /// What is wrong, without the row's content.
        problem: String,
    },
    /// The caller's fold refused a row.
    #[error("journal row {seq} could not be folded in")]
    Fold {
        /// Which row.
        seq: u64,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// SQLite refused.
    #[error("failed to read the database")]
    Database(#[from] rusqlite::Error),
    /// The database could not be opened for reading.
    #[error("failed to open a reading connection")]
    Open(#[from] OpenError),
    /// A journal row is damaged.
    #[error("journal row {seq} is damaged")]
    Entry {
        /// Which row.
        seq: u64,
        /// Why.
        #[source]
        source: EntryError,
    },
    /// A chunk is damaged.
    #[error("chunk {id} is damaged")]
    Chunk {
        /// Its row.
        id: i64,
        /// Why.
        #[source]
        source: ChunkError,
    },
    /// A document is damaged.
    #[error("a document of {table} is damaged")]
    Document {
        /// The table.
        table: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A stored word or identifier is not one of ours.
    #[error("a row of {table} holds an unknown {what}")]
    Unknown {
        /// The table.
        table: &'static str,
        /// Which column.
        what: &'static str,
    },
}
