//! The plan of the house: who is started in which order, and who ends when.
//! The only room that knows all others; each of its files starts one part.
//!
//! In: the configuration and how to run ([`Mode`]). Out: a [`Running`]
//! service, which ends in order.
//!
//! Invariant: a task that ends on its own brings the service down in order.
//! Invariant: shutdown runs in phases with a deadline each: the canary, intake,
//! notifier and sinks, engine, then the API. The notifier goes before the engine,
//! because what became of its last attempts must still be written; alerts that
//! the engine raises after it are delivered after the next start.

mod canary;
mod deliveries;
mod error;
mod foundation;
mod history;
mod intake;
mod interface;
mod live;
mod metrics;
mod mode;
mod reads;
mod rollup;
mod rules;
mod sinks;
mod stop;
mod ticker;
mod watching;

pub use error::AppError;
pub use mode::Mode;
pub use stop::StopSignals;

use crate::api::LiveSource;
use crate::config::Config;
use crate::engine::{Counters, EngineError, EngineHandle, Envelope, Input};
use crate::notify::{ActionLinks, ChartLinks};
use crate::runtime::{Clock, Stage};
use crate::store::{Reader, StoredSession};
use foundation::Foundation;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Where the admin socket lies.
pub fn admin_socket(config: &Config) -> PathBuf {
    config.service.data_dir.join("admin.sock")
}

/// A running service.
pub struct Running {
    /// The way into the engine.
    pub engine: EngineHandle,
    /// Committed data.
    pub reader: Reader,
    /// What the engine counts.
    pub counters: Arc<Counters>,
    /// Where the API answers, if it does.
    pub api_address: Option<SocketAddr>,
    /// Where watches connect, if they may.
    pub mqtt_address: Option<SocketAddr>,
    clock: Clock,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), EngineError>>,
    stages: Stages,
    patience: Duration,
}

/// The phases of shutdown.
struct Stages {
    canary: Stage<AppError>,
    intake: Stage<AppError>,
    outgoing: Stage<AppError>,
    api: Stage<AppError>,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            canary: Stage::new("canary"),
            intake: Stage::new("intake"),
            outgoing: Stage::new("outgoing"),
            api: Stage::new("api"),
        }
    }
}

/// What all parts are given.
struct Parts {
    config: Config,
    chart_key: String,
    mode: Mode,
    engine: EngineHandle,
    reader: Reader,
    counters: Arc<Counters>,
    oldest_needed: Arc<AtomicU64>,
    health: live::Sources,
}

/// Starts the service: first the engine on its store, for all others hand
/// something to it or read what it wrote, then the parts around it.
///
/// # Errors
/// [`AppError`] says which part did not start and why.
pub async fn start(mut config: Config, mode: Mode) -> Result<Running, AppError> {
    // A second start in one process finds it installed; that is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Foundation {
        engine,
        reader,
        counters,
        sessions,
        chart_key,
    } = Foundation::lay(&mut config, &mode)?;
    let parts = Parts {
        config,
        chart_key,
        mode,
        engine: engine.handle.clone(),
        reader: reader.clone(),
        counters: Arc::clone(&counters),
        oldest_needed: engine.oldest_needed,
        health: live::Sources::default(),
    };
    let mut stages = Stages::default();
    let addresses = parts.spawn(&mut stages, sessions).await?;
    Ok(Running {
        engine: engine.handle,
        reader,
        counters,
        api_address: addresses.api,
        mqtt_address: addresses.mqtt,
        clock: parts.mode.clock,
        stopping: engine.stopping,
        thread: engine.thread,
        stages,
        patience: parts.config.service.shutdown_phase(),
    })
}

/// Where the parts answer; none for those that are off.
#[derive(Default)]
struct Addresses {
    mqtt: Option<SocketAddr>,
    api: Option<SocketAddr>,
}

impl Parts {
    /// Makes and checks links to charts.
    fn chart_links(&self) -> ChartLinks {
        ChartLinks::new(self.chart_key.as_bytes(), self.config.webhooks.chart_hours)
    }

    /// Makes and checks links by which receivers answer.
    fn action_links(&self) -> ActionLinks {
        let webhooks = &self.config.webhooks;
        ActionLinks::new(
            self.chart_key.as_bytes(),
            webhooks.action_hours,
            webhooks.action_snooze_minutes,
        )
    }

    /// Starts everything around the engine, the ways to ask last: whoever can
    /// ask finds all others there.
    async fn spawn(
        &self,
        stages: &mut Stages,
        sessions: Vec<StoredSession>,
    ) -> Result<Addresses, AppError> {
        let mut addresses = Addresses::default();
        if self.mode.full {
            let Stages {
                intake,
                canary,
                outgoing,
                ..
            } = stages;
            let hook = canary::hook(self).await?;
            addresses.mqtt = intake::spawn_listener(intake, self, sessions).await?;
            intake::spawn_subscriber(intake, self);
            let unrecorded = deliveries::spawn(outgoing, self, hook.as_ref())?;
            sinks::spawn(outgoing, self);
            ticker::spawn(outgoing, self);
            rollup::spawn(outgoing, self);
            canary::spawn(canary, self, (hook, unrecorded), addresses.mqtt)?;
        }
        let live: Arc<dyn LiveSource> = Arc::new(live::Live::new(self));
        if self.mode.full {
            let api = interface::spawn_api(&mut stages.api, self, Arc::clone(&live)).await?;
            addresses.api = Some(api);
        }
        interface::spawn_admin(&mut stages.api, self, live)?;
        Ok(addresses)
    }
}

impl Running {
    /// Ends in order, each phase with its own deadline.
    ///
    /// # Errors
    /// [`AppError::Engine`] when the engine could not commit its last batch.
    pub async fn stop(mut self) -> Result<(), AppError> {
        // First, so that an orderly stop is no late round trip.
        self.stages.canary.stop(self.patience).await;
        // Nothing new: what is not acknowledged yet comes again after the next start.
        self.stages.intake.stop(self.patience).await;
        // Their last reports and cursors must still find an engine that writes them.
        self.stages.outgoing.stop(self.patience).await;
        self.tell_engine_to_stop().await;
        let ended = joined(self.thread).await;
        // Whoever waits for an answer to the last commit gets it before the doors close.
        self.stages.api.stop(self.patience).await;
        ended
    }

    /// What is in the inbox by then is still committed.
    async fn tell_engine_to_stop(&self) {
        self.stopping.store(true, Ordering::Release);
        let (stamp, received) = (self.clock.clinical(), self.clock.wall());
        let stop = Envelope {
            stamp,
            received,
            input: Input::Stop,
            delivery: None,
        };
        // When the engine is gone already there is nothing to stop.
        let _ = tokio::time::timeout(self.patience, self.engine.inbox.send(stop)).await;
    }
}

async fn joined(thread: JoinHandle<Result<(), EngineError>>) -> Result<(), AppError> {
    match tokio::task::spawn_blocking(move || thread.join()).await {
        Ok(Ok(result)) => result.map_err(AppError::Engine),
        Ok(Err(_)) => Err(AppError::Ended { name: "engine" }),
        Err(error) => Err(AppError::Panicked(error)),
    }
}
