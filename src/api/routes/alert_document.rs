//! Alerts and their events as shown: the stored document with its times in words.

use crate::api::moment::Moment;
use crate::store::{AlertEventView, AlertView};
use serde_json::{Map, Value};

/// Deepest nesting of a stored document that is translated.
const DEPTH_MAX: u32 = 16;

/// What the API shows of an alert: the stored document with its identity and
/// the sequence of its newest event.
pub(in crate::api) fn alert(view: AlertView) -> Value {
    let mut shown = object(&view.document);
    shown.insert(String::from("id"), Value::String(view.id.into()));
    shown.insert(String::from("patient"), Value::String(view.patient.into()));
    shown.insert(String::from("newest_event"), view.newest_event.into());
    Value::Object(shown)
}

/// What the API and the stream show of an event.
pub(in crate::api) fn event(view: &AlertEventView) -> Value {
    let mut shown = Map::new();
    shown.insert(String::from("seq"), view.seq.into());
    shown.insert(String::from("type"), view.event_type.as_str().into());
    shown.insert(String::from("ward"), view.ward.as_str().into());
    shown.insert(String::from("data"), Value::Object(object(&view.document)));
    Value::Object(shown)
}

/// An alert as one of its events tells of it: as it stood with the event.
pub(in crate::api) fn of_event(document: &str) -> Value {
    let mut shown = object(document);
    if let Some(id) = shown.get("alert").cloned() {
        shown.insert(String::from("id"), id);
    }
    if let Some(at) = shown.get("at").cloned() {
        shown.insert(String::from("updated_at"), at);
    }
    Value::Object(shown)
}

fn object(document: &str) -> Map<String, Value> {
    match serde_json::from_str(document) {
        Ok(Value::Object(mut fields)) => {
            in_words(&mut fields, DEPTH_MAX);
            fields
        }
        // The engine writes objects; anything else is shown as nothing rather than failing a list.
        Ok(_) | Err(_) => Map::new(),
    }
}

/// Names of stored times beside those that end in `_at`.
const TIMES: [&str; 3] = ["at", "measured", "arrived"];

/// Stored times are epoch milliseconds; the API promises RFC 3339.
fn in_words(fields: &mut Map<String, Value>, depth: u32) {
    for (name, value) in fields.iter_mut() {
        match value {
            Value::Number(number) if is_time(name) => {
                if let Some(epoch_ms) = number.as_i64() {
                    *value = Value::String(Moment(epoch_ms).text());
                }
            }
            _ => descend(value, depth),
        }
    }
}

fn is_time(name: &str) -> bool {
    name.ends_with("_at") || TIMES.contains(&name)
}

/// Any other value of the living state, its times in words.
pub(in crate::api) fn state(mut value: Value) -> Value {
    descend(&mut value, DEPTH_MAX);
    value
}

fn descend(value: &mut Value, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        Value::Object(fields) => in_words(fields, depth),
        Value::Array(items) => items.iter_mut().for_each(|item| descend(item, depth)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_times_are_shown_in_words_however_deep() {
        let stored = r#"{"raised_at": 0, "flat_rate": 5, "evidence": [{"measured_at": 1500}]}"#;
        insta::assert_compact_json_snapshot!(object(stored), @r#"{"evidence": [{"measured_at": "1970-01-01T00:00:01.5Z"}], "flat_rate": 5, "raised_at": "1970-01-01T00:00:00Z"}"#);
    }
}
