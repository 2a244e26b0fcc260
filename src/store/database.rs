//! Opens the data directory: files, lock, connection settings, schema.

use super::error::OpenError;
use super::settings::Settings;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use rusqlite_migration::{M, Migrations, SchemaVersion};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("schema.sql")),
    M::up(include_str!("routing.sql")),
    M::up(include_str!("channels.sql")),
    M::up(include_str!("orders.sql")),
    M::up(include_str!("reports.sql")),
    M::up(include_str!("accounts.sql")),
    M::up(include_str!("notes.sql")),
];
/// Bytes of a page. 4096 is SQLite's default and the unit of most disks.
pub(super) const PAGE_BYTES: u64 = 4096;

/// Where the database lies in a data directory.
pub fn database_path(data_dir: &Path) -> PathBuf {
    data_dir.join("wardlight.db")
}

/// The exclusive right to a data directory. Ends when dropped, and with the process.
pub struct DataLock {
    file: File,
}

impl Drop for DataLock {
    fn drop(&mut self) {
        // Closing is not enough: a process that is being started at this moment
        // shares the file, and with it the lock, until it runs its own program.
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the data directory stays locked until this process ends");
        }
    }
}

impl DataLock {
    /// Makes the directory, for its owner only, and takes it.
    ///
    /// # Errors
    /// [`OpenError::Locked`] when another process has it.
    pub fn take(data_dir: &Path) -> Result<Self, OpenError> {
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(data_dir);
        made.map_err(|source| file_error(data_dir, source))?;
        let path = data_dir.join("wardlight.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|source| file_error(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path }),
            Err(TryLockError::Error(source)) => Err(file_error(&path, source)),
        }
    }
}

fn file_error(path: &Path, source: std::io::Error) -> OpenError {
    let path = path.to_path_buf();
    OpenError::File { path, source }
}

/// Opens the database for writing, makes it when it is missing, and brings its
/// schema up to date. The caller holds the [`DataLock`].
pub(super) fn open_writing(data_dir: &Path, settings: &Settings) -> Result<Connection, OpenError> {
    let path = database_path(data_dir);
    // SQLite gives its log and index files the mode of the database file.
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|source| file_error(&path, source))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(&path, flags)?;
    refuse_newer(&conn)?;
    lay_out_when_empty(&conn)?;
    conn.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA foreign_keys = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -{};",
        settings.cache_mib.saturating_mul(1024)
    ))?;
    conn.busy_timeout(std::time::Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(128);
    Migrations::from_slice(MIGRATIONS)
        .to_latest(&mut conn)
        .map_err(OpenError::Migration)?;
    if settings.database_mib_max > 0 {
        let pages = u64::from(settings.database_mib_max) * 1024 * 1024 / PAGE_BYTES;
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    Ok(conn)
}

/// Chooses what cannot be changed later. `auto_vacuum` writes a page whenever it
/// is set, and a service must start on a full disk too: only a new file gets it.
fn lay_out_when_empty(conn: &Connection) -> rusqlite::Result<()> {
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    if pages > 0 {
        return Ok(());
    }
    conn.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL;"
    ))
}

/// Opens the database for reading only.
pub(super) fn open_reading(path: &Path, cache_mib: u32) -> Result<Connection, OpenError> {
    if !path.exists() {
        let path = path.to_path_buf();
        return Err(OpenError::Missing { path });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    refuse_newer(&conn)?;
    conn.execute_batch(&format!(
        "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{};",
        cache_mib.saturating_mul(1024)
    ))?;
    conn.busy_timeout(std::time::Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

fn refuse_newer(conn: &Connection) -> Result<(), OpenError> {
    let found: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    Ok(())
}

/// The schema's version in a database, 0 when it is empty.
pub(super) fn schema_version(conn: &Connection) -> Result<usize, rusqlite_migration::Error> {
    match Migrations::from_slice(MIGRATIONS).current_version(conn)? {
        SchemaVersion::NoneSet => Ok(0),
        SchemaVersion::Inside(version) | SchemaVersion::Outside(version) => Ok(version.get()),
    }
}

/// The site's name: 8 hexadecimal digits, made at the first opening.
pub(super) fn site(conn: &Connection) -> Result<String, OpenError> {
    drawn_once::<4>(conn, "site")
}

/// The secret that signs links to charts, made at the first opening.
pub(super) fn chart_key(conn: &Connection) -> Result<String, OpenError> {
    drawn_once::<32>(conn, "chart_key")
}

/// `N` random bytes in hexadecimal digits, the same from the first call on.
fn drawn_once<const N: usize>(conn: &Connection, key: &str) -> Result<String, OpenError> {
    let known: Option<String> = conn
        .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(OpenError::Random)?;
    let drawn: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    conn.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2)",
        (key, &drawn),
    )?;
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_ends_with_its_owner_although_a_starting_process_still_shares_the_file() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let lock = DataLock::take(dir.path()).expect("free");
        assert!(matches!(
            DataLock::take(dir.path()),
            Err(OpenError::Locked { .. })
        ));
        let shared = lock.file.try_clone().expect("shared");
        drop(lock);
        DataLock::take(dir.path()).expect("free again");
        drop(shared);
    }
}
