//! Episodes and their events.

use super::Context;
use crate::domain::{AlertId, Condition, Handling, Priority};
use crate::store::writes::{AlertEventRow, AlertRow, Capsule};
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
