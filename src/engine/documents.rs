//! How an episode looks to the API, to the event stream and to a webhook.

use crate::alert::{EpisodeEvent, EventType};
use crate::domain::{ClinicalTime, Evidence, Handling, MeasuredTime};
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
        "highest_priority": event.highest,
        "condition": event.condition,
        "handling": event.handling,
        "raised_at": clinical(event.raised_at),
        "began_at": measured(event.began_at),
        "physiological": event.kind.is_physiological(),
        "acm": event.acm,
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
    document.append(&mut attention(event));
    if event.handling == Handling::Open {
        // Whoever acknowledged saw something less urgent, or it was long ago.
        document.insert("acknowledged".into(), Value::Null);
    }
    if let (Some(author), Some(verb)) = (&event.author, verb(event.event)) {
        let mut by = Map::new();
        by.insert("by".into(), author.as_str().into());
        by.insert("at".into(), clinical(event.at));
        by.insert("text".into(), event.comment.clone().into());
        if event.event == EventType::Resolved {
            by.insert("usefulness".into(), to_value(&event.usefulness));
        }
        document.insert(verb.into(), Value::Object(by));
    }
    Value::Object(document).to_string()
}

/// Who takes care of it and until when it is quiet, because of whom; null
/// where nobody and nothing is, so that what was shown before goes.
fn attention(event: &EpisodeEvent) -> Map<String, Value> {
    let attention = event.attention.as_deref();
    let snooze = attention.and_then(|attention| attention.snooze.as_ref());
    let assignment = attention.and_then(|attention| attention.assignment.as_ref());
    let snoozed = snooze.map(|snooze| {
        json!({
            "until": clinical(snooze.until),
            "by": snooze.by,
            "at": clinical(snooze.at),
            "reason": snooze.reason,
        })
    });
    let assigned =
        assignment.map(|given| json!({ "to": given.to, "by": given.by, "at": clinical(given.at) }));
    let answered = attention.and_then(|attention| attention.answered_at);
    let mut shown = Map::new();
    shown.insert("snoozed".into(), to_value(&snoozed));
    shown.insert("assigned".into(), to_value(&assigned));
    shown.insert("answered_at".into(), to_value(&answered.map(clinical)));
    shown
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
    document.append(&mut attention(event));
    if let Some(usefulness) = event.usefulness {
        document.insert("usefulness".into(), to_value(&usefulness));
    }
    if event.asks_how_it_is_now() {
        document.insert("current".into(), to_value(&event.current));
    }
    Value::Object(document).to_string()
}

/// Adds a field to a document.
pub(super) fn put(document: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(fields) = document.as_object_mut() {
        fields.insert(name.to_owned(), value.into());
    }
}

/// The webhook's body: thin on purpose (Standard Webhooks 1.0.0). It names
/// the alert and where in the treatment it stands; values are read from the
/// API, where the read is audited.
pub(super) fn webhook_body(patient: &Patient, event: &EpisodeEvent, simulated: bool) -> Value {
    let mut data = head(Some(patient), event, simulated);
    data.insert("alert".into(), event.id.as_str().into());
    data.insert(
        "href".into(),
        format!("/v1/alerts/{}", event.id.as_str()).into(),
    );
    let attention = event.attention.as_ref();
    if let Some(snooze) = attention.and_then(|a| a.snooze.as_ref()) {
        data.insert("snoozed_until".into(), clinical(snooze.until));
    }
    data.insert("treatment".into(), treatment(event));
    json!({
        "type": event.event.name(),
        "timestamp": clinical(event.at),
        "data": data,
    })
}

/// What a message says beyond the thin body: kept with the delivery, so that
/// every attempt says the same.
pub(super) fn webhook_detail(patient: &Patient, event: &EpisodeEvent, seq: u64) -> Value {
    json!({
        "event": seq,
        "author": event.author,
        "comment": event.comment,
        "ended_at": event.ended_at.map(clinical),
        "time_zone": patient.context.time_zone,
        "evidence": evidence_in_words(&event.evidence),
    })
}

/// Evidence with its times as texts and its vitals with their units.
fn evidence_in_words(evidence: &Evidence) -> Value {
    let values = evidence.values.iter().map(|value| {
        json!({
            "vital": value.vital.name(),
            "unit": value.vital.facts().unit,
            "value": value.value,
            "measured": measured(value.measured),
            "arrived": clinical(value.arrived),
            "age_seconds": value.age_ms.div_euclid(1000),
            "limit": value.limit,
            "quality": value.quality,
        })
    });
    json!({
        "rule": evidence.rule,
        "rule_version": evidence.rule_version,
        "summary": evidence.summary,
        "values": values.collect::<Vec<_>>(),
        "missing": evidence.missing,
        "figures": evidence.figures,
        "chance": evidence.chance,
    })
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

/// The key under which the alert's document keeps who did it; none for what
/// the document shows as its state.
const fn verb(event: EventType) -> Option<&'static str> {
    Some(match event {
        EventType::Raised => "raised",
        EventType::FoundLate => "found_late",
        EventType::Updated => "updated",
        EventType::Escalated => "escalated",
        EventType::Deescalated => "deescalated",
        EventType::ConditionEnded => "condition_ended",
        EventType::Reopened => "reopened",
        EventType::Acknowledged => "acknowledged",
        EventType::AcknowledgementExpired => "acknowledgement_expired",
        EventType::Reminded => "reminded",
        EventType::Snoozed | EventType::Assigned => return None,
        EventType::Unsnoozed => "unsnoozed",
        EventType::SnoozeEnded => "snooze_ended",
        EventType::Resolved => "resolved",
        EventType::Commented => "commented",
        EventType::EnteredInError => "entered_in_error",
        EventType::Notified => "notified",
        EventType::Suppressed => "suppressed",
    })
}

fn to_value(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
