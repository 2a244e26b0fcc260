//! What the canary leaves behind, which nobody reads.

use super::Context;
use crate::domain::{CANARY, ClinicalTime, PatientNumber};
use rusqlite::Result;

/// Episodes that are over. One that is open is the engine's still.
const OVER: &str = "(SELECT id FROM alert WHERE patient = ?1 AND handling = 'resolved'
     AND raised_at < ?2)";

/// Deletes events of its episodes, episodes that are over, and deliveries to it
/// that are older. What still waits goes too: a round trip that late is not
/// waited for any more.
pub(super) fn forget(
    context: &Context<'_>,
    patient: PatientNumber,
    before: ClinicalTime,
) -> Result<()> {
    let before = before.epoch_ms();
    for sql in [
        "DELETE FROM delivery_attempt WHERE delivery IN (SELECT number FROM delivery
             WHERE endpoint = ?1 AND created < ?2)",
        "DELETE FROM delivery WHERE endpoint = ?1 AND created < ?2",
    ] {
        context.run(sql, (CANARY, before))?;
    }
    let of_episodes = "DELETE FROM alert_event WHERE at < ?2
         AND alert IN (SELECT id FROM alert WHERE patient = ?1)";
    context.run(of_episodes, (patient.0, before))?;
    for sql in [
        format!("DELETE FROM alert_event WHERE alert IN {OVER}"),
        format!("DELETE FROM capsule WHERE alert IN {OVER}"),
        format!("DELETE FROM alert WHERE id IN {OVER}"),
    ] {
        context.run(&sql, (patient.0, before))?;
    }
    Ok(())
}
