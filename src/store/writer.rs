//! The one writing connection: a batch, a transaction, a sync.

use super::apply::{self, QuarantineBounds, QuarantineLedger};
use super::database::{self, DataLock};
use super::error::{CommitError, OpenError};
use super::heads::TailHeads;
use super::settings::Settings;
use super::writes::{JournalRow, JournalRows, Writes};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// Writes batches. There is one, on the engine's thread.
pub struct Writer {
    pub(super) conn: Connection,
    heads: TailHeads,
    bounds: QuarantineBounds,
    ledger: QuarantineLedger,
    path: PathBuf,
    wal_bytes_max: u64,
    fault: Option<Fault>,
    _lock: DataLock,
}

/// What a test lets happen at the next commits: an SQLite result code instead
/// of the commit, for failures that no real disk gives on demand (a failed sync).
pub type Fault = Box<dyn FnMut() -> Option<std::ffi::c_int> + Send>;

/// What was found when the data directory was opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The site's name: 8 hexadecimal digits, made when the database was.
    pub site: String,
    /// The schema's version.
    pub schema: usize,
    /// A secret of this database, made when it first opened under this version.
    pub chart_key: String,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("site", &self.site)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

/// What a commit did beside writing what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// Quarantined payloads that had to go to keep its bounds.
    pub quarantine_dropped: u64,
}

impl Writer {
    /// Opens the data directory and takes it for this process alone.
    ///
    /// # Errors
    /// [`OpenError`] names the file, the lock or the version in the way.
    pub fn open(data_dir: &Path, settings: &Settings) -> Result<(Self, Opened), OpenError> {
        let lock = DataLock::take(data_dir)?;
        let conn = database::open_writing(data_dir, settings)?;
        settle_log(&conn)?;
        let site = database::site(&conn)?;
        let chart_key = database::chart_key(&conn)?;
        let schema = database::schema_version(&conn).map_err(OpenError::Migration)?;
        let heads = TailHeads::default();
        heads.recover(&conn)?;
        let writer = Self {
            ledger: QuarantineLedger::load(&conn)?,
            bounds: QuarantineBounds::new(settings),
            path: database::database_path(data_dir),
            wal_bytes_max: u64::from(settings.wal_mib_max) * 1024 * 1024,
            fault: None,
            conn,
            heads,
            _lock: lock,
        };
        let opened = Opened {
            site,
            schema,
            chart_key,
        };
        Ok((writer, opened))
    }

    /// The newest journal row of each patient, for [`super::Reader`]s.
    pub fn heads(&self) -> TailHeads {
        self.heads.clone()
    }

    /// Writes one batch in one transaction; when it returns, it is synced.
    /// Journal rows come first, then the other writes in order.
    ///
    /// # Errors
    /// [`CommitError`]; nothing was written, and after
    /// [`CommitError::Full`] the same writes may be tried again.
    pub fn commit(&mut self, writes: &Writes) -> Result<Committed, CommitError> {
        let result = self.transact(writes);
        match &result {
            Ok(_) => {
                for row in &writes.journal.rows {
                    if let Some(patient) = row.patient {
                        self.heads.raise(patient.0, row.seq);
                    }
                }
            }
            Err(_) if writes.touches_quarantine() => {
                // The ledger ran ahead of what was rolled back.
                self.ledger = QuarantineLedger::load(&self.conn)?;
            }
            Err(_) => {}
        }
        result
    }

    fn transact(&mut self, writes: &Writes) -> Result<Committed, CommitError> {
        let tx = Transaction::new(&mut self.conn, TransactionBehavior::Immediate)?;
        insert_journal(&tx, &writes.journal)?;
        let mut context = apply::Context {
            tx: &tx,
            heads: &self.heads,
            journal: &writes.journal,
            bounds: &self.bounds,
            ledger: &mut self.ledger,
            dropped: 0,
        };
        for write in &writes.others {
            context.apply(write)?;
        }
        let quarantine_dropped = context.dropped;
        if let Some(code) = self.fault.as_mut().and_then(|fault| fault()) {
            let error = rusqlite::ffi::Error::new(code);
            return Err(rusqlite::Error::SqliteFailure(error, None).into());
        }
        tx.commit()?;
        Ok(Committed { quarantine_dropped })
    }

    /// Makes the next commits fail as `fault` says, instead of reaching the disk.
    pub fn inject_fault(&mut self, fault: Option<Fault>) {
        self.fault = fault;
    }

    /// Bounds the database file to `pages` pages from now on: a commit that
    /// needs more is [`CommitError::Full`].
    ///
    /// # Errors
    /// When SQLite refuses the pragma.
    pub fn limit_pages(&self, pages: u64) -> rusqlite::Result<()> {
        self.conn
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
    }

    /// Starts the write-ahead log afresh when it has outgrown its bound: for
    /// the engine between batches. The [`super::Checkpointer`] has copied
    /// nearly all of it before, so that little is left to do here. Returns
    /// whether it did.
    ///
    /// # Errors
    /// [`CommitError`] as for a commit.
    pub fn checkpoint_if_needed(&mut self) -> Result<bool, CommitError> {
        let wal = self.path.with_extension("db-wal");
        let bytes = std::fs::metadata(wal).map_or(0, |metadata| metadata.len());
        if bytes <= self.wal_bytes_max {
            return Ok(false);
        }
        self.truncate_log()?;
        Ok(true)
    }

    /// Copies the whole log into the database and empties its file, when no
    /// reader is in the way. For an idle engine and an orderly end.
    ///
    /// # Errors
    /// [`CommitError`] as for a commit.
    pub fn truncate_log(&mut self) -> Result<(), CommitError> {
        // Waiting for a long reader would hold up the engine: go on instead.
        self.conn.busy_timeout(std::time::Duration::ZERO)?;
        let result = self
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        self.conn.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(result?)
    }
}

/// Copies what an earlier process left in the log into the database, before
/// anything is built upon it. After a failed sync the kernel still shows the
/// pages that the disk never got, and calls them clean: no later sync writes
/// them, and a power cut would end the log there, with all that was
/// acknowledged after it. Copied pages are written and synced anew.
fn settle_log(conn: &Connection) -> Result<(), OpenError> {
    let copied = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    match copied.map_err(CommitError::from) {
        Ok(()) => Ok(()),
        Err(error @ CommitError::Full(_)) => {
            // The service must start on a full disk, to say so and to wait.
            tracing::warn!(%error, "the write-ahead log was not copied into the database at start");
            Ok(())
        }
        Err(error) => Err(OpenError::Log(error)),
    }
}

fn insert_journal(tx: &Transaction<'_>, journal: &JournalRows) -> rusqlite::Result<()> {
    if journal.rows.is_empty() {
        return Ok(());
    }
    let mut insert = tx.prepare_cached(
        "INSERT INTO journal (seq, stamp, kind, patient, device, previous, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for row in &journal.rows {
        insert.execute((
            row.seq,
            row.stamp.epoch_ms(),
            row.kind as u8,
            row.patient.map(|patient| patient.0),
            row.device.map(|device| device.0),
            row.previous,
            body(journal, row),
        ))?;
    }
    Ok(())
}

fn body<'a>(journal: &'a JournalRows, row: &JournalRow) -> &'a [u8] {
    journal
        .bytes
        .get(row.body.0..row.body.1)
        .expect("the engine appends a row's body before it names it")
}
