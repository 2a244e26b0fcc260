//! `wardlight check-config`.

use super::output::say;
use crate::config;
use crate::runtime::Clock;
use std::path::Path;

/// Prints what is in force, or the defaults with their explanations.
pub(super) fn run(file: Option<&Path>, defaults: bool) -> anyhow::Result<()> {
    if defaults {
        say(config::DEFAULTS);
        return Ok(());
    }
    let mut config = super::serve::load(file)?;
    config.detect.clinical.hold_back(Clock::real().clinical());
    say(config::describe(&config));
    // `serve` would start without them; whoever checks wants to know.
    let broken = config.detect.clinical.broken();
    let told: String = broken.iter().map(|one| format!("\n  {one}")).collect();
    anyhow::ensure!(broken.is_empty(), "clinical rules are left out:{told}");
    Ok(())
}
