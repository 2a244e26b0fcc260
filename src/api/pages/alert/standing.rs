//! How an alert stands: its condition, and what people did.

use crate::api::pages::fields::{Fields, Times};
use serde_json::Value;

/// Rows of the summary: what, and how it is.
pub(super) type Rows = Vec<(&'static str, String)>;

/// How the alert stands, in rows.
pub(super) fn rows(alert: Fields<'_>, events: &[Value], times: &Times) -> Rows {
    let priority = match (alert.text("/priority"), alert.text("/highest_priority")) {
        (now, "") => now.to_owned(),
        (now, highest) if now == highest => now.to_owned(),
        (now, highest) => format!("{now}; it was {highest} before"),
    };
    let mut rows = vec![
        ("Priority", priority),
        ("Raised", times.of(alert, "/raised_at")),
    ];
    if alert.moment("/began_at").is_some() {
        rows.push(("Began", times.of(alert, "/began_at")));
    }
    rows.push(("Condition", condition(alert, events, times)));
    rows.push(("Answer", handling(alert, events, times)));
    if alert.is_set("/snoozed") {
        rows.push(("Snoozed", snoozed(alert, times)));
    }
    rows.push(("Taken care of by", assigned(alert, times)));
    rows
}

/// The same in one sentence without a time, to be said aloud when it changes.
pub(super) fn said(alert: Fields<'_>) -> String {
    let handling = match alert.text("/handling") {
        "acknowledged" => "acknowledged",
        "resolved" => "resolved",
        _ if alert.is_set("/snoozed") => "snoozed",
        _ => "not acknowledged",
    };
    let condition = match holds(alert) {
        true => "its condition still holds",
        false => "its condition has ended",
    };
    let priority = alert.text("/priority");
    format!("This alert is now: {handling}, {priority} priority, {condition}.")
}

/// The newest event of a type.
pub(super) fn newest<'a>(events: &'a [Value], event_type: &str) -> Option<Fields<'a>> {
    let mut newest = events.iter().rev().map(Fields);
    newest.find(|event| event.text("/type") == event_type)
}

/// Whether nobody has closed it.
pub(super) fn is_unresolved(alert: Fields<'_>) -> bool {
    alert.text("/handling") != "resolved"
}

/// Whether its condition holds.
pub(super) fn holds(alert: Fields<'_>) -> bool {
    alert.text("/condition") != "ended"
}

fn condition(alert: Fields<'_>, events: &[Value], times: &Times) -> String {
    let ended = newest(events, "alert.condition_ended");
    match (holds(alert), ended) {
        (true, _) => "It still holds".to_owned(),
        (false, Some(event)) => format!("It ended {}", times.of(event, "/data/at")),
        (false, None) => "It has ended".to_owned(),
    }
}

fn handling(alert: Fields<'_>, events: &[Value], times: &Times) -> String {
    let (event, none) = match alert.text("/handling") {
        "acknowledged" => ("alert.acknowledged", "Acknowledged"),
        "resolved" => ("alert.resolved", "Resolved"),
        _ => return "Nobody has acknowledged it".to_owned(),
    };
    let Some(event) = newest(events, event) else {
        return none.to_owned();
    };
    let at = times.of(event, "/data/at");
    match (event.some("/data/author"), event.some("/data/comment")) {
        (Some(by), Some(comment)) => format!("{none} by {by}, {at}: “{comment}”"),
        (Some(by), None) => format!("{none} by {by}, {at}"),
        (None, Some(why)) => format!("{none} by Wardlight, {at}: {why}"),
        (None, None) => format!("{none} by Wardlight, {at}"),
    }
}

fn snoozed(alert: Fields<'_>, times: &Times) -> String {
    let until = alert.moment("/snoozed/until");
    let until = until.map_or_else(
        || "an unknown time".to_owned(),
        |until| times.zone.short(until),
    );
    let reason = alert.some("/snoozed/reason");
    let reason = reason.map(|reason| format!(": “{reason}”"));
    format!(
        "Quiet until {until}, by {}, {}{}",
        alert.text("/snoozed/by"),
        times.of(alert, "/snoozed/at"),
        reason.unwrap_or_default()
    )
}

fn assigned(alert: Fields<'_>, times: &Times) -> String {
    match alert.some("/assigned/to") {
        Some(to) => format!(
            "{to}, given by {}, {}",
            alert.text("/assigned/by"),
            times.of(alert, "/assigned/at")
        ),
        None => "Nobody by name".to_owned(),
    }
}
