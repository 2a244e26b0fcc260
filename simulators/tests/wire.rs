//! Everything a fleet sends is what the protocol page allows: an independent reading of it.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wardlight_simulators::device::MessageKind;
use wardlight_simulators::fault::FaultOptions;
use wardlight_simulators::fleet::{Fleet, FleetOptions, SimulatedPatient};
use wardlight_simulators::physiology::{HOUR_MS, Profile};
use wardlight_simulators::scenario::{Scenario, ScenarioKind, Timing};

const START_MS: i64 = 1_763_787_600_000;

/// Keys of the protocol page with the physics of `reference/physiology.md`.
const NUMBERS: [(&str, f64, f64); 11] = [
    ("hr", 25.0, 240.0),
    ("rr", 4.0, 60.0),
    ("spo2", 50.0, 100.0),
    ("temp", 30.0, 43.0),
    ("skin", 20.0, 40.0),
    ("sbp", 50.0, 260.0),
    ("dbp", 20.0, 160.0),
    ("rmssd", 1.0, 300.0),
    ("steps", 0.0, 250.0),
    ("rhr", 25.0, 240.0),
    ("battery", 0.0, 100.0),
];

fn fleet_of_every_scenario() -> FleetOptions {
    let patients = (1..)
        .zip(ScenarioKind::ALL)
        .map(|(number, kind)| {
            let scenario = Scenario::new(kind, Timing::at(START_MS + HOUR_MS));
            let mut patient =
                SimulatedPatient::new(format!("w-{number}"), Profile::drawn(number), scenario);
            patient.watch.cadence.beat_intervals_s = Some(300);
            patient.watch.cadence.blood_pressure_s = Some(900);
            patient
        })
        .collect();
    FleetOptions {
        seed: 7,
        patients,
        start_ms: START_MS,
        faults: FaultOptions::ROUGH,
    }
}

fn check_moment(moment: &Map<String, Value>, outer: &[&str]) {
    assert!(
        moment.get("t").is_some_and(Value::is_i64),
        "every moment says when: {moment:?}"
    );
    for (key, value) in moment {
        if let Some((_, low, high)) = NUMBERS.iter().find(|(name, _, _)| name == key) {
            let number = value.as_f64().expect("a number");
            assert!((*low..=*high).contains(&number), "{key} = {number}");
            continue;
        }
        match key.as_str() {
            "worn" => assert!(value.is_boolean()),
            "ibi" => check_beats(value),
            "t" => {}
            other => assert!(
                outer.contains(&other),
                "{other} is not on the protocol page"
            ),
        }
    }
}

fn check_beats(value: &Value) {
    let beats = value.as_array().expect("an array");
    assert_eq!(beats.len(), 128);
    assert!(beats.iter().all(|beat| {
        beat.as_u64()
            .is_some_and(|beat| (250..=2_500).contains(&beat))
    }));
}

fn check_vitals(payload: &[u8]) -> (u64, u64) {
    assert!(payload.len() <= 256 * 1024, "{} bytes", payload.len());
    let message: Map<String, Value> = serde_json::from_slice(payload).expect("an object");
    let number = |key: &str| {
        message
            .get(key)
            .and_then(Value::as_u64)
            .expect("a whole number")
    };
    if let Some(samples) = message.get("samples") {
        let samples = samples.as_array().expect("an array");
        assert!((2..=10_000).contains(&samples.len()));
        for sample in samples {
            check_moment(sample.as_object().expect("an object"), &[]);
        }
        let times: Vec<i64> = samples
            .iter()
            .filter_map(|sample| sample.get("t")?.as_i64())
            .collect();
        assert!(times.is_sorted(), "oldest first");
    } else {
        check_moment(&message, &["session", "seq", "sent"]);
    }
    (number("session"), number("seq"))
}

#[test]
fn every_message_of_every_scenario_is_valid_native_json() {
    let mut seen: BTreeMap<(String, u64, u64), Vec<u8>> = BTreeMap::new();
    for message in Fleet::new(fleet_of_every_scenario()).messages_until(START_MS + 5 * HOUR_MS) {
        let topic = match message.kind {
            MessageKind::Vitals => format!("wardlight/v1/{}/vitals", message.device),
            MessageKind::Status | MessageKind::Will => {
                format!("wardlight/v1/{}/status", message.device)
            }
        };
        assert_eq!(message.topic, topic);
        assert!(!message.retain);
        if message.kind == MessageKind::Vitals {
            let (session, sequence) = check_vitals(&message.payload);
            let key = (message.device.clone(), session, sequence);
            // The same identity twice must be the same bytes: only then is it a repeat.
            let first = seen.entry(key).or_insert_with(|| message.payload.clone());
            assert_eq!(*first, message.payload);
        } else {
            let status: Map<String, Value> =
                serde_json::from_slice(&message.payload).expect("an object");
            let online = status.get("online").and_then(Value::as_bool);
            assert_eq!(online, Some(message.kind == MessageKind::Status));
            assert!(status.get("session").is_some_and(Value::is_u64));
        }
    }
    assert!(seen.len() > 16 * 2_000, "{} messages", seen.len());
}

#[test]
fn without_faults_sequences_have_no_gap() {
    let options = FleetOptions {
        faults: FaultOptions::NONE,
        ..fleet_of_every_scenario()
    };
    let mut next: BTreeMap<(String, u32), u64> = BTreeMap::new();
    for message in Fleet::new(options).next_until(START_MS + 5 * HOUR_MS) {
        if message.kind == MessageKind::Vitals {
            let expected = next.entry((message.device, message.session)).or_insert(0);
            assert_eq!(message.sequence, *expected);
            *expected += 1;
        }
    }
}
