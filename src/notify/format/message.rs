//! What a person reads: the priority, what, since when, the values and their
//! ages. Every form is made of it.

use super::notice::{Notice, Value};
use super::request::Told;
use super::text::{clock, cut, number, plain, seconds_between, span};
use super::words;
use crate::domain::Priority;
use crate::notify::chart_links::Chart;
use crate::registry::Endpoint;
use std::cmp::Reverse;

/// Most values shown; the alert has the rest.
const VALUES_MAX: usize = 6;
/// Most alerts named in a message that stands for several.
const MEMBERS_MAX: usize = 10;
/// Longest text that somebody typed.
const TYPED_MAX: usize = 500;

/// A message for people. All texts are on one line and unescaped.
pub(super) struct Message {
    /// How urgent.
    pub(super) priority: Priority,
    /// Whether it asks for attention.
    pub(super) loud: bool,
    /// Whether no real patient is meant.
    pub(super) simulated: bool,
    /// What happened.
    pub(super) event: String,
    /// What it is about.
    pub(super) about: String,
    /// One sentence that says why.
    pub(super) summary: Option<String>,
    /// Names and values, in the order to be read.
    pub(super) facts: Vec<(String, String)>,
    /// Where to read on.
    pub(super) link: Option<String>,
    /// A picture of the vital.
    pub(super) chart: Option<Picture>,
    /// What its reader can do about it: words, and where they lead.
    pub(super) actions: Vec<(String, String)>,
}

/// A picture that the receiver fetches.
pub(super) struct Picture {
    /// From where.
    pub(super) url: String,
    /// What it shows, in words: it holds none itself.
    pub(super) caption: String,
}

impl Message {
    pub(super) fn new(endpoint: &Endpoint, told: Told<'_>, notice: &Notice) -> Self {
        let data = &notice.data;
        let system = notice.is_system();
        let about = if let Some(count) = data.count {
            format!("{count} alerts")
        } else if system {
            let channel = data.label.as_deref().or(data.channel.as_deref());
            plain(channel.unwrap_or("a channel"), 80)
        } else {
            let (kind, vital, rule) = (&data.kind, &data.vital, &data.rule);
            words::kind(kind.as_deref(), vital.as_deref(), rule.as_deref())
        };
        Self {
            priority: words::priority(data.priority.as_deref()),
            loud: words::asks_attention(&notice.event),
            simulated: data.simulated,
            event: words::event(&notice.event),
            about,
            summary: summary(notice),
            facts: match (system, data.count) {
                (true, _) => channel_facts(notice),
                (false, Some(count)) => member_facts(notice, count),
                (false, None) => alert_facts(notice),
            },
            link: told.public_url.map(|url| match (&data.alert, system) {
                (Some(alert), false) => format!("{url}/alerts/{alert}"),
                _ => format!("{url}/"),
            }),
            chart: told.chart().map(|chart| picture(chart, notice)),
            actions: told
                .action_links(endpoint)
                .into_iter()
                .map(|link| (words::action(link.action), link.url))
                .collect(),
        }
    }

    /// All that matters on one line, at most `max` characters.
    pub(super) fn headline(&self, max: usize) -> String {
        let mark = if self.simulated { "SIMULATED " } else { "" };
        let word = words::priority_word(self.priority);
        let who = self.fact("Patient").map(|who| format!(", {who}"));
        let line = format!(
            "{mark}{word}: {}{} ({})",
            self.about,
            who.unwrap_or_default(),
            self.event
        );
        cut(&line, max)
    }

    /// What must be said of simulated data.
    pub(super) fn warning(&self) -> Option<&'static str> {
        self.simulated.then_some("SIMULATED: not a real patient")
    }

    /// Everything to be pressed: reading on, then answering.
    pub(super) fn ways_on(&self) -> impl Iterator<Item = (&str, &str)> {
        let link = self.link.iter().map(|link| ("Open in Wardlight", &**link));
        let actions = self.actions.iter();
        link.chain(actions.map(|(words, link)| (&**words, &**link)))
    }

    /// The message as lines of text.
    pub(super) fn lines(&self) -> Vec<String> {
        let warning = self.warning().map(str::to_owned);
        let facts = self
            .facts
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        warning
            .into_iter()
            .chain(self.summary.clone())
            .chain(facts)
            .collect()
    }

    fn fact(&self, name: &str) -> Option<&str> {
        let found = self.facts.iter().find(|fact| fact.0 == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn summary(notice: &Notice) -> Option<String> {
    let data = &notice.data;
    let text = match notice.event.as_str() {
        "system.channel_failing" if data.switched_off => {
            "This channel answered that it wants no more (410). It is switched off: nothing is sent there until somebody enables it.".to_owned()
        }
        "system.channel_failing" => {
            "This channel takes no messages. They wait and are tried again; tell its users by another way.".to_owned()
        }
        "system.channel_recovered" => {
            "This channel takes messages again. What waited is being sent.".to_owned()
        }
        "system.canary_late" if data.recorded == Some(false) => {
            "Wardlight can store nothing: it takes no readings, and alerts about patients do not reach anybody. Look at the service and its disk now, and watch the patients by another way. This message is in no list yet.".to_owned()
        }
        "system.canary_late" => {
            "A reading that Wardlight sends itself every minute did not become a message in time: alerts about patients may not reach anybody. Look at the service and watch the patients by another way.".to_owned()
        }
        "system.canary_recovered" => {
            "The readings that Wardlight sends itself become messages in time again.".to_owned()
        }
        "system.canary_switched_off" => {
            "The test readings were switched off while one was late. Whether alerts reach anybody is no longer tested.".to_owned()
        }
        "system.dead_letter" => {
            "Messages to this channel were given up. They are listed and can be replayed.".to_owned()
        }
        "system.test" => "This is only a test. Nothing has happened to a patient.".to_owned(),
        _ => plain(&notice.detail.evidence.summary, TYPED_MAX),
    };
    (!text.is_empty()).then_some(text)
}

fn alert_facts(notice: &Notice) -> Vec<(String, String)> {
    let (data, detail) = (&notice.data, &notice.detail);
    let mut facts = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            facts.push((name.to_owned(), value));
        }
    };
    let patient = plain(data.patient.as_deref().unwrap_or_default(), 80);
    add(
        "Patient",
        match &detail.patient_label {
            Some(label) => format!("{} ({patient})", plain(label, 120)),
            None => patient,
        },
    );
    add(
        "Ward",
        plain(detail.ward_label.as_deref().unwrap_or_default(), 120),
    );
    let since = data.began_at.as_deref().or(data.raised_at.as_deref());
    add(
        "Since",
        since.map(|since| moment(since, notice)).unwrap_or_default(),
    );
    for value in detail.evidence.values.iter().take(VALUES_MAX) {
        let (name, text) = shown(value);
        add(&name, text);
    }
    let treatment = data.treatment.as_ref().map(|told| told.summary.as_str());
    add("Treatment", plain(treatment.unwrap_or_default(), 300));
    let missing: Vec<_> = detail
        .evidence
        .missing
        .iter()
        .map(|name| words::vital_words(name))
        .collect();
    add("Not known", plain(&missing.join(", "), 300));
    let ended = detail.ended_at.as_deref();
    add(
        "Condition ended",
        ended.map(|at| moment(at, notice)).unwrap_or_default(),
    );
    add("Answer", answer(notice));
    facts
}

/// The alerts that one message stands for, the most urgent of them by name.
fn member_facts(notice: &Notice, count: u64) -> Vec<(String, String)> {
    let mut shown: Vec<_> = notice.data.alerts.iter().collect();
    shown.sort_by_key(|member| Reverse(words::priority(member.priority.as_deref())));
    let mut facts: Vec<_> = shown
        .into_iter()
        .take(MEMBERS_MAX)
        .map(|member| {
            let (kind, vital, rule) = (&member.kind, &member.vital, &member.rule);
            let about = words::kind(kind.as_deref(), vital.as_deref(), rule.as_deref());
            let priority = words::priority(member.priority.as_deref());
            let patient = plain(member.patient.as_deref().unwrap_or_default(), 80);
            let word = words::priority_word(priority);
            (patient, format!("{word}: {about}"))
        })
        .collect();
    let more = count.saturating_sub(facts.len() as u64);
    if more > 0 {
        facts.push(("And".to_owned(), format!("{more} more")));
    }
    facts
}

fn channel_facts(notice: &Notice) -> Vec<(String, String)> {
    let data = &notice.data;
    let mut facts = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        facts.extend(value.map(|value| (name.to_owned(), value)));
    };
    let form = data.format.as_deref().unwrap_or_default();
    let channel = data.channel.as_deref();
    add(
        "Channel",
        channel.map(|id| plain(&format!("{id} ({form})"), 120)),
    );
    add(
        "Since",
        data.since.as_deref().map(|since| moment(since, notice)),
    );
    add("Error", data.error.as_deref().map(|error| plain(error, 80)));
    add(
        "Last round trip",
        data.last_round_trip.as_deref().map(|at| moment(at, notice)),
    );
    add("Given up", data.dead_letters.map(|count| count.to_string()));
    add("About", data.event_type.as_deref().map(words::event));
    add("Alert", data.alert.as_deref().map(|alert| plain(alert, 80)));
    add("Asked for by", data.by.as_deref().map(|by| plain(by, 120)));
    facts
}

/// A moment, and how long before the message it was.
fn moment(at: &str, notice: &Notice) -> String {
    let shown = clock(at, &notice.detail.time_zone);
    match seconds_between(at, &notice.timestamp) {
        Some(seconds) if seconds >= 60 => format!("{shown}, {} before this message", span(seconds)),
        _ => shown,
    }
}

fn shown(value: &Value) -> (String, String) {
    let name = capital(words::vital_words(&value.vital));
    let unit = words::unit(&value.unit);
    let limit = value
        .limit
        .map(|limit| format!(", limit {}{unit}", number(limit)));
    let text = format!(
        "{}{unit}, {} old{}",
        number(value.value),
        span(value.age_seconds),
        limit.unwrap_or_default()
    );
    (name, text)
}

/// The vital has the unit of the values that decided.
fn picture(chart: Chart, notice: &Notice) -> Picture {
    let values = &notice.detail.evidence.values;
    let unit = values
        .iter()
        .find(|value| value.vital == chart.vital.name());
    let unit = unit.map(|value| words::unit(&value.unit));
    let unit = unit.filter(|unit| !unit.is_empty());
    let unit = unit.map(|unit| format!(" ({})", unit.trim()));
    let caption = format!(
        "{}{} in the 24 hours before this message. Light blue: the patient's usual range when the alert was raised (hatched: at present). Red: the limit.",
        capital(words::vital_words(chart.vital.name())),
        unit.unwrap_or_default()
    );
    Picture {
        url: chart.url,
        caption,
    }
}

fn capital(mut name: String) -> String {
    if let Some(first) = name.get(..1).map(str::to_uppercase) {
        name.replace_range(..1, &first);
    }
    name
}

/// Who answered, and what they said.
fn answer(notice: &Notice) -> String {
    let detail = &notice.detail;
    let by = detail.author.as_deref().map(|by| plain(by, 120));
    let said = detail.comment.as_deref().map(|said| plain(said, TYPED_MAX));
    let state = match notice.data.handling.as_deref() {
        Some("acknowledged") => "acknowledged",
        Some("resolved") => "resolved",
        Some("open") => "not acknowledged",
        _ => "not known",
    };
    let mut text = state.to_owned();
    if let Some(by) = by {
        text = format!("{text}, {by}");
    }
    if let Some(said) = said.filter(|said| !said.is_empty()) {
        text = format!("{text}: “{said}”");
    }
    text
}
