//! `wardlight backup`, `restore` and `verify`.

use super::output::say;
use crate::store::{self, VerifyReport};
use anyhow::{Context, bail};
use std::path::Path;

/// Copies the store, also while the service runs.
pub(super) fn backup(config: Option<&Path>, target: &Path) -> anyhow::Result<()> {
    let config = super::serve::load(config)?;
    let bytes = store::backup(&config.service.data_dir, target, |_, _| {})
        .with_context(|| format!("no backup was made at {}", target.display()))?;
    say(format_args!("{bytes} bytes are at {}.", target.display()));
    say("Try it: `wardlight restore` into an empty data directory, then `wardlight verify`.");
    Ok(())
}

/// Puts a backup into an empty data directory.
pub(super) fn restore(config: Option<&Path>, backup: &Path) -> anyhow::Result<()> {
    let config = super::serve::load(config)?;
    let directory = &config.service.data_dir;
    let report = store::restore(backup, directory)
        .with_context(|| format!("nothing was restored to {}", directory.display()))?;
    show(&report);
    say(format_args!("Restored to {}.", directory.display()));
    Ok(())
}

/// Checks the whole store.
pub(super) fn verify(config: Option<&Path>) -> anyhow::Result<()> {
    let config = super::serve::load(config)?;
    let report = store::verify(&store::database_path(&config.service.data_dir))?;
    show(&report);
    if report.is_sound() {
        say("Everything is sound.");
        return Ok(());
    }
    bail!(
        "{} problems; keep this store, restore the last backup beside it and compare",
        report.problem_count
    )
}

fn show(report: &VerifyReport) {
    for (table, rows) in &report.tables {
        say(format_args!("  {table:20} {rows} rows"));
    }
    let (chunks, journal) = (report.readings_in_chunks, report.readings_in_journal);
    say(format_args!(
        "  readings             {chunks} in chunks, {journal} in the journal"
    ));
    for problem in &report.problems {
        say(format_args!("  PROBLEM: {problem}"));
    }
}
