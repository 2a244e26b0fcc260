//! `wardlight check-config`.

use super::output::say;
use crate::config;
use std::path::Path;

/// Prints what is in force, or the defaults with their explanations.
pub(super) fn run(file: Option<&Path>, defaults: bool) -> anyhow::Result<()> {
    if defaults {
        say(config::DEFAULTS);
        return Ok(());
    }
    let config = super::serve::load(file)?;
    say(config::describe(&config));
    Ok(())
}
