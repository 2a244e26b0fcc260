//! `wardlight what-if`: the stored readings by other clinical rules, beside the
//! alerts that were raised.
//!
//! Reads only, through a connection of its own, also while the service runs.
//! Each patient's readings are replayed twice: by the rules that are tried out
//! and by those in force, so that a difference is laid to the rules only when
//! the rules make it.

mod compare;
mod episode;
mod fold;
mod since;
mod summary;

use super::arguments::WhatIfArguments;
use super::output::say;
use super::rulebook;
use super::target::Target;
use crate::domain::{AlertId, ClinicalTime, PatientNumber};
use crate::engine::Rulebook;
use crate::registry::Patient;
use crate::store::{self, AlertFilter, Reader};
use anyhow::Context;
use compare::{Difference, Sides};
use episode::Episode;
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use summary::Summary;

pub(super) use since::Since;

/// Alerts and patients read at once.
const PAGE: usize = 1_000;

/// Where a run stands.
struct Desk {
    reader: Reader,
    in_force: Rulebook,
    tried: Rulebook,
    since: ClinicalTime,
    now: ClinicalTime,
    summary: Summary,
    lines: Option<Target>,
}

/// One difference as a line.
#[derive(Serialize)]
struct Line<'a> {
    patient: &'a str,
    kind: &'static str,
    vital: Option<&'static str>,
    rule: Option<crate::domain::RuleId>,
    change: compare::Change,
    cause: compare::Cause,
    happened: Option<&'a Episode>,
    would_be: Option<&'a Episode>,
}

/// Compares what other rules would have raised with what was raised.
pub(super) fn run(config: Option<&Path>, arguments: &WhatIfArguments) -> anyhow::Result<()> {
    let mut config = super::serve::load(config)?;
    let tried = rulebook::read(&mut config, Some(&arguments.rules))?;
    let path = store::database_path(&config.service.data_dir);
    let reader = Reader::offline(&path, &config.store)?;
    let mut desk = Desk::new(reader, tried, arguments)?;
    desk.compare_all()?;
    if let Some(lines) = desk.lines {
        lines.keep()?;
    }
    if arguments.json {
        say(serde_json::to_string_pretty(&desk.summary)?);
    } else {
        say(desk.summary);
    }
    Ok(())
}

impl Desk {
    fn new(reader: Reader, tried: Rulebook, arguments: &WhatIfArguments) -> anyhow::Result<Self> {
        let now = reader.newest_stamp()?;
        let now = now.context("nothing is stored yet: there is nothing to compare with")?;
        let stored = reader.rulebook()?;
        let stored = stored.context("no rules were ever in force here")?;
        let stored = serde_json::from_str(&stored);
        let mut in_force: Rulebook = stored.context(
            "the rules in force are of another version of Wardlight: start the service once with this one",
        )?;
        // A drill of the guard is for the service alone.
        in_force.dangerous_panic_at_heart_rate = None;
        let since = arguments.since.moment(now);
        let rules = tried.rules.clinical.rules();
        let rules = rules.map(|rule| (rule.id, rule.version)).collect();
        let differ = thresholds_differ(&in_force, &tried);
        let lines = arguments.alerts.as_deref().map(Target::create);
        Ok(Self {
            summary: Summary::new((since, now), rules, differ),
            lines: lines.transpose()?,
            reader,
            in_force: in_force.for_replay(),
            tried: tried.for_replay(),
            since,
            now,
        })
    }

    fn compare_all(&mut self) -> anyhow::Result<()> {
        for number in 0..=u32::MAX {
            let number = PatientNumber(number);
            let Some(patient) = self.reader.patient_numbered(number)? else {
                break; // numbers are given without a gap
            };
            self.compare(number, &patient)?;
        }
        Ok(())
    }

    fn compare(&mut self, number: PatientNumber, patient: &Patient) -> anyhow::Result<()> {
        self.summary.patients += 1;
        let books = [&self.in_force, &self.tried];
        let folded = fold::fold(&self.reader, (number, patient), books, self.now)?;
        let Some(folded) = folded else {
            self.summary.patients_without_readings += 1;
            return Ok(());
        };
        self.summary.readings += folded.readings;
        let sides = Sides {
            happened: self.happened(patient)?,
            replayed: folded.replayed,
            tried: folded.tried,
        };
        for episode in sides.happened.iter().filter(|e| e.raised_at >= self.since) {
            self.summary.happened(episode.kind);
        }
        for difference in sides.differences(self.since) {
            self.tell(patient, &difference)?;
        }
        Ok(())
    }

    /// The stored alerts of a patient about the body.
    fn happened(&self, patient: &Patient) -> anyhow::Result<Vec<Episode>> {
        let mut filter = AlertFilter {
            patient: Some(patient.id.clone()),
            limit: PAGE,
            ..AlertFilter::default()
        };
        let mut found = Vec::new();
        loop {
            let page = self.reader.alerts(&filter)?;
            let Some(last) = page.last() else { break };
            filter.after = Some((last.newest_event, AlertId::clone(&last.id)));
            for alert in page {
                let read = episode::stored(alert).context("a stored alert is unreadable")?;
                found.extend(read);
            }
        }
        found.sort_by_key(|episode: &Episode| episode.raised_at);
        Ok(found)
    }

    fn tell(&mut self, patient: &Patient, difference: &Difference) -> anyhow::Result<()> {
        let sides = [&difference.happened, &difference.would_be];
        let Some(kind) = sides.into_iter().flatten().map(|one| one.kind).next() else {
            return Ok(());
        };
        self.summary.differs(kind, difference);
        let Some(lines) = &mut self.lines else {
            return Ok(());
        };
        let line = Line {
            patient: patient.id.as_str(),
            kind: kind.name(),
            vital: kind.vital().map(|vital| vital.name()),
            rule: kind.rule(),
            change: difference.change,
            cause: difference.cause,
            happened: difference.happened.as_ref(),
            would_be: difference.would_be.as_ref(),
        };
        serde_json::to_writer(&mut *lines, &line)?;
        lines.write_all(b"\n")?;
        Ok(())
    }
}

/// Whether more than the clinical rules' files is another.
fn thresholds_differ(in_force: &Rulebook, tried: &Rulebook) -> bool {
    let mut rules = tried.rules.clone();
    rules.clinical = in_force.rules.clinical.clone();
    rules != in_force.rules || tried.alerts != in_force.alerts
}
