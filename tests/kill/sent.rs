//! What the publishers sent: the truth that the store is compared with.

use crate::episodes::Episodes;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::Path;
use wardlight::domain::Vital;

/// Readings by device and measured time, each with its value, in order of vitals.
pub(crate) type Moments = HashMap<(String, i64), Vec<(Vital, f64)>>;

/// Vitals by their keys on the wire, in order; read from the protocol's page
/// and not from the service, which may be wrong about them.
const KEYS: [(&str, Vital); 6] = [
    ("hr", Vital::HeartRate),
    ("rr", Vital::RespiratoryRate),
    ("spo2", Vital::OxygenSaturation),
    ("temp", Vital::BodyTemperature),
    ("skin", Vital::SkinTemperature),
    ("steps", Vital::StepCount),
];

/// Everything that was sent: the load's payloads as its log has them, and the
/// episodes' temperatures.
pub(crate) fn moments(payload_log: &Path, episodes: &Episodes) -> Moments {
    let log = std::fs::read_to_string(payload_log).expect("the log");
    let mut moments = Moments::new();
    for line in log.lines() {
        let (device, payload) = line.split_once(',').expect("two columns");
        let payload: Map<String, Value> = serde_json::from_str(payload).expect("JSON");
        let at = payload.get("t").and_then(Value::as_i64).expect("a time");
        let value = |key: &str| payload.get(key).and_then(Value::as_f64);
        let vital = |(key, vital)| Some((vital, value(key)?));
        let mut vitals: Vec<_> = KEYS.into_iter().filter_map(vital).collect();
        vitals.sort_by_key(|(vital, _)| *vital);
        assert_eq!(vitals.len(), KEYS.len(), "a load sends six vitals");
        // Who connects anew without a session writes the same message again.
        let first = moments.insert((device.to_owned(), at), vitals.clone());
        assert!(
            first.is_none_or(|first| first == vitals),
            "{device} at {at}"
        );
    }
    for (device, at, temperature) in episodes.temperatures() {
        moments.insert((device, at), vec![(Vital::BodyTemperature, temperature)]);
    }
    moments
}
