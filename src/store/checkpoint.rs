//! Copies the write-ahead log into the database, off the commit path.

use super::database::{self, PAGE_BYTES};
use super::error::OpenError;
use super::settings::Settings;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// A thread with its own connection. Dropping it ends the thread.
pub struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread. The database must exist.
    ///
    /// # Errors
    /// [`OpenError`] when the database or the thread cannot be had.
    pub fn spawn(data_dir: &Path, settings: &Settings) -> Result<Self, OpenError> {
        let path = database::database_path(data_dir);
        let conn = Connection::open(&path)?;
        conn.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL;")?;
        let pages_min = u64::from(settings.checkpoint_mib) * 1024 * 1024 / PAGE_BYTES;
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || run(&conn, &woken, pages_min))
            .map_err(|source| OpenError::File { path, source })?;
        Ok(Self {
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// Says that something was committed. Never waits.
    pub fn committed(&self) {
        if let Some(wake) = &self.wake {
            let _ = wake.try_send(()); // full: it will look anyway
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(conn: &Connection, woken: &Receiver<()>, pages_min: u64) {
    while woken.recv().is_ok() {
        match waiting(conn, "NOOP") {
            Ok(pages) if pages >= pages_min => {}
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(%error, "the size of the write-ahead log cannot be read");
                continue;
            }
        }
        if let Err(error) = waiting(conn, "PASSIVE") {
            // The data is safe in the log; it grows until this works again.
            tracing::warn!(%error, "the write-ahead log could not be copied into the database");
        }
    }
}

/// Pages of the log that are not in the database yet.
fn waiting(conn: &Connection, mode: &str) -> rusqlite::Result<u64> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let (log, copied): (i64, i64) =
        conn.query_row(&sql, [], |row| Ok((row.get(1)?, row.get(2)?)))?;
    Ok(u64::try_from(log.saturating_sub(copied)).unwrap_or(0))
}
