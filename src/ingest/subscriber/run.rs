//! The subscriber's life: connect, serve, wait, connect again.

use super::connection::{Connection, Limits, Shared};
use super::inlet::Inlet;
use super::subscriptions::Subscriptions;
use super::transport::{Accepted, connect};
use super::{
    ConnectionEnd, Counters, CountersSnapshot, Oversize, SubscriberHealth, SubscriberSettings,
    event,
};
use crate::domain::ClinicalTime;
use crate::engine::{EngineHandle, Input};
use crate::runtime::{Backoff, Clock};
use bytes::Bytes;
use rumqttc::v5::mqttbytes::v5::ConnAck;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// No wait between two tries is longer.
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// A connection that stood this long starts the waits over. Shorter ones do
/// not: a poison message or a twin with our client id would have us reconnect
/// without a pause.
const STABLE: Duration = Duration::from_secs(10);

/// What others see of the subscriber and may ask of it.
#[derive(Clone)]
pub struct SubscriberHandle {
    /// The state of the way to the broker.
    pub health: watch::Receiver<SubscriberHealth>,
    counters: Arc<Counters>,
    topics: Arc<watch::Sender<Vec<String>>>,
}

impl SubscriberHandle {
    /// The running totals.
    pub fn counters(&self) -> CountersSnapshot {
        self.counters.snapshot()
    }

    /// Changes what is subscribed to, without a restart.
    pub fn set_topics(&self, topics: Vec<String>) {
        self.topics.send_if_modified(|current| {
            let changed = *current != topics;
            *current = topics;
            changed
        });
    }
}

/// Subscribes to a broker and feeds the engine.
pub struct Subscriber<F> {
    settings: SubscriberSettings,
    shared: Shared<F>,
    generation: u64,
    oversize: Option<usize>,
}

impl<F> Subscriber<F>
where
    F: Fn(&str, Option<&str>, Bytes, ClinicalTime) -> Input + Send + Sync,
{
    /// A subscriber that turns messages into inputs with `to_input`, called
    /// with topic, MQTT 5 content type, payload and arrival. The payload
    /// shares its memory with up to 64 KiB of its neighbours: who keeps it
    /// beyond the commit copies it.
    pub fn new(
        settings: SubscriberSettings,
        engine: &EngineHandle,
        clock: Clock,
        to_input: F,
    ) -> (Self, SubscriberHandle) {
        let (health, health_seen) = watch::channel(SubscriberHealth::starting(clock.wall()));
        let (topics, topics_seen) = watch::channel(settings.topics.clone());
        let counters = Arc::<Counters>::default();
        let subscriptions =
            Subscriptions::new(settings.topics.clone(), settings.retired_topics.clone());
        let bound = usize::from(settings.receive_maximum);
        let shared = Shared {
            clock,
            to_input,
            counters: Arc::clone(&counters),
            health,
            topics: topics_seen,
            topics_open: true,
            subscriptions,
            inlet: Inlet::new(engine.inbox.clone(), bound),
        };
        let handle = SubscriberHandle {
            health: health_seen,
            counters,
            topics: Arc::new(topics),
        };
        let subscriber = Self {
            settings,
            shared,
            generation: 0,
            oversize: None,
        };
        (subscriber, handle)
    }

    /// Runs until `cancel`, or until the engine ends.
    ///
    /// After `cancel` nothing more is read; what the engine was given is still
    /// acknowledged when it settles it within five seconds, then the broker is
    /// told goodbye. End the engine after this returned.
    pub async fn run(mut self, cancel: CancellationToken) {
        let first = Duration::from_millis(u64::from(self.settings.backoff_ms_first));
        let mut backoff = Backoff::new(first, BACKOFF_MAX);
        loop {
            let started = Instant::now();
            let (end, unacknowledged) = self.connect_and_serve(&cancel).await;
            if end.is_final() {
                self.show_disconnected(&end, None);
                event::Stopped { unacknowledged }.emit();
                return;
            }
            if started.elapsed() >= STABLE {
                backoff.reset();
                self.oversize = None;
            }
            let wait = backoff.next(getrandom::u64().unwrap_or(u64::MAX));
            self.note_failure(&end, wait);
            tokio::select! {
                () = sleep(wait) => {}
                () = cancel.cancelled() => return,
            }
        }
    }

    async fn connect_and_serve(&mut self, cancel: &CancellationToken) -> (ConnectionEnd, usize) {
        let accepted = tokio::select! {
            accepted = connect(&self.settings) => accepted,
            () = cancel.cancelled() => Err(ConnectionEnd::Stopped),
        };
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(end) => return (end, 0),
        };
        let Accepted {
            stream,
            rest,
            connack,
        } = accepted;
        self.note_connected(&connack);
        let limits = self.limits(&connack);
        let connection = Connection::new(&mut self.shared, self.generation, limits, rest);
        connection
            .serve(stream, connack.session_present, cancel)
            .await
    }

    fn limits(&self, connack: &ConnAck) -> Limits {
        let properties = connack.properties.as_ref();
        let theirs = properties.and_then(|p| p.server_keep_alive);
        let keep_alive = match theirs {
            Some(0) | None => self.settings.keep_alive(),
            Some(seconds) => Duration::from_secs(u64::from(seconds)),
        };
        Limits {
            keep_alive,
            receive_maximum: usize::from(self.settings.receive_maximum),
            incoming_bytes_max: self.settings.packet_bytes_max,
            outgoing_bytes_max: properties.and_then(|p| p.max_packet_size),
        }
    }

    fn note_connected(&mut self, connack: &ConnAck) {
        self.generation += 1;
        let generation = self.generation;
        let session_present = connack.session_present;
        Counters::add(&self.shared.counters.connections, 1);
        event::Connected {
            generation,
            session_present,
        }
        .emit();
        if !session_present {
            Counters::add(&self.shared.counters.sessions_lost, 1);
            if generation > 1 {
                event::SessionLost { generation }.emit();
            }
        }
        let granted = connack.properties.as_ref();
        let granted = granted.and_then(|p| p.session_expiry_interval);
        let asked_seconds = self.settings.session_expiry_seconds;
        if let Some(granted_seconds) = granted.filter(|seconds| *seconds < asked_seconds) {
            event::SessionShortened {
                asked_seconds,
                granted_seconds,
            }
            .emit();
        }
        let since = self.shared.clock.wall();
        self.shared.health.send_modify(|health| {
            health.connected = true;
            health.generation = generation;
            health.since = since;
            health.backoff = None;
        });
    }

    fn note_failure(&mut self, end: &ConnectionEnd, backoff: Duration) {
        Counters::add(&self.shared.counters.connection_failures, 1);
        event::ConnectionLost { end, backoff }.emit();
        if let ConnectionEnd::Oversize { bytes, limit } = *end {
            Counters::add(&self.shared.counters.oversize, 1);
            if self.oversize.replace(bytes) == Some(bytes) {
                event::OversizeRepeated { bytes, limit }.emit();
                let seen = Some(Oversize { bytes, limit });
                self.shared
                    .health
                    .send_modify(|health| health.oversize = seen);
            }
        }
        self.show_disconnected(end, Some(backoff));
    }

    fn show_disconnected(&self, end: &ConnectionEnd, backoff: Option<Duration>) {
        let since = self.shared.clock.wall();
        self.shared.health.send_modify(|health| {
            if health.connected {
                health.since = since;
            }
            health.connected = false;
            health.last_error = Some(end.code());
            health.backoff = backoff;
        });
    }
}
