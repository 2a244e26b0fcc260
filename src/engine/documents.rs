//! How an episode looks to the API, to the event stream and to a webhook.

use crate::alert::{EpisodeEvent, EventType};
use crate::domain::{ClinicalTime, MeasuredTime};
use crate::registry::Patient;
use serde_json::{Map, Value, json};

/// RFC 3339 in UTC with milliseconds.
pub fn rfc3339(epoch_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(epoch_ms) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => epoch_ms.to_string(),
    }
}

fn clinical(at: ClinicalTime) -> Value {
    rfc3339(at.epoch_ms()).into()
}

fn measured(at: MeasuredTime) -> Value {
    rfc3339(at.epoch_ms()).into()
}

/// The words every document about an episode begins with; identifiers and
/// states only, no values.
fn head(patient: Option<&Patient>, event: &EpisodeEvent, simulated: bool) -> Map<String, Value> {
    let head = json!({
        "patient": patient.map(|patient| patient.id.as_str()),
        "ward": patient.map(|patient| patient.ward.as_str()),
        "kind": event.kind.name(),
        "vital": event.kind.vital().map(|vital| vital.name()),
        "rule": event.kind.rule(),
        "priority": event.priority,
        "condition": event.condition,
        "handling": event.handling,
        "raised_at": clinical(event.raised_at),
        "began_at": measured(event.began_at),
        "physiological": event.kind.is_physiological(),
        "simulated": simulated,
    });
    match head {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The alert as the API shows it. The store merges it into what it has, so
/// what an event does not speak of stays.
pub(super) fn alert_document(
    patient: &Patient,
    event: &EpisodeEvent,
    seq: u64,
    simulated: bool,
) -> String {
    let mut document = head(Some(patient), event, simulated);
    document.insert("id".into(), event.id.as_str().into());
    document.insert("updated_at".into(), clinical(event.at));
    document.insert("newest_event".into(), seq.into());
    document.insert("evidence".into(), to_value(&event.evidence));
    if matches!(event.event, EventType::Reopened | EventType::Escalated) {
        // Whoever acknowledged saw something less urgent, or thought it over.
        document.insert("acknowledged".into(), Value::Null);
    }
    if let Some(author) = &event.author {
        let by = json!({ "by": author, "at": clinical(event.at), "text": event.comment });
        document.insert(verb(event.event).into(), by);
    }
    Value::Object(document).to_string()
}

/// The event as the event stream and the alert's history show it.
pub(super) fn event_document(
    event: &EpisodeEvent,
    seq: u64,
    simulated: bool,
    patient: Option<&Patient>,
) -> String {
    let mut document = head(patient, event, simulated);
    document.insert("seq".into(), seq.into());
    document.insert("type".into(), event.event.name().into());
    document.insert("at".into(), clinical(event.at));
    document.insert("alert".into(), event.id.as_str().into());
    document.insert("author".into(), event.author.clone().into());
    document.insert("comment".into(), event.comment.clone().into());
    document.insert("evidence".into(), to_value(&event.evidence));
    Value::Object(document).to_string()
}

/// The webhook's body: thin on purpose (Standard Webhooks 1.0.0). It names
/// the alert and where in the treatment it stands; values are read from the
/// API, where the read is audited.
pub(super) fn webhook_body(patient: &Patient, event: &EpisodeEvent, simulated: bool) -> Vec<u8> {
    let mut data = head(Some(patient), event, simulated);
    data.insert("alert".into(), event.id.as_str().into());
    data.insert(
        "href".into(),
        format!("/v1/alerts/{}", event.id.as_str()).into(),
    );
    data.insert("treatment".into(), treatment(event));
    let body = json!({
        "type": event.event.name(),
        "timestamp": clinical(event.at),
        "data": data,
    });
    body.to_string().into_bytes()
}

/// Where in the treatment the alert stands; null for a technical one.
fn treatment(event: &EpisodeEvent) -> Value {
    let Some(told) = &event.evidence.treatment else {
        return Value::Null;
    };
    json!({
        "summary": told.summary,
        "cycle": told.cycle,
        "day": told.day,
        "windows": told.windows,
        "priority_without": told.priority_without,
    })
}

/// The key under which the alert's document keeps who did it.
const fn verb(event: EventType) -> &'static str {
    match event {
        EventType::Raised => "raised",
        EventType::Updated => "updated",
        EventType::Escalated => "escalated",
        EventType::Deescalated => "deescalated",
        EventType::ConditionEnded => "condition_ended",
        EventType::Reopened => "reopened",
        EventType::Acknowledged => "acknowledged",
        EventType::AcknowledgementExpired => "acknowledgement_expired",
        EventType::Reminded => "reminded",
        EventType::Snoozed => "snoozed",
        EventType::Unsnoozed => "unsnoozed",
        EventType::SnoozeEnded => "snooze_ended",
        EventType::Assigned => "assigned",
        EventType::Resolved => "resolved",
        EventType::Commented => "commented",
        EventType::EnteredInError => "entered_in_error",
        EventType::Notified => "notified",
        EventType::Suppressed => "suppressed",
    }
}

fn to_value(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
