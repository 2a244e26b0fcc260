//! The demo's last words, read from the store.

use super::receiver::Receiver;
use crate::app::Running;
use crate::cli::output::say;
use anyhow::Context;
use wardlight_simulators::fleet::FleetReport;

/// Prints what was stored, raised and delivered.
pub(super) async fn show(
    running: &Running,
    receiver: &Receiver,
    watches: &FleetReport,
) -> anyhow::Result<()> {
    let reader = running.reader.clone();
    let counts = tokio::task::spawn_blocking(move || reader.counts())
        .await
        .context("the summary was not read")??;
    let received = receiver.received();
    say("Summary, read from the store (simulated patients):");
    say(format_args!(
        "  messages acknowledged    {} of {}",
        watches.acknowledged, watches.published
    ));
    say(format_args!(
        "  readings stored          {}",
        counts.readings
    ));
    for (kind, count) in &counts.alerts {
        say(format_args!("  alerts: {kind:22} {count}"));
    }
    for (state, count) in &counts.deliveries {
        say(format_args!("  webhooks {state:15} {count}"));
    }
    say(format_args!(
        "  signatures verified      {} ({} repeats, {} refused)",
        received.verified, received.repeats, received.refused
    ));
    match counts.delay {
        Some(delay) => say(format_args!(
            "  arrival to webhook       median {} ms, p99 {} ms ({} deliveries, wall time)",
            delay.median_ms, delay.p99_ms, delay.deliveries
        )),
        None => say("  arrival to webhook       nothing was delivered"),
    }
    Ok(())
}
