//! Sends, waits and tells.

use super::cast::{Cast, topic};
use super::health::{CanaryHealth, CanaryState};
use super::record::{Heading, Record};
use super::trips::{Limits, Seen, Trips};
use super::{Hook, Settings, events};
use crate::domain::{ClinicalTime, WallTime};
use crate::engine::{CanaryChange, EngineHandle};
use crate::ingest::subscriber::{SubscriberSettings, publish_once};
use crate::notify::Unrecorded;
use crate::runtime::Clock;
use crate::telemetry::Event as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Wall time between two looks at the clock.
const LOOK: Duration = Duration::from_millis(100);
/// How long a reading is waited for at the way in, and the store's answer.
const HAND_IN: Duration = Duration::from_secs(30);
const ASK_STORE: Duration = Duration::from_secs(2);

/// Whether a reading of the canary measured at a time is stored. It may block.
pub type IsStored = Arc<dyn Fn(ClinicalTime) -> bool + Send + Sync>;

/// The way by which the canary's readings come in.
pub struct Way {
    /// As whom and where to connect.
    pub client: SubscriberSettings,
    /// What topics begin with.
    pub topic_prefix: String,
}

/// The synthetic watch and who waits for its alerts.
pub struct Canary {
    clock: Clock,
    record: Record,
    way: Arc<Way>,
    cast: Arc<Mutex<Option<Cast>>>,
    is_stored: IsStored,
    health: CanaryHealth,
    trips: Trips,
    handing_in: JoinSet<()>,
    /// The reading that the store was asked for last: a store that does not
    /// answer is not asked again and again.
    asked: Option<ClinicalTime>,
    progress: (mpsc::Sender<Progress>, mpsc::Receiver<Progress>),
}

/// A reading got so far.
type Progress = (ClinicalTime, Seen);

impl Canary {
    /// A canary that has not begun.
    pub fn new(
        settings: &Settings,
        (engine, clock): (EngineHandle, Clock),
        (cast, way): (Cast, Way),
        is_stored: IsStored,
        (health, unrecorded, simulated): (CanaryHealth, Unrecorded, bool),
    ) -> Self {
        let ms = |seconds: u32| i64::from(seconds) * 1_000;
        let heading = Heading {
            label: settings.label.clone(),
            simulated,
        };
        Self {
            record: Record::new((engine, clock.clone()), unrecorded, heading),
            clock,
            way: Arc::new(way),
            cast: Arc::new(Mutex::new(Some(cast))),
            is_stored,
            health,
            trips: Trips::new(Limits {
                every: ms(settings.every_seconds),
                late_after: ms(settings.late_after_seconds),
                start_grace: ms(settings.start_grace_seconds),
            }),
            handing_in: JoinSet::new(),
            asked: None,
            // One reading is handed in at a time, in three steps.
            progress: mpsc::channel(8),
        }
    }

    /// Runs until cancelled.
    ///
    /// # Errors
    /// When its webhook's socket fails.
    pub async fn run(mut self, hook: Hook, cancel: CancellationToken) -> io::Result<()> {
        let (mut arrivals, serving) = hook.serve(self.clock.clone(), cancel.clone());
        tokio::pin!(serving);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                served = &mut serving => return served,
                Some(raised) = arrivals.recv() => self.handle_arrival(raised),
                Some((measured, seen)) = self.progress.1.recv() => self.trips.got(measured, seen),
                // A panic in there is a mistake of ours; the next one tries again.
                Some(_) = self.handing_in.join_next() => {}
                _ = look.tick() => self.handle_time(),
            }
            self.tell().await;
        }
    }

    fn handle_arrival(&mut self, raised: ClinicalTime) {
        let now = self.clock.wall();
        if let Some(round) = self.trips.came(now, raised) {
            events::CameRound {
                took: Duration::from_millis(u64::try_from(round.took_ms).unwrap_or(0)),
                at_seconds: now.epoch_ms() / 1_000,
            }
            .emit();
            self.show(now, Some(round.took_ms));
        }
    }

    fn handle_time(&mut self) {
        let now = self.clock.wall();
        self.trips.look(now);
        if self.handing_in.is_empty() && self.trips.is_due(now) {
            let measured = self.trips.measure(self.clock.clinical());
            self.trips.begin(now, measured);
            self.hand_in(measured);
        }
        self.show(now, None);
    }

    fn hand_in(&mut self, measured: ClinicalTime) {
        let (cast, way) = (Arc::clone(&self.cast), Arc::clone(&self.way));
        let progress = self.progress.0.clone();
        self.handing_in.spawn(async move {
            let handed = tokio::time::timeout(HAND_IN, hand_in(&cast, &way, measured, &progress));
            let error: Box<dyn std::error::Error + Send + Sync> = match handed.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(late) => late.into(),
            };
            events::NotTaken { error: &*error }.emit();
        });
    }

    /// Takes note of what changed. What the engine does not take now is handed
    /// over at the next look: nothing here waits for it.
    async fn tell(&mut self) {
        let change = self.trips.change(self.clock.wall());
        if let Some(mut change) = change.filter(|_| self.record.has_room()) {
            if let CanaryChange::Late(late) = &mut change {
                self.ask_store().await;
                late.seen = self.trips.seen().code();
                late.seed = getrandom::u64().unwrap_or(0);
            }
            self.trips.told(change);
            // Health says it before anybody is told.
            self.show(self.clock.wall(), None);
            self.record.take(change);
            match change {
                CanaryChange::Late(late) => events::Late { seen: late.seen }.emit(),
                CanaryChange::OnTime | CanaryChange::SwitchedOff => events::OnTime.emit(),
            }
        }
        self.record.look();
    }

    async fn ask_store(&mut self) {
        let measured = self.trips.measured();
        let Some(measured) = measured.filter(|_| measured != self.asked) else {
            return;
        };
        self.asked = Some(measured);
        let is_stored = Arc::clone(&self.is_stored);
        let asked = tokio::task::spawn_blocking(move || is_stored(measured));
        if let Ok(Ok(true)) = tokio::time::timeout(ASK_STORE, asked).await {
            self.trips.got(measured, Seen::Stored);
        }
    }

    fn show(&self, now: WallTime, took_ms: Option<i64>) {
        let late_since = self.trips.late_since(now);
        self.health.set(CanaryState {
            last_round: self.trips.last_round(),
            took_ms: took_ms.or(self.health.state().took_ms),
            late_since,
            seen: late_since.map(|_| self.trips.seen().code()),
        });
    }
}

async fn hand_in(
    cast: &Mutex<Option<Cast>>,
    way: &Way,
    measured: ClinicalTime,
    progress: &mpsc::Sender<Progress>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut cast = cast.lock().await;
    if let Some(not_entered) = cast.as_mut() {
        not_entered.enter().await?;
        *cast = None;
    }
    let note = |seen| {
        // Nobody waits for it when the canary ends.
        let _ = progress.try_send((measured, seen));
    };
    let topic = topic(&way.topic_prefix);
    publish_once(&way.client, &topic, reading(measured), || note(Seen::Sent)).await?;
    note(Seen::Acknowledged);
    Ok(())
}

/// A battery that was full a second ago and is empty: whatever came of the
/// readings before, the second moment begins the condition anew.
fn reading(measured: ClinicalTime) -> Vec<u8> {
    let at = measured.epoch_ms();
    let samples = serde_json::json!({
        "samples": [
            { "t": at - 1_000, "battery": 100 },
            { "t": at, "battery": 0 },
        ],
    });
    samples.to_string().into_bytes()
}
