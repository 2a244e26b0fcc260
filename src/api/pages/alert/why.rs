//! Why an alert stands: its evidence in words.

use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, Times, input, lasting};
use crate::api::pages::words::spaced;

/// What the alert rests on.
pub(super) struct Why {
    pub(super) summary: String,
    pub(super) values: Vec<ValueLine>,
    pub(super) missing: String,
    pub(super) treatment: String,
    /// How often chance alone does this.
    pub(super) chance: String,
    /// What the rule computed.
    pub(super) figures: String,
    pub(super) rule: String,
}

/// One deciding value.
pub(super) struct ValueLine {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) measured: String,
    /// How old it was when it was judged.
    pub(super) age: String,
    pub(super) limit: String,
    pub(super) quality: String,
}

impl Why {
    pub(super) fn of(alert: Fields<'_>, times: &Times) -> Self {
        let missing = alert.items("/evidence/missing");
        let missing = missing.filter_map(|one| one.0.as_str()).map(input);
        let figures = alert.items("/evidence/figures").filter_map(|figure| {
            let (name, value) = (figure.some("/name")?, figure.number("/value")?);
            Some(format!("{} {}", spaced(name), short(value)))
        });
        let version = alert.number("/evidence/rule_version");
        Self {
            summary: alert.text("/evidence/summary").to_owned(),
            values: alert
                .items("/evidence/values")
                .map(|value| line(value, times))
                .collect(),
            missing: missing.collect::<Vec<_>>().join(", "),
            treatment: treatment(alert),
            chance: alert.text("/evidence/chance").to_owned(),
            figures: figures.collect::<Vec<_>>().join(", "),
            rule: alert
                .some("/evidence/rule")
                .map_or_else(String::new, |rule| {
                    let rule = spaced(rule);
                    match version.map(|version| format!("{version:.0}")) {
                        None => rule,
                        Some(version) => {
                            say!("{rule}, version {version}", rule = rule, version = version)
                        }
                    }
                }),
        }
    }
}

fn line(value: Fields<'_>, times: &Times) -> ValueLine {
    let vital = value.text("/vital");
    let written = |number: f64| {
        let unit = catalogue::unit(vital);
        let text = catalogue::value(vital, number);
        format!("{text} {unit}").trim_end().to_owned()
    };
    ValueLine {
        name: catalogue::vital(vital),
        text: value.number("/value").map_or_else(String::new, written),
        measured: times.of(value, "/measured"),
        age: value.number("/age_ms").map_or_else(String::new, lasting),
        limit: value.number("/limit").map_or_else(String::new, written),
        quality: match (value.text("/quality/state"), value.some("/quality/reason")) {
            ("" | "good" | "good_lifts_previous", _) => catalogue::named("good"),
            (state, Some(reason)) => {
                format!("{}: {}", catalogue::named(state), catalogue::named(reason))
            }
            (state, None) => catalogue::named(state),
        },
    }
}

fn treatment(alert: Fields<'_>) -> String {
    let summary = alert.text("/evidence/treatment/summary");
    let without = alert.some("/evidence/treatment/priority_without");
    match without.filter(|without| *without != alert.text("/priority")) {
        Some(without) => {
            let without = catalogue::named(without);
            let without = say!(
                "Without this its priority would be {priority}.",
                priority = without
            );
            format!("{summary} {without}")
        }
        None => summary.to_owned(),
    }
}

/// At most two digits after the point.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}
