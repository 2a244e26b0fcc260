//! `list-scenarios`: what there is.

use std::io::Write;
use wardlight_simulators::scenario::{Scenario, ScenarioKind, Timing};

pub(super) fn run() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for kind in ScenarioKind::ALL {
        let truths = Scenario::new(kind, Timing::at(0)).truths;
        let expected: Vec<&str> = truths
            .iter()
            .filter_map(|truth| truth.expected_alert)
            .collect();
        let expected = if expected.is_empty() {
            "none".to_owned()
        } else {
            expected.join("; ")
        };
        writeln!(out, "{:<22}{}", kind.name(), kind.summary())?;
        writeln!(out, "{:<22}right alert: {expected}", "")?;
    }
    Ok(())
}
