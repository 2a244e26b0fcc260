//! True episodes: each a patient of its own who has fever once.

use crate::plan::Plan;
use crate::wait::now_ms;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use tokio::task::JoinSet;
use wardlight_simulators::publish::{BrokerOptions, Outcome, Publication, Publisher};

/// Starts episodes and knows which are true.
#[derive(Clone)]
pub(crate) struct Episodes {
    broker: BrokerOptions,
    passwords: Arc<BTreeMap<String, String>>,
    most: u32,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    next: AtomicU32,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    lost: AtomicU64,
    temperatures: Mutex<Vec<(String, i64, f64)>>,
    tasks: Mutex<JoinSet<()>>,
}

/// Temperatures of one episode, ten seconds apart, ending now: the first is fever.
const TEMPERATURES: [f64; 3] = [38.4, 38.5, 38.4];

impl Episodes {
    pub(crate) fn new(
        plan: &Plan,
        broker: BrokerOptions,
        passwords: BTreeMap<String, String>,
    ) -> Self {
        Self {
            broker,
            passwords: Arc::new(passwords),
            most: plan.episodes_max(),
            shared: Arc::default(),
        }
    }

    /// Lets one more patient have fever.
    pub(crate) fn begin(&self) {
        let number = self.shared.next.fetch_add(1, Ordering::SeqCst);
        assert!(number < self.most, "no patient left for one more episode");
        let one = self.clone();
        let mut tasks = self
            .shared
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        tasks.spawn(async move { one.publish(number).await });
    }

    async fn publish(&self, number: u32) {
        let device = Plan::episode_device(number);
        let shared = Arc::clone(&self.shared);
        let options = BrokerOptions {
            password: self.passwords.get(&device).cloned(),
            ..self.broker.for_device(&device)
        };
        let publisher = Publisher::start(options, move |settled| {
            let count = match settled.outcome {
                Outcome::Acknowledged => &shared.acknowledged,
                _ => &shared.lost,
            };
            count.fetch_add(1, Ordering::SeqCst);
        });
        let began = now_ms() - 20_000;
        for (sequence, temperature) in (0_u64..).zip(TEMPERATURES) {
            let time = began + sequence.cast_signed() * 10_000;
            let payload =
                format!("{{\"session\":1,\"seq\":{sequence},\"t\":{time},\"temp\":{temperature}}}");
            let publication = Publication {
                id: sequence,
                topic: format!("wardlight/v1/{device}/vitals"),
                payload: payload.into_bytes().into(),
                qos: 1,
                retain: false,
            };
            self.shared.sent.fetch_add(1, Ordering::SeqCst);
            self.shared
                .temperatures
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((device.clone(), time, temperature));
            publisher.publish(publication).await.expect("it runs");
        }
        publisher.finish().await.expect("it may connect");
    }

    /// Device, measured time and temperature of every message.
    pub(crate) fn temperatures(&self) -> Vec<(String, i64, f64)> {
        let sent = self.shared.temperatures.lock();
        sent.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Messages about fever that are not acknowledged.
    pub(crate) fn in_flight(&self) -> u64 {
        let known = self.acknowledged() + self.shared.lost.load(Ordering::SeqCst);
        self.shared
            .sent
            .load(Ordering::SeqCst)
            .saturating_sub(known)
    }

    /// Episodes begun: all of them true.
    pub(crate) fn begun(&self) -> u32 {
        self.shared.next.load(Ordering::SeqCst)
    }

    /// Messages acknowledged.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::SeqCst)
    }

    /// Waits until every message is settled.
    pub(crate) async fn finish(&self) {
        let tasks = {
            let mut tasks = self
                .shared
                .tasks
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *tasks)
        };
        tasks.join_all().await;
    }
}

/// Messages of one episode.
pub(crate) const MESSAGES: u64 = TEMPERATURES.len() as u64;
