//! The state of routing, and what it makes of alerts.

use super::Context;
use crate::alert::routing::Row;
use crate::domain::AlertId;
use rusqlite::Result;

pub(super) fn row(context: &Context<'_>, row: &Row) -> Result<()> {
    match &row.document {
        Some(document) => context.run(
            "INSERT OR REPLACE INTO routing (kind, key, document) VALUES (?1, ?2, ?3)",
            (row.kind.name(), &row.key, document),
        )?,
        None => context.run(
            "DELETE FROM routing WHERE kind = ?1 AND key = ?2",
            (row.kind.name(), &row.key),
        )?,
    };
    Ok(())
}

/// What routing says of an alert, in the alert's document.
pub(super) fn note(
    context: &Context<'_>,
    alert: &AlertId,
    newest_event: u64,
    document: &str,
) -> Result<()> {
    context.run(
        "UPDATE alert SET newest_event = ?2, document = json_patch(document, ?3) WHERE id = ?1",
        (alert.as_str(), newest_event, document),
    )?;
    Ok(())
}
