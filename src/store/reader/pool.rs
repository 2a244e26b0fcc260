//! Bounded reading connections.

use crate::domain::PatientNumber;
use crate::store::database;
use crate::store::error::{OpenError, QueryError};
use crate::store::heads::TailHeads;
use crate::store::settings::Settings;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Answers questions; clones share their connections. Calls block for disk and
/// for a free connection: never call one on an async thread.
#[derive(Clone)]
pub struct Reader {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    cache_mib: u32,
    connections_max: usize,
    heads: TailHeads,
    pool: Mutex<Pool>,
    freed: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    open: usize,
}

impl Reader {
    /// Reads beside the writer whose `heads` these are.
    ///
    /// # Errors
    /// [`OpenError`] when the database cannot be opened.
    pub fn open(data_dir: &Path, settings: &Settings, heads: TailHeads) -> Result<Self, OpenError> {
        Self::at(database::database_path(data_dir), settings, heads)
    }

    /// Reads a database that no writer uses (a backup, a stopped service):
    /// finds the heads itself.
    ///
    /// # Errors
    /// [`OpenError`] when the database cannot be opened or read.
    pub fn offline(path: &Path, settings: &Settings) -> Result<Self, OpenError> {
        let heads = TailHeads::default();
        heads.recover(&database::open_reading(path, settings.read_cache_mib)?)?;
        Self::at(path.to_path_buf(), settings, heads)
    }

    fn at(path: PathBuf, settings: &Settings, heads: TailHeads) -> Result<Self, OpenError> {
        let first = database::open_reading(&path, settings.read_cache_mib)?;
        let pool = Pool {
            idle: vec![first],
            open: 1,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                path,
                cache_mib: settings.read_cache_mib,
                connections_max: settings.read_connections.max(1) as usize,
                heads,
                pool: Mutex::new(pool),
                freed: Condvar::new(),
            }),
        })
    }

    /// Runs `f` in one snapshot.
    pub(in crate::store) fn read<T>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        let lease = self.lease()?;
        let tx = lease.conn().unchecked_transaction()?;
        let answer = f(&tx);
        tx.commit()?;
        answer
    }

    /// The same for a question that follows the patient's tail.
    pub(in crate::store) fn read_patient<T>(
        &self,
        patient: PatientNumber,
        f: impl FnOnce(&Connection, Option<u64>) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        let head = self.inner.heads.get(patient.0);
        self.read(|conn| f(conn, head))
    }

    fn lease(&self) -> Result<Lease<'_>, QueryError> {
        let inner = &*self.inner;
        let mut pool = inner.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(conn) = pool.idle.pop() {
                return Ok(Lease {
                    inner,
                    conn: Some(conn),
                });
            }
            if pool.open < inner.connections_max {
                pool.open += 1;
                break;
            }
            let freed = inner.freed.wait(pool);
            pool = freed.unwrap_or_else(PoisonError::into_inner);
        }
        drop(pool);
        // From here on the lease gives the place back, with or without a connection.
        let mut lease = Lease { inner, conn: None };
        lease.conn = Some(database::open_reading(&inner.path, inner.cache_mib)?);
        Ok(lease)
    }
}

/// A connection on loan; goes back when dropped, in a panic too.
struct Lease<'a> {
    inner: &'a Inner,
    conn: Option<Connection>,
}

impl Lease<'_> {
    fn conn(&self) -> &Connection {
        self.conn
            .as_ref()
            .expect("a lease is given out with its connection")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let pool = self.inner.pool.lock();
        let mut pool = pool.unwrap_or_else(PoisonError::into_inner);
        match self.conn.take() {
            Some(conn) => pool.idle.push(conn),
            None => pool.open -= 1,
        }
        self.inner.freed.notify_one();
    }
}
