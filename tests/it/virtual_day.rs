//! A seeded day of twelve simulated patients on virtual time, with a rough
//! network, judged by an oracle that knows what was sent.

use crate::service::{START, Service, directory};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use wardlight::decode;
use wardlight::domain::{DeviceId, ExpectedVital, MeasuredTime, PatientId, PatientNumber, Vital};
use wardlight::engine::Envelope;
use wardlight::ingest::to_input;
use wardlight::registry::Command;
use wardlight::store::ReadingsQuery;
use wardlight_simulators::device::{Cadence, OutgoingMessage};
use wardlight_simulators::fault::FaultOptions;
use wardlight_simulators::fleet::{DemoTiming, Fleet, FleetOptions, demo_fleet_with};

const HOUR: i64 = 3_600_000;
const HOURS: i64 = 24;

fn fleet(seed: u64) -> Fleet {
    let timing = DemoTiming {
        onset_after_ms: HOUR,
        between_ms: HOUR / 6,
        ramp_factor: 1.0,
    };
    let mut demo = demo_fleet_with(seed, START, timing);
    for patient in &mut demo.patients {
        patient.watch.cadence = Cadence::every(60);
    }
    Fleet::new(FleetOptions {
        faults: FaultOptions::ROUGH,
        ..demo
    })
}

/// What the oracle wrote down: for each device every value that left it, read
/// from the bytes by other code than ours.
type Sent = BTreeMap<String, BTreeSet<(i64, String, u64)>>;

fn note(sent: &mut Sent, device: &str, payload: &[u8]) {
    let message: serde_json::Value = serde_json::from_slice(payload).expect("JSON");
    let one = [message.clone()];
    let moments = message["samples"]
        .as_array()
        .map_or(&one[..], Vec::as_slice);
    let values = sent.entry(device.to_owned()).or_default();
    for moment in moments {
        let at = moment["t"].as_i64().expect("a time");
        for (key, value) in moment.as_object().expect("an object") {
            let numbers: Vec<f64> = match value {
                serde_json::Value::Bool(yes) => vec![f64::from(u8::from(*yes))],
                serde_json::Value::Array(all) => {
                    all.iter().filter_map(serde_json::Value::as_f64).collect()
                }
                other => other.as_f64().into_iter().collect(),
            };
            // Of many beats in one moment the store gives each a time of its own.
            if !matches!(key.as_str(), "t" | "seq" | "session" | "sent" | "ibi") {
                values.extend(
                    numbers
                        .into_iter()
                        .map(|number| (at, key.clone(), number.to_bits())),
                );
            }
        }
    }
}

async fn enter(service: &Service, devices: &[String]) {
    let patients: Vec<&str> = devices.iter().map(String::as_str).collect();
    service.enter(&patients).await;
    for device in devices {
        let expected = vec![ExpectedVital {
            vital: Vital::HeartRate,
            every_seconds: 60,
        }];
        let id = PatientId::new(device).expect("valid");
        service
            .order(Command::PutPatient {
                id: id.clone(),
                label: None,
                ward: None,
                team: None,
                time_zone: None,
                spo2_scale: Some(wardlight::domain::Spo2Scale::One),
                oxygen: Some(false),
                treatment: None,
                neutropenia: None,
                post_infusion: None,
                administrations: None,
                expected: Some(expected),
            })
            .await;
        let start = MeasuredTime::from_epoch_ms(START - HOUR);
        let watch = DeviceId::new(device).expect("valid");
        let command = Command::Assign {
            device: watch,
            patient: id,
            start,
            end: None,
        };
        service.order(command).await;
    }
}

/// A message arrives the moment it is sent.
pub(crate) async fn deliver(service: &Service, message: OutgoingMessage) {
    let ahead = message.send_at_ms - service.now();
    if let Ok(ahead) = u64::try_from(ahead) {
        service.clock.advance(Duration::from_millis(ahead));
    }
    let stamp = service.clock.clinical();
    let payload = Bytes::from(message.payload);
    let decode = decode::Settings::default();
    let envelope = Envelope {
        stamp,
        received: service.clock.wall(),
        input: to_input(&decode, &message.topic, None, payload, stamp, None),
        delivery: None,
    };
    let taken = service.running.engine.inbox.send(envelope).await;
    assert!(taken.is_ok(), "the engine runs");
}

/// Feeds the fleet until an hour; each message arrives the moment it is sent.
async fn feed(service: &Service, fleet: &mut Fleet, hours: i64, sent: &mut Sent) {
    for minute in (0..hours * 60).filter(|minute| START + minute * 60_000 >= service.now()) {
        for message in fleet.next_until(START + minute * 60_000) {
            if message.native.is_some() {
                note(sent, &message.device, &message.payload);
            }
            deliver(service, message).await;
        }
    }
    service.settle().await;
}

fn stored(service: &Service, number: u32) -> Vec<(i64, String, u64)> {
    let query = ReadingsQuery {
        patient: PatientNumber(number),
        vitals: Vec::new(),
        from: MeasuredTime::from_epoch_ms(0),
        until: MeasuredTime::from_epoch_ms(i64::MAX),
        known_at: None,
        limit: 10_000_000,
    };
    let points = service.running.reader.readings(&query).expect("reads").0;
    points
        .into_iter()
        .filter(|point| point.vital != Vital::BeatIntervals)
        .map(|point| {
            (
                point.at.epoch_ms(),
                point.vital.facts().key.to_owned(),
                point.value.to_bits(),
            )
        })
        .collect()
}

/// The alert log: every event in order, without the site's random name.
fn log(service: &Service) -> String {
    let site = service
        .running
        .reader
        .site()
        .expect("reads")
        .expect("named");
    let mut log = String::new();
    let mut after = 0;
    loop {
        let page = service
            .running
            .reader
            .alert_events_after(after, 1_000)
            .expect("reads");
        let Some(last) = page.last() else {
            return log.replace(&site, "SITE");
        };
        after = last.seq;
        for event in page {
            log.push_str(&event.document);
            log.push('\n');
        }
    }
}

fn raised(log: &str, patient: &str, kind: &str) -> usize {
    let events = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    events
        .filter(|event| {
            event["type"] == "alert.raised" && event["patient"] == patient && event["kind"] == kind
        })
        .count()
}

/// One whole run, restarted at the given hours.
async fn run(data: &Path, seed: u64, restarts: &[i64]) -> (Service, Fleet, Sent) {
    let mut service = Service::start(data, &[("WARDLIGHT_ENGINE__FOLD_ROWS_MAX", "5000")]).await;
    let (mut fleet, mut sent) = (fleet(seed), Sent::new());
    enter(&service, &fleet.devices()).await;
    for hour in restarts {
        feed(&service, &mut fleet, *hour, &mut sent).await;
        let now = service.now();
        service.stop().await;
        service = Service::start_at(data, &[], now).await;
    }
    feed(&service, &mut fleet, HOURS, &mut sent).await;
    (service, fleet, sent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reading_sent_is_stored_once_every_true_fever_is_raised_once_and_the_day_repeats_itself()
 {
    let (data, again) = (directory(), directory());
    let (service, fleet, sent) = run(data.path(), 7, &[]).await;
    for (number, device) in (0..).zip(fleet.devices()) {
        let stored = stored(&service, number);
        let distinct: BTreeSet<_> = stored.iter().cloned().collect();
        assert_eq!(stored.len(), distinct.len(), "{device}: stored once");
        let sent = &sent[&device];
        assert_eq!(
            sent.difference(&distinct).count(),
            0,
            "{device}: sent and not stored"
        );
        assert_eq!(
            distinct.difference(sent).count(),
            0,
            "{device}: stored and never sent"
        );
    }
    let first = log(&service);
    for truth in fleet.truths() {
        let expected = match truth.truth.kind {
            wardlight_simulators::scenario::TruthKind::Fever => "fever_on_treatment",
            wardlight_simulators::scenario::TruthKind::Hypoxia => "news2",
            wardlight_simulators::scenario::TruthKind::Silent => "device_silent",
            _ => continue,
        };
        assert_eq!(
            raised(&first, &truth.device, expected),
            1,
            "{} {expected}",
            truth.device
        );
    }
    for healthy in ["watch-09", "watch-10", "watch-11", "watch-12"] {
        assert_eq!(
            raised(&first, healthy, "fever_on_treatment"),
            0,
            "{healthy}"
        );
    }
    service.stop().await;
    let (service, ..) = run(again.path(), 7, &[2, 11]).await;
    let second = log(&service);
    for (one, two) in first.lines().zip(second.lines()) {
        assert_eq!(one, two, "the same seed, restarted twice");
    }
    assert_eq!(first.len(), second.len());
    service.stop().await;
}
