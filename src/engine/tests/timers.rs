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
    let sent = |minute: i64| message("watch", minute * MINUTE, minute as u64, minute * MINUTE, r#""hr":70"#);
    said.extend((1..30).map(sent));
    said
}

fn seen(bench: &Bench) -> Vec<String> {
    let writer = bench.writer();
    events(&bench.reader(&writer))
}

#[test]
fn silent_and_never_heard_fire_after_a_restart_as_they_would_have_without() {
    let unbroken = Bench::new();
    let ticks: Vec<Said> = (30..600).step_by(10).map(|minute| tick(minute * MINUTE)).collect();
    unbroken.run(&How::default(), &[setting(), ticks.clone()].concat());
    let expected = seen(&unbroken);
    assert_eq!(expected, ["alert.raised a silent", "alert.raised a never_heard"]);
    let restarted = Bench::new();
    restarted.run(&How::default(), &setting());
    for part in ticks.chunks(3) {
        restarted.run(&How::default(), part);
    }
    assert_eq!(seen(&restarted), expected);
    // A service that was down while both fell due says both at its first look.
    let down = Bench::new();
    down.run(&How::default(), &setting());
    down.run(&How::default(), &[tick(10 * HOUR)]);
    assert_eq!(seen(&down), expected);
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
    said.push(order(30 * MINUTE, Command::PauseMonitoring { patient: name.clone(), pause }));
    said.extend((31..299).step_by(5).map(|minute| tick(minute * MINUTE)));
    bench.run(&How::default(), &said);
    assert!(seen(&bench).is_empty(), "quiet in the pause");
    let after: Vec<Said> = (300..600).step_by(5).map(|minute| tick(minute * MINUTE)).collect();
    bench.run(&How::default(), &after);
    let raised = seen(&bench);
    assert_eq!(raised.len(), 2, "both after it: {raised:?}");
    let end = clinical(600 * MINUTE);
    let discharge = order(600 * MINUTE, Command::Discharge { patient: name, end });
    bench.run(&How::default(), &[discharge, tick(40 * HOUR)]);
    let all = seen(&bench);
    let ended = all.iter().filter(|event| event.starts_with("alert.condition_ended"));
    assert_eq!(ended.count(), 2, "{all:?}");
    let raised = all.iter().filter(|event| event.starts_with("alert.raised"));
    assert_eq!(raised.count(), 2, "nothing new after the discharge: {all:?}");
}
