//! Episodes, their events, and the deliveries that tell of them.

use super::Context;
use crate::domain::{
    AlertId, Condition, DeliveryId, DeliveryReport, DeliveryVerdict, Handling, Priority, WallTime,
};
use crate::store::writes::{AlertEventRow, AlertRow, Capsule, NewDelivery};
use rusqlite::Result;

pub(super) fn alert(context: &Context<'_>, alert: &AlertRow) -> Result<()> {
    context.run(
        "INSERT INTO alert (id, patient, kind, vital, priority, condition, handling,
             raised_at, began_at, newest_event, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET priority = excluded.priority, condition = excluded.condition,
             handling = excluded.handling, began_at = excluded.began_at,
             newest_event = excluded.newest_event,
             document = json_patch(alert.document, excluded.document)",
        (
            alert.id.as_str(),
            alert.patient.0,
            alert.kind.name(),
            alert.kind.vital().map(|vital| vital.name()),
            priority(alert.priority),
            condition(alert.condition),
            handling(alert.handling),
            alert.raised_at.epoch_ms(),
            alert.began_at.epoch_ms(),
            alert.newest_event,
            &alert.document,
        ),
    )?;
    Ok(())
}

const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
    }
}

const fn condition(condition: Condition) -> &'static str {
    match condition {
        Condition::Active => "active",
        Condition::Ended => "ended",
    }
}

const fn handling(handling: Handling) -> &'static str {
    match handling {
        Handling::Open => "open",
        Handling::Acknowledged => "acknowledged",
        Handling::Resolved => "resolved",
    }
}

pub(super) fn event(context: &Context<'_>, event: &AlertEventRow) -> Result<()> {
    context.run(
        "INSERT INTO alert_event (seq, alert, patient, type, at, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            event.seq,
            event.alert.as_str(),
            event.patient.0,
            event.event_type,
            event.at.epoch_ms(),
            &event.document,
        ),
    )?;
    Ok(())
}

pub(super) fn capsule(context: &Context<'_>, capsule: &Capsule) -> Result<()> {
    context.run(
        "INSERT OR REPLACE INTO capsule (alert, body) VALUES (?1, ?2)",
        (capsule.alert.as_str(), &capsule.body),
    )?;
    Ok(())
}

pub(super) fn drop_alerts(context: &Context<'_>, ids: &[AlertId]) -> Result<()> {
    for id in ids {
        for sql in [
            "DELETE FROM delivery_attempt WHERE delivery IN (SELECT number FROM delivery
                 WHERE event IN (SELECT seq FROM alert_event WHERE alert = ?1))",
            "DELETE FROM delivery WHERE event IN (SELECT seq FROM alert_event WHERE alert = ?1)",
            "DELETE FROM alert_event WHERE alert = ?1",
            "DELETE FROM capsule WHERE alert = ?1",
            "DELETE FROM alert WHERE id = ?1",
        ] {
            context.run(sql, [id.as_str()])?;
        }
    }
    Ok(())
}

pub(super) fn delivery(context: &Context<'_>, delivery: &NewDelivery) -> Result<()> {
    context.run(
        "INSERT INTO delivery (number, id, endpoint, event, type, body, created, state, attempts,
             next_attempt, first_received)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', 0, ?8, ?8)",
        (
            delivery.number,
            delivery.id.as_str(),
            delivery.endpoint.as_str(),
            delivery.event,
            delivery.event_type,
            &delivery.body,
            delivery.created.epoch_ms(),
            delivery.received.epoch_ms(),
        ),
    )?;
    Ok(())
}

pub(super) fn report(context: &Context<'_>, report: &DeliveryReport) -> Result<()> {
    // Two attempts of one millisecond (a replay at once) are one row: the later.
    context.run(
        "INSERT OR REPLACE INTO delivery_attempt (delivery, at, took_ms, status, error)
         SELECT number, ?2, ?3, ?4, ?5 FROM delivery WHERE id = ?1",
        (
            report.delivery.as_str(),
            report.at.epoch_ms(),
            report.took_ms,
            report.status,
            report.error,
        ),
    )?;
    let (state, next) = match report.verdict {
        DeliveryVerdict::Delivered => ("delivered", None),
        DeliveryVerdict::RetryAt(at) => ("waiting", Some(at.epoch_ms())),
        DeliveryVerdict::GivenUp | DeliveryVerdict::EndpointGone => ("failed", None),
    };
    context.run(
        // What was superseded meanwhile is not tried again; that it arrived is the truth.
        "UPDATE delivery SET attempts = attempts + 1,
             state = CASE WHEN state = 'superseded' AND ?2 <> 'delivered' THEN state ELSE ?2 END,
             next_attempt = coalesce(?3, next_attempt) WHERE id = ?1",
        (report.delivery.as_str(), state, next),
    )?;
    Ok(())
}

pub(super) fn replay(context: &Context<'_>, id: &DeliveryId, at: WallTime) -> Result<()> {
    context.run(
        "UPDATE delivery SET state = 'waiting', next_attempt = ?2 WHERE id = ?1",
        (id.as_str(), at.epoch_ms()),
    )?;
    Ok(())
}
