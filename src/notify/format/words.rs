//! What a nurse calls it.

use crate::domain::{OrderAction, Priority, Vital};

/// What happened; an event that is not known here is told by its own name.
pub(super) fn event(name: &str) -> String {
    let known = match name {
        "alert.raised" => "New alert",
        "alert.updated" => "Worse",
        "alert.escalated" => "More urgent",
        "alert.deescalated" => "Less urgent",
        "alert.condition_ended" => "Condition ended",
        "alert.reopened" => "Came back",
        "alert.acknowledged" => "Acknowledged",
        "alert.acknowledgement_expired" => "Acknowledgement expired",
        "alert.reminded" => "Reminder: not recovered",
        "alert.resolved" => "Resolved",
        "alert.commented" => "Comment",
        "alert.snoozed" => "Snoozed",
        "alert.unsnoozed" => "Snooze taken back",
        "alert.snooze_ended" => "Snooze ended",
        "alert.assigned" => "Assigned",
        "alert.entered_in_error" => "Entered in error",
        "alert.digest" => "Several alerts",
        "system.channel_failing" => "Channel fails",
        "system.channel_recovered" => "Channel works again",
        "system.canary_late" => "Wardlight may not work",
        "system.canary_recovered" => "Wardlight works again",
        "system.canary_switched_off" => "Wardlight is no longer tested",
        "system.dead_letter" => "Message not delivered",
        "system.test" => "Test message",
        other => return own_words(other.rsplit('.').next().unwrap_or(other)),
    };
    known.to_owned()
}

/// What a person can do about it.
pub(super) fn action(action: OrderAction) -> String {
    match action {
        OrderAction::Acknowledge => "Acknowledge".to_owned(),
        OrderAction::Snooze(minutes) => format!("Snooze {minutes} min"),
        OrderAction::Resolve => "Resolve".to_owned(),
    }
}

/// Whether it asks for somebody's attention; the others only tell how it went on.
pub(super) fn asks_attention(event: &str) -> bool {
    !matches!(
        event,
        "alert.acknowledged"
            | "alert.assigned"
            | "alert.commented"
            | "alert.condition_ended"
            | "alert.deescalated"
            | "alert.entered_in_error"
            | "alert.resolved"
            | "alert.snoozed"
            | "system.canary_recovered"
            | "system.canary_switched_off"
            | "system.channel_recovered"
            | "system.test"
    )
}

/// The priority of a stored name; one that is not known counts as urgent.
pub(super) fn priority(name: Option<&str>) -> Priority {
    match name {
        Some("low") => Priority::Low,
        Some("medium") => Priority::Medium,
        _ => Priority::High,
    }
}

/// A priority as a word that is seen at a glance.
pub(super) const fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "HIGH",
        Priority::Medium => "MEDIUM",
        Priority::Low => "LOW",
    }
}

/// What an alert is about.
pub(super) fn kind(kind: Option<&str>, vital: Option<&str>, rule: Option<&str>) -> String {
    let vital = vital.map(vital_words).unwrap_or_default();
    match (kind.unwrap_or_default(), rule) {
        ("news2", _) => "NEWS2".to_owned(),
        ("rule", Some(rule)) => own_words(rule),
        ("baseline_deviation", _) => format!("Unusual {vital}"),
        ("silent", _) => format!("No {vital} any more"),
        ("never_heard", _) => format!("No {vital} since monitoring began"),
        ("frozen", _) => format!("Frozen {vital}"),
        ("device_silent", _) => "The watch sends nothing".to_owned(),
        ("", _) => "Alert".to_owned(),
        (other, _) => own_words(other),
    }
}

/// A vital of a stored name.
pub(super) fn vital_words(name: &str) -> String {
    match Vital::from_name(name) {
        Some(vital) => vital.words().to_owned(),
        None => own_words(name).to_lowercase(),
    }
}

/// A UCUM unit as people write it, with the space before it.
pub(super) fn unit(unit: &str) -> String {
    match unit {
        "" => String::new(),
        "Cel" => " °C".to_owned(),
        "%" => " %".to_owned(),
        "/min" => "/min".to_owned(),
        "mm[Hg]" => " mmHg".to_owned(),
        "{steps}" => " steps".to_owned(),
        other => format!(" {}", super::text::plain(other, 20)),
    }
}

/// `fever_on_treatment` as a sentence begins.
fn own_words(name: &str) -> String {
    let text = super::text::plain(&name.replace('_', " "), 80);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_is_not_known_here_has_words_of_its_own_and_asks_for_attention() {
        assert_eq!(event("alert.handed_over"), "Handed over");
        assert_eq!(event(""), "");
        assert!(asks_attention("alert.handed_over"));
        assert_eq!(priority(Some("urgent")), Priority::High);
    }

    #[test]
    fn alerts_are_named_as_a_nurse_names_them() {
        assert_eq!(
            kind(Some("fever_on_treatment"), None, None),
            "Fever on treatment"
        );
        let silent = kind(Some("silent"), Some("heart_rate"), None);
        assert_eq!(silent, "No heart rate any more");
        assert_eq!(kind(Some("rule"), None, Some("shock_index")), "Shock index");
    }
}
