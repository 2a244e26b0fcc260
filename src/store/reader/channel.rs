//! How a channel did in its last attempts.

use super::pool::Reader;
use crate::domain::{EndpointId, WallTime};
use crate::store::error::QueryError;
use crate::store::views::ChannelMeasured;
use rusqlite::{Connection, OptionalExtension as _};

/// Attempts that are looked at.
const ATTEMPTS_MAX: usize = 200;

impl Reader {
    /// Measures a channel on its last attempts.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn channel_measured(&self, endpoint: &EndpointId) -> Result<ChannelMeasured, QueryError> {
        self.read(|conn| {
            let mut measured = attempts(conn, endpoint)?;
            let sql = "SELECT at FROM delivery_attempt WHERE endpoint = ?1 AND error IS NULL
                 ORDER BY at DESC LIMIT 1";
            let last: Option<i64> = conn
                .prepare_cached(sql)?
                .query_row([endpoint.as_str()], |row| row.get(0))
                .optional()?;
            measured.last_success = last.map(WallTime::from_epoch_ms);
            let count = |state: &str| {
                let sql = format!(
                    "SELECT count(*) FROM delivery WHERE endpoint = ?1 AND state = '{state}'"
                );
                let mut statement = conn.prepare_cached(&sql)?;
                statement.query_row([endpoint.as_str()], |row| row.get(0))
            };
            measured.waiting = count("waiting")?;
            measured.dead_letters = count("failed")?;
            Ok(measured)
        })
    }
}

fn attempts(conn: &Connection, endpoint: &EndpointId) -> Result<ChannelMeasured, QueryError> {
    let sql = "SELECT at, took_ms, error FROM delivery_attempt WHERE endpoint = ?1
         ORDER BY at DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query((endpoint.as_str(), ATTEMPTS_MAX))?;
    let mut measured = ChannelMeasured::default();
    let mut failing = true;
    while let Some(row) = rows.next()? {
        let error: Option<String> = row.get(2)?;
        failing &= error.is_some();
        if failing {
            measured.failing_since = Some(WallTime::from_epoch_ms(row.get(0)?));
        }
        if measured.took_ms.is_empty() {
            measured.last_error.clone_from(&error);
        }
        measured.took_ms.push(row.get(1)?);
        measured.succeeded += usize::from(error.is_none());
    }
    Ok(measured)
}
