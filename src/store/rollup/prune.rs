//! What may go: journal rows nobody needs, and what retention ends.

use crate::domain::{AlertId, CANARY, ClinicalTime};
use crate::store::error::QueryError;
use crate::store::reader::Reader;
use crate::store::settings::Settings;
use crate::store::writes::Write;
use rusqlite::Connection;

const DAY_MS: i64 = 24 * 3_600_000;
/// Readings of the canary are kept for so long: nobody reads them.
const CANARY_MS: i64 = DAY_MS;
/// Rows deleted in one batch: about 4 ms.
const PRUNE_ROWS: u32 = 4_000;
/// Chunks or alerts dropped in one batch.
const DROP_MAX: usize = 100;
/// Chunks or alerts looked at, of each.
const LOOK_MAX: usize = 1_000;
/// Pages given back in one batch: about 2 ms.
const VACUUM_PAGES: u32 = 500;

/// How far a sink has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkHold {
    /// The last journal row it copied.
    pub seq: u64,
    /// When that row arrived.
    pub stamp: ClinicalTime,
}

/// Below which row the journal may be pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PruneLimit {
    /// Rows before this one may go.
    pub below: u64,
    /// Sinks whose hold ended: rows they never copied may go. Say it loudly.
    pub sinks_given_up: usize,
}

/// The lowest row that somebody still needs: the fold after the oldest
/// snapshot, the oldest row without a chunk, and every sink, unless it stood
/// still for longer than `sink_hold_days`.
pub fn prune_limit(
    oldest_snapshot: u64,
    oldest_unrolled: u64,
    sinks: &[SinkHold],
    now: ClinicalTime,
    settings: &Settings,
) -> PruneLimit {
    let hold = i64::from(settings.sink_hold_days) * DAY_MS;
    let mut limit = PruneLimit {
        below: oldest_unrolled.min(oldest_snapshot.saturating_add(1)),
        sinks_given_up: 0,
    };
    for sink in sinks {
        if sink.seq.saturating_add(1) >= limit.below {
            continue;
        }
        if now.ms_since(sink.stamp) > hold {
            limit.sinks_given_up += 1;
        }
    }
    let held = sinks.iter().filter(|sink| now.ms_since(sink.stamp) <= hold);
    let held = held.map(|sink| sink.seq.saturating_add(1)).min();
    limit.below = limit.below.min(held.unwrap_or(u64::MAX));
    limit
}

/// One slice of pruning, none when the journal begins at `below`.
///
/// # Errors
/// [`QueryError`] when the database cannot be read.
pub fn prune(reader: &Reader, below: u64) -> Result<Option<Write>, QueryError> {
    // Each its own question: together they would read the whole table.
    let sql = "SELECT (SELECT min(seq) FROM journal), (SELECT max(seq) FROM journal)";
    let (oldest, newest) = reader.read(|conn| {
        let range = conn.query_row(sql, [], |row| {
            Ok((row.get::<_, Option<u64>>(0)?, row.get::<_, Option<u64>>(1)?))
        });
        Ok(range?)
    })?;
    let below = below.min(newest.unwrap_or(0));
    let rows_max = PRUNE_ROWS;
    let any = oldest.is_some_and(|oldest| oldest < below);
    Ok(any.then_some(Write::PruneJournal { below, rows_max }))
}

/// Looks for what retention ends, a few rows at a time and round again, so
/// that a look never reads a whole table.
#[derive(Default)]
pub struct Retention {
    chunk: i64,
    alert: String,
}

impl Retention {
    /// One slice: chunks that ended, and resolved alerts that were raised,
    /// more than `retention_days` ago, among the next rows of each table.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn look(
        &mut self,
        reader: &Reader,
        now: ClinicalTime,
        settings: &Settings,
    ) -> Result<Vec<Write>, QueryError> {
        let days = i64::from(settings.retention_days);
        let limit = now.plus_ms(-days * DAY_MS).epoch_ms();
        reader.read(|conn| {
            let mut writes = Vec::new();
            let ids = self.chunks(conn, limit, now.plus_ms(-CANARY_MS).epoch_ms())?;
            if !ids.is_empty() {
                writes.push(Write::DropChunks { ids });
            }
            let ids = self.alerts(conn, limit)?;
            if !ids.is_empty() {
                writes.push(Write::DropAlerts { ids });
            }
            let sql = "SELECT EXISTS (SELECT 1 FROM note WHERE at < ?1)";
            if conn
                .prepare_cached(sql)?
                .query_row([limit], |row| row.get(0))?
            {
                let before = ClinicalTime::from_epoch_ms(limit);
                writes.push(Write::DropNotes { before });
            }
            let sql = "SELECT EXISTS (SELECT 1 FROM delivery
                 WHERE event = 0 AND created < ?1 AND state <> 'waiting')";
            if conn
                .prepare_cached(sql)?
                .query_row([limit], |row| row.get(0))?
            {
                let before = ClinicalTime::from_epoch_ms(limit);
                writes.push(Write::DropSystemDeliveries { before });
            }
            Ok(writes)
        })
    }

    fn chunks(
        &mut self,
        conn: &Connection,
        limit: i64,
        canary: i64,
    ) -> Result<Vec<i64>, QueryError> {
        let sql = "SELECT id, (last_at < ?1 AND last_arrival < ?1) OR (last_arrival < ?4 AND
                 patient IS (SELECT number FROM patient WHERE id = ?5)) FROM chunk
             WHERE id > ?2 ORDER BY id LIMIT ?3";
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query((limit, self.chunk, LOOK_MAX, canary, CANARY))?;
        let mut ids = Vec::new();
        self.chunk = 0;
        while let Some(row) = rows.next()? {
            self.chunk = row.get(0)?;
            if row.get(1)? {
                ids.push(self.chunk);
            }
            if ids.len() == DROP_MAX {
                break;
            }
        }
        Ok(ids)
    }

    fn alerts(&mut self, conn: &Connection, limit: i64) -> Result<Vec<AlertId>, QueryError> {
        let sql = "SELECT id, handling = 'resolved' AND raised_at < ?1 FROM alert
             WHERE id > ?2 ORDER BY id LIMIT ?3";
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query((limit, std::mem::take(&mut self.alert), LOOK_MAX))?;
        let mut ids = Vec::new();
        while let Some(row) = rows.next()? {
            self.alert = row.get(0)?;
            if row.get(1)? {
                ids.extend(AlertId::new(&self.alert).ok());
            }
            if ids.len() == DROP_MAX {
                break;
            }
        }
        Ok(ids)
    }
}

/// One slice of giving free pages back, once they are more than a twentieth
/// of the file: fewer will be used again soon.
///
/// # Errors
/// [`QueryError`] when the database cannot be read.
pub fn vacuum(reader: &Reader) -> Result<Option<Write>, QueryError> {
    let pragma = |name: &str| {
        reader.read(|conn| {
            let pages: u64 = conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?;
            Ok(pages)
        })
    };
    let any = pragma("freelist_count")? > pragma("page_count")? / 20;
    let pages_max = VACUUM_PAGES;
    Ok(any.then_some(Write::Vacuum { pages_max }))
}
