//! What reports are counted from: events of a span, alerts as they stood, and
//! who was where and monitored when. Nothing here reads how it is today, but
//! where nothing else was ever noted.

use super::pool::Reader;
use crate::domain::{CANARY, ClinicalTime, PatientId, PatientNumber, WardId};
use crate::registry::Patient;
use crate::store::error::QueryError;
use crate::store::views::{OrderView, StandingView};
use rusqlite::{Connection, OptionalExtension};

/// Rows of one answer at most, whatever was asked for.
const ROWS_MAX: usize = 1_000_000;

const EVER_ON: &str = "SELECT document FROM patient
    WHERE id <> ?3 AND (?1 IS NULL OR ward = ?1 OR id IN (SELECT document ->> 'id' FROM audit
        WHERE action = 'put_patient' AND document ->> 'ward' = ?1))
    ORDER BY id LIMIT ?2";
const ORDERS: &str = "SELECT at, document FROM audit
    WHERE action IN ('put_patient', 'start_monitoring', 'pause_monitoring', 'discharge')
        AND coalesce(document ->> 'patient', document ->> 'id') = ?1
    ORDER BY id LIMIT ?2";
const EVENTS: &str = "SELECT document FROM alert_event WHERE patient = ?1 AND at >= ?2 AND at < ?3
    ORDER BY at, seq LIMIT ?4";
/// The newest event that changed an alert; what routing notes changes nothing of it.
const NEWEST: &str = "SELECT document FROM alert_event WHERE alert = ?1 AND at <= ?2
    AND type NOT IN ('alert.notified', 'alert.suppressed') ORDER BY seq DESC LIMIT 1";
const ACKNOWLEDGED: &str = "SELECT document FROM alert_event WHERE alert = ?1 AND at <= ?2
    AND type = 'alert.acknowledged' ORDER BY seq DESC LIMIT 1";
const CLOSED: &str = "SELECT document FROM alert_event WHERE alert = ?1 AND at <= ?2
    AND type = 'alert.resolved' ORDER BY seq DESC LIMIT 1";
/// Alerts that are open, or of which something was told after the moment: the
/// others were over by then, but for silences that were closed while they last.
/// Of their end nothing is told.
const PERHAPS_OPEN: &str = "SELECT id FROM alert WHERE patient = ?1 AND raised_at <= ?2
    AND (handling <> 'resolved' OR newest_event >= (SELECT min(seq) FROM alert_event
        WHERE alert_event.patient = ?1 AND at > ?2)
    OR (condition = 'active' AND kind IN ('device_silent', 'device_offline', 'silent', 'never_heard')
        AND newest_event >= (SELECT min(seq) FROM alert_event
            WHERE alert_event.patient = ?1 AND at > ?4)))
    ORDER BY raised_at, id LIMIT ?3";
/// Longest that a closed condition is kept quiet; then it is raised anew.
const QUIET_MS: i64 = 86_400_000;

impl Reader {
    /// Patients by identifier who are on a ward or ever were; all without a ward,
    /// but never the canary.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read; so for the others.
    pub fn patients_ever_on(
        &self,
        ward: Option<&WardId>,
        limit: usize,
    ) -> Result<Vec<Patient>, QueryError> {
        let params = (ward.map(WardId::as_str), limit.min(ROWS_MAX), CANARY);
        self.documents("patient", EVER_ON, params)
    }

    /// Since when anything is known: the audit's first line.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn known_since(&self) -> Result<Option<ClinicalTime>, QueryError> {
        self.read(|conn| {
            let sql = "SELECT at FROM audit ORDER BY id LIMIT 1";
            let first = conn.query_row(sql, [], |row| row.get(0)).optional()?;
            Ok(first.map(ClinicalTime::from_epoch_ms))
        })
    }

    /// What was ordered about a patient's ward and monitoring, the oldest first.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn orders_about(
        &self,
        patient: &PatientId,
        limit: usize,
    ) -> Result<Vec<OrderView>, QueryError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(ORDERS)?;
            let rows = statement.query_map((patient.as_str(), limit.min(ROWS_MAX)), |row| {
                Ok(OrderView {
                    at: ClinicalTime::from_epoch_ms(row.get(0)?),
                    document: row.get(1)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Documents of the events of a patient's alerts in [from, until), in their order.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn alert_events_between(
        &self,
        patient: PatientNumber,
        from: ClinicalTime,
        until: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<String>, QueryError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(EVENTS)?;
            let (from, until) = (from.epoch_ms(), until.epoch_ms());
            let params = (patient.0, from, until, limit.min(ROWS_MAX));
            let rows = statement.query_map(params, |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A patient's alerts that may have been unresolved at a moment, or closed
    /// although they hold, as they stood then, by when they were raised.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn standing_alerts(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
        limit: usize,
    ) -> Result<Vec<StandingView>, QueryError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(PERHAPS_OPEN)?;
            let quiet = at.plus_ms(-QUIET_MS).epoch_ms();
            let params = (patient.0, at.epoch_ms(), limit.min(ROWS_MAX), quiet);
            let ids = statement.query_map(params, |row| row.get::<_, String>(0))?;
            let ids = ids.collect::<Result<Vec<_>, _>>()?;
            let standing = ids.iter().map(|id| standing(conn, id, at));
            Ok(standing
                .filter_map(Result::transpose)
                .collect::<Result<_, _>>()?)
        })
    }
}

fn standing(
    conn: &Connection,
    id: &str,
    at: ClinicalTime,
) -> rusqlite::Result<Option<StandingView>> {
    let document = |sql| {
        let mut statement = conn.prepare_cached(sql)?;
        let found = statement.query_row((id, at.epoch_ms()), |row| row.get::<_, String>(0));
        found.optional()
    };
    let Some(newest) = document(NEWEST)? else {
        return Ok(None);
    };
    Ok(Some(StandingView {
        newest,
        acknowledged: document(ACKNOWLEDGED)?,
        closed: document(CLOSED)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(conn: &Connection, sql: &str) -> String {
        let mut statement = conn
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect("valid");
        let count = statement.parameter_count();
        let parameters = rusqlite::params_from_iter(std::iter::repeat_n(1, count));
        let steps = statement.query_map(parameters, |row| row.get::<_, String>(3));
        let steps: Result<Vec<_>, _> = steps.expect("explains").collect();
        steps.expect("text").join("; ")
    }

    #[test]
    fn reports_find_their_rows_by_index_however_long_the_history() {
        let conn = Connection::open_in_memory().expect("opens");
        for schema in [
            include_str!("../schema.sql"),
            include_str!("../routing.sql"),
            include_str!("../channels.sql"),
            include_str!("../orders.sql"),
            include_str!("../reports.sql"),
        ] {
            conn.execute_batch(schema).expect("valid");
        }
        for (sql, index) in [
            (EVER_ON, "audit_ward"),
            (ORDERS, "audit_patient"),
            (EVENTS, "alert_event_patient"),
            (PERHAPS_OPEN, "alert_patient"),
            (PERHAPS_OPEN, "alert_event_patient"),
            (NEWEST, "alert_event_alert"),
            (ACKNOWLEDGED, "alert_event_alert"),
            (CLOSED, "alert_event_alert"),
        ] {
            let plan = plan(&conn, sql);
            assert!(plan.contains(index), "{sql}: {plan}");
            assert!(
                !plan.contains("SCAN audit") && !plan.contains("SCAN alert"),
                "{plan}"
            );
        }
    }
}
