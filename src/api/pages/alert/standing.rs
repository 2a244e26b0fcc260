//! How an alert stands: its condition, and what people did.

use crate::api::language::{say, text};
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, Times};
use serde_json::Value;

/// Rows of the summary: what, and how it is.
pub(super) type Rows = Vec<(&'static str, String)>;

/// How the alert stands, in rows.
pub(super) fn rows(alert: Fields<'_>, events: &[Value], times: &Times) -> Rows {
    let priority = match (alert.text("/priority"), alert.text("/highest_priority")) {
        (now, "") => catalogue::named(now),
        (now, highest) if now == highest => catalogue::named(now),
        (now, highest) => say!(
            "{priority}; it was {before} before",
            priority = catalogue::named(now),
            before = catalogue::named(highest),
        ),
    };
    let mut rows = vec![
        (say!("Priority"), priority),
        (say!("Raised"), times.of(alert, "/raised_at")),
    ];
    if alert.moment("/began_at").is_some() {
        rows.push((say!("Began"), times.of(alert, "/began_at")));
    }
    rows.push((say!("Condition"), condition(alert, events, times)));
    rows.push((say!("Answer"), handling(alert, events, times)));
    if alert.is_set("/snoozed") {
        rows.push((say!("Snoozed"), snoozed(alert, times)));
    }
    rows.push((say!("Taken care of by"), assigned(alert, times)));
    rows
}

/// The same in one sentence without a time, to be said aloud when it changes.
pub(super) fn said(alert: Fields<'_>) -> String {
    let handling = match alert.text("/handling") {
        known @ ("acknowledged" | "resolved") => catalogue::named(known),
        _ if alert.is_set("/snoozed") => say!("snoozed").to_owned(),
        _ => say!("not acknowledged").to_owned(),
    };
    let condition = match holds(alert) {
        true => say!("its condition still holds"),
        false => say!("its condition has ended"),
    };
    say!(
        "This alert is now: {handling}, {priority} priority, {condition}.",
        handling = handling,
        priority = catalogue::named(alert.text("/priority")),
        condition = condition,
    )
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
        (true, _) => say!("It still holds").to_owned(),
        (false, Some(event)) => say!("It ended {at}", at = times.of(event, "/data/at")),
        (false, None) => say!("It has ended").to_owned(),
    }
}

fn handling(alert: Fields<'_>, events: &[Value], times: &Times) -> String {
    let (event, alone, told) = match alert.text("/handling") {
        "acknowledged" => (
            "alert.acknowledged",
            say!("Acknowledged"),
            text!("Acknowledged by {who}, {at}"),
        ),
        "resolved" => (
            "alert.resolved",
            say!("Resolved"),
            text!("Resolved by {who}, {at}"),
        ),
        _ => return say!("Nobody has acknowledged it").to_owned(),
    };
    let Some(event) = newest(events, event) else {
        return alone.to_owned();
    };
    let at = times.of(event, "/data/at");
    let by = event.some("/data/author");
    let told = told.with("who", by.unwrap_or("Wardlight")).with("at", at);
    match (by, event.some("/data/comment")) {
        (Some(_), Some(comment)) => format!("{told}: “{comment}”"),
        (None, Some(why)) => format!("{told}: {why}"),
        (_, None) => told.to_string(),
    }
}

fn snoozed(alert: Fields<'_>, times: &Times) -> String {
    let until = alert.moment("/snoozed/until");
    let until = until.map_or_else(
        || say!("an unknown time").to_owned(),
        |until| times.zone.short(until),
    );
    let reason = alert.some("/snoozed/reason");
    let reason = reason.map(|reason| format!(": “{reason}”"));
    let told = say!(
        "Quiet until {until}, by {who}, {at}",
        until = until,
        who = alert.text("/snoozed/by"),
        at = times.of(alert, "/snoozed/at"),
    );
    told + &reason.unwrap_or_default()
}

fn assigned(alert: Fields<'_>, times: &Times) -> String {
    match alert.some("/assigned/to") {
        Some(to) => say!(
            "{whom}, given by {who}, {at}",
            whom = to,
            who = alert.text("/assigned/by"),
            at = times.of(alert, "/assigned/at"),
        ),
        None => say!("Nobody by name").to_owned(),
    }
}
