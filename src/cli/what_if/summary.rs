//! What a comparison says at its end, for people and as JSON.

use super::compare::{Cause, Change, Difference};
use crate::domain::{AlertKind, ClinicalTime, RuleId};
use crate::engine::rfc3339;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Counts over all patients.
#[derive(Default, Serialize)]
pub(super) struct Summary {
    version: &'static str,
    since: String,
    until: String,
    /// The clinical rules that were tried out, with their versions.
    clinical_rules: BTreeMap<RuleId, u32>,
    /// Whether the thresholds of the configuration are others than those in force, too.
    thresholds_differ: bool,
    pub(super) patients: u64,
    /// Of whom no reading is kept: their alerts are not compared.
    pub(super) patients_without_readings: u64,
    pub(super) readings: u64,
    by_kind: BTreeMap<String, Counts>,
    /// Differences that the rules in force give too.
    by_replay: u64,
}

/// Alerts of one kind.
#[derive(Default, Serialize)]
struct Counts {
    happened: u64,
    added: u64,
    removed: u64,
    changed: u64,
}

impl Summary {
    pub(super) fn new(
        (since, until): (ClinicalTime, ClinicalTime),
        clinical_rules: BTreeMap<RuleId, u32>,
        thresholds_differ: bool,
    ) -> Self {
        Self {
            version: crate::engine::VERSION,
            since: rfc3339(since.epoch_ms()),
            until: rfc3339(until.epoch_ms()),
            clinical_rules,
            thresholds_differ,
            ..Self::default()
        }
    }

    /// Counts an alert that was raised.
    pub(super) fn happened(&mut self, kind: AlertKind) {
        self.of(kind).happened += 1;
    }

    /// Counts a difference.
    pub(super) fn differs(&mut self, kind: AlertKind, difference: &Difference) {
        let counts = match difference.cause {
            Cause::Rules => self.of(kind),
            Cause::Replay => return self.by_replay += 1,
        };
        match difference.change {
            Change::Added => counts.added += 1,
            Change::Removed => counts.removed += 1,
            Change::Changed => counts.changed += 1,
        }
    }

    fn of(&mut self, kind: AlertKind) -> &mut Counts {
        self.by_kind.entry(kind_words(kind)).or_default()
    }
}

/// The kind with the vital or rule it is about.
fn kind_words(kind: AlertKind) -> String {
    let about = kind.vital().map(|vital| vital.name().to_owned());
    let about = about.or_else(|| kind.rule().map(|rule| rule.to_string()));
    match about {
        Some(about) => format!("{}:{about}", kind.name()),
        None => kind.name().to_owned(),
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Alerts about the body, {} to {}: {} patients, {} readings.",
            self.since, self.until, self.patients, self.readings
        )?;
        if self.thresholds_differ {
            writeln!(
                f,
                "The thresholds of the configuration are others than those in force, too."
            )?;
        }
        let head = ["happened", "added", "removed", "changed"];
        let [happened, added, removed, changed] = head;
        writeln!(
            f,
            "\n{:32}{happened:>9}{added:>9}{removed:>9}{changed:>9}",
            "alerts"
        )?;
        for (name, of) in &self.by_kind {
            let Counts {
                happened,
                added,
                removed,
                changed,
            } = of;
            writeln!(
                f,
                "  {name:30}{happened:>9}{added:>9}{removed:>9}{changed:>9}"
            )?;
        }
        if self.by_replay > 0 {
            writeln!(
                f,
                "{} more differences are not the rules': a replay by the rules in force has them too.",
                self.by_replay
            )?;
        }
        if self.patients_without_readings > 0 {
            writeln!(
                f,
                "{} patients without kept readings are not compared.",
                self.patients_without_readings
            )?;
        }
        Ok(())
    }
}
