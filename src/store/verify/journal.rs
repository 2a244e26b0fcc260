//! Every journal row: decodes, in order, chained to the patient's row before.

use super::VerifyReport;
use crate::domain::ClinicalTime;
use crate::store::entry;
use crate::store::error::QueryError;
use crate::store::writes::JournalKind;
use rusqlite::{Connection, Row};
use serde::de::IgnoredAny;
use std::collections::HashMap;

#[derive(Default)]
struct Walk {
    stamp: Option<i64>,
    newest: HashMap<u32, u64>,
    rolled: HashMap<u32, u64>,
}

pub(super) fn journal(conn: &Connection, report: &mut VerifyReport) -> Result<(), QueryError> {
    let mut walk = Walk::default();
    let mut statement = conn.prepare("SELECT patient, seq FROM rolled")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        walk.rolled.insert(row.get(0)?, row.get(1)?);
    }
    let mut statement =
        conn.prepare("SELECT seq, stamp, kind, patient, previous, body FROM journal ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        check(row, &mut walk, report)?;
    }
    Ok(())
}

fn check(row: &Row<'_>, walk: &mut Walk, report: &mut VerifyReport) -> Result<(), QueryError> {
    let (seq, stamp, kind): (u64, i64, u8) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (patient, previous): (Option<u32>, Option<u64>) = (row.get(3)?, row.get(4)?);
    let body = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
    if walk
        .stamp
        .replace(stamp)
        .is_some_and(|before| stamp < before)
    {
        report.problem(format!(
            "journal row {seq} is earlier than the row before it"
        ));
    }
    match JournalKind::from_code(kind) {
        None => report.problem(format!("journal row {seq} has the unknown kind {kind}")),
        Some(JournalKind::Readings) => {
            match entry::decode(body, ClinicalTime::from_epoch_ms(stamp)) {
                Ok(entry) => {
                    let rolled = patient.and_then(|patient| walk.rolled.get(&patient));
                    if rolled.is_none_or(|rolled| *rolled < seq) {
                        report.readings_in_journal += entry.readings.len() as u64;
                    }
                }
                Err(error) => report.problem(format!("journal row {seq}: {error}")),
            }
        }
        Some(JournalKind::Tick) => {}
        Some(_) => {
            if !body.is_empty() && serde_json::from_slice::<IgnoredAny>(body).is_err() {
                report.problem(format!("journal row {seq} does not hold JSON"));
            }
        }
    }
    if let Some(patient) = patient {
        let before = walk.newest.insert(patient, seq);
        // The first row seen may follow rows that were pruned.
        if before.is_some() && before != previous {
            report.problem(format!(
                "journal row {seq} is not chained to row {before:?}"
            ));
        }
        if previous.is_some_and(|previous| previous >= seq) {
            report.problem(format!("journal row {seq} is chained to a later row"));
        }
    }
    Ok(())
}
