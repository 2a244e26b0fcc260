//! `wardlight explain`: why an alert was raised, decided once more.

use super::output::say;
use crate::domain::AlertId;
use crate::engine::{Explanation, Verdict, explain};
use crate::store::{self, Reader};
use anyhow::bail;
use serde_json::Value;
use std::path::Path;

/// Shows what an alert was decided from. Only one that is decided again the
/// same, with nothing stored that differs, is a success. Reads only.
pub(super) fn run(config: Option<&Path>, alert: &AlertId, json: bool) -> anyhow::Result<()> {
    let config = super::serve::load(config)?;
    let path = store::database_path(&config.service.data_dir);
    let reader = Reader::offline(&path, &config.store)?;
    let explained = explain(&reader, alert, config.store.retention_days)?;
    if json {
        say(serde_json::to_string_pretty(&explained)?);
    } else {
        show(&explained);
    }
    match explained.verdict {
        Verdict::Confirmed => Ok(()),
        Verdict::Mismatch => bail!("what is stored is not what was judged"),
        Verdict::OtherVersion => bail!("another version of Wardlight decided it"),
        Verdict::NotRecomputed => {
            bail!("it was decided while a state was rebuilt: not decided again")
        }
    }
}

fn show(explained: &Explanation) {
    let decision = &explained.decision;
    let word = |key: &str| decision.get(key).and_then(Value::as_str).unwrap_or("none");
    let (kind, priority) = (word("kind"), word("priority"));
    say(format_args!(
        "{}: {kind}, priority {priority}",
        explained.alert.as_str()
    ));
    let evidence = decision.get("evidence").unwrap_or(&Value::Null);
    if let Some(summary) = evidence.get("summary").and_then(Value::as_str) {
        say(format_args!("  {summary}"));
    }
    let treatment = evidence.pointer("/treatment/summary");
    if let Some(summary) = treatment.and_then(Value::as_str) {
        say(format_args!("  {summary}"));
    }
    say(format_args!(
        "  decided at {} from {} (journal row {}), by rule {} version {}, code version {}",
        explained.decided_at,
        explained.decided_from,
        explained.journal_row,
        evidence
            .get("rule")
            .and_then(Value::as_str)
            .unwrap_or("none"),
        evidence.get("rule_version").unwrap_or(&Value::Null),
        explained.version
    ));
    let values = evidence.get("values").and_then(Value::as_array);
    for value in values.into_iter().flatten() {
        say(format_args!("  {}", value_words(value)));
    }
    for problem in &explained.problems {
        say(format_args!("DIFFERS: {problem}"));
    }
    for note in &explained.notes {
        say(format_args!("note: {note}"));
    }
    if explained.verdict == Verdict::Confirmed {
        say("Decided again from its capsule: the same.");
    }
}

fn value_words(value: &Value) -> String {
    let of = |key: &str| value.get(key).unwrap_or(&Value::Null);
    let vital = of("vital").as_str().unwrap_or("value");
    let measured = of("measured").as_i64().map(crate::engine::rfc3339);
    let measured = measured.unwrap_or_else(|| of("measured").to_string());
    match of("limit") {
        Value::Null => format!("{vital} {} measured {measured}", of("value")),
        limit => format!(
            "{vital} {} (limit {limit}) measured {measured}",
            of("value")
        ),
    }
}
