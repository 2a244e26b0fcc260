//! `wardlight backup`, `restore` and `verify`.

use super::output::say;
use crate::store;
use anyhow::{Context, bail};
use std::path::Path;

/// Copies the store, also while the service runs.
pub(super) fn backup(config: Option<&Path>, target: &Path) -> anyhow::Result<()> {
    let config = super::serve::load(config)?;
    store::backup(&config.service.data_dir, target)
        .with_context(|| format!("no backup was made at {}", target.display()))?;
    say(format_args!("The backup is at {}. Try it: `wardlight restore` into an empty directory, then `wardlight verify`.", target.display()));
    Ok(())
}

/// Puts a backup into an empty data directory.
pub(super) fn restore(config: Option<&Path>, backup: &Path) -> anyhow::Result<()> {
    let config = super::serve::load(config)?;
    store::restore(backup, &config.service.data_dir)
        .with_context(|| format!("nothing was restored to {}", config.service.data_dir.display()))?;
    say(format_args!("Restored to {}.", config.service.data_dir.display()));
    Ok(())
}

/// Checks the whole store.
pub(super) fn verify(config: Option<&Path>) -> anyhow::Result<()> {
    let config = super::serve::load(config)?;
    let report = store::verify(&config.service.data_dir)?;
    say(&report);
    if report.problems.is_empty() {
        Ok(())
    } else {
        bail!("{} problems found; restore a backup beside it and compare", report.problems.len())
    }
}
