//! `wardlight route --dry-run`: who would be told of an alert, when and why.

use super::output::say;
use crate::alert::routing::Table;
use crate::domain::{AlertId, ClinicalTime};
use crate::engine::{PlanLine, RoutePlan, route_plan};
use crate::store::{self, Reader};
use anyhow::{Context, bail};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// Shows what the configuration makes of a stored alert. Reads only, beside a
/// running service too.
pub(super) fn run(
    config: Option<&Path>,
    alert: &AlertId,
    at: Option<ClinicalTime>,
    json: bool,
) -> anyhow::Result<()> {
    let config = super::serve::load(config)?;
    let path = store::database_path(&config.service.data_dir);
    let reader = Reader::offline(&path, &config.store)?;
    let table =
        Table::new(&config.routing).map_err(|problems| anyhow::anyhow!(problems.join("\n")));
    let table = Arc::new(table?);
    let plan = route_plan(&reader, &table, alert, at).context("the store cannot be read")?;
    let Some(plan) = plan else {
        bail!("there was no such alert at that time");
    };
    if json {
        say(serde_json::to_string_pretty(&plan)?);
    } else {
        show(&plan);
    }
    Ok(())
}

fn show(plan: &RoutePlan) {
    say(format_args!(
        "{}: {} at {}, by configuration {}",
        plan.alert.as_str(),
        plan.event,
        plan.at,
        plan.routing
    ));
    for route in &plan.routes {
        match route.takes {
            true => say(format_args!(
                "  route {}: takes it{}",
                route.name,
                again(route.repeats_after_seconds)
            )),
            false => say(format_args!(
                "  route {}: no, {}",
                route.name,
                route.against.join("; ")
            )),
        }
    }
    match &plan.snoozed_until {
        Some(until) => say(format_args!("  It was snoozed until {until}; then:")),
        None if plan.asks => {}
        None => say("  It asked nobody for an answer then: nobody would be told."),
    }
    for line in &plan.would {
        say(format_args!("  {} {}", line.at, words(line)));
    }
    if !plan.would_if_all_fail.is_empty() {
        say("  If every attempt failed:");
    }
    for line in &plan.would_if_all_fail {
        say(format_args!("    {} {}", line.at, words(line)));
    }
    for line in &plan.happened {
        let word = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
        say(format_args!(
            "happened: {} {}: {}",
            word("at"),
            word("state"),
            word("why")
        ));
    }
}

fn again(after_seconds: Option<u32>) -> String {
    let words = |seconds| format!(", and begins anew every {seconds} s while nobody answers");
    after_seconds.map(words).unwrap_or_default()
}

fn words(line: &PlanLine) -> String {
    let mut words = format!("{}: {}", line.outcome, line.why);
    if let Some(endpoint) = &line.endpoint {
        words.push_str(&format!(" -> {}", endpoint.as_str()));
    }
    if !line.otherwise.is_empty() {
        words.push_str(&format!(" (else {})", line.otherwise.join(", ")));
    }
    words
}
