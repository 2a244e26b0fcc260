//! The course of an alert, event by event, in words.

use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, Times};
use serde_json::Value;

/// Events that are shown, the newest.
const SHOWN_MAX: usize = 200;

/// Something that happened.
pub(super) struct Step {
    pub(super) at: String,
    pub(super) words: String,
    /// What somebody wrote, or why Wardlight did it.
    pub(super) said: String,
}

/// The newest events, oldest first, and how many older ones are left out.
pub(super) fn steps(events: &[Value], times: &Times) -> (Vec<Step>, usize) {
    let older = events.len().saturating_sub(SHOWN_MAX);
    let steps = events.iter().skip(older).map(Fields).map(|event| {
        let at = event.moment("/data/at");
        Step {
            at: at.map_or_else(String::new, |at| times.zone.moment(at)),
            words: words(event, times),
            said: said(event),
        }
    });
    (steps.collect(), older)
}

/// What happened.
pub(in crate::api::pages) fn words(event: Fields<'_>, times: &Times) -> String {
    let by = event.some("/data/author");
    let priority = catalogue::named(event.text("/data/priority"));
    match (event.text("/type"), by) {
        ("alert.raised", _) => say!("Raised with priority {priority}", priority = priority),
        ("alert.found_late", _) => {
            say!("Found late: it was over when the values arrived, so nobody was told").to_owned()
        }
        ("alert.updated", _) => say!("Got worse").to_owned(),
        ("alert.escalated", _) => say!(
            "More urgent: priority {priority} from now on",
            priority = priority
        ),
        ("alert.deescalated", _) => say!(
            "Less urgent: priority {priority} from now on",
            priority = priority
        ),
        ("alert.condition_ended", _) => say!("The condition ended").to_owned(),
        ("alert.reopened", Some(by)) => say!("Taken up again by {who}", who = by),
        ("alert.reopened", None) => say!("The condition came back").to_owned(),
        ("alert.acknowledged", Some(by)) => say!("Acknowledged by {who}", who = by),
        ("alert.acknowledgement_expired", _) => {
            say!("Acknowledged long ago and it still holds: somebody must answer again").to_owned()
        }
        ("alert.reminded", _) => say!("Reminder: it still holds").to_owned(),
        ("alert.snoozed", Some(by)) => snoozed(event, by, times),
        ("alert.unsnoozed", Some(by)) => say!("Snooze ended by {who}", who = by),
        ("alert.snooze_ended", _) => say!("The time of the snooze is over").to_owned(),
        ("alert.assigned", Some(by)) => {
            say!(
                "Given to {whom} by {who}",
                whom = event.text("/data/assigned/to"),
                who = by
            )
        }
        ("alert.resolved", Some(by)) => resolved(event, by),
        ("alert.resolved", None) => say!("Closed by Wardlight").to_owned(),
        ("alert.commented", Some(by)) => say!("Remark by {who}", who = by),
        ("alert.entered_in_error", _) => {
            say!("Entered in error: it rested on readings of another patient").to_owned()
        }
        ("alert.notified" | "alert.suppressed", _) => notification(event),
        (other, Some(by)) => say!("{what} by {who}", what = plain(other), who = by),
        (other, None) => plain(other),
    }
}

/// `alert.condition_ended` as `Condition ended`.
pub(super) fn plain(event_type: &str) -> String {
    catalogue::sentence(&catalogue::named(event_type))
}

fn snoozed(event: Fields<'_>, by: &str, times: &Times) -> String {
    let until = event.moment("/data/snoozed/until");
    match until.map(|until| times.zone.short(until)) {
        Some(until) => say!("Snoozed until {until} by {who}", until = until, who = by),
        None => say!("Snoozed by {who}", who = by),
    }
}

fn resolved(event: Fields<'_>, by: &str) -> String {
    match event.text("/data/usefulness") {
        "useful" => say!("Resolved by {who}, marked as useful", who = by),
        "not_useful" => say!("Resolved by {who}, marked as not useful", who = by),
        "unsure" => say!(
            "Resolved by {who}, not sure whether it was useful",
            who = by
        ),
        _ => say!("Resolved by {who}", who = by),
    }
}

/// What became of a notification.
pub(super) fn notification(event: Fields<'_>) -> String {
    let words = match event.text("/data/notification/state") {
        "sent" => say!("Handed to a channel"),
        "unable" => say!("A channel could not be used"),
        "nobody" => say!("Nobody could be told"),
        "inhibited" => say!("Not told: another alert says more"),
        "silenced" => say!("Not told: silenced for maintenance"),
        "held" => say!("Not told yet: quiet hours"),
        "grouped" => say!("Not told alone: it goes into one message with others"),
        "superseded" => say!("Not told: an answer or something newer came first"),
        "lapsed" => say!("Not told: it was over before"),
        _ => say!("Wardlight looked for whom to tell"),
    };
    words.to_owned()
}

/// The evidence's sentence where the event is about the patient, else the words
/// of who or what caused it.
pub(in crate::api::pages) fn said(event: Fields<'_>) -> String {
    let about_the_patient = matches!(
        event.text("/type"),
        "alert.raised" | "alert.found_late" | "alert.updated" | "alert.escalated"
    );
    let comment = event.text("/data/comment");
    match about_the_patient {
        true => event.text("/data/evidence/summary").to_owned(),
        false if event.some("/data/author").is_some() && !comment.is_empty() => {
            format!("“{comment}”")
        }
        false => comment.to_owned(),
    }
}
