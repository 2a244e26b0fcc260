//! The last alerts of a patient.

use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, Times};
use serde_json::Value;

/// One alert.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) raised: String,
    pub(super) words: String,
    pub(super) priority: String,
    pub(super) condition: &'static str,
    pub(super) handling: String,
}

pub(super) fn row(alert: &Value, times: &Times) -> Row {
    let alert = Fields(alert);
    let (kind, vital) = (alert.text("/kind"), alert.some("/vital"));
    let handling = match alert.text("/handling") {
        "open" => say!("not acknowledged").to_owned(),
        other => catalogue::named(other),
    };
    let handling = match alert.is_set("/snoozed") {
        true => say!("{state}, snoozed", state = handling),
        false => handling,
    };
    Row {
        id: alert.text("/id").to_owned(),
        raised: times.of(alert, "/raised_at"),
        words: catalogue::kind(kind, vital, alert.some("/rule")),
        priority: alert.text("/priority").to_owned(),
        condition: match alert.text("/condition") {
            "ended" => say!("ended"),
            _ => say!("holds"),
        },
        handling,
    }
}
