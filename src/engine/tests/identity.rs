//! Seen before? Repeats, conflicts, late and out-of-order data, gaps.

use super::bench::{
    Bench, HOUR, How, Live, MINUTE, START, Said, What, assign, measured, message, order, patient,
    tick, ward,
};
use crate::domain::{Quality, QualityReason, Vital};
use crate::registry::{Command, ObservedValue};

fn watched(bench: &Bench) -> Live {
    let live = bench.start(&How::default());
    live.say(&ward(&["a", "b"], &[]), 0);
    live.say(&[assign(0, "watch", "a", 0, None)], 0);
    live.quiet();
    live
}

fn payload(at: i64, text: &str) -> Said {
    Said {
        at,
        what: What::Message("watch", text.to_owned()),
    }
}

#[test]
fn a_message_sent_again_is_settled_again_and_stored_once_even_after_a_restart() {
    let bench = Bench::new();
    let live = watched(&bench);
    let sent = message("watch", MINUTE, 1, MINUTE, r#""hr":70,"spo2":97"#);
    let timed = payload(
        2 * MINUTE,
        &format!(r#"{{"t":{},"hr":71}}"#, START + 2 * MINUTE),
    );
    live.say(
        &[sent.clone(), sent.clone(), timed.clone(), timed.clone()],
        100,
    );
    live.quiet();
    assert_eq!(live.settled.all()[6..], [100, 101, 102, 103]);
    assert_eq!(live.counters.repeats.get(), 1);
    assert_eq!(live.counters.repeated_readings.get(), 1);
    live.stop();
    let live = bench.start(&How::default());
    live.say(&[sent, timed], 0);
    live.quiet();
    assert_eq!(live.values(0, Vital::HeartRate), [(1, 70.0), (2, 71.0)]);
    assert_eq!(live.points(0).len(), 3);
    live.stop();
}

#[test]
fn a_message_without_sequence_and_time_is_a_repeat_for_ten_minutes_by_its_content() {
    let bench = Bench::new();
    let live = watched(&bench);
    for minute in [1, 2, 9, 12] {
        live.say(&[payload(minute * MINUTE, r#"{"hr":70}"#)], 0);
    }
    live.quiet();
    assert_eq!(live.values(0, Vital::HeartRate), [(1, 70.0), (12, 70.0)]);
    live.stop();
}

#[test]
fn a_known_sequence_with_another_payload_is_stored_and_reported() {
    let bench = Bench::new();
    let live = watched(&bench);
    live.say(
        &[
            message("watch", MINUTE, 1, MINUTE, r#""hr":70"#),
            message("watch", 2 * MINUTE, 1, 2 * MINUTE, r#""hr":71"#),
        ],
        0,
    );
    live.quiet();
    assert_eq!(live.values(0, Vital::HeartRate).len(), 2);
    assert_eq!(live.counters.sequence_conflicts.get(), 1);
    let alerts = live.alerts();
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].1["kind"], "messages_missing");
    live.stop();
}

#[test]
fn the_first_value_of_a_moment_stays_and_another_is_kept_beside_it() {
    for batch_max in [1, 100] {
        let bench = Bench::new();
        let how = How {
            batch_max,
            ..How::default()
        };
        let live = bench.start(&how);
        let mut said = ward(&["a"], &[]);
        said.push(assign(0, "watch", "a", 0, None));
        let hr = [70, 80, 80, 70, 75].into_iter().zip(1..);
        said.extend(hr.map(|(hr, seq)| {
            message(
                "watch",
                MINUTE + seq as i64,
                seq,
                MINUTE,
                &format!(r#""hr":{hr}"#),
            )
        }));
        live.say(&said, 0);
        live.quiet();
        let kept = live.points(0);
        assert_eq!((kept[0].value, kept[0].quality), (70.0, Quality::Good));
        let beside: Vec<f64> = kept[1..].iter().map(|point| point.value).collect();
        assert_eq!(beside, [80.0, 80.0, 75.0], "batches of {batch_max}");
        let conflict = Quality::Suspect(QualityReason::Conflict);
        assert!(kept[1..].iter().all(|point| point.quality == conflict));
        assert_eq!(live.counters.conflicting_readings.get(), 3);
        live.stop();
    }
}

#[test]
fn one_form_may_say_the_same_moment_of_two_patients() {
    let bench = Bench::new();
    let live = watched(&bench);
    let observe = |name, value| {
        let command = Command::Observe {
            patient: patient(name),
            readings: vec![ObservedValue {
                at: measured(MINUTE),
                vital: Vital::BodyTemperature,
                value,
            }],
            source: "form".to_owned(),
        };
        order(2 * MINUTE, command)
    };
    live.say(&[observe("a", 36.5), observe("b", 36.5)], 0);
    live.quiet();
    for number in [0, 1] {
        assert_eq!(live.values(number, Vital::BodyTemperature), [(1, 36.5)]);
    }
    live.stop();
}

#[test]
fn ten_thousand_readings_a_day_late_and_backwards_are_stored_once_and_page_nobody() {
    let bench = Bench::new();
    let live = watched(&bench);
    let late = 30 * HOUR;
    let mut said = vec![message("watch", late, 1, late, r#""temp":36.8"#)];
    for part in (0..10).rev() {
        let sample = |second: i64| {
            let temperature = if second == 500 { r#","temp":39.4"# } else { "" };
            format!(
                r#"{{"t":{},"hr":{}{temperature}}}"#,
                START + (part * 1_000 + second) * 5_000,
                60 + second % 40
            )
        };
        let samples: Vec<String> = (0..1_000).map(sample).collect();
        let text = format!(r#"{{"samples":[{}]}}"#, samples.join(","));
        said.extend([payload(late, &text), payload(late, &text)]);
    }
    said.push(tick(late + 10 * MINUTE));
    live.say(&said, 0);
    live.quiet();
    assert_eq!(live.values(0, Vital::HeartRate).len(), 10_000);
    assert_eq!(live.counters.repeated_readings.get(), 10_010);
    assert_eq!(live.values(0, Vital::BodyTemperature).len(), 11);
    let alerts = live.alerts();
    let fever = alerts
        .iter()
        .find(|(_, alert)| alert["kind"] == "fever_on_treatment");
    assert!(fever.is_none(), "a fever long over pages nobody");
    live.stop();
}

#[test]
fn a_gap_in_the_sequence_is_reported_as_messages_missing_once_it_stays() {
    let bench = Bench::new();
    let live = watched(&bench);
    let sent =
        |minute: i64, seq| message("watch", minute * MINUTE, seq, minute * MINUTE, r#""hr":70"#);
    live.say(&[sent(1, 1), sent(2, 5)], 0);
    live.quiet();
    assert_eq!(live.counters.messages_missing.get(), 0);
    live.say(&[sent(3, 3), sent(5, 6)], 0);
    live.quiet();
    assert_eq!(live.counters.messages_missing.get(), 2);
    let alerts = live.alerts();
    assert_eq!(alerts[0].1["kind"], "messages_missing");
    live.stop();
}

/// Message `n` of a watch that measures every 5 s.
fn beat(arrived: i64, seq: u64, n: i64) -> Said {
    message("watch", arrived, seq, n * 5_000, r#""hr":70,"spo2":97"#)
}

#[test]
fn a_backlog_beside_the_live_stream_is_stored_without_a_look_up() {
    let bench = Bench::new();
    let live = watched(&bench);
    let outage = 6 * HOUR / 5_000;
    live.say(&[beat(1_000, 1, 1), beat(6_000, 2, 2)], 0);
    for n in 0..2_000 {
        let now = (outage + n) * 5_000 + 1_000;
        let seq = 3 + 2 * n.unsigned_abs();
        live.say(&[beat(now, seq, outage + n), beat(now, seq + 1, 3 + n)], 0);
    }
    live.quiet();
    assert_eq!(live.points(0).len(), 2 * (2 + 4_000));
    assert_eq!(live.counters.look_ups.get(), 0);
    live.stop();
}

#[test]
fn a_memory_sent_again_is_known_by_few_look_ups_whatever_its_order() {
    let bench = Bench::new();
    let live = watched(&bench);
    let all = 2_000_i64; // 2 h 47 min
    let first = (0..all).map(|n| beat(n * 5_000 + 100, n.unsigned_abs(), n));
    live.say(&first.collect::<Vec<_>>(), 0);
    let now = all * 5_000;
    // Under another session, one value changed, every tenth never sent before.
    let again = (0..all).map(|n| {
        let place = (n * 7) % all;
        let late = if place % 10 == 0 { 1 } else { 0 };
        let hr = if place == 1_001 { 71 } else { 70 };
        let at = START + place * 5_000 + late;
        let text = format!(r#"{{"session":2,"seq":{n},"t":{at},"hr":{hr},"spo2":97}}"#);
        payload(now, &text)
    });
    live.say(&again.collect::<Vec<_>>(), 0);
    live.quiet();
    let new = 2 * usize::try_from(all / 10).unwrap();
    let stored = 2 * usize::try_from(all).unwrap() + new + 1;
    assert_eq!(live.points(0).len(), stored);
    assert_eq!(live.counters.conflicting_readings.get(), 1);
    // Two stretches of two hours hold it all.
    assert_eq!(live.counters.look_ups.get(), 2);
    live.stop();
}

#[test]
fn what_moved_to_another_patient_is_looked_up_there() {
    let bench = Bench::new();
    let live = watched(&bench);
    let sent: Vec<_> = (0..20)
        .map(|n| beat(n * 5_000, n.unsigned_abs(), n))
        .collect();
    let again = |session: i64, at: i64| {
        let text = |n: i64| {
            let t = START + n * 5_000;
            format!(r#"{{"session":{session},"seq":{n},"t":{t},"hr":70,"spo2":97}}"#)
        };
        (0..20)
            .map(move |n| payload(at, &text(n)))
            .collect::<Vec<_>>()
    };
    live.say(&sent, 0);
    live.say(&again(2, MINUTE), 0);
    live.say(&[assign(2 * MINUTE, "watch", "b", 0, None)], 0);
    live.say(&again(3, 3 * MINUTE), 0);
    live.quiet();
    assert_eq!((live.points(0).len(), live.points(1).len()), (0, 40));
    live.stop();
}
