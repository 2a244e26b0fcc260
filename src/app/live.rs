//! What lives in memory: health, metrics, scores.

use super::{Parts, metrics};
use crate::api::{ComponentHealth, HealthState, LiveSource};
use crate::canary::CanaryHealth;
use crate::domain::{PatientNumber, WallTime};
use crate::engine::{Counters, EngineHandle, Envelope, Input};
use crate::ingest::{listener, subscriber};
use crate::notify;
use crate::registry::Endpoint;
use crate::runtime::Clock;
use crate::sink;
use std::sync::{Arc, OnceLock};
use tokio::sync::oneshot;

/// Where the parts that run leave word of themselves.
#[derive(Clone, Default)]
pub(super) struct Sources {
    pub(super) listener: Arc<listener::Counters>,
    notifier: Arc<OnceLock<notify::Health>>,
    subscriber: Arc<OnceLock<subscriber::SubscriberHandle>>,
    sink: Arc<OnceLock<sink::SinkHandle>>,
    canary: Arc<OnceLock<CanaryHealth>>,
}

impl Sources {
    pub(super) fn note_notifier(&self, health: notify::Health) {
        // Set once, at start.
        let _ = self.notifier.set(health);
    }

    /// Where the canary leaves word.
    pub(super) fn canary(&self) -> CanaryHealth {
        self.canary.get_or_init(CanaryHealth::default).clone()
    }

    pub(super) fn note_sink(&self, handle: sink::SinkHandle) {
        // Set once, at start.
        let _ = self.sink.set(handle);
    }

    pub(super) fn note_subscriber(&self, handle: subscriber::SubscriberHandle) {
        // Set once, at start.
        let _ = self.subscriber.set(handle);
    }
}

/// Answers the API from memory.
pub(super) struct Live {
    engine: EngineHandle,
    clock: Clock,
    counters: Arc<Counters>,
    sources: Sources,
    /// What is wrong with the clinical rules.
    rules: Option<String>,
}

impl Live {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            engine: parts.engine.clone(),
            clock: parts.mode.clock.clone(),
            counters: Arc::clone(&parts.counters),
            sources: parts.health.clone(),
            rules: super::rules::problem(&parts.config.detect),
        }
    }

    fn engine_health(&self) -> ComponentHealth {
        let full = self.counters.disk_full.get() == 1;
        let behind = self.counters.is_clock_behind();
        let (state, reason) = if self.engine.inbox.is_closed() {
            (
                HealthState::Failed,
                Some("the engine has ended; restart the service"),
            )
        } else if full {
            (
                HealthState::Failed,
                Some(
                    "the disk is full: intake pauses and nothing is acknowledged; free some space",
                ),
            )
        } else if behind {
            (
                HealthState::Failed,
                Some(
                    "the machine's clock is behind the times that are stored: alarms wait until it has caught up; set the clock right",
                ),
            )
        } else {
            (HealthState::Working, None)
        };
        ComponentHealth {
            name: "engine",
            state,
            reason: reason.map(str::to_owned),
        }
    }

    fn rules_health(&self) -> ComponentHealth {
        ComponentHealth {
            name: "rules",
            state: match self.rules {
                None => HealthState::Working,
                Some(_) => HealthState::Degraded,
            },
            reason: self.rules.clone(),
        }
    }

    fn subscriber_health(&self) -> Option<ComponentHealth> {
        let health = *self.sources.subscriber.get()?.health.borrow();
        let reason = if !health.connected {
            let code = health.last_error.unwrap_or("not yet connected");
            Some(format!(
                "no connection to the broker ({code}); trying again"
            ))
        } else if health.subscriptions_refused > 0 {
            Some("the broker refuses a subscription; check its access list".to_owned())
        } else {
            health.oversize.map(|packet| {
                format!(
                    "a packet of {} bytes is over the limit of {}",
                    packet.bytes, packet.limit
                )
            })
        };
        let state = if reason.is_none() {
            HealthState::Working
        } else {
            HealthState::Degraded
        };
        Some(ComponentHealth {
            name: "subscriber",
            state,
            reason,
        })
    }

    fn canary_health(&self) -> Option<ComponentHealth> {
        let shown = self.sources.canary.get()?.state();
        let now = self.clock.wall();
        let age = |at: WallTime| now.ms_since(at).max(0) / 1_000;
        let last = match (shown.last_round, shown.took_ms) {
            (Some(at), Some(took)) => {
                format!(
                    "the last round trip ended {} s ago and took {took} ms",
                    age(at)
                )
            }
            _ => "no round trip has ended yet".to_owned(),
        };
        let (state, reason) = match shown.late_since {
            None => (HealthState::Working, last),
            Some(since) => {
                let seen = shown.seen.unwrap_or("unknown");
                let late = format!(
                    "the canary's reading has been on its way for {} s ({seen}): alerts may not reach anybody; {last}",
                    age(since)
                );
                (HealthState::Degraded, late)
            }
        };
        Some(ComponentHealth {
            name: "canary",
            state,
            reason: Some(reason),
        })
    }

    fn sink_health(&self) -> Option<ComponentHealth> {
        let health = *self.sources.sink.get()?.health.borrow();
        let reason = health.last_error.map(|code| {
            format!("copies to InfluxDB wait ({code}); nothing is lost, alerts are not affected")
        });
        let state = if reason.is_none() {
            HealthState::Working
        } else {
            HealthState::Degraded
        };
        Some(ComponentHealth {
            name: "influxdb",
            state,
            reason,
        })
    }

    fn webhooks_health(&self) -> Option<ComponentHealth> {
        let mut channels = self.sources.notifier.get()?.snapshot();
        // Its round trips are shown as a whole.
        channels.retain(|channel| !channel.endpoint.is_canary());
        let failing = channels.iter().filter(|channel| channel.failing).count();
        // One that a person switched off is no fault; one that was gone is,
        // until somebody looks after it.
        let gone =
            |channel: &&notify::ChannelHealth| channel.off.as_deref() == Some(Endpoint::GONE);
        let gone = channels.iter().filter(gone).count();
        let state = if failing + gone == 0 {
            HealthState::Working
        } else {
            HealthState::Degraded
        };
        let mut words = Vec::new();
        if failing > 0 {
            let all = channels.len();
            words.push(format!(
                "{failing} of {all} webhook endpoints do not take deliveries"
            ));
        }
        if gone > 0 {
            words.push(format!("{gone} answered 410 and are switched off"));
        }
        let reason = (!words.is_empty()).then(|| words.join("; "));
        Some(ComponentHealth {
            name: "webhooks",
            state,
            reason,
        })
    }
}

impl LiveSource for Live {
    fn scores(&self, patient: PatientNumber) -> Option<serde_json::Value> {
        let (reply, answer) = oneshot::channel();
        let input = Input::Scores { patient, reply };
        let (stamp, received) = (self.clock.clinical(), self.clock.wall());
        let asked = Envelope {
            stamp,
            received,
            input,
            delivery: None,
        };
        self.engine.inbox.blocking_send(asked).ok()?;
        answer.blocking_recv().ok().flatten()
    }

    fn health(&self) -> Vec<ComponentHealth> {
        let parts = [
            Some(self.engine_health()),
            Some(self.rules_health()),
            self.subscriber_health(),
            self.webhooks_health(),
            self.sink_health(),
            self.canary_health(),
        ];
        parts.into_iter().flatten().collect()
    }

    fn metrics_text(&self) -> String {
        let sources = &self.sources;
        let subscriber = sources.subscriber.get();
        let sink = sources.sink.get();
        metrics::render(&metrics::Told {
            engine: &self.engine,
            counters: &self.counters,
            listener: &sources.listener,
            subscriber: subscriber.map(subscriber::SubscriberHandle::counters),
            sink: sink.map(|sink| (sink.counters(), *sink.health.borrow())),
        })
    }
}
