//! Over real MQTT: publisher, load, fleet, record and replay against a broker.

mod own_passwords;
mod program;
mod record_refused;
mod secured;
mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Broker, eventually};
use tokio_util::sync::CancellationToken;
use wardlight_simulators::fleet::{Fleet, FleetRun, demo_fleet, run as run_fleet, scaled_clock};
use wardlight_simulators::load::{LoadOptions, run as run_load};
use wardlight_simulators::physiology::MINUTE_MS;
use wardlight_simulators::publish::{
    BrokerOptions, Outcome, Protocol, Publication, Publisher, Settled,
};
use wardlight_simulators::record::{
    LiveRecording, RecordedMessage, ReplayOptions, ShiftTo, TapeReader, TapeWriter, record_live,
    replay,
};

const START_MS: i64 = 1_763_787_600_000;

fn publication(id: u64, qos: u8) -> Publication {
    Publication {
        id,
        topic: "wardlight/v1/t/vitals".to_owned(),
        payload: format!("{{\"seq\":{id}}}").into(),
        qos,
        retain: false,
    }
}

/// Waits for something that a broken publisher would never finish.
async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(30), work).await {
        Ok(done) => done,
        Err(_) => panic!("never happened: {what}"),
    }
}

/// Records everything the broker carries while `work` runs; returns what was recorded.
async fn recorded_while(
    broker: &Broker,
    count: u64,
    work: impl Future<Output = ()>,
) -> Vec<RecordedMessage> {
    let path = broker.path("live.jsonl");
    let recording = LiveRecording {
        broker: BrokerOptions::new("127.0.0.1", broker.port, "recorder"),
        filter: "wardlight/v1/#".to_owned(),
        path: path.clone(),
        messages_max: Some(count),
    };
    let ready = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ready);
    let task = tokio::spawn(record_live(
        recording,
        CancellationToken::new(),
        move || {
            flag.store(true, Ordering::SeqCst);
        },
    ));
    eventually("the subscription", || ready.load(Ordering::SeqCst)).await;
    work.await;
    let recorded = tokio::time::timeout(Duration::from_secs(30), task).await;
    recorded
        .expect("in time")
        .expect("no panic")
        .expect("recorded");
    TapeReader::open(&path)
        .expect("opened")
        .collect::<Result<_, _>>()
        .expect("readable")
}

#[tokio::test]
async fn every_message_is_acknowledged_in_both_versions_at_every_level() {
    let Some(broker) = Broker::start() else {
        return;
    };
    for protocol in [Protocol::V4, Protocol::V5] {
        for qos in 0..=2 {
            let mut options =
                BrokerOptions::new("127.0.0.1", broker.port, format!("p-{protocol:?}-{qos}"));
            options.protocol = protocol;
            let settled: Arc<Mutex<Vec<Settled>>> = Arc::default();
            let heard = Arc::clone(&settled);
            let publisher = Publisher::start(options, move |one| {
                heard.lock().expect("not poisoned").push(one)
            });
            for id in 0..1_000 {
                publisher
                    .publish(publication(id, qos))
                    .await
                    .expect("running");
            }
            let report = in_time("the last acknowledgement", publisher.finish())
                .await
                .expect("connected");
            let (outcome, acknowledged) = match qos {
                0 => (Outcome::Unguarded, report.unguarded),
                _ => (Outcome::Acknowledged, report.acknowledged),
            };
            assert_eq!(
                (acknowledged, report.strays, report.reconnects),
                (1_000, 0, 0),
                "{protocol:?} at {qos}"
            );
            let settled = settled.lock().expect("not poisoned");
            assert!(settled.iter().all(|one| one.outcome == outcome));
            let ids: BTreeSet<u64> = settled.iter().map(|one| one.id).collect();
            assert_eq!((ids.len(), settled.len()), (1_000, 1_000));
        }
    }
}

/// A broker without persistence forgets the session when killed, so session present is 0.
async fn through_kills(discard: bool) -> Option<(u64, BTreeSet<u64>, u64)> {
    let mut broker = Broker::start()?;
    let mut options = BrokerOptions::new("127.0.0.1", broker.port, "killed");
    options.discard_unacknowledged_when_session_absent = discard;
    options.retry_first = Duration::from_millis(5);
    let acknowledged: Arc<Mutex<BTreeSet<u64>>> = Arc::default();
    let settled = Arc::new(AtomicU64::new(0));
    let (ids, count) = (Arc::clone(&acknowledged), Arc::clone(&settled));
    let publisher = Publisher::start(options, move |one| {
        count.fetch_add(1, Ordering::SeqCst);
        if one.outcome == Outcome::Acknowledged {
            ids.lock().expect("not poisoned").insert(one.id);
        }
    });
    for part in 0..4_u64 {
        for id in part * 5_000..(part + 1) * 5_000 {
            publisher
                .publish(publication(id, 1))
                .await
                .expect("running");
        }
        eventually("some progress", || {
            settled.load(Ordering::SeqCst) > part * 4_000
        })
        .await;
        broker.kill_and_restart();
    }
    let report = in_time("the last acknowledgement", publisher.finish())
        .await
        .expect("connected");
    assert_eq!(settled.load(Ordering::SeqCst), 20_000);
    let acknowledged = acknowledged.lock().expect("not poisoned").clone();
    assert_eq!(acknowledged.len() as u64, report.acknowledged);
    assert_eq!(report.acknowledged + report.discarded, 20_000);
    Some((report.reconnects, acknowledged, report.discarded))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_costs_no_message_when_unacknowledged_ones_are_sent_again() {
    let Some((reconnects, acknowledged, discarded)) = through_kills(false).await else {
        return;
    };
    assert!(reconnects >= 1);
    assert_eq!((acknowledged.len(), discarded), (20_000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_discards_says_exactly_what_it_discarded() {
    let Some((_, acknowledged, discarded)) = through_kills(true).await else {
        return;
    };
    assert_eq!(acknowledged.len() as u64 + discarded, 20_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_acknowledged_to_the_last_message_and_books_each_once() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let options = LoadOptions {
        devices: 50,
        connections: 3,
        repeats: 0.05,
        acknowledged_log: Some(broker.path("acknowledged.csv")),
        published_log: Some(broker.path("published.csv")),
        payload_log: Some(broker.path("payloads")),
        ..LoadOptions::new(
            BrokerOptions::new("127.0.0.1", broker.port, "load"),
            20_000,
            START_MS,
        )
    };
    let report = run_load(&options, &CancellationToken::new())
        .await
        .expect("ran");
    assert_eq!(report.connections.acknowledged, 20_000 + report.repeated);
    assert!(
        (800..1_200).contains(&report.repeated),
        "{}",
        report.repeated
    );
    let acknowledged = std::fs::read_to_string(broker.path("acknowledged.csv")).expect("read");
    let lines: BTreeSet<&str> = acknowledged.lines().collect();
    assert_eq!(
        (lines.len(), acknowledged.lines().count()),
        (20_000, 20_000)
    );
    assert!(lines.contains("load-49,1,399"));
    let published = std::fs::read_to_string(broker.path("published.csv")).expect("read");
    assert_eq!(published.lines().count(), 20_000);
    let payloads = std::fs::read_to_string(broker.path("payloads")).expect("read");
    assert_eq!(payloads.lines().count(), 20_000);
    let of_the_last = payloads.lines().find(|line| line.contains("\"seq\":399,"));
    let (device, payload) = of_the_last
        .and_then(|line| line.split_once(','))
        .expect("it");
    let payload: serde_json::Value = serde_json::from_str(payload).expect("JSON");
    assert!(device.starts_with("load-") && payload.get("hr").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_kept() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let options = LoadOptions {
        devices: 10,
        connections: 2,
        rate: 2_000.0,
        ..LoadOptions::new(
            BrokerOptions::new("127.0.0.1", broker.port, "paced"),
            2_000,
            START_MS,
        )
    };
    let report = run_load(&options, &CancellationToken::new())
        .await
        .expect("ran");
    assert!(report.seconds > 0.9, "{} s", report.seconds);
    assert_eq!(report.connections.acknowledged, 2_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_fleet_reaches_the_broker_and_is_what_the_simulator_made() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let end_ms = START_MS + 5 * MINUTE_MS;
    let expected: BTreeSet<Vec<u8>> = Fleet::new(demo_fleet(1, START_MS))
        .next_until(end_ms)
        .into_iter()
        .map(|message| message.payload)
        .collect();
    let options = FleetRun {
        broker: BrokerOptions::new("127.0.0.1", broker.port, "fleet"),
        clock: scaled_clock(START_MS, 600.0),
        end_ms: Some(end_ms),
    };
    let count = Fleet::new(demo_fleet(1, START_MS)).next_until(end_ms).len() as u64;
    let recorded = recorded_while(&broker, count, async {
        let report = run_fleet(
            Fleet::new(demo_fleet(1, START_MS)),
            options,
            CancellationToken::new(),
        )
        .await;
        let report = report.expect("ran");
        assert_eq!((report.published, report.acknowledged), (count, count));
    })
    .await;
    let arrived: BTreeSet<Vec<u8>> = recorded
        .into_iter()
        .map(|message| message.payload)
        .collect();
    assert_eq!(arrived, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_dies_leaves_its_will() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let mut options = demo_fleet(1, START_MS);
    options
        .patients
        .retain(|patient| patient.watch.device == "watch-07");
    let battery = options.patients.first_mut().expect("the dying battery");
    battery.watch.battery_percent = 1.0;
    let run = FleetRun {
        broker: BrokerOptions::new("127.0.0.1", broker.port, "fleet"),
        clock: scaled_clock(START_MS, 3_600.0),
        end_ms: Some(START_MS + 90 * MINUTE_MS),
    };
    // From the onset at 50 min the battery falls 25 % an hour: dead within 3 minutes.
    let expected = Fleet::new(options.clone())
        .next_until(START_MS + 90 * MINUTE_MS)
        .len() as u64;
    let recorded = recorded_while(&broker, expected, async {
        let report = run_fleet(Fleet::new(options), run, CancellationToken::new())
            .await
            .expect("ran");
        assert_eq!(report.vanished, 1);
    })
    .await;
    let last = recorded.last().expect("something was said");
    assert_eq!(last.topic, "wardlight/v1/watch-07/status");
    assert_eq!(last.payload, br#"{"online":false,"session":1}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_replays_byte_for_byte_and_shifts_to_now_when_asked() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let path = broker.path("tape.jsonl.gz");
    let mut tape = TapeWriter::create(&path).expect("created");
    let messages: Vec<RecordedMessage> = Fleet::new(demo_fleet(1, START_MS))
        .next_until(START_MS + 2 * MINUTE_MS)
        .into_iter()
        .map(RecordedMessage::from)
        .collect();
    for message in &messages {
        tape.write(message).expect("written");
    }
    tape.finish().expect("finished");
    let options = |shift, speed| ReplayOptions {
        path: path.clone(),
        broker: BrokerOptions::new("127.0.0.1", broker.port, "replay"),
        speed,
        shift,
    };
    let count = messages.len() as u64;
    let same = recorded_while(&broker, count, async {
        let report = replay(options(ShiftTo::Recorded, 0.0), CancellationToken::new())
            .await
            .expect("ran");
        assert_eq!(report.connection.acknowledged, count);
    })
    .await;
    let payloads = |messages: &[RecordedMessage]| {
        messages
            .iter()
            .map(|message| message.payload.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(payloads(&same), payloads(&messages));
    let shifted = recorded_while(&broker, count, async {
        replay(options(ShiftTo::LastNow, 1_000.0), CancellationToken::new())
            .await
            .expect("ran");
    })
    .await;
    let newest = shifted
        .iter()
        .filter_map(|message| serde_json::from_slice::<serde_json::Value>(&message.payload).ok())
        .filter_map(|value| value.get("t").and_then(serde_json::Value::as_i64))
        .max()
        .expect("a time");
    assert!((newest - wardlight_simulators::wall::epoch_ms()).abs() < 60_000);
}
