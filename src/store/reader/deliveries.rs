//! Webhook deliveries: due ones for the notifier, lists for people.

use super::documents::PAGE_MAX;
use super::pool::Reader;
use crate::domain::{
    AlertId, ClinicalTime, DeliveryId, EndpointId, PatientNumber, Priority, WallTime,
};
use crate::store::error::QueryError;
use crate::store::views::{DeliveryAttemptView, DeliveryOrigin, DeliveryView};
use crate::store::writes::ReplayRange;
use rusqlite::{OptionalExtension, Row};

const DELIVERY: &str = "SELECT number, id, endpoint, type, created, state, attempts, next_attempt,
    (SELECT status FROM delivery_attempt WHERE delivery = number ORDER BY at DESC LIMIT 1),
    (SELECT error FROM delivery_attempt WHERE delivery = number ORDER BY at DESC LIMIT 1),
    body, (SELECT max(at) FROM delivery_attempt WHERE delivery = number), first_received,
    urgency, reason, patient FROM delivery";

/// Newest deliveries among which those of one alert are looked for: they have no
/// index by alert, and the page that asks must not wait for all that were kept.
const LOOKED_AT_MAX: u32 = 10_000;

impl Reader {
    /// Deliveries that tell of one alert, the oldest first; of the newest 10,000 of
    /// all. One message for several alerts counts for the one it was written for.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn deliveries_about(
        &self,
        alert: &AlertId,
        limit: usize,
    ) -> Result<Vec<DeliveryView>, QueryError> {
        let sql = format!(
            "{DELIVERY} WHERE number > (SELECT coalesce(max(number), 0) FROM delivery) - ?2
                 AND event IN (SELECT seq FROM alert_event WHERE alert = ?1)
             ORDER BY number LIMIT ?3"
        );
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let params = (alert.as_str(), LOOKED_AT_MAX, limit.min(PAGE_MAX));
            let rows = statement.query_map(params, view)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Deliveries, the newest first, before number `before`; of one endpoint
    /// and in one state (`waiting`, `delivered`, `failed`,
    /// `superseded`) when given.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read; so for the others.
    pub fn deliveries(
        &self,
        endpoint: Option<&EndpointId>,
        state: Option<&str>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeliveryView>, QueryError> {
        let of_endpoint = if endpoint.is_some() {
            "endpoint = ?1"
        } else {
            "?1 IS NULL"
        };
        let sql = format!(
            "{DELIVERY} WHERE {of_endpoint} AND (?2 IS NULL OR state = ?2) AND number < ?3
             ORDER BY number DESC LIMIT ?4"
        );
        let endpoint = endpoint.map(|endpoint| endpoint.as_str());
        let before = before.map_or(i64::MAX, |before| before.min(i64::MAX as u64) as i64);
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let params = (endpoint, state, before, limit.min(PAGE_MAX));
            let rows = statement.query_map(params, view)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One delivery.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn delivery(&self, id: &DeliveryId) -> Result<Option<DeliveryView>, QueryError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&format!("{DELIVERY} WHERE id = ?1"))?;
            Ok(statement.query_row([id.as_str()], view).optional()?)
        })
    }

    /// All attempts of a delivery, the oldest first.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn delivery_attempts(
        &self,
        id: &DeliveryId,
    ) -> Result<Vec<DeliveryAttemptView>, QueryError> {
        let sql = "SELECT at, took_ms, status, delivery_attempt.error FROM delivery_attempt
                   JOIN delivery ON number = delivery WHERE id = ?1 ORDER BY at LIMIT ?2";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let rows = statement.query_map((id.as_str(), PAGE_MAX), |row| {
                Ok(DeliveryAttemptView {
                    at: WallTime::from_epoch_ms(row.get(0)?),
                    took_ms: row.get(1)?,
                    status: row.get(2)?,
                    error: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Deliveries of one endpoint that are due: the urgent ones first, then in
    /// the order they became due. Of one patient only the first that waits: the
    /// next goes when that one is delivered or given up.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn due_deliveries(
        &self,
        endpoint: &EndpointId,
        now: WallTime,
        limit: usize,
    ) -> Result<Vec<DeliveryView>, QueryError> {
        let sql = format!(
            "{DELIVERY} WHERE endpoint = ?1 AND state = 'waiting' AND urgency = ?2
                 AND behind = 0 AND next_attempt <= ?3
             ORDER BY next_attempt, number LIMIT ?4"
        );
        let limit = limit.min(PAGE_MAX);
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let mut due = Vec::new();
            for urgency in [2, 1, 0] {
                let left = limit.saturating_sub(due.len());
                let params = (endpoint.as_str(), urgency, now.epoch_ms(), left);
                for row in statement.query_map(params, view)? {
                    due.push(row?);
                }
            }
            Ok(due)
        })
    }

    /// When the newest attempt to `endpoint` began, none when none was made.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn last_attempt_of(&self, endpoint: &EndpointId) -> Result<Option<WallTime>, QueryError> {
        let sql = "SELECT max(at) FROM delivery_attempt WHERE endpoint = ?1";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let last: Option<i64> = statement.query_row([endpoint.as_str()], |row| row.get(0))?;
            Ok(last.map(WallTime::from_epoch_ms))
        })
    }

    /// When the next delivery of `endpoint` after `now` is due, none when none waits.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn next_due_of(
        &self,
        endpoint: &EndpointId,
        now: WallTime,
    ) -> Result<Option<WallTime>, QueryError> {
        let sql = "SELECT min(next_attempt) FROM delivery
             WHERE endpoint = ?1 AND state = 'waiting' AND behind = 0 AND urgency = ?2
                 AND next_attempt > ?3";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let mut next = None;
            for urgency in [2, 1, 0] {
                let params = (endpoint.as_str(), urgency, now.epoch_ms());
                let due: Option<i64> = statement.query_row(params, |row| row.get(0))?;
                next = next.into_iter().chain(due).min();
            }
            Ok(next.map(WallTime::from_epoch_ms))
        })
    }

    /// Where a delivery comes from and where it goes.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn delivery_of(&self, id: &DeliveryId) -> Result<Option<DeliveryOrigin>, QueryError> {
        let sql = "SELECT endpoint, type, urgency, state = 'superseded',
                 (SELECT alert FROM alert_event WHERE seq = delivery.event)
             FROM delivery WHERE id = ?1";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let mut rows = statement.query([id.as_str()])?;
            let Some(row) = rows.next()? else {
                return Ok(None);
            };
            let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            let (event_type, urgency) = (row.get(1)?, urgency(row.get(2)?));
            let superseded = row.get(3)?;
            let alert: Option<String> = row.get(4)?;
            let origin = |endpoint| DeliveryOrigin {
                endpoint,
                event_type,
                urgency,
                alert,
                superseded,
            };
            Ok(EndpointId::new(text).ok().map(origin))
        })
    }

    /// How many deliveries of an endpoint a replay of a span of time would
    /// send again, counted up to `limit`.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn replayable(&self, range: &ReplayRange, limit: usize) -> Result<u64, QueryError> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM delivery
             WHERE endpoint = ?1 AND created >= ?2 AND created < ?3
                 AND (state = 'failed' OR (?4 AND state = 'delivered')) LIMIT ?5)";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let params = (
                range.endpoint.as_str(),
                range.from.epoch_ms(),
                range.until.epoch_ms(),
                range.delivered_too,
                limit,
            );
            Ok(statement.query_row(params, |row| row.get(0))?)
        })
    }

    /// When the next delivery of any endpoint is due, none when none waits.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn next_due(&self) -> Result<Option<WallTime>, QueryError> {
        let sql = "SELECT min(due) FROM (SELECT (SELECT min(next_attempt) FROM delivery
                   WHERE delivery.endpoint = endpoint.id AND state = 'waiting') AS due FROM endpoint)";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let due: Option<i64> = statement.query_row([], |row| row.get(0))?;
            Ok(due.map(WallTime::from_epoch_ms))
        })
    }
}

const fn urgency(stored: u8) -> Priority {
    match stored {
        0 => Priority::Low,
        1 => Priority::Medium,
        _ => Priority::High,
    }
}

fn view(row: &Row<'_>) -> rusqlite::Result<DeliveryView> {
    Ok(DeliveryView {
        number: row.get(0)?,
        id: row.get(1)?,
        endpoint: row.get(2)?,
        event_type: row.get(3)?,
        created: ClinicalTime::from_epoch_ms(row.get(4)?),
        state: row.get(5)?,
        attempts: row.get(6)?,
        next_attempt: WallTime::from_epoch_ms(row.get(7)?),
        last_status: row.get(8)?,
        last_error: row.get(9)?,
        body: row.get(10)?,
        last_attempt_at: row.get::<_, Option<i64>>(11)?.map(WallTime::from_epoch_ms),
        received: WallTime::from_epoch_ms(row.get(12)?),
        urgency: urgency(row.get(13)?),
        failed_because: row.get(14)?,
        patient: row.get::<_, Option<u32>>(15)?.map(PatientNumber),
    })
}
