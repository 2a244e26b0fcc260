//! Deliveries: written, tried, tried again, given up, sent again.
//!
//! What waits for one patient at one endpoint is a queue: only its first may be
//! sent, the others stand behind it. Something new makes the first due at once,
//! and all that stand before it as urgent as itself, so that it is not kept
//! waiting by the long pauses of what stands before it.

use super::Context;
use crate::domain::{
    ClinicalTime, DeliveryId, DeliveryReport, DeliveryVerdict, EndpointId, Priority, WallTime,
};
use crate::store::writes::{NewDelivery, ReplayRange};
use rusqlite::{OptionalExtension as _, Result};

pub(super) const fn urgency(priority: Priority) -> u8 {
    match priority {
        Priority::Low => 0,
        Priority::Medium => 1,
        Priority::High => 2,
    }
}

pub(super) fn delivery(context: &Context<'_>, delivery: &NewDelivery) -> Result<()> {
    let patient = delivery.patient.map(|patient| patient.0);
    let (urgency, received) = (urgency(delivery.urgency), delivery.received.epoch_ms());
    if patient.is_some() {
        context.run(
            "UPDATE delivery SET urgency = max(urgency, ?3), next_attempt = min(next_attempt, ?4)
             WHERE endpoint = ?1 AND patient = ?2 AND state = 'waiting' AND aside = 0
                 AND (urgency < ?3 OR next_attempt > ?4)",
            (delivery.endpoint.as_str(), patient, urgency, received),
        )?;
    }
    context.run(
        "INSERT INTO delivery (number, id, endpoint, event, type, body, created, state, attempts,
             next_attempt, first_received, patient, urgency, behind)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', 0, ?8, ?8, ?9, ?10,
             EXISTS (SELECT 1 FROM delivery WHERE endpoint = ?3 AND patient = ?9
                 AND state = 'waiting' AND aside = 0))",
        (
            delivery.number,
            delivery.id.as_str(),
            delivery.endpoint.as_str(),
            delivery.event,
            delivery.event_type,
            &delivery.body,
            delivery.created.epoch_ms(),
            received,
            patient,
            urgency,
        ),
    )?;
    Ok(())
}

pub(super) fn report(context: &Context<'_>, report: &DeliveryReport) -> Result<()> {
    // Two attempts of one millisecond (a replay at once) are one row: the later.
    context.run(
        "INSERT OR REPLACE INTO delivery_attempt (delivery, at, took_ms, status, error, endpoint)
         SELECT number, ?2, ?3, ?4, ?5, endpoint FROM delivery WHERE id = ?1",
        (
            report.delivery.as_str(),
            report.at.epoch_ms(),
            report.took_ms,
            report.status,
            report.error,
        ),
    )?;
    let (state, next, reason) = match report.verdict {
        DeliveryVerdict::Delivered => ("delivered", None, None),
        DeliveryVerdict::RetryAt(at) => ("waiting", Some(at.epoch_ms()), None),
        DeliveryVerdict::GivenUp => ("failed", None, Some("schedule_used_up")),
        DeliveryVerdict::EndpointGone => ("failed", None, Some("endpoint_gone")),
    };
    context.run(
        // What was superseded meanwhile is not tried again and did not fail; that
        // it arrived is the truth.
        "UPDATE delivery SET attempts = attempts + 1,
             state = CASE WHEN state = 'superseded' AND ?2 <> 'delivered' THEN state ELSE ?2 END,
             reason = CASE WHEN state = 'superseded' THEN NULL ELSE ?4 END,
             next_attempt = coalesce(?3, next_attempt), aside = max(aside, ?5) WHERE id = ?1",
        (
            report.delivery.as_str(),
            state,
            next,
            reason,
            i64::from(report.aside),
        ),
    )?;
    if next.is_none() || report.aside {
        advance(context, &report.delivery)?;
    }
    Ok(())
}

/// The next of the patient's queue may be sent.
fn advance(context: &Context<'_>, id: &DeliveryId) -> Result<()> {
    let sql = "SELECT number FROM delivery WHERE id = ?1";
    let mut statement = context.tx.prepare_cached(sql)?;
    let number = statement.query_row([id.as_str()], |row| row.get(0));
    number
        .optional()?
        .map_or(Ok(()), |number| advance_behind(context, number))
}

fn advance_behind(context: &Context<'_>, number: u64) -> Result<()> {
    context.run(
        "UPDATE delivery SET behind = 0 WHERE number = (SELECT min(next.number)
             FROM delivery AS last JOIN delivery AS next
                 ON next.endpoint = last.endpoint AND next.patient = last.patient
             WHERE last.number = ?1 AND next.state = 'waiting' AND next.aside = 0)",
        [number],
    )?;
    Ok(())
}

/// Deliveries that still wait are never sent, and hold back nothing; those that
/// are under way keep what becomes of them.
pub(super) fn supersede(context: &Context<'_>, numbers: &[u64]) -> Result<()> {
    for number in numbers {
        let changed = context.run(
            "UPDATE delivery SET state = 'superseded' WHERE number = ?1 AND state = 'waiting'",
            [number],
        )?;
        if changed > 0 {
            advance_behind(context, *number)?;
        }
    }
    Ok(())
}

/// Puts the queues of an endpoint in order again after some joined them in front.
fn line_up(context: &Context<'_>, endpoint: &str) -> Result<()> {
    context.run(
        "UPDATE delivery SET behind = (aside = 0 AND EXISTS (
             SELECT 1 FROM delivery AS earlier
             WHERE earlier.endpoint = ?1 AND earlier.patient = delivery.patient
                 AND earlier.state = 'waiting' AND earlier.aside = 0
                 AND earlier.number < delivery.number))
         WHERE endpoint = ?1 AND state = 'waiting'",
        [endpoint],
    )?;
    Ok(())
}

pub(super) fn replay(context: &Context<'_>, id: &DeliveryId, at: WallTime) -> Result<()> {
    context.run(
        "UPDATE delivery SET state = 'waiting', next_attempt = ?2, reason = NULL,
             attempts = 0 WHERE id = ?1",
        (id.as_str(), at.epoch_ms()),
    )?;
    // What stands before it goes first, and at once.
    context.run(
        "UPDATE delivery SET next_attempt = ?2
         FROM (SELECT endpoint, patient FROM delivery WHERE id = ?1) AS same
         WHERE delivery.endpoint = same.endpoint AND delivery.patient = same.patient
             AND delivery.state = 'waiting' AND delivery.next_attempt > ?2",
        (id.as_str(), at.epoch_ms()),
    )?;
    let sql = "SELECT endpoint FROM delivery WHERE id = ?1";
    let endpoint = context
        .tx
        .prepare_cached(sql)?
        .query_row([id.as_str()], |row| row.get(0));
    let endpoint: Option<String> = endpoint.optional()?;
    endpoint.map_or(Ok(()), |endpoint| line_up(context, &endpoint))
}

pub(super) fn replay_range(context: &Context<'_>, range: &ReplayRange) -> Result<()> {
    context.run(
        "UPDATE delivery SET state = 'waiting', next_attempt = ?5, reason = NULL,
             attempts = 0
         WHERE endpoint = ?1 AND created >= ?2 AND created < ?3
             AND (state = 'failed' OR (?4 AND state = 'delivered'))",
        (
            range.endpoint.as_str(),
            range.from.epoch_ms(),
            range.until.epoch_ms(),
            range.delivered_too,
            range.at.epoch_ms(),
        ),
    )?;
    line_up(context, range.endpoint.as_str())?;
    wake(context, &range.endpoint, range.at)
}

pub(super) fn wake(context: &Context<'_>, endpoint: &EndpointId, at: WallTime) -> Result<()> {
    context.run(
        "UPDATE delivery SET next_attempt = ?2
         WHERE endpoint = ?1 AND state = 'waiting' AND next_attempt > ?2",
        (endpoint.as_str(), at.epoch_ms()),
    )?;
    Ok(())
}

pub(super) fn drop_system(context: &Context<'_>, before: ClinicalTime) -> Result<()> {
    for sql in [
        "DELETE FROM delivery_attempt WHERE delivery IN (SELECT number FROM delivery
             WHERE event = 0 AND created < ?1 AND state <> 'waiting')",
        "DELETE FROM delivery WHERE event = 0 AND created < ?1 AND state <> 'waiting'",
    ] {
        context.run(sql, [before.epoch_ms()])?;
    }
    Ok(())
}
