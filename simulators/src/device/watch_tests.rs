//! What a watch does over time.

use super::{Watch, WatchOptions};
use crate::device::{DeviceChange, DeviceEffect, MessageKind, OutgoingMessage};
use crate::physiology::{HOUR_MS, MINUTE_MS, Patient, Profile};

const START_MS: i64 = 1_763_787_600_000;

fn watch(effects: Vec<DeviceEffect>) -> Watch {
    let options = WatchOptions {
        effects,
        ..WatchOptions::new("w1")
    };
    Watch::new(
        options,
        Patient::new(1, Profile::default(), Vec::new()),
        START_MS,
    )
}

fn effect(from_minutes: i64, minutes: i64, change: DeviceChange) -> DeviceEffect {
    let from_ms = START_MS + from_minutes * MINUTE_MS;
    DeviceEffect {
        from_ms,
        until_ms: Some(from_ms + minutes * MINUTE_MS),
        change,
    }
}

fn vitals(messages: &[OutgoingMessage]) -> Vec<&OutgoingMessage> {
    messages
        .iter()
        .filter(|message| message.kind == MessageKind::Vitals)
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_however_it_is_stepped() {
    let whole = watch(Vec::new()).run_until(START_MS + HOUR_MS);
    let mut stepped = watch(Vec::new());
    let mut parts = Vec::new();
    for second in (0..=3_600).step_by(7) {
        parts.extend(stepped.run_until(START_MS + second * 1_000));
    }
    parts.extend(stepped.run_until(START_MS + HOUR_MS));
    assert_eq!(whole, parts);
}

#[test]
fn sequence_grows_by_one_and_starts_again_after_a_restart() {
    let messages =
        watch(vec![effect(10, 1, DeviceChange::Restart)]).run_until(START_MS + 20 * MINUTE_MS);
    let mut expected = (1, 0);
    for message in vitals(&messages) {
        if message.session == 2 && expected.0 == 1 {
            expected = (2, 0);
        }
        assert_eq!((message.session, message.sequence), expected);
        expected.1 += 1;
    }
    assert_eq!(expected.0, 2);
    let kinds: Vec<_> = messages
        .iter()
        .map(|message| message.kind)
        .filter(|kind| *kind != MessageKind::Vitals)
        .collect();
    assert_eq!(
        kinds,
        [MessageKind::Status, MessageKind::Will, MessageKind::Status]
    );
}

#[test]
fn a_phone_away_two_hours_brings_one_burst_with_every_moment() {
    let messages =
        watch(vec![effect(10, 120, DeviceChange::PhoneAway)]).run_until(START_MS + 3 * HOUR_MS);
    let sizes: Vec<usize> = vitals(&messages)
        .iter()
        .filter_map(|message| message.native.as_ref())
        .map(|native| native.moments.len())
        .filter(|&size| size > 1)
        .collect();
    assert_eq!(sizes, [500, 500, 441]);
    let times: Vec<i64> = vitals(&messages)
        .iter()
        .filter_map(|message| message.native.as_ref())
        .flat_map(|native| native.moments.iter().map(|moment| moment.t))
        .collect();
    assert!(times.is_sorted());
    assert_eq!(times.len(), 3 * 720 + 1);
}

#[test]
fn off_the_wrist_there_is_no_heart_rate_and_worn_says_false_at_once() {
    let messages =
        watch(vec![effect(10, 60, DeviceChange::OffWrist)]).run_until(START_MS + 2 * HOUR_MS);
    let moments = vitals(&messages)
        .into_iter()
        .filter_map(|message| message.native.as_ref())
        .flat_map(|native| &native.moments);
    let off: Vec<_> = moments
        .filter(|moment| (START_MS + 10 * MINUTE_MS..START_MS + 70 * MINUTE_MS).contains(&moment.t))
        .collect();
    assert_eq!(off.first().and_then(|moment| moment.worn), Some(false));
    assert!(
        off.iter()
            .all(|moment| moment.hr.is_none() && moment.temp.is_none())
    );
}

#[test]
fn a_silent_watch_sends_nothing() {
    let messages =
        watch(vec![effect(10, 60, DeviceChange::Silent)]).run_until(START_MS + 2 * HOUR_MS);
    let gap = START_MS + 10 * MINUTE_MS..START_MS + 70 * MINUTE_MS;
    assert!(
        messages
            .iter()
            .all(|message| !gap.contains(&message.send_at_ms))
    );
}

#[test]
fn a_battery_that_drains_ends_in_the_will() {
    let drain = DeviceChange::BatteryDrain {
        percent_per_hour: 50.0,
    };
    let messages = watch(vec![effect(0, 600, drain)]).run_until(START_MS + 4 * HOUR_MS);
    let last = messages.last().expect("the watch spoke");
    assert_eq!(last.kind, MessageKind::Will);
    assert!(last.send_at_ms < START_MS + 2 * HOUR_MS);
}

#[test]
fn a_clock_step_moves_measured_time_and_not_the_sending() {
    let messages = watch(vec![effect(
        10,
        10,
        DeviceChange::ClockStep { by_ms: HOUR_MS },
    )])
    .run_until(START_MS + HOUR_MS);
    let ahead = vitals(&messages)
        .into_iter()
        .filter(|message| {
            message
                .native
                .as_ref()
                .is_some_and(|native| native.sent == Some(message.send_at_ms + HOUR_MS))
        })
        .count();
    assert_eq!(ahead, 120);
}

#[test]
fn one_resting_heart_rate_comes_each_morning_and_is_below_the_day() {
    let messages = watch(Vec::new()).run_until(START_MS + 72 * HOUR_MS);
    let natives = messages
        .iter()
        .filter_map(|message| message.native.as_ref());
    let resting: Vec<f64> = natives
        .flat_map(|native| &native.moments)
        .filter_map(|moment| moment.rhr)
        .collect();
    assert_eq!(resting.len(), 3);
    assert!(
        resting.iter().all(|&rate| (56.0..72.0).contains(&rate)),
        "{resting:?}"
    );
}
