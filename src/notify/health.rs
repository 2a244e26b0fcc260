//! How each endpoint is doing, for the health page and for a second channel.

use super::events;
use crate::domain::{ChannelTrouble, EndpointId, WallTime};
use crate::telemetry::{Event as _, metrics};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// Events kept for a slow listener; whoever falls behind reads the snapshot.
const EVENTS_KEPT: usize = 256;

/// How one endpoint is doing since the service started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelHealth {
    /// Which.
    pub endpoint: EndpointId,
    /// Its last 2xx.
    pub last_success: Option<WallTime>,
    /// Its last failed attempt.
    pub last_failure: Option<WallTime>,
    /// The code of that failure.
    pub last_error: Option<&'static str>,
    /// Failed attempts since the last success.
    pub consecutive_failures: u32,
    /// The first of them.
    pub failing_since: Option<WallTime>,
    /// Whether it has failed for longer than the configured limit.
    pub failing: bool,
    /// Until when it is left alone, when it asked for that.
    pub held_until: Option<WallTime>,
    /// Why it is switched off; none while it is on.
    pub off: Option<String>,
}

/// An endpoint crossed the limit, one way or the other. Another channel should
/// tell the organisation: this one does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelEvent {
    /// It has failed for longer than the configured limit.
    Failing {
        /// Which.
        endpoint: EndpointId,
        /// Since when.
        since: WallTime,
        /// The code of its last failure.
        error: &'static str,
    },
    /// It works again.
    Recovered {
        /// Which.
        endpoint: EndpointId,
    },
    /// It answered 410 and takes no more.
    Gone {
        /// Which.
        endpoint: EndpointId,
    },
}

/// Health of all endpoints. Clones share one state.
#[derive(Clone)]
pub struct Health {
    channels: Arc<Mutex<BTreeMap<EndpointId, ChannelHealth>>>,
    events: broadcast::Sender<ChannelEvent>,
    failing_after_ms: i64,
}

impl Health {
    pub(super) fn new(failing_after_ms: i64) -> Self {
        Self {
            channels: Arc::default(),
            events: broadcast::channel(EVENTS_KEPT).0,
            failing_after_ms,
        }
    }

    /// All endpoints that are switched on or were attempted, by identifier.
    pub fn snapshot(&self) -> Vec<ChannelHealth> {
        self.lock().values().cloned().collect()
    }

    /// From now on, each endpoint that begins or ceases to fail.
    pub fn events(&self) -> broadcast::Receiver<ChannelEvent> {
        self.events.subscribe()
    }

    /// An endpoint exists; whether it failed before a restart is known.
    pub(super) fn introduce(&self, endpoint: &EndpointId, trouble: Option<&ChannelTrouble>) {
        self.with(endpoint, |channel| {
            channel.off = None;
            if let Some(trouble) = trouble.filter(|_| !channel.failing) {
                channel.failing_since = Some(trouble.since);
                channel.failing = true;
                metrics().webhook_endpoints_failing.add(1);
            }
            None
        });
    }

    pub(super) fn succeeded(&self, endpoint: &EndpointId, at: WallTime) -> Option<ChannelEvent> {
        self.with(endpoint, |channel| {
            channel.last_success = Some(at);
            channel.consecutive_failures = 0;
            channel.failing_since = None;
            channel.held_until = None;
            channel.end_failing()
        })
    }

    pub(super) fn failed(
        &self,
        endpoint: &EndpointId,
        at: WallTime,
        error: &'static str,
    ) -> Option<ChannelEvent> {
        let limit = self.failing_after_ms;
        self.with(endpoint, |channel| {
            channel.last_failure = Some(at);
            channel.last_error = Some(error);
            channel.consecutive_failures = channel.consecutive_failures.saturating_add(1);
            channel.failing_since.get_or_insert(at);
            channel.begin_failing(at, limit)
        })
    }

    /// Time passed; an endpoint may have failed for too long without an attempt.
    pub(super) fn passed(&self, endpoint: &EndpointId, now: WallTime) -> Option<ChannelEvent> {
        let limit = self.failing_after_ms;
        self.with(endpoint, |channel| channel.begin_failing(now, limit))
    }

    pub(super) fn held(&self, endpoint: &EndpointId, until: WallTime) {
        self.with(endpoint, |channel| {
            channel.held_until = Some(until);
            None
        });
    }

    /// Moments of a clock that was set back must not lie ahead.
    pub(super) fn clock_set_back(&self, endpoint: &EndpointId, now: WallTime) {
        self.with(endpoint, |channel| {
            channel.failing_since = channel.failing_since.map(|since| since.min(now));
            channel.held_until = None;
            None
        });
    }

    pub(super) fn gone(&self, endpoint: &EndpointId) {
        self.with(endpoint, |channel| {
            Some(ChannelEvent::Gone {
                endpoint: channel.endpoint.clone(),
            })
        });
    }

    /// The endpoint was switched off, and why: nothing fails any more.
    pub(super) fn retired(&self, endpoint: &EndpointId, reason: &str) {
        self.with(endpoint, |channel| {
            channel.off = Some(reason.to_owned());
            channel.consecutive_failures = 0;
            channel.failing_since = None;
            channel.held_until = None;
            channel.end_failing()
        });
    }

    /// Makes a change and says it to whoever listens.
    fn with(
        &self,
        endpoint: &EndpointId,
        change: impl FnOnce(&mut ChannelHealth) -> Option<ChannelEvent>,
    ) -> Option<ChannelEvent> {
        let mut channels = self.lock();
        let channel = channels
            .entry(endpoint.clone())
            .or_insert_with(|| ChannelHealth::new(endpoint.clone()));
        let event = change(channel)?;
        // Nobody may be listening; the snapshot says the same.
        let _ = self.events.send(event.clone());
        Some(event)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<EndpointId, ChannelHealth>> {
        // Every change leaves the map whole, so a panic elsewhere does not spoil it.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChannelHealth {
    fn new(endpoint: EndpointId) -> Self {
        Self {
            endpoint,
            last_success: None,
            last_failure: None,
            last_error: None,
            consecutive_failures: 0,
            failing_since: None,
            failing: false,
            held_until: None,
            off: None,
        }
    }

    fn begin_failing(&mut self, now: WallTime, limit_ms: i64) -> Option<ChannelEvent> {
        let since = self.failing_since?;
        if self.failing || now.ms_since(since) < limit_ms {
            return None;
        }
        self.failing = true;
        let error = self.last_error.unwrap_or("unknown");
        events::EndpointFailing {
            failures: self.consecutive_failures,
            error,
        }
        .emit();
        Some(ChannelEvent::Failing {
            endpoint: self.endpoint.clone(),
            since,
            error,
        })
    }

    fn end_failing(&mut self) -> Option<ChannelEvent> {
        if !std::mem::take(&mut self.failing) {
            return None;
        }
        events::EndpointRecovered.emit();
        Some(ChannelEvent::Recovered {
            endpoint: self.endpoint.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: WallTime = WallTime::from_epoch_ms(1_000_000);

    #[test]
    fn an_endpoint_that_fails_too_long_is_told_of_once_and_again_when_it_works() {
        let health = Health::new(120_000);
        let mut events = health.events();
        let board = EndpointId::new("board").unwrap();
        health.failed(&board, START, "timeout");
        health.passed(&board, START.plus_ms(119_999));
        assert!(events.try_recv().is_err());
        health.passed(&board, START.plus_ms(120_000));
        health.failed(&board, START.plus_ms(130_000), "connect_failed");
        let failing = ChannelEvent::Failing {
            endpoint: board.clone(),
            since: START,
            error: "timeout",
        };
        assert_eq!(events.try_recv(), Ok(failing));
        assert_eq!(health.snapshot()[0].consecutive_failures, 2);
        assert!(events.try_recv().is_err());
        health.succeeded(&board, START.plus_ms(140_000));
        let recovered = ChannelEvent::Recovered { endpoint: board };
        assert_eq!(events.try_recv(), Ok(recovered));
        assert_eq!(health.snapshot()[0].consecutive_failures, 0);
    }

    #[test]
    fn a_success_in_between_starts_the_count_over() {
        let health = Health::new(120_000);
        let board = EndpointId::new("board").unwrap();
        health.failed(&board, START, "timeout");
        health.succeeded(&board, START.plus_ms(60_000));
        health.failed(&board, START.plus_ms(119_000), "timeout");
        health.passed(&board, START.plus_ms(130_000));
        assert!(!health.snapshot()[0].failing);
    }
}
