//! What the canary leaves behind, which nobody reads.

use super::Context;
use crate::domain::{AlertId, CANARY, ClinicalTime};
use rusqlite::Result;

/// Deletes events of its episode and deliveries to it that are older. What
/// still waits goes too: a round trip that late is not waited for any more.
pub(super) fn forget(context: &Context<'_>, alert: &AlertId, before: ClinicalTime) -> Result<()> {
    for sql in [
        "DELETE FROM delivery_attempt WHERE delivery IN (SELECT number FROM delivery
             WHERE endpoint = ?1 AND created < ?2)",
        "DELETE FROM delivery WHERE endpoint = ?1 AND created < ?2",
    ] {
        context.run(sql, (CANARY, before.epoch_ms()))?;
    }
    context.run(
        "DELETE FROM alert_event WHERE alert = ?1 AND at < ?2",
        (alert.as_str(), before.epoch_ms()),
    )?;
    Ok(())
}
