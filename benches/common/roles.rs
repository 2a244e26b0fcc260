//! What the bench's child processes do: one process a part, so that each
//! one's CPU time is its own. They are told on standard input and answer on
//! standard output, a line each.

use super::{enter_patients, say};
use bytes::Bytes;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use std::collections::BTreeMap;
use std::io::BufRead;
use std::str::FromStr;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use wardlight::app::{self, Mode, Running};
use wardlight::config::{self, Sources};
use wardlight::decode;
use wardlight::domain::{ClinicalTime, EndpointId};
use wardlight::engine::Envelope;
use wardlight::ingest::to_input;
use wardlight::registry::Command;
use wardlight::runtime::Clock;
use wardlight_simulators::load::{self, LoadOptions};
use wardlight_simulators::publish::BrokerOptions;

/// Messages a patient has at most when the runs begin: the rows of a roll-up.
pub(crate) const PREFILLED: i64 = 1_024;

/// A run in which nothing is stored for so long will not end.
const STALLED_AFTER: Duration = Duration::from_secs(20);

/// Names and values of a child's arguments.
type Given = BTreeMap<String, String>;

/// Runs a role when this process is a child of the bench.
pub(crate) fn run_if_child() -> bool {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some("child") {
        return false;
    }
    let role = arguments.next().unwrap();
    let given: Given = arguments
        .map(|text| {
            let (name, value) = text.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect();
    // As many threads as `wardlight serve` has.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match role.as_str() {
        "null" => runtime.block_on(null(&given)),
        "serve" => runtime.block_on(serve(&given)),
        "load" => runtime.block_on(publish(&given)),
        other => panic!("no role {other}"),
    }
    true
}

fn get<T: FromStr>(given: &Given, name: &str) -> T {
    let text = given.get(name).unwrap_or_else(|| panic!("no {name}"));
    text.parse().unwrap_or_else(|_| panic!("{name}={text}"))
}

/// Waits for the parent's next word, off the runtime.
async fn word() -> String {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).ok();
        line.trim().to_owned()
    });
    read.await.unwrap()
}

/// Counts and acknowledges, nothing else. `rumqttc` acknowledges by itself:
/// its answers leave once a read, while each manual one costs a flush.
async fn null(given: &Given) {
    let all: u64 = get(given, "messages");
    let mut options = MqttOptions::new("null", "127.0.0.1", get(given, "port"));
    options
        .set_clean_start(true)
        .set_receive_maximum(Some(2_000))
        .set_keep_alive(Duration::from_secs(30));
    let (client, mut events) = AsyncClient::new(options, 16);
    let topic = "wardlight/v1/+/vitals/#";
    client.subscribe(topic, QoS::AtLeastOnce).await.unwrap();
    let mut count = 0;
    loop {
        match events.poll().await.expect("the broker stays") {
            Event::Incoming(Packet::SubAck(_)) => say(format_args!("ready")),
            Event::Incoming(Packet::Publish(_)) => {
                count += 1;
                if count == all {
                    say(format_args!("done"));
                }
            }
            Event::Incoming(_) | Event::Outgoing(_) => {}
        }
    }
}

/// `wardlight serve` with another clock: the same configuration from the
/// environment, the same start.
async fn serve(given: &Given) {
    let start = ClinicalTime::from_epoch_ms(get(given, "start"));
    let clock = Clock::scaled(start, get(given, "scale"));
    let config = config::load(&Sources::of_process(None)).expect("the configuration is right");
    wardlight::telemetry::init(&config.telemetry).unwrap();
    let running = app::start(config, Mode::simulated(clock.clone())).await;
    let running = running.expect("the service starts");
    if get::<bool>(given, "empty") {
        let patients = get(given, "patients");
        enter_patients(&running.engine, &clock, "load-", patients).await;
        prefill(&running, &clock, patients).await;
    }
    if given.contains_key("receiver") {
        enter_patients(&running.engine, &clock, "alarm-", get(given, "alarms")).await;
        enter_endpoint(&running, &clock, given).await;
    }
    let port = running.mqtt_address.map_or(0, |address| address.port());
    say(format_args!("ready {} {port}", clock.clinical().epoch_ms()));
    loop {
        let line = word().await;
        match line.split_once(' ') {
            Some(("stored", count)) => stored(&running, count.parse().unwrap()).await,
            _ if line == "counters" => say(format_args!("{}", counters(&running, &clock))),
            _ => break,
        }
    }
    running.stop().await.expect("an orderly stop");
    say(format_args!("stopped {}", clock.clinical().epoch_ms()));
}

/// Gives each patient another share of what a roll-up takes, so that with the
/// shipped settings some are due at every moment, as in a long run.
async fn prefill(running: &Running, clock: &Clock, patients: u32) {
    let decode = decode::Settings::default();
    let (start, received) = (clock.clinical(), clock.wall());
    for tick in 0..PREFILLED {
        let stamp = start.plus_ms(tick * 5_000);
        let at = stamp.epoch_ms() - 300;
        let payload = format!(
            r#"{{"session":0,"seq":{tick},"t":{at},"hr":72.1,"rr":15.2,"spo2":97,"temp":36.7,"skin":33.51,"steps":6}}"#
        );
        let payload = Bytes::from(payload);
        let begins = |patient: u32| PREFILLED * i64::from(patient) / i64::from(patients);
        for patient in (0..patients).filter(|patient| begins(*patient) <= tick) {
            let topic = format!("wardlight/v1/load-{patient}/vitals");
            let input = to_input(&decode, &topic, None, payload.clone(), stamp, None);
            let envelope = Envelope {
                stamp,
                received,
                input,
                delivery: None,
            };
            running.engine.inbox.send(envelope).await.unwrap();
        }
    }
}

async fn enter_endpoint(running: &Running, clock: &Clock, given: &Given) {
    let command = Command::PutEndpoint {
        id: EndpointId::new("bench").unwrap(),
        url: format!("http://127.0.0.1:{}/", get::<u16>(given, "receiver")),
        label: "Bench".to_owned(),
        secrets: vec![given["secret"].clone()],
        event_types: Vec::new(),
        wards: Vec::new(),
        channel: Default::default(),
    };
    let engine = &running.engine;
    let answer = engine.command(command, "bench", clock.clinical(), clock.wall());
    answer.await.unwrap();
}

/// Answers once so many readings are committed, or nothing more comes.
async fn stored(running: &Running, readings: u64) {
    let mut look = tokio::time::interval(Duration::from_millis(2));
    let (mut last, mut since) = (0, Instant::now());
    loop {
        let now = running.counters.readings_stored.get();
        if now >= readings {
            return say(format_args!("done"));
        }
        if now != last {
            (last, since) = (now, Instant::now());
        } else if since.elapsed() > STALLED_AFTER {
            return say(format_args!("missing {}", readings - now));
        }
        look.tick().await;
    }
}

fn counters(running: &Running, clock: &Clock) -> String {
    let mut line = format!("clinical={}", clock.clinical().epoch_ms());
    let mut text = String::new();
    running.counters.render(&mut text);
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    for (name, value) in samples.filter_map(|line| line.split_once(' ')) {
        let name = name.trim_start_matches("wardlight_engine_");
        line += &format!(" {}={value}", name.trim_end_matches("_total"));
    }
    line
}

/// Publishes prepared payloads as fast as they are acknowledged, or at a rate.
async fn publish(given: &Given) {
    let mut broker = BrokerOptions::new("127.0.0.1", get(given, "port"), "bench-load");
    broker.clean_session = true;
    broker.window = 500;
    let options = LoadOptions {
        devices: get(given, "patients"),
        connections: 4,
        rate: get(given, "rate"),
        session: get(given, "session"),
        seed: get(given, "session"),
        ..LoadOptions::new(broker, get(given, "messages"), 0)
    };
    say(format_args!("ready"));
    let start_ms = word().await.parse().unwrap();
    let options = LoadOptions {
        start_ms,
        ..options
    };
    let report = load::run(&options, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(report.connections.acknowledged, options.messages);
    say(format_args!("done"));
}
