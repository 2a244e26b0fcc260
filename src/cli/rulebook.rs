//! The rules by which commands judge what was recorded.

use super::output::explain;
use crate::config::Config;
use crate::engine::Rulebook;
use crate::runtime::Clock;
use std::path::Path;

/// The rules that a start of the service would put in force now, or, given a
/// folder to try out, those of its files, also before their `valid_from`.
///
/// # Errors
/// A file of that folder is wrong: it would be tried out without being tried.
pub(super) fn read(config: &mut Config, folder: Option<&Path>) -> anyhow::Result<Rulebook> {
    if let Some(folder) = folder {
        config.try_rules(folder);
    } else {
        config.detect.clinical.hold_back(Clock::real().clinical());
    }
    let broken = config.detect.clinical.broken();
    let told: String = broken.iter().map(|one| format!("\n  {one}")).collect();
    let words = format!("clinical rules are left out:{told}");
    anyhow::ensure!(folder.is_none() || broken.is_empty(), "{words}");
    if !broken.is_empty() {
        explain(words);
    }
    Ok(Rulebook {
        rules: config.detect.clone(),
        alerts: config.alerts.clone(),
        simulated: false,
        site: "replay".to_owned(),
        routing: Default::default(),
        failing_again_minutes: 0,
        dangerous_panic_at_heart_rate: None,
    })
}
