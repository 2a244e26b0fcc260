//! The course of an alert, event by event, in words.

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
    let priority = event.text("/data/priority");
    match (event.text("/type"), by) {
        ("alert.raised", _) => format!("Raised with priority {priority}"),
        ("alert.found_late", _) => {
            "Found late: it was over when the values arrived, so nobody was told".to_owned()
        }
        ("alert.updated", _) => "Got worse".to_owned(),
        ("alert.escalated", _) => format!("More urgent: priority {priority} from now on"),
        ("alert.deescalated", _) => format!("Less urgent: priority {priority} from now on"),
        ("alert.condition_ended", _) => "The condition ended".to_owned(),
        ("alert.reopened", Some(by)) => format!("Taken up again by {by}"),
        ("alert.reopened", None) => "The condition came back".to_owned(),
        ("alert.acknowledged", Some(by)) => format!("Acknowledged by {by}"),
        ("alert.acknowledgement_expired", _) => {
            "Acknowledged long ago and it still holds: somebody must answer again".to_owned()
        }
        ("alert.reminded", _) => "Reminder: it still holds".to_owned(),
        ("alert.snoozed", Some(by)) => snoozed(event, by, times),
        ("alert.unsnoozed", Some(by)) => format!("Snooze ended by {by}"),
        ("alert.snooze_ended", _) => "The time of the snooze is over".to_owned(),
        ("alert.assigned", Some(by)) => {
            format!("Given to {} by {by}", event.text("/data/assigned/to"))
        }
        ("alert.resolved", Some(by)) => format!("Resolved by {by}{}", usefulness(event)),
        ("alert.resolved", None) => "Closed by Wardlight".to_owned(),
        ("alert.commented", Some(by)) => format!("Remark by {by}"),
        ("alert.entered_in_error", _) => {
            "Entered in error: it rested on readings of another patient".to_owned()
        }
        ("alert.notified" | "alert.suppressed", _) => notification(event),
        (other, Some(by)) => format!("{} by {by}", plain(other)),
        (other, None) => plain(other),
    }
}

/// `alert.condition_ended` as `Condition ended`.
pub(super) fn plain(event_type: &str) -> String {
    catalogue::sentence(event_type.trim_start_matches("alert."))
}

fn snoozed(event: Fields<'_>, by: &str, times: &Times) -> String {
    let until = event.moment("/data/snoozed/until");
    let until = until.map(|until| format!(" until {}", times.zone.short(until)));
    format!("Snoozed{} by {by}", until.unwrap_or_default())
}

fn usefulness(event: Fields<'_>) -> &'static str {
    match event.text("/data/usefulness") {
        "useful" => ", marked as useful",
        "not_useful" => ", marked as not useful",
        "unsure" => ", not sure whether it was useful",
        _ => "",
    }
}

/// What became of a notification.
pub(super) fn notification(event: Fields<'_>) -> String {
    let words = match event.text("/data/notification/state") {
        "sent" => "Handed to a channel",
        "unable" => "A channel could not be used",
        "nobody" => "Nobody could be told",
        "inhibited" => "Not told: another alert says more",
        "silenced" => "Not told: silenced for maintenance",
        "held" => "Not told yet: quiet hours",
        "grouped" => "Not told alone: it goes into one message with others",
        "superseded" => "Not told: an answer or something newer came first",
        "lapsed" => "Not told: it was over before",
        _ => "Wardlight looked for whom to tell",
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
