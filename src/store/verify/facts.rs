//! What ties the tables together.

use super::VerifyReport;
use crate::registry::{AccessToken, Device, DeviceCredential, Endpoint, Patient, Ward};
use crate::store::error::QueryError;
use rusqlite::Connection;
use serde::de::DeserializeOwned;

/// Queries that count what must not be, and what it is.
const MUST_NOT_BE: [(&str, &str); 20] = [
    (
        "roll-ups beyond the newest journal row",
        "SELECT count(*) FROM rolled WHERE seq > (SELECT coalesce(max(seq), 0) FROM journal)",
    ),
    (
        "chunks beyond their patient's roll-up",
        "SELECT count(*) FROM chunk LEFT JOIN rolled ON rolled.patient = chunk.patient
         WHERE last_seq > coalesce(rolled.seq, 0)",
    ),
    (
        "chunks with rows from both sides of a re-attribution",
        "SELECT count(*) FROM chunk JOIN void ON void.patient = chunk.patient
         WHERE first_seq < void.seq AND void.seq <= last_seq",
    ),
    (
        "patient snapshots beyond the newest journal row",
        "SELECT count(*) FROM patient_state
         WHERE max(seq, coalesce(head, 0)) > (SELECT coalesce(max(seq), 0) FROM journal)",
    ),
    (
        "device snapshots beyond the newest journal row",
        "SELECT count(*) FROM device_state
         WHERE seq > (SELECT coalesce(max(seq), 0) FROM journal)",
    ),
    (
        "snapshots of unknown patients",
        "SELECT count(*) FROM patient_state WHERE number NOT IN (SELECT number FROM patient)",
    ),
    (
        "snapshots of unknown devices",
        "SELECT count(*) FROM device_state WHERE number NOT IN (SELECT number FROM device)",
    ),
    (
        "chunks of unknown patients",
        "SELECT count(*) FROM chunk WHERE patient NOT IN (SELECT number FROM patient)",
    ),
    (
        "assignments of unknown patients",
        "SELECT count(*) FROM assignment WHERE patient NOT IN (SELECT number FROM patient)",
    ),
    (
        "assignments of unknown devices",
        "SELECT count(*) FROM assignment WHERE device NOT IN (SELECT number FROM device)",
    ),
    // One that was replaced from its start on is empty, and stays as a record.
    (
        "assignments that end before they start",
        "SELECT count(*) FROM assignment WHERE ends < starts",
    ),
    (
        "notes of unknown patients",
        "SELECT count(*) FROM note WHERE patient NOT IN (SELECT number FROM patient)",
    ),
    (
        "withdrawals of notes without author or reason",
        "SELECT count(*) FROM note WHERE (withdrawn_at IS NULL) + (withdrawn_by IS NULL)
             + (withdrawn_because IS NULL) NOT IN (0, 3)",
    ),
    (
        "alerts of unknown patients",
        "SELECT count(*) FROM alert WHERE patient NOT IN (SELECT number FROM patient)",
    ),
    (
        "alerts whose newest event is missing",
        "SELECT count(*) FROM alert LEFT JOIN alert_event ON seq = newest_event
         WHERE alert_event.alert IS NOT alert.id",
    ),
    (
        "alerts with a newer event than they name",
        "SELECT count(*) FROM alert
         WHERE (SELECT max(seq) FROM alert_event WHERE alert_event.alert = alert.id) > newest_event",
    ),
    (
        "events of unknown alerts",
        "SELECT count(*) FROM alert_event WHERE alert NOT IN (SELECT id FROM alert)",
    ),
    (
        "capsules of unknown alerts",
        "SELECT count(*) FROM capsule WHERE alert NOT IN (SELECT id FROM alert)",
    ),
    (
        "deliveries of unknown endpoints",
        "SELECT count(*) FROM delivery WHERE endpoint NOT IN (SELECT id FROM endpoint)",
    ),
    (
        "attempts of unknown deliveries",
        "SELECT count(*) FROM delivery_attempt
         WHERE delivery NOT IN (SELECT number FROM delivery)",
    ),
];

pub(super) fn facts(conn: &Connection, report: &mut VerifyReport) -> Result<(), QueryError> {
    for (what, sql) in MUST_NOT_BE {
        let count: u64 = conn.query_row(sql, [], |row| row.get(0))?;
        if count > 0 {
            report.problem(format!("{count} {what}"));
        }
    }
    documents::<Ward>(conn, "ward", report)?;
    documents::<Patient>(conn, "patient", report)?;
    documents::<Device>(conn, "device", report)?;
    documents::<Endpoint>(conn, "endpoint", report)?;
    documents::<AccessToken>(conn, "access_token", report)?;
    documents::<DeviceCredential>(conn, "device_credential", report)
}

fn documents<T: DeserializeOwned>(
    conn: &Connection,
    table: &str,
    report: &mut VerifyReport,
) -> Result<(), QueryError> {
    let mut statement = conn.prepare(&format!("SELECT document FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut damaged = 0;
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        damaged += u64::from(serde_json::from_str::<T>(text).is_err());
    }
    if damaged > 0 {
        report.problem(format!("{damaged} documents of {table} cannot be read"));
    }
    Ok(())
}
