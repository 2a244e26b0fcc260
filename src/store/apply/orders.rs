//! Orders of receivers, kept so that a repeat is known.

use super::Context;
use crate::domain::ClinicalTime;
use crate::store::OrderRow;
use rusqlite::Result;

pub(super) fn order(context: &Context<'_>, order: &OrderRow, forget: ClinicalTime) -> Result<()> {
    context.run(
        "INSERT OR REPLACE INTO receiver_order (endpoint, key, alert, action, at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            order.endpoint.as_str(),
            &order.key,
            order.alert.as_str(),
            order.action.to_string(),
            order.at.epoch_ms(),
        ),
    )?;
    context.run(
        "DELETE FROM receiver_order WHERE at < ?1",
        [forget.epoch_ms()],
    )?;
    Ok(())
}
