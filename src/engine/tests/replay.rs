//! A replay of a patient's readings gives what the service gave, to the letter.

use super::bench::{
    Bench, HOUR, How, MINUTE, Said, What, assign, book, clinical, decoded, message, order, tick,
    ward,
};
use crate::alert::{EpisodeEvent, EventType};
use crate::domain::{PatientContext, Period, ReadingSource, Vital};
use crate::engine::documents::event_document;
use crate::engine::{Replay, measured_end};
use crate::registry::Command;
use serde_json::Value;

const EXPECTED: [(Vital, u32); 2] = [(Vital::HeartRate, 60), (Vital::BodyTemperature, 3_600)];
const END: i64 = 12 * HOUR;

/// Half a day: a fever, a fast heart, a silence in between, and all over again.
fn day() -> Vec<Said> {
    let mut said = Vec::new();
    for minute in (1..690_i64).filter(|minute| !(300..400).contains(minute)) {
        // Off the whole minutes, on which deadlines lie.
        let at = minute * MINUTE + 7_000;
        let ill = (120..200).contains(&(minute % 350));
        let rate = if ill { 132 } else { 70 } + minute % 7;
        let breaths = if ill { 26 } else { 16 };
        let temperature = match (minute % 15, ill) {
            (0, true) => r#","temp":38.7"#,
            (0, false) => r#","temp":36.8"#,
            _ => "",
        };
        let values = format!(r#""hr":{rate},"rr":{breaths},"spo2":97{temperature}"#);
        said.push(message("watch-a", at, said.len() as u64, at, &values));
    }
    said
}

fn context() -> PatientContext {
    let since_start = Period {
        start: clinical(0),
        end: None,
    };
    PatientContext {
        treatment: vec![since_start],
        monitoring: vec![since_start],
        expected: EXPECTED
            .map(|(vital, every_seconds)| crate::domain::ExpectedVital {
                vital,
                every_seconds,
            })
            .to_vec(),
        ..PatientContext::default()
    }
}

fn replayed(said: &[Said]) -> Vec<EpisodeEvent> {
    let book = book(&How::default());
    let mut replay = Replay::new(&book, context(), clinical(0));
    let mut events = Vec::new();
    for said in said {
        let What::Message(_, payload) = &said.what else {
            continue;
        };
        let readings = decoded(payload.as_bytes(), clinical(said.at)).readings;
        let judged = replay.observe(clinical(said.at), &readings, ReadingSource::Watch);
        assert_eq!(judged.qualities.len(), readings.len());
        events.extend_from_slice(judged.events);
    }
    events.extend_from_slice(replay.finish(clinical(END)));
    events
}

/// What the service makes of the same readings when a nurse answers at the
/// moments at which the replay answered by itself.
fn served(mut day: Vec<Said>, replayed: &[EpisodeEvent]) -> Vec<Value> {
    let mut said = ward(&["a"], &EXPECTED);
    said.push(assign(0, "watch-a", "a", 0, None));
    said.append(&mut day);
    let answers = replayed
        .iter()
        .filter(|event| event.event == EventType::Acknowledged);
    said.extend(answers.map(|event| {
        let alert = event.id.clone();
        let at = event.at.ms_since(clinical(0));
        order(
            at,
            Command::Acknowledge {
                alert,
                comment: None,
            },
        )
    }));
    said.push(tick(END));
    said.sort_by_key(|said| said.at);
    let bench = Bench::new();
    for answer in bench.run(&How::default(), &said) {
        answer.expect("accepted");
    }
    let events = bench.reader(&bench.writer()).alert_events_after(0, 1_000);
    let events = events.expect("reads").into_iter();
    events.map(|event| bare(&event.document)).collect()
}

/// Without what a replay does not know: whose alert, and who answered.
fn bare(document: &str) -> Value {
    let mut document: Value = serde_json::from_str(document).expect("JSON");
    let map = document.as_object_mut().expect("an object");
    for key in ["seq", "author", "patient", "ward"] {
        map.remove(key);
    }
    document
}

#[test]
fn a_replay_tells_what_the_service_told_event_by_event() {
    let replayed = replayed(&day());
    let told: Vec<Value> = replayed
        .iter()
        .map(|event| bare(&event_document(event, 0, true, None)))
        .collect();
    let served = served(day(), &replayed);
    for (place, (one, other)) in told.iter().zip(&served).enumerate() {
        assert_eq!(one, other, "event {place}");
    }
    assert_eq!(told.len(), served.len());
    let raised = |name: &str| {
        let of_kind =
            |event: &&EpisodeEvent| event.event == EventType::Raised && event.kind.name() == name;
        replayed.iter().filter(of_kind).count()
    };
    for kind in ["fever_on_treatment", "news2", "device_silent"] {
        assert!(raised(kind) > 0, "the day has a {kind}");
    }
    assert_eq!(raised("fever_on_treatment"), 2, "the first one was closed");
}

#[test]
fn what_decided_ended_with_its_reading_or_its_minute_and_silence_when_it_was_noticed() {
    for event in replayed(&day()) {
        let lag = event.at.epoch_ms() - measured_end(&event).epoch_ms();
        match (event.event, event.kind.name()) {
            (EventType::Raised, "fever_on_treatment" | "device_silent") => assert_eq!(lag, 0),
            (EventType::Raised, "news2" | "baseline_deviation") => assert_eq!(lag, MINUTE),
            _ => {}
        }
    }
}

#[test]
fn what_is_due_after_the_end_never_happens() {
    let book = book(&How::default());
    let silent = |until: i64| {
        let mut replay = Replay::new(&book, context(), clinical(0));
        replay.finish(clinical(until)).len()
    };
    assert_eq!(silent(2 * HOUR - 1), 0);
    assert_ne!(silent(2 * HOUR), 0);
}
