//! Silence and its timers across restarts, pauses and discharge.

use super::bench::{
    Bench, HOUR, How, MINUTE, Said, assign, clinical, events, message, order, patient, tick, ward,
};
use crate::domain::{Pause, Vital};
use crate::registry::Command;

fn setting() -> Vec<Said> {
    let expected = [(Vital::HeartRate, 60), (Vital::BodyTemperature, 600)];
    let mut said = ward(&["a"], &expected);
    said.push(assign(0, "watch", "a", 0, None));
    let sent = |minute: i64| {
        message(
            "watch",
            minute * MINUTE,
            minute as u64,
            minute * MINUTE,
            r#""hr":70"#,
        )
    };
    said.extend((1..30).map(sent));
    said
}

fn seen(bench: &Bench) -> Vec<String> {
    let writer = bench.writer();
    events(&bench.reader(&writer))
}

fn minutes_of_nothing() -> Vec<Said> {
    let minutes = (30..600).step_by(10);
    minutes.map(|minute| tick(minute * MINUTE)).collect()
}

#[test]
fn silent_and_never_heard_fire_after_a_restart_as_they_would_have_without() {
    // The watch goes on, but without its heart rate, and never had a temperature.
    let sent = |(minute, seq): (i64, u64)| {
        let values = format!(r#""spo2":{}"#, 95 + minute / 10 % 3);
        message("watch", minute * MINUTE, seq, minute * MINUTE, &values)
    };
    let rest: Vec<Said> = (30..600).step_by(10).zip(30..).map(sent).collect();
    let unbroken = Bench::new();
    unbroken.run(&How::default(), &[setting(), rest.clone()].concat());
    let expected = seen(&unbroken);
    for kind in ["silent", "never_heard"] {
        let raised = format!("alert.raised a {kind}");
        let times = expected.iter().filter(|event| **event == raised);
        assert_eq!(times.count(), 1, "{kind}: {expected:?}");
    }
    let restarted = Bench::new();
    restarted.run(&How::default(), &setting());
    for part in rest.chunks(3) {
        restarted.run(&How::default(), part);
    }
    assert_eq!(seen(&restarted), expected);
}

#[test]
fn a_service_that_was_down_when_a_watch_fell_silent_says_so_at_its_first_look() {
    let up = Bench::new();
    up.run(&How::default(), &[setting(), minutes_of_nothing()].concat());
    assert_eq!(seen(&up), ["alert.raised a device_silent"]);
    let down = Bench::new();
    down.run(&How::default(), &setting());
    down.run(&How::default(), &[tick(10 * HOUR)]);
    assert_eq!(seen(&down), seen(&up));
}

#[test]
fn a_planned_pause_keeps_quiet_and_discharge_ends_technical_conditions() {
    let bench = Bench::new();
    let mut said = setting();
    let pause = Pause {
        start: clinical(31 * MINUTE),
        end: clinical(5 * HOUR),
        reason: "scan".to_owned(),
    };
    let name = patient("a");
    said.push(order(
        30 * MINUTE,
        Command::PauseMonitoring {
            patient: name.clone(),
            pause,
        },
    ));
    said.extend((31..299).step_by(5).map(|minute| tick(minute * MINUTE)));
    bench.run(&How::default(), &said);
    assert!(seen(&bench).is_empty(), "quiet in the pause");
    let after: Vec<Said> = (300..600)
        .step_by(5)
        .map(|minute| tick(minute * MINUTE))
        .collect();
    bench.run(&How::default(), &after);
    let raised = seen(&bench);
    assert_eq!(raised, ["alert.raised a device_silent"], "after it");
    let end = clinical(600 * MINUTE);
    let discharge = order(600 * MINUTE, Command::Discharge { patient: name, end });
    bench.run(&How::default(), &[discharge, tick(40 * HOUR)]);
    let all = seen(&bench);
    let ended = all
        .iter()
        .filter(|event| event.starts_with("alert.condition_ended"));
    assert_eq!(ended.count(), 1, "{all:?}");
    let raised = all.iter().filter(|event| event.starts_with("alert.raised"));
    assert_eq!(
        raised.count(),
        1,
        "nothing new after the discharge: {all:?}"
    );
}
