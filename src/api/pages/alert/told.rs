//! Who was told of an alert, by which channel, when, with which result; and whom
//! it was kept from, and why.

use super::course::{notification, plain};
use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, Times};
use crate::api::source::Telling;
use crate::domain::ClinicalTime;
use serde_json::Value;

/// One message, or one that was not sent.
pub(super) struct Told {
    at_ms: i64,
    pub(super) at: String,
    pub(super) channel: String,
    pub(super) about: String,
    pub(super) result: String,
    pub(super) why: String,
}

/// All of it, the oldest first.
pub(super) fn told(events: &[Value], tellings: &[Telling], times: &Times) -> Vec<Told> {
    let notes: Vec<_> = events.iter().map(Fields).filter(is_note).collect();
    let is_listed = |note: &&Fields<'_>| tellings.iter().any(|one| is_of(**note, one));
    let messages = tellings.iter().map(|telling| {
        let note = notes.iter().find(|note| is_of(**note, telling));
        message(telling, note.copied(), times)
    });
    let others = notes.iter().filter(|note| !is_listed(note));
    let others = others.map(|note| unlisted(*note, times));
    let mut all: Vec<_> = messages.chain(others).collect();
    all.sort_by_key(|one| one.at_ms);
    all
}

fn is_note(event: &Fields<'_>) -> bool {
    matches!(event.text("/type"), "alert.notified" | "alert.suppressed")
}

/// Routing's line and the message were written in one commit.
fn is_of(note: Fields<'_>, telling: &Telling) -> bool {
    note.text("/data/notification/state") == "sent"
        && note.text("/data/notification/endpoint") == telling.delivery.endpoint
        && note.moment("/data/at") == Some(telling.delivery.created)
}

fn message(telling: &Telling, note: Option<Fields<'_>>, times: &Times) -> Told {
    let delivery = &telling.delivery;
    Told {
        channel: telling.channel.clone(),
        about: plain(&delivery.event_type),
        result: result(telling),
        why: note.map_or_else(String::new, |note| note.text("/data/comment").to_owned()),
        ..at(Some(delivery.created), times)
    }
}

fn unlisted(note: Fields<'_>, times: &Times) -> Told {
    let words = notification(note);
    let channel = note.some("/data/notification/channel");
    Told {
        channel: channel.map_or_else(
            || say!("none").to_owned(),
            |channel| channel.replace(':', " "),
        ),
        about: plain(note.text("/data/notification/event")),
        result: match note.text("/data/notification/state") {
            "sent" => say!("{what}; the result is no longer listed here", what = words),
            _ => words,
        },
        why: note.text("/data/comment").to_owned(),
        ..at(note.moment("/data/at"), times)
    }
}

fn at(at: Option<ClinicalTime>, times: &Times) -> Told {
    Told {
        at_ms: at.map_or(0, ClinicalTime::epoch_ms),
        at: at.map_or_else(String::new, |at| times.zone.moment(at)),
        channel: String::new(),
        about: String::new(),
        result: String::new(),
        why: String::new(),
    }
}

fn result(telling: &Telling) -> String {
    let delivery = &telling.delivery;
    let tried = say!("{count} attempts", count = delivery.attempts);
    let fault = match (delivery.last_status, &delivery.last_error) {
        (Some(status), Some(_)) => say!("the receiver answered {status}", status = status),
        (None, Some(error)) => catalogue::delivery(error),
        (_, None) => String::new(),
    };
    let fault = match fault.is_empty() {
        true => fault,
        false => format!(": {fault}"),
    };
    match (delivery.state.as_str(), delivery.attempts) {
        ("delivered", ..=1) => say!("✓ Taken by the channel").to_owned(),
        ("delivered", _) => say!("✓ Taken by the channel after {tried}", tried = tried),
        ("waiting", 0) => say!("… Not sent yet").to_owned(),
        ("waiting", _) => say!(
            "… Not taken yet after {tried}; it is tried again",
            tried = tried + &fault
        ),
        ("failed", _) => say!("✗ Given up after {tried}", tried = tried + &fault),
        ("superseded", _) => say!("– Not sent: an answer came first").to_owned(),
        (other, _) => catalogue::named(other),
    }
}
