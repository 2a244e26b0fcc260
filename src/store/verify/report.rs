//! The report, and the order of the checks.

use super::{chunks, facts, journal};
use crate::store::database::{open_reading, schema_version};
use crate::store::error::{OpenError, QueryError};
use rusqlite::Connection;
use std::path::Path;

/// Problems listed in full; more are only counted.
const PROBLEMS_MAX: usize = 100;

/// What was read and what does not fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// The schema's version.
    pub schema: usize,
    /// Rows of every table.
    pub tables: Vec<(String, u64)>,
    /// Readings in chunks.
    pub readings_in_chunks: u64,
    /// Readings in journal rows that no chunk holds.
    pub readings_in_journal: u64,
    /// The first problems, in words.
    pub problems: Vec<String>,
    /// All problems.
    pub problem_count: u64,
}

impl VerifyReport {
    /// Whether everything fits.
    pub fn is_sound(&self) -> bool {
        self.problem_count == 0
    }

    pub(super) fn problem(&mut self, text: impl Into<String>) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(text.into());
        }
    }
}

type Check = fn(&Connection, &mut VerifyReport) -> Result<(), QueryError>;

/// Checks the file's structure, every chunk, every journal row, and the facts
/// that tie tables together, in one snapshot.
///
/// # Errors
/// [`QueryError`] when the file cannot be read at all; damage inside it is a
/// problem of the report.
pub fn verify(path: &Path) -> Result<VerifyReport, QueryError> {
    let conn = open_reading(path, 16)?;
    let tx = conn.unchecked_transaction()?;
    let mut report = VerifyReport {
        schema: schema_version(&tx).map_err(OpenError::Migration)?,
        ..VerifyReport::default()
    };
    structure(&tx, &mut report)?;
    let checks: [Check; 4] = [tables, journal::journal, chunks::chunks, facts::facts];
    for check in checks {
        // A damaged page ends a check, not the others.
        if let Err(error) = check(&tx, &mut report) {
            report.problem(format!("a check could not be finished: {error}"));
        }
    }
    Ok(report)
}

fn structure(conn: &Connection, report: &mut VerifyReport) -> Result<(), QueryError> {
    let mut statement = conn.prepare("PRAGMA integrity_check(100)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            report.problem(format!("structure: {line}"));
        }
    }
    Ok(())
}

fn tables(conn: &Connection, report: &mut VerifyReport) -> Result<(), QueryError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut statement = conn.prepare(sql)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    for name in names {
        let name = name?;
        let sql = format!("SELECT count(*) FROM \"{name}\"");
        let rows = conn.query_row(&sql, [], |row| row.get(0))?;
        report.tables.push((name, rows));
    }
    Ok(())
}
