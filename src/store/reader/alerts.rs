//! Episodes and their events.

use super::documents::PAGE_MAX;
use super::pool::Reader;
use crate::domain::{AlertId, CANARY, PatientId, WardId};
use crate::store::error::QueryError;
use crate::store::views::{AlertEventView, AlertFilter, AlertView};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params_from_iter};

const ALERT: &str = "SELECT alert.id, patient.id, alert.newest_event, alert.document
                     FROM alert JOIN patient ON patient.number = alert.patient";
const EVENT: &str = "SELECT alert_event.seq, alert_event.type, patient.ward, alert_event.document
                     FROM alert_event JOIN patient ON patient.number = alert_event.patient";

/// Conditions of a query with their values.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, sql: &str, value: impl Into<Value>) {
        self.sql.push(sql.to_owned());
        self.values.push(value.into());
    }

    fn one_of(&mut self, column: &str, words: &[String]) {
        if words.is_empty() {
            return;
        }
        let marks = vec!["?"; words.len()].join(", ");
        self.sql.push(format!("{column} IN ({marks})"));
        self.values.extend(words.iter().cloned().map(Value::from));
    }
}

fn conditions(filter: &AlertFilter) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.add("patient.id <> ?", CANARY.to_owned());
    if let Some(patient) = &filter.patient {
        conditions.add("patient.id = ?", patient.as_str().to_owned());
    }
    let wards: Vec<_> = filter
        .wards
        .iter()
        .map(|ward| ward.as_str().to_owned())
        .collect();
    conditions.one_of("patient.ward", &wards);
    conditions.one_of("alert.handling", &filter.handling);
    conditions.one_of("alert.condition", &filter.condition);
    conditions.one_of("alert.kind", &filter.kind);
    conditions.one_of("alert.priority", &filter.priority);
    if let Some(from) = filter.raised_from {
        conditions.add("alert.raised_at >= ?", from.epoch_ms());
    }
    if let Some((event, id)) = &filter.after {
        conditions
            .sql
            .push("(alert.newest_event, alert.id) < (?, ?)".to_owned());
        conditions.values.push(Value::from(*event as i64));
        conditions.values.push(Value::from(id.as_str().to_owned()));
    }
    conditions
}

impl Reader {
    /// Alerts that match, the one with the newest event first.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read; so for the others.
    pub fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertView>, QueryError> {
        let mut conditions = conditions(filter);
        let mut sql = ALERT.to_owned();
        for (place, condition) in conditions.sql.iter().enumerate() {
            sql.push_str(if place == 0 { " WHERE " } else { " AND " });
            sql.push_str(condition);
        }
        sql.push_str(" ORDER BY alert.newest_event DESC, alert.id DESC LIMIT ?");
        let limit = filter.limit.min(PAGE_MAX) as i64;
        conditions.values.push(Value::from(limit));
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(conditions.values), alert)?;
            rows.map(|row| row?).collect()
        })
    }

    /// One alert.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn alert(&self, id: &AlertId) -> Result<Option<AlertView>, QueryError> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&format!("{ALERT} WHERE alert.id = ?1"))?;
            let found = statement.query_row([id.as_str()], alert).optional()?;
            found.transpose()
        })
    }

    /// Events of one alert, the oldest first.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn alert_events_of(&self, alert: &AlertId) -> Result<Vec<AlertEventView>, QueryError> {
        let sql = format!("{EVENT} WHERE alert_event.alert = ?1 ORDER BY alert_event.seq LIMIT ?2");
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let rows = statement.query_map((alert.as_str(), PAGE_MAX), event)?;
            rows.map(|row| row?).collect()
        })
    }

    /// Events after `seq` in order: what a stream that was cut goes on with.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn alert_events_after(
        &self,
        seq: u64,
        limit: usize,
    ) -> Result<Vec<AlertEventView>, QueryError> {
        let sql = format!(
            "{EVENT} WHERE alert_event.seq > ?1 AND patient.id <> ?3
             ORDER BY alert_event.seq LIMIT ?2"
        );
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let rows = statement.query_map((seq, limit.min(PAGE_MAX), CANARY), event)?;
            rows.map(|row| row?).collect()
        })
    }

    /// Sequences of the oldest and newest alert event that are kept.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn alert_event_range(&self) -> Result<Option<(u64, u64)>, QueryError> {
        // The canary's are few and forgotten soon: a few rows are passed over at
        // either end. `IS NOT`, because there may be no canary.
        let end = |order| {
            format!(
                "SELECT seq FROM alert_event WHERE patient IS NOT
                     (SELECT number FROM patient WHERE id = ?1) ORDER BY seq {order} LIMIT 1"
            )
        };
        let sql = format!("SELECT ({}), ({})", end("ASC"), end("DESC"));
        self.read(|conn| {
            let range = conn.query_row(&sql, [CANARY], |row| {
                let oldest: Option<u64> = row.get(0)?;
                Ok(oldest.zip(row.get(1)?))
            });
            Ok(range?)
        })
    }

    /// What an alert was decided from.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn capsule(&self, alert: &AlertId) -> Result<Option<Vec<u8>>, QueryError> {
        let sql = "SELECT body FROM capsule WHERE alert = ?1";
        self.read(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let body = statement.query_row([alert.as_str()], |row| row.get(0));
            Ok(body.optional()?)
        })
    }
}

fn alert(row: &Row<'_>) -> rusqlite::Result<Result<AlertView, QueryError>> {
    let (id, patient): (String, String) = (row.get(0)?, row.get(1)?);
    let newest_event = row.get(2)?;
    let document = row.get(3)?;
    let unknown = |what| QueryError::Unknown {
        table: "alert",
        what,
    };
    let view = AlertId::new(&id).map_err(|_| unknown("id")).and_then(|id| {
        let patient = PatientId::new(&patient).map_err(|_| unknown("patient"))?;
        Ok(AlertView {
            id,
            patient,
            newest_event,
            document,
        })
    });
    Ok(view)
}

fn event(row: &Row<'_>) -> rusqlite::Result<Result<AlertEventView, QueryError>> {
    let ward: String = row.get(2)?;
    let (seq, event_type, document) = (row.get(0)?, row.get(1)?, row.get(3)?);
    let view = WardId::new(&ward).map(|ward| AlertEventView {
        seq,
        event_type,
        ward,
        document,
    });
    Ok(view.map_err(|_| QueryError::Unknown {
        table: "patient",
        what: "ward",
    }))
}
