//! `wardlight demo`: everything at once with simulated patients, nothing else
//! installed: the listener, the service, twelve watches over real MQTT, a
//! webhook receiver that verifies what it gets, and a live page.
//!
//! The clinical clock is scaled; transport, signatures and latency stay on the
//! wall clock.

mod cast;
mod receiver;
mod stage;
mod summary;

use super::arguments::DemoArguments;
use super::output::say;
use crate::app::{self, Running, StopSignals};
use crate::config::{self, Config, Sources};
use crate::domain::{ClinicalTime, WallTime};
use crate::runtime::Clock;
use crate::telemetry;
use anyhow::Context;
use cast::Secrets;
use receiver::Receiver;
use stage::Theatre;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wardlight_simulators::fleet::{self, DemoTiming, Fleet, FleetRun, Orders};
use wardlight_simulators::publish::BrokerOptions;

/// Clinical time from the start to the fever, ms: ten wall seconds at speed 60.
const ONSET_MS: i64 = 10 * 60_000;

/// Runs the demo in a directory of its own, which is removed afterwards.
pub(super) fn run(arguments: &DemoArguments) -> anyhow::Result<()> {
    anyhow::ensure!(
        (1.0..=600.0).contains(&arguments.speed),
        "--speed must be 1 to 600 clinical seconds a second"
    );
    let runtime = tokio::runtime::Runtime::new().context("failed to start the runtime")?;
    let directory = Directory::new()?;
    runtime.block_on(demonstrate(arguments, &directory.0))
}

async fn demonstrate(arguments: &DemoArguments, directory: &Path) -> anyhow::Result<()> {
    let mut signals = StopSignals::listen().context("failed to listen for signals")?;
    let clock = Clock::scaled(start(Clock::real().wall()), arguments.speed);
    let secrets = Secrets::new()?;
    let receiver = Receiver::start(&secrets.webhook, clock.clone()).await?;
    let config = configure(arguments.port, directory, receiver.port())?;
    telemetry::init(&config.telemetry)?;
    let (director, orders) = fleet::direction();
    let mode = app::Mode::staged(clock.clone(), Arc::new(Theatre(director)));
    let running = app::start(config, mode).await?;
    let options = fleet::demo_fleet_with(arguments.seed, clock.clinical().epoch_ms(), timing());
    let fleet = Fleet::new(options);
    cast::enter(
        &running.engine,
        &clock,
        &fleet.devices(),
        &secrets,
        receiver.port(),
    )
    .await?;
    introduce(&running, &secrets, arguments);
    let watches = watch((fleet, orders), &running, &clock, &secrets)?;
    let ended = wait(arguments.duration, &mut signals).await;
    watches.cancel.cancel();
    let fleet_report = watches.task.await.context("the watches failed")?;
    say(format_args!("\n{ended}"));
    summary::show(&running, &receiver, &fleet_report?).await?;
    running.stop().await?;
    Ok(())
}

/// The clinical day begins in the morning, so that day and night show soon.
fn start(now: WallTime) -> ClinicalTime {
    const DAY_MS: i64 = 86_400_000;
    ClinicalTime::from_epoch_ms(now.epoch_ms() / DAY_MS * DAY_MS + 9 * 3_600_000)
}

fn timing() -> DemoTiming {
    DemoTiming {
        onset_after_ms: ONSET_MS,
        ..DemoTiming::default()
    }
}

/// The shipped defaults but for addresses, the data directory and quiet logs.
fn configure(port: u16, directory: &Path, receiver: u16) -> anyhow::Result<Config> {
    // A taken port is no reason not to show anything.
    let port = TcpListener::bind(("127.0.0.1", port)).map_or(0, |_| port);
    let settings = [
        ("WARDLIGHT_DATA_DIR", directory.display().to_string()),
        ("WARDLIGHT_API__LISTEN", format!("127.0.0.1:{port}")),
        ("WARDLIGHT_API__SITE", "Wardlight demonstration".to_owned()),
        (
            "WARDLIGHT_MQTT__LISTENER__ADDRESS",
            "127.0.0.1:0".to_owned(),
        ),
        (
            "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
            format!("[\"127.0.0.1:{receiver}\"]"),
        ),
        ("WARDLIGHT_TELEMETRY__LOG_FILTER", "warn".to_owned()),
        // Its round trips show at /health/ready.
        ("WARDLIGHT_CANARY__ENABLED", "true".to_owned()),
        ("WARDLIGHT_CANARY__EVERY_SECONDS", "10".to_owned()),
        // Ticks are wall time: often enough that scaled timers fire in time.
        ("WARDLIGHT_ENGINE__TICK_MS", "20".to_owned()),
    ];
    let environment = settings
        .map(|(name, value)| (name.to_owned(), value))
        .into();
    Ok(config::load(&Sources {
        file: None,
        environment,
    })?)
}

fn introduce(running: &Running, secrets: &Secrets, arguments: &DemoArguments) {
    let address = running
        .api_address
        .map_or_else(String::new, |address| address.to_string());
    say("Wardlight demonstration: SIMULATED PATIENTS, not a medical device.");
    say(format_args!(
        "12 watches publish over MQTT; 1 second is {} clinical seconds.",
        arguments.speed
    ));
    say(format_args!(
        "The live page:  http://{address}/sign-in#token={}",
        secrets.token
    ));
    say(format_args!(
        "Direct it:      http://{address}/demo: a fever, a watch that comes off, another speed"
    ));
    say(format_args!(
        "Try the API:    curl -H 'Authorization: Bearer {}' http://{address}/v1/alerts",
        secrets.token
    ));
    match arguments.duration {
        Some(time) => say(format_args!(
            "It ends by itself after {} s.\n",
            time.as_secs()
        )),
        None => say("Ctrl-C ends it with a summary.\n"),
    }
}

struct Watches {
    cancel: CancellationToken,
    task: tokio::task::JoinHandle<Result<fleet::FleetReport, fleet::FleetRunError>>,
}

fn watch(
    (fleet, orders): (Fleet, Orders),
    running: &Running,
    clock: &Clock,
    secrets: &Secrets,
) -> anyhow::Result<Watches> {
    let address = running.mqtt_address.context("the listener is off")?;
    let mut broker = BrokerOptions::new(address.ip().to_string(), address.port(), "fleet");
    broker.username = Some("{device}".to_owned());
    broker.password = Some(secrets.device_password("{device}"));
    let cancel = CancellationToken::new();
    let shared = clock.clone();
    let run = FleetRun {
        broker,
        clock: Arc::new(move || shared.clinical().epoch_ms()),
        end_ms: None,
    };
    let task = tokio::spawn(fleet::run_directed(fleet, run, orders, cancel.clone()));
    Ok(Watches { cancel, task })
}

async fn wait(duration: Option<Duration>, signals: &mut StopSignals) -> &'static str {
    let timer = async {
        match duration {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = timer => "The time is over.",
        () = signals.heard() => "Ended by hand.",
    }
}

/// A directory that is removed when the demo ends.
struct Directory(PathBuf);

impl Directory {
    fn new() -> anyhow::Result<Self> {
        let name = format!("wardlight-demo-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)
            .with_context(|| format!("failed to make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be removed is in the system's temporary directory.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
