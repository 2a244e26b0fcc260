//! Backups: one consistent file, made while the service runs, and the way back.

use super::database::{DataLock, PAGE_BYTES, database_path, open_reading};
use super::error::{OpenError, QueryError};
use super::verify::{VerifyReport, verify};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages copied at once; between two steps others get the disk.
const STEP_PAGES: i32 = 2_000;

/// Why a backup was not made or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something is there already; nothing is ever overwritten.
    #[error("{path} exists already; nothing was changed")]
    Exists {
        /// What.
        path: PathBuf,
    },
    /// The data directory or database cannot be opened.
    #[error("failed to open the database")]
    Open(#[from] OpenError),
    /// SQLite refused.
    #[error("failed to copy the database")]
    Database(#[from] rusqlite::Error),
    /// A file cannot be written.
    #[error("failed to write {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The backup cannot be read to the end.
    #[error("failed to verify the backup")]
    Unreadable(#[from] QueryError),
    /// The backup is damaged; nothing was restored.
    #[error("the backup has {problems} problems, the first: {first}")]
    Damaged {
        /// How many.
        problems: u64,
        /// The first of them.
        first: String,
    },
}

/// Copies the database into the new file `target`, as it stands at one moment,
/// while the service goes on. `progress` is told pages done and in all.
///
/// The snapshot is held for the whole copy, so the copy never starts again;
/// the write-ahead log grows meanwhile by what is written.
///
/// # Errors
/// [`BackupError`]; no half file is left under the name `target`.
pub fn backup(
    data_dir: &Path,
    target: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<u64, BackupError> {
    refuse_existing(target)?;
    let source = open_reading(&database_path(data_dir), 4)?;
    let snapshot = source.unchecked_transaction()?;
    snapshot.query_row("SELECT count(*) FROM meta", [], |_| Ok(()))?;
    let partial = target.with_extension("partial");
    create(&partial)?;
    let mut copy = Connection::open(&partial)?;
    {
        let backup = Backup::new(&snapshot, &mut copy)?;
        loop {
            let step = backup.step(STEP_PAGES)?;
            let pages = backup.progress();
            let done = u64::try_from(pages.pagecount - pages.remaining).unwrap_or(0);
            progress(done, u64::try_from(pages.pagecount).unwrap_or(0));
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => std::thread::sleep(Duration::from_millis(10)), // busy
            }
        }
    }
    // One file: a backup needs no log beside it.
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    let pages: u64 = copy.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    copy.close().map_err(|(_, error)| error)?;
    publish(&partial, target)?;
    Ok(pages * PAGE_BYTES)
}

/// Puts a backup in place of a missing database, after reading all of it.
///
/// # Errors
/// [`BackupError`]; nothing is overwritten and nothing damaged is restored.
pub fn restore(backup: &Path, data_dir: &Path) -> Result<VerifyReport, BackupError> {
    let _lock = DataLock::take(data_dir)?;
    let target = database_path(data_dir);
    refuse_existing(&target)?;
    refuse_existing(&target.with_extension("db-wal"))?;
    let report = verify(backup)?;
    if let Some(first) = report.problems.first() {
        let (problems, first) = (report.problem_count, first.clone());
        return Err(BackupError::Damaged { problems, first });
    }
    let partial = target.with_extension("partial");
    create(&partial)?;
    let failed = |source| BackupError::File {
        path: partial.clone(),
        source,
    };
    std::fs::copy(backup, &partial).map_err(failed)?;
    publish(&partial, &target)?;
    Ok(report)
}

fn refuse_existing(path: &Path) -> Result<(), BackupError> {
    if path.exists() {
        let path = path.to_path_buf();
        return Err(BackupError::Exists { path });
    }
    Ok(())
}

/// Makes an empty file for its owner only; what an interrupted run left is emptied.
fn create(path: &Path) -> Result<(), BackupError> {
    let created = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path);
    created.map(drop).map_err(|source| BackupError::File {
        path: path.to_path_buf(),
        source,
    })
}

/// Syncs a finished file and gives it its name.
fn publish(partial: &Path, target: &Path) -> Result<(), BackupError> {
    let finish = || -> std::io::Result<()> {
        File::open(partial)?.sync_all()?;
        // Unlike a rename this fails when somebody made the target meanwhile.
        std::fs::hard_link(partial, target)?;
        std::fs::remove_file(partial)?;
        if let Some(parent) = target.parent().filter(|p| !p.as_os_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    };
    finish().map_err(|source| BackupError::File {
        path: target.to_path_buf(),
        source,
    })
}
