//! Puts the rooms together: the only file that knows all of them.
//!
//! In: the configuration and how to run ([`Mode`]). Out: a [`Running`]
//! service, which ends in order.
//!
//! Invariant: a task that ends on its own brings the service down in order.
//! Invariant: shutdown runs in phases with a deadline each: intake, notifier
//! and sinks, engine, then the API. The notifier goes before the engine,
//! because what became of its last attempts must still be written; alerts that
//! the engine raises after it are delivered after the next start.

mod deliveries;
mod history;
mod live;
mod reads;
mod rollup;
mod rules;
mod sinks;

use crate::config::Config;
use crate::engine::{
    Counters, Engine, EngineError, EngineHandle, Envelope, Input, Rulebook, StartError,
};
use crate::ingest::{listener, subscriber};
use crate::runtime::{Clock, Ended, Stage};
use crate::store::{Checkpointer, LoadError, OpenError, Reader, StoredSession, Writer};
use crate::{api, ingest, notify, sink, telemetry};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// Why the service did not start or ended on its own.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data directory cannot be used.
    #[error("the data directory cannot be used")]
    Open(#[from] OpenError),
    /// The key of the log's device tags cannot be kept.
    #[error("the key for device tags in the log cannot be kept")]
    TagKey(#[from] telemetry::TagKeyError),
    /// The engine did not start.
    #[error("the engine did not start")]
    Start(#[from] StartError),
    /// The engine ended on its own.
    #[error("the engine ended")]
    Engine(#[source] EngineError),
    /// The stored sessions cannot be read.
    #[error("the stored state cannot be read")]
    Load(#[from] LoadError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address} for {what}; is something else running there?")]
    Bind {
        /// For what.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The MQTT listener did not start or ended.
    #[error("the MQTT listener failed")]
    Listen(#[from] listener::ListenError),
    /// The notifier did not start or ended.
    #[error("webhook deliveries failed")]
    Notify(#[from] notify::NotifierError),
    /// The admin socket cannot be opened.
    #[error("the admin socket failed")]
    Admin(#[from] api::AdminSocketError),
    /// A task ended that must not.
    #[error("the task `{name}` ended on its own")]
    Ended {
        /// Which.
        name: &'static str,
    },
    /// A task panicked.
    #[error("a task panicked")]
    Panicked(#[source] tokio::task::JoinError),
}

/// How to run.
#[derive(Clone)]
pub struct Mode {
    /// Both clocks.
    pub clock: Clock,
    /// Whether all patients are simulated; every output then says so.
    pub simulated: bool,
    /// Whether watches, deliveries, sinks and the TCP API are served; without
    /// them only the admin socket answers.
    pub full: bool,
}

impl Mode {
    /// The service on real time.
    pub fn service() -> Self {
        Self {
            clock: Clock::real(),
            simulated: false,
            full: true,
        }
    }

    /// Only the admin socket, for commands while no service runs.
    pub fn quiet() -> Self {
        Self {
            full: false,
            ..Self::service()
        }
    }

    /// Simulated patients on a clock of their own.
    pub fn simulated(clock: Clock) -> Self {
        Self {
            clock,
            simulated: true,
            full: true,
        }
    }
}

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
    thread: std::thread::JoinHandle<Result<(), EngineError>>,
    stages: Stages,
    patience: Duration,
}

/// The phases of shutdown.
struct Stages {
    intake: Stage<AppError>,
    outgoing: Stage<AppError>,
    api: Stage<AppError>,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            intake: Stage::new("intake"),
            outgoing: Stage::new("outgoing"),
            api: Stage::new("api"),
        }
    }
}

/// What all parts are given.
struct Parts {
    config: Config,
    mode: Mode,
    engine: EngineHandle,
    reader: Reader,
    counters: Arc<Counters>,
    health: live::Sources,
}

/// Starts the service.
///
/// # Errors
/// [`AppError`] says which part did not start and why.
pub async fn start(mut config: Config, mode: Mode) -> Result<Running, AppError> {
    // A second start in one process finds it installed; that is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let data_dir = config.service.data_dir.clone();
    let (mut writer, opened) = Writer::open(&data_dir, &config.store)?;
    // A second start in one process keeps the first key.
    let key = telemetry::TagKey::load_or_create(&data_dir.join("tag.key"))?;
    drop(telemetry::install_tag_key(key));
    let reader = Reader::open(&data_dir, &config.store, writer.heads())?;
    let loaded = writer.load()?;
    let sessions = loaded.sessions;
    rules::settle(&mut config.detect, loaded.rulebook.as_deref(), &mode.clock);
    let checkpointer = Checkpointer::spawn(&data_dir, &config.store)?;
    let counters = Arc::new(Counters::default());
    let book = Rulebook {
        rules: config.detect.clone(),
        alerts: config.alerts,
        simulated: mode.simulated,
        site: opened.site.clone(),
        dangerous_panic_at_heart_rate: config.engine.dangerous_panic_at_heart_rate,
    };
    let history = Box::new(history::StoredHistory::new(
        reader.clone(),
        config.decode.clone(),
    ));
    let shared = Arc::clone(&counters);
    let settings = config.engine.clone();
    let engine = Engine::start(settings, book, writer, Some(checkpointer), history, shared)?;
    let patience = config.service.shutdown_phase();
    let parts = Parts {
        health: live::Sources::default(),
        engine: engine.handle.clone(),
        reader: reader.clone(),
        counters: Arc::clone(&counters),
        config,
        mode,
    };
    let mut stages = Stages::default();
    let (api_address, mqtt_address) = parts.spawn(&mut stages, sessions, &engine).await?;
    Ok(Running {
        engine: engine.handle,
        reader,
        counters,
        api_address,
        mqtt_address,
        clock: parts.mode.clock.clone(),
        stopping: engine.stopping,
        thread: engine.thread,
        stages,
        patience,
    })
}

impl Parts {
    async fn spawn(
        &self,
        stages: &mut Stages,
        sessions: Vec<StoredSession>,
        engine: &Engine,
    ) -> Result<(Option<SocketAddr>, Option<SocketAddr>), AppError> {
        let mut addresses = (None, None);
        if self.mode.full {
            addresses.1 = self.spawn_listener(stages, sessions).await?;
            self.spawn_subscriber(stages);
            self.spawn_notifier(stages)?;
            self.spawn_sink(stages);
            self.spawn_ticker(stages);
            rollup::spawn(
                &mut stages.outgoing,
                self,
                Arc::clone(&engine.oldest_needed),
            );
        }
        let live: Arc<dyn api::LiveSource> = Arc::new(live::Live::new(self));
        if self.mode.full {
            addresses.0 = Some(self.spawn_api(stages, Arc::clone(&live)).await?);
        }
        self.spawn_admin(stages, live)?;
        Ok(addresses)
    }

    async fn spawn_listener(
        &self,
        stages: &mut Stages,
        sessions: Vec<StoredSession>,
    ) -> Result<Option<SocketAddr>, AppError> {
        let settings = self.config.listener.clone();
        if !settings.enabled {
            return Ok(None);
        }
        let stored = sessions.into_iter().map(|session| listener::StoredSession {
            client: session.client.into(),
            expiry_seconds: session.expiry_seconds,
            will: session.will,
            closed: session.closed,
        });
        let counters = Arc::clone(&self.health.listener);
        let bound = listener::Listener::bind(
            settings,
            self.config.decode.clone(),
            self.engine.clone(),
            self.mode.clock.clone(),
            stored.collect(),
            counters,
        )
        .await?;
        let address = bound.local_addr();
        let cancel = stages.intake.token();
        stages
            .intake
            .spawn("listener", async move { Ok(bound.run(cancel).await?) });
        Ok(Some(address))
    }

    fn spawn_subscriber(&self, stages: &mut Stages) {
        if !self.config.subscriber.enabled {
            return;
        }
        let decode = self.config.decode.clone();
        let to_input = move |topic: &str, content: Option<&str>, payload, arrival| {
            ingest::to_input(&decode, topic, content, payload, arrival, None)
        };
        let settings = self.config.subscriber.clone();
        let clock = self.mode.clock.clone();
        let (subscriber, handle) =
            subscriber::Subscriber::new(settings, &self.engine, clock, to_input);
        self.health.note_subscriber(handle);
        let cancel = stages.intake.token();
        stages.intake.spawn("subscriber", async move {
            subscriber.run(cancel).await;
            Ok(())
        });
    }

    fn spawn_notifier(&self, stages: &mut Stages) -> Result<(), AppError> {
        let source = deliveries::StoredDeliveries::new(self.reader.clone());
        let (engine, clock) = (self.engine.clone(), self.mode.clock.clone());
        let notifier = notify::Notifier::new(self.config.webhooks.clone(), source, engine, clock)?;
        self.health.note_notifier(notifier.health());
        let cancel = stages.outgoing.token();
        stages
            .outgoing
            .spawn("notifier", async move { Ok(notifier.run(cancel).await?) });
        Ok(())
    }

    fn spawn_sink(&self, stages: &mut Stages) {
        if !self.config.influxdb.enabled {
            return;
        }
        let source = Arc::new(sinks::StoredRows::new(self.reader.clone()));
        let (engine, clock) = (self.engine.clone(), self.mode.clock.clone());
        let settings = self.config.influxdb.clone();
        let (sink, handle) = sink::InfluxSink::new(settings, source, engine, clock);
        self.health.note_sink(handle);
        let cancel = stages.outgoing.token();
        stages.outgoing.spawn("influxdb", async move {
            sink.run(cancel).await;
            Ok(())
        });
    }

    /// Lets timers fire while nothing arrives.
    fn spawn_ticker(&self, stages: &mut Stages) {
        let (inbox, clock) = (self.engine.inbox.clone(), self.mode.clock.clone());
        let every = Duration::from_millis(self.config.engine.tick_ms);
        let cancel = stages.outgoing.token();
        stages.outgoing.spawn("ticker", async move {
            let mut beat = tokio::time::interval(every);
            beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = cancel.cancelled() => return Ok(()),
                    _ = beat.tick() => {}
                }
                let (stamp, received) = (clock.clinical(), clock.wall());
                let tick = Envelope {
                    stamp,
                    received,
                    input: Input::Tick,
                    delivery: None,
                };
                // A full inbox moves the clock by itself.
                let _ = inbox.try_send(tick);
            }
        });
    }

    fn router(&self, stages: &Stages, live: Arc<dyn api::LiveSource>) -> axum::Router {
        let state = api::ApiState::new(
            api::Parts {
                engine: self.engine.clone(),
                source: Arc::new(reads::StoredReads::new(self.reader.clone())),
                live,
                audit: Arc::new(api::EngineAudit::new(
                    self.engine.clone(),
                    self.mode.clock.clone(),
                )),
                clock: self.mode.clock.clone(),
                about: api::About {
                    version: env!("CARGO_PKG_VERSION"),
                    simulated: self.mode.simulated,
                },
                endpoint_check: reads::endpoint_check(&self.config.webhooks),
                cancel: stages.api.token(),
            },
            self.config.api.clone(),
        );
        api::router(state)
    }

    async fn spawn_api(
        &self,
        stages: &mut Stages,
        live: Arc<dyn api::LiveSource>,
    ) -> Result<SocketAddr, AppError> {
        let address = self.config.api.listen;
        let bind = |source| AppError::Bind {
            what: "the API",
            address,
            source,
        };
        let bound = TcpListener::bind(address).await.map_err(bind)?;
        let local = bound.local_addr().map_err(bind)?;
        let router = self.router(stages, live);
        let (cancel, grace) = (stages.api.token(), self.config.service.shutdown_phase());
        tracing::info!(api.address = %local, "the API and the live page answer");
        stages.api.spawn("api", async move {
            api::serve(bound, router, cancel, grace).await;
            Ok(())
        });
        Ok(local)
    }

    /// Open before anything else goes on: a command that starts a quiet
    /// service asks at once.
    fn spawn_admin(
        &self,
        stages: &mut Stages,
        live: Arc<dyn api::LiveSource>,
    ) -> Result<(), AppError> {
        let socket = api::AdminSocket::bind(&admin_socket(&self.config))?;
        let router = self.router(stages, live);
        let (cancel, grace) = (stages.api.token(), self.config.service.shutdown_phase());
        stages.api.spawn("admin socket", async move {
            socket.run(router, cancel, grace).await;
            Ok(())
        });
        Ok(())
    }
}

impl Running {
    /// Runs until SIGTERM or SIGINT, or until a part fails; then ends in order.
    ///
    /// # Errors
    /// [`AppError`] of the part that failed.
    pub async fn until_signal(mut self) -> Result<(), AppError> {
        let failed = tokio::select! {
            () = signal() => None,
            failed = self.failure() => Some(failed),
        };
        match failed {
            None => tracing::info!("stopping in order"),
            Some(ref error) => tracing::error!(%error, "a part failed; stopping in order"),
        }
        let stopped = self.stop().await;
        match (stopped, failed) {
            // Why the engine ended says more than that it did.
            (Err(AppError::Engine(error)), _) => Err(AppError::Engine(error)),
            (_, Some(failed)) => Err(failed),
            (stopped, None) => stopped,
        }
    }

    /// Waits until any part ends on its own.
    pub async fn failure(&mut self) -> AppError {
        let mut look = tokio::time::interval(Duration::from_millis(100));
        loop {
            let Stages {
                intake,
                outgoing,
                api,
            } = &mut self.stages;
            let ended = tokio::select! {
                ended = intake.ended() => ended,
                ended = outgoing.ended() => ended,
                ended = api.ended() => ended,
                _ = look.tick() => match self.thread.is_finished() {
                    true => Ended::Alone("engine"),
                    false => continue,
                },
            };
            return match ended {
                Ended::Alone(name) => AppError::Ended { name },
                Ended::Failed(_, error) => error,
                Ended::Panicked(error) => AppError::Panicked(error),
            };
        }
    }

    /// Ends in order.
    ///
    /// # Errors
    /// [`AppError::Engine`] when the engine could not commit its last batch.
    pub async fn stop(mut self) -> Result<(), AppError> {
        self.stages.intake.stop(self.patience).await;
        self.stages.outgoing.stop(self.patience).await;
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
        let thread = self.thread;
        let ended = tokio::task::spawn_blocking(move || thread.join()).await;
        self.stages.api.stop(self.patience).await;
        match ended {
            Ok(Ok(result)) => result.map_err(AppError::Engine),
            Ok(Err(_)) => Err(AppError::Ended { name: "engine" }),
            Err(error) => Err(AppError::Panicked(error)),
        }
    }
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
