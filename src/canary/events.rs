//! What happens to the canary, logged and counted.

use crate::telemetry::{Event, metrics};
use std::time::Duration;

/// A reading came round.
pub(super) struct CameRound {
    pub(super) took: Duration,
    pub(super) at_seconds: i64,
}

impl Event for CameRound {
    fn emit(self) {
        metrics().canary_round_trip.observe(self.took);
        metrics().canary_last_round_trip.set(self.at_seconds);
        let took_ms = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(took_ms, "the canary's reading came round");
    }
}

/// One is late.
pub(super) struct Late {
    pub(super) seen: &'static str,
}

impl Event for Late {
    fn emit(self) {
        metrics().canary_late.set(1);
        tracing::error!(
            seen = self.seen,
            "the canary's reading has not become a message in time: alerts may not reach anybody"
        );
    }
}

/// They come in time.
pub(super) struct OnTime;

impl Event for OnTime {
    fn emit(self) {
        metrics().canary_late.set(0);
        tracing::info!("the canary's readings become messages in time");
    }
}

/// A reading could not be handed in.
pub(super) struct NotTaken<'a> {
    pub(super) error: &'a dyn std::error::Error,
}

impl Event for NotTaken<'_> {
    fn emit(self) {
        metrics().canary_failures.inc();
        tracing::warn!(error = %self.error, "the canary's reading was not taken; trying again");
    }
}

/// Somebody else spoke to the canary's endpoint.
pub(super) struct NotBelieved;

impl Event for NotBelieved {
    fn emit(self) {
        tracing::warn!("the canary's endpoint refused a message whose signature is wrong");
    }
}
