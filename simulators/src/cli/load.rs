//! `load`: as much as the broker takes.

use super::broker::BrokerArguments;
use super::{cancelled_by_interrupt, print_json};
use anyhow::ensure;
use clap::Args;
use std::path::PathBuf;
use wardlight_simulators::load::{LoadOptions, run as run_load};
use wardlight_simulators::wall;

#[derive(Debug, Args)]
pub(super) struct LoadArguments {
    #[command(flatten)]
    broker: BrokerArguments,
    /// Different messages in all, six vitals each
    #[arg(long, default_value_t = 100_000)]
    messages: u64,
    /// Devices
    #[arg(long, default_value_t = 1_000)]
    devices: u32,
    /// Connections; each serves its share of the devices
    #[arg(long, default_value_t = 4)]
    connections: u32,
    /// Messages a second in all; 0 = unlimited
    #[arg(long, default_value_t = 0.0)]
    rate: f64,
    /// Quality of service, 0 to 2
    #[arg(long, default_value_t = 1)]
    qos: u8,
    /// Session number in every message
    #[arg(long, default_value_t = 1)]
    session: u32,
    /// Measured time of each device's first message, epoch milliseconds; when absent, the
    /// last messages are measured now
    #[arg(long, value_name = "MS")]
    start: Option<i64>,
    /// Milliseconds of measured time between a device's messages
    #[arg(long, default_value_t = 5_000)]
    step_ms: i64,
    /// Share of messages sent a second time with the same bytes, 0.05 = 5 %
    #[arg(long, default_value_t = 0.0)]
    repeats: f64,
    /// Seed of values and repeats
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Start of the device ids, followed by a number from 0
    #[arg(long, default_value = "load-")]
    device_prefix: String,
    /// Topic prefix
    #[arg(long, default_value = "wardlight/v1")]
    topic_prefix: String,
    /// Start of the client ids, followed by the connection's number
    #[arg(long, default_value = "simulate-load")]
    client_prefix: String,
    /// Write device,session,seq,published_wall_ns for every message: to measure latency
    #[arg(long, value_name = "FILE")]
    published_log: Option<PathBuf>,
    /// Write device,payload for every message: to compare what is stored with what was sent
    #[arg(long, value_name = "FILE")]
    payload_log: Option<PathBuf>,
    /// Write device,session,seq for every acknowledged message: to prove none was lost
    #[arg(long, value_name = "FILE")]
    acknowledged_log: Option<PathBuf>,
}

pub(super) async fn run(arguments: LoadArguments) -> anyhow::Result<()> {
    ensure!(arguments.qos <= 2, "quality of service is 0, 1 or 2");
    ensure!(
        (0.0..=1.0).contains(&arguments.repeats),
        "repeats is a share from 0 to 1"
    );
    ensure!(arguments.rate >= 0.0, "rate is 0 or more");
    ensure!(arguments.devices > 0, "a load needs a device");
    let broker = arguments.broker.options(&arguments.client_prefix)?;
    let devices = (0..arguments.devices).map(|n| format!("{}{n}", arguments.device_prefix));
    arguments.broker.check_devices(&broker, devices)?;
    let rounds = i64::try_from(arguments.messages.div_ceil(u64::from(arguments.devices)))?;
    let start_ms = arguments
        .start
        .unwrap_or_else(|| wall::epoch_ms() - rounds * arguments.step_ms);
    let options = LoadOptions {
        devices: arguments.devices,
        device_prefix: arguments.device_prefix,
        topic_prefix: arguments.topic_prefix,
        connections: arguments.connections,
        rate: arguments.rate,
        qos: arguments.qos,
        session: arguments.session,
        step_ms: arguments.step_ms,
        repeats: arguments.repeats,
        seed: arguments.seed,
        published_log: arguments.published_log,
        payload_log: arguments.payload_log,
        acknowledged_log: arguments.acknowledged_log,
        ..LoadOptions::new(broker, arguments.messages, start_ms)
    };
    let report = run_load(&options, &cancelled_by_interrupt()).await?;
    print_json(&report)
}
