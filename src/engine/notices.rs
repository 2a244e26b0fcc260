//! How routing's decisions look in an alert's history, in its document and in
//! the audit, and the message that stands for several.

use super::documents::rfc3339;
use crate::alert::EventType;
use crate::alert::routing::{Facts, Message, Note};
use crate::domain::{AlertId, ClinicalTime, Priority};
use serde_json::{Map, Value, json};

/// The type of the message that stands for several.
pub(super) const DIGEST: &str = "alert.digest";

/// Alerts that such a message lists; the others are counted.
const LISTED_MAX: usize = 100;

/// The event's type in the alert's history.
pub(super) const fn event_of(note: &Note) -> EventType {
    match note.outcome.is_about_telling() {
        true => EventType::Notified,
        false => EventType::Suppressed,
    }
}

/// What became of the notification.
fn notification(note: &Note, at: ClinicalTime) -> Value {
    let told = note.told.as_ref();
    json!({
        "state": note.outcome.name(),
        "event": note.cause.name(),
        "why": note.why,
        "by": note.by,
        "at": rfc3339(at.epoch_ms()),
        "route": told.map(|told| told.route.as_str()),
        "step": told.map(|told| told.step),
        "channel": told.map(|told| told.target.to_string()),
        "endpoint": told.and_then(|told| told.endpoint.as_ref()).map(|id| id.as_str()),
    })
}

/// The event as the event stream and the alert's history show it.
pub(super) fn event_document(note: &Note, seq: u64, at: ClinicalTime, simulated: bool) -> String {
    let mut document = head(&note.facts, simulated);
    document.insert("seq".into(), seq.into());
    document.insert("type".into(), event_of(note).name().into());
    document.insert("at".into(), rfc3339(at.epoch_ms()).into());
    document.insert("alert".into(), note.alert.as_str().into());
    document.insert("author".into(), Value::Null);
    document.insert("comment".into(), note.why.as_str().into());
    document.insert("notification".into(), notification(note, at));
    Value::Object(document).to_string()
}

/// What the alert's document shows of it.
pub(super) fn alert_patch(note: &Note, seq: u64, at: ClinicalTime) -> String {
    let patch = json!({ "newest_event": seq, "notification": notification(note, at) });
    patch.to_string()
}

/// The audit's line.
pub(super) fn audit_document(note: &Note, at: ClinicalTime) -> String {
    let line = json!({ "alert": note.alert.as_str(), "notification": notification(note, at) });
    line.to_string()
}

/// The body of a message that stands for several: states only, no values.
pub(super) fn digest_body(message: &Message, at: ClinicalTime, simulated: bool) -> Value {
    let alerts = message.about.iter().zip(&message.facts);
    let alerts: Vec<Value> = alerts
        .take(LISTED_MAX)
        .map(|(id, facts)| member(id, facts, simulated))
        .collect();
    json!({
        "type": DIGEST,
        "timestamp": rfc3339(at.epoch_ms()),
        "data": {
            "count": message.about.len(), "priority": urgency(message), "alerts": alerts,
            "simulated": simulated,
        },
    })
}

/// The body of a message about an alert of which only routing still knows.
pub(super) fn bare_body(message: &Message, at: ClinicalTime, simulated: bool) -> Value {
    let first = message.about.iter().zip(&message.facts).next();
    json!({
        "type": message.event.name(),
        "timestamp": rfc3339(at.epoch_ms()),
        "data": first.map(|(id, facts)| member(id, facts, simulated)),
    })
}

/// As urgent as the most urgent alert it is about.
pub(super) fn urgency(message: &Message) -> Priority {
    let priorities = message.facts.iter().map(|facts| facts.priority);
    priorities.max().unwrap_or(Priority::High)
}

fn member(id: &AlertId, facts: &Facts, simulated: bool) -> Value {
    let mut member = head(facts, simulated);
    member.insert("alert".into(), id.as_str().into());
    member.insert("href".into(), format!("/v1/alerts/{}", id.as_str()).into());
    Value::Object(member)
}

/// The words every document about an episode begins with.
fn head(facts: &Facts, simulated: bool) -> Map<String, Value> {
    let head = json!({
        "patient": facts.place.patient.as_str(),
        "ward": facts.place.ward.as_str(),
        "kind": facts.kind.name(),
        "vital": facts.kind.vital().map(|vital| vital.name()),
        "rule": facts.kind.rule(),
        "priority": facts.priority,
        "condition": facts.condition,
        "handling": facts.handling,
        "raised_at": rfc3339(facts.raised_at.epoch_ms()),
        "began_at": rfc3339(facts.began_at.epoch_ms()),
        "physiological": facts.kind.is_physiological(),
        "simulated": simulated,
    });
    match head {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
