//! Drives a fleet over real MQTT: one connection a device, paced by a shared clock.

use super::order::{Orders, direction};
use super::patients::Fleet;
use crate::device::{MessageKind, OutgoingMessage};
use crate::publish::{
    BrokerOptions, ConnectError, Outcome, Publication, Publisher, PublisherStopped, Settled, Will,
};
use crate::wall;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Wall time between two looks at the clock.
const TICK: Duration = Duration::from_millis(20);
/// How long a dying watch waits for what it sent before.
const VANISH_GRACE: Duration = Duration::from_secs(2);
/// Simulated time made in one go, ms: after a stall the fleet catches up in slices.
const SLICE_MS_MAX: i64 = 10 * 60_000;

/// The current simulated time, epoch ms. Service and simulators share one.
pub type SimulatedClock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A clock that shows `start_ms` now and runs `scale` times as fast as the wall.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "spans of days in ms are exact in f64"
)]
pub fn scaled_clock(start_ms: i64, scale: f64) -> SimulatedClock {
    let wall_start_ms = wall::epoch_ms();
    Arc::new(move || start_ms + ((wall::epoch_ms() - wall_start_ms) as f64 * scale) as i64)
}

/// How to drive a fleet.
#[derive(Clone)]
pub struct FleetRun {
    /// The broker; client id, user name and password become each device's own.
    pub broker: BrokerOptions,
    /// The clock that paces everything.
    pub clock: SimulatedClock,
    /// Simulated time at which to stop, epoch ms; `None` = when cancelled.
    pub end_ms: Option<i64>,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct FleetReport {
    /// Messages handed to publishers.
    pub published: u64,
    /// Messages acknowledged.
    pub acknowledged: u64,
    /// Messages that ended in any other way.
    pub not_acknowledged: u64,
    /// Connections dropped without a goodbye, so that the broker published a Will.
    pub vanished: u64,
    /// Reconnects of all devices.
    pub reconnects: u64,
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum FleetRunError {
    /// A device cannot connect, and trying again does not help.
    #[error("{device} cannot connect")]
    Connect {
        /// Which.
        device: String,
        /// Why.
        #[source]
        source: ConnectError,
    },
    /// A device's publisher is gone.
    #[error("a device's publisher ended on its own")]
    Publisher(#[source] PublisherStopped),
}

/// Publishes a fleet until the end or until cancelled; nobody orders anything.
///
/// # Errors
/// As for [`run_directed`].
pub async fn run(
    fleet: Fleet,
    options: FleetRun,
    cancel: CancellationToken,
) -> Result<FleetReport, FleetRunError> {
    let (_, orders) = direction();
    run_directed(fleet, options, orders, cancel).await
}

/// Publishes a fleet until the end or until cancelled, and does what it is ordered.
///
/// A message the broker does not take waits, and with it the fleet: it catches up later,
/// and its messages are then late, as a watch's would be.
///
/// # Errors
/// A device cannot connect, or its publisher ended on its own.
pub async fn run_directed(
    mut fleet: Fleet,
    options: FleetRun,
    mut orders: Orders,
    cancel: CancellationToken,
) -> Result<FleetReport, FleetRunError> {
    let mut driver = Driver::new(options);
    let mut done_ms = fleet.start_ms() - 1;
    orders.begin(&fleet);
    loop {
        orders.carry_out(&mut fleet, done_ms + 1);
        let now_ms = (driver.options.clock)();
        let end_ms = driver.options.end_ms.unwrap_or(i64::MAX);
        let until_ms = now_ms.min(end_ms).min(done_ms + SLICE_MS_MAX);
        if until_ms > done_ms {
            for message in fleet.next_until(until_ms) {
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => return driver.finish(false).await,
                    published = driver.publish(message) => published?,
                }
            }
            // The driver's caller reads truths, not the book: it must stay bounded.
            fleet.take_logs();
            done_ms = until_ms;
        }
        if done_ms >= end_ms {
            return driver.finish(true).await;
        }
        let wait = if done_ms < now_ms.min(end_ms) {
            Duration::ZERO
        } else {
            TICK
        };
        tokio::select! {
            () = cancel.cancelled() => return driver.finish(false).await,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

struct Driver {
    options: FleetRun,
    publishers: BTreeMap<String, Publisher>,
    acknowledged: Arc<AtomicU64>,
    not_acknowledged: Arc<AtomicU64>,
    report: FleetReport,
}

impl Driver {
    fn new(options: FleetRun) -> Self {
        Self {
            options,
            publishers: BTreeMap::new(),
            acknowledged: Arc::default(),
            not_acknowledged: Arc::default(),
            report: FleetReport::default(),
        }
    }

    async fn publish(&mut self, message: OutgoingMessage) -> Result<(), FleetRunError> {
        if message.kind == MessageKind::Will {
            if let Some(publisher) = self.publishers.remove(&message.device) {
                publisher.vanish(VANISH_GRACE).await;
                self.report.vanished += 1;
            }
            return Ok(());
        }
        if !self.publishers.contains_key(&message.device) {
            let publisher = self.start(&message);
            self.publishers.insert(message.device.clone(), publisher);
        }
        let Some(publisher) = self.publishers.get(&message.device) else {
            return Ok(());
        };
        let publication = Publication {
            id: message.sequence,
            topic: message.topic,
            payload: Bytes::from(message.payload),
            qos: message.qos,
            retain: message.retain,
        };
        if let Err(stopped) = publisher.publish(publication).await {
            return Err(self.why_stopped(&message.device, stopped).await);
        }
        self.report.published += 1;
        Ok(())
    }

    async fn why_stopped(&mut self, device: &str, stopped: PublisherStopped) -> FleetRunError {
        let ended = match self.publishers.remove(device) {
            Some(publisher) => publisher.finish().await.err(),
            None => None,
        };
        match ended {
            Some(source) => FleetRunError::Connect {
                device: device.to_owned(),
                source,
            },
            None => FleetRunError::Publisher(stopped),
        }
    }

    fn start(&self, first: &OutgoingMessage) -> Publisher {
        let mut broker = self.options.broker.for_device(&first.device);
        let status_topic = first
            .topic
            .rsplit_once('/')
            .map_or("", |(device_topic, _)| device_topic);
        broker.will = Some(Will {
            topic: format!("{status_topic}/status"),
            payload: crate::device::Status::will(first.session).encode(),
            qos: first.qos,
        });
        let acknowledged = Arc::clone(&self.acknowledged);
        let not_acknowledged = Arc::clone(&self.not_acknowledged);
        Publisher::start(broker, move |settled: Settled| match settled.outcome {
            Outcome::Acknowledged => {
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Unguarded | Outcome::Refused | Outcome::Discarded | Outcome::Unsettled => {
                not_acknowledged.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    /// Ends every connection with a goodbye; `settle` waits for acknowledgements first.
    async fn finish(mut self, settle: bool) -> Result<FleetReport, FleetRunError> {
        for (device, publisher) in std::mem::take(&mut self.publishers) {
            let ended = if settle {
                publisher.finish().await
            } else {
                publisher.stop().await
            };
            let report = ended.map_err(|source| FleetRunError::Connect { device, source })?;
            self.report.reconnects += report.reconnects;
        }
        self.report.acknowledged = self.acknowledged.load(Ordering::Relaxed);
        self.report.not_acknowledged = self.not_acknowledged.load(Ordering::Relaxed);
        Ok(self.report)
    }
}
