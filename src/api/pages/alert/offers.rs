//! What can be answered now, and what had been typed when an answer was refused.

use super::standing::{holds, is_unresolved};
use crate::alert::MinutesByPriority;
use crate::api::language::{Text, say, text};
use crate::api::pages::fields::Fields;
use crate::api::pages::form::Form;
use crate::domain::Priority;
use std::collections::BTreeMap;

/// The fields of all forms.
const FIELDS: [&str; 8] = [
    "comment",
    "for",
    "until",
    "reason",
    "outcome",
    "usefulness",
    "to",
    "text",
];
/// What a snooze may last, minutes, with words.
const SNOOZES: [(u32, Text); 3] = [
    (30, text!("30 minutes")),
    (60, text!("1 hour")),
    (240, text!("4 hours")),
];

/// What who resolves an alert may say of it.
const WORTH: [(&str, Text); 3] = [
    ("useful", text!("Yes, useful")),
    ("not_useful", text!("No, not useful")),
    ("unsure", text!("Not sure")),
];

/// What the state and the caller's role allow.
#[derive(Default)]
pub(super) struct Offers {
    /// Whether anything may be answered at all.
    pub(super) any: bool,
    pub(super) acknowledge: bool,
    pub(super) unsnooze: bool,
    pub(super) resolve: bool,
    pub(super) reopen: bool,
    pub(super) assign: bool,
    /// How long it may be quiet; none where it may not.
    pub(super) snooze: Option<Snooze>,
    /// Whether it was worth the interruption: values with words.
    pub(super) worth: Vec<(&'static str, &'static str)>,
}

/// How long an alert may be quiet.
pub(super) struct Snooze {
    pub(super) choices: Vec<(String, &'static str)>,
    /// The longest, in words.
    pub(super) most: String,
}

impl Offers {
    pub(super) fn of(alert: Fields<'_>, may_answer: bool, most: MinutesByPriority) -> Self {
        if !may_answer {
            return Self::default();
        }
        let is_unresolved = is_unresolved(alert);
        Self {
            any: true,
            acknowledge: alert.text("/handling") == "open",
            unsnooze: is_unresolved && alert.is_set("/snoozed"),
            resolve: is_unresolved,
            reopen: !is_unresolved,
            assign: is_unresolved,
            worth: WORTH.map(|(value, words)| (value, words.said())).into(),
            snooze: snooze(most.of(priority(alert))).filter(|_| is_unresolved && holds(alert)),
        }
    }

    /// Whether the form of this name is shown.
    pub(super) fn has(&self, answer: &str) -> bool {
        match answer {
            "acknowledge" => self.acknowledge,
            "snooze" => self.snooze.is_some(),
            "unsnooze" => self.unsnooze,
            "resolve" => self.resolve,
            "reopen" => self.reopen,
            "assign" => self.assign,
            "comment" => self.any,
            _ => false,
        }
    }
}

/// What is not known counts as urgent: it may be quiet for the shortest.
fn priority(alert: Fields<'_>) -> Priority {
    match alert.text("/priority") {
        "low" => Priority::Low,
        "medium" => Priority::Medium,
        _ => Priority::High,
    }
}

fn snooze(most: u32) -> Option<Snooze> {
    let fits = SNOOZES.iter().filter(|(minutes, _)| *minutes <= most);
    (most > 0).then(|| Snooze {
        choices: fits
            .map(|(minutes, words)| (minutes.to_string(), words.said()))
            .collect(),
        most: match most % 60 {
            0 => say!("{count} h", count = most / 60),
            _ => say!("{count} min", count = most),
        },
    })
}

/// What had been typed.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) answer: String,
    fields: BTreeMap<&'static str, String>,
}

impl Typed {
    pub(super) fn of(form: &Form<'_>) -> Self {
        let fields = FIELDS.map(|name| (name, form.text(name)));
        Self {
            answer: form.text("answer"),
            fields: fields.into(),
        }
    }

    /// Whether this form was sent.
    pub(super) fn is(&self, answer: &str) -> bool {
        self.answer == answer
    }

    /// A field of a form; empty where another form was sent.
    pub(super) fn text(&self, answer: &str, field: &str) -> &str {
        let found = self.fields.get(field).filter(|_| self.is(answer));
        found.map_or("", String::as_str)
    }

    /// Whether this was chosen.
    pub(super) fn chose(&self, answer: &str, field: &str, value: &str) -> bool {
        self.text(answer, field) == value
    }

    /// All that people wrote in words: shown where its form is no longer there.
    pub(super) fn words(&self) -> String {
        let written = ["comment", "reason", "outcome", "to", "text"];
        let written = written.map(|name| self.fields.get(name).map_or("", String::as_str));
        let written: Vec<_> = written
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        written.join("; ")
    }
}
