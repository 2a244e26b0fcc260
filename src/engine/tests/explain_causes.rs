//! Alerts explained whatever decided them, and whatever became of the rows since.

use super::bench::{
    Bench, HOUR, How, MINUTE, Said, alerts, assign, message, order, patient, tick, ward,
};
use super::explain::{RETENTION_DAYS, change, change_capsule, reader, restored, roll_up};
use crate::domain::{AlertId, Vital};
use crate::engine::capsule::{Capsule, Cause, encode, json};
use crate::engine::explain::explain_within;
use crate::engine::word::{AlertCommand, Answer};
use crate::engine::{Explanation, Verdict, explain};
use crate::registry::{Command, ObservedValue};
use crate::store::{Reader, database_path};
use rusqlite::Connection;

const WATCH: &str = "a message of the watch";
const DEVICE: &str = "what the device said of itself";
const DEADLINE: &str = "a deadline that passed";
const RECORD: &str = "a change of the patient's record";
const PERSON: &str = "values that a person measured";
const ANSWER: &str = "a person's answer";
const REBUILT: &str = "stored readings, when the patient's state was rebuilt from them";

/// What became of every alert, by its kind and what decided it, in their order.
fn explained(reader: &Reader, retention_days: u32) -> Vec<(String, Explanation)> {
    let explained = |(id, document): (String, serde_json::Value)| {
        let id = AlertId::new(&id).expect("valid");
        let explained = explain(reader, &id, retention_days).expect("explained");
        let kind = document["kind"].as_str().expect("a kind").to_owned();
        (kind, explained)
    };
    alerts(reader).into_iter().map(explained).collect()
}

/// Every alert is decided again the same and nothing differs.
#[track_caller]
fn assert_confirmed(reader: &Reader, retention_days: u32, expected: &[(&str, &str)]) {
    let all = explained(reader, retention_days);
    for (kind, explained) in &all {
        assert_eq!(explained.problems, [""; 0], "{kind}");
        assert_eq!(explained.verdict, Verdict::Confirmed, "{kind}");
    }
    let told: Vec<_> = all
        .iter()
        .map(|(k, e)| (k.as_str(), e.decided_from))
        .collect();
    assert_eq!(told, expected);
}

/// A minute of the watch that measures `values`, in a message of that sequence.
fn minute(minute: i64, sequence: i64, values: &str) -> Said {
    let at = minute * MINUTE;
    message("watch", at, sequence as u64, at, values)
}

/// Messages are missing, the clock is wrong, the battery is low, and the watch
/// is taken off.
fn troubles() -> Vec<Said> {
    let mut said = ward(&["a"], &[]);
    said.push(assign(0, "watch", "a", 0, None));
    said.push(minute(1, 1, r#""hr":70"#));
    said.push(minute(5, 5, r#""hr":71"#));
    let ahead = |seq: i64| message("watch", 6 * MINUTE, seq as u64, 3 * HOUR, r#""hr":72"#);
    said.extend((6..9).map(ahead));
    said.push(minute(9, 9, r#""hr":73,"battery":5"#));
    said.push(minute(10, 10, r#""worn":false"#));
    said.push(tick(3 * HOUR));
    said
}

/// What is missing is waited for before it is told.
const TROUBLES: [(&str, &str); 4] = [
    ("device_clock", DEVICE),
    ("battery_low", WATCH),
    ("messages_missing", DEVICE),
    ("not_worn", DEADLINE),
];

fn trouble() -> (Bench, How) {
    let (bench, how) = (Bench::new(), How::default());
    bench.run(&how, &troubles());
    (bench, how)
}

#[test]
fn what_the_device_said_of_itself_is_decided_again() {
    let (bench, _) = trouble();
    assert_confirmed(&reader(&bench), RETENTION_DAYS, &TROUBLES);
    change_capsule(&bench, 3, r#""count":3"#, r#""count":4"#);
    let (_, missing) = explained(&reader(&bench), RETENTION_DAYS).remove(2);
    let told = "decided again, it is another: evidence.summary";
    assert_eq!(missing.verdict, Verdict::Mismatch);
    assert_eq!(missing.problems, [told]);
    change_capsule(&bench, 1, "clock_wrong", "clock_right");
    let (_, clock) = explained(&reader(&bench), RETENTION_DAYS).remove(0);
    assert_eq!(clock.problems, ["decided again, the alert is not raised"]);
}

#[test]
fn a_change_of_the_record_is_decided_again() {
    let (bench, how) = (Bench::new(), How::default());
    let mut said = ward(&["a"], &[]);
    let later = ward(&["a"], &[(Vital::HeartRate, 60)]).into_iter();
    said.extend(later.map(|said| Said {
        at: 3 * HOUR,
        ..said
    }));
    bench.run(&how, &said);
    let expected = [("never_heard", RECORD)];
    assert_confirmed(&reader(&bench), RETENTION_DAYS, &expected);
    change_capsule(&bench, 1, r#""every_seconds":60"#, r#""every_seconds":90"#);
    let (_, never) = explained(&reader(&bench), RETENTION_DAYS).remove(0);
    assert_eq!(never.verdict, Verdict::Mismatch);
    let told = &never.problems[0];
    assert!(
        told.starts_with("decided again, it is another: evidence.figures"),
        "{told}"
    );
}

fn observed(at: i64, values: &[(Vital, f64)]) -> Said {
    let value = |(vital, value): &(Vital, f64)| ObservedValue {
        at: super::bench::measured(at),
        vital: *vital,
        value: *value,
    };
    let command = Command::Observe {
        patient: patient("a"),
        readings: values.iter().map(value).collect(),
        source: "form".to_owned(),
    };
    order(at, command)
}

/// A fever that is acknowledged, remarked on and closed while it holds, so
/// that it is raised once more after hours; between them a NEWS2.
fn answered() -> Vec<Said> {
    let mut said = ward(&["a"], &[]);
    said.push(observed(MINUTE, &[(Vital::BodyTemperature, 39.1)]));
    let alert = || AlertId::new("alr_0badcafe_0_1").expect("valid");
    let acknowledge = Command::Acknowledge {
        alert: alert(),
        comment: Some("seen".to_owned()),
    };
    let remark = Command::Comment {
        alert: alert(),
        text: "cultures taken".to_owned(),
    };
    let resolve = Command::Resolve {
        alert: alert(),
        outcome: "treated".to_owned(),
        usefulness: None,
    };
    said.push(order(2 * MINUTE, acknowledge));
    said.push(order(3 * MINUTE, remark));
    let ill = [
        (Vital::RespiratoryRate, 26.0),
        (Vital::OxygenSaturation, 91.0),
        (Vital::HeartRate, 132.0),
    ];
    said.push(observed(4 * MINUTE, &ill));
    said.push(order(5 * MINUTE, resolve));
    said.push(tick(9 * HOUR));
    said
}

#[test]
fn what_people_answered_before_is_part_of_what_decides_again() {
    let (bench, how) = (Bench::new(), How::default());
    let answers = bench.run(&how, &answered());
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let fever = "fever_on_treatment";
    let expected = [(fever, PERSON), ("news2", PERSON), (fever, DEADLINE)];
    assert_confirmed(&reader(&bench), RETENTION_DAYS, &expected);

    // The same deadline, found passed by an answer that comes just then.
    let remark = AlertCommand {
        alert: AlertId::new("alr_0badcafe_0_1").expect("valid"),
        author: "nurse".to_owned(),
        answer: Answer::Comment {
            text: "still hot".to_owned(),
        },
    };
    let conn = Connection::open(database_path(bench.path())).expect("opens");
    let id = "alr_0badcafe_0_3";
    let sql = "SELECT body FROM capsule WHERE alert = ?1";
    let body: Vec<u8> = conn.query_row(sql, [id], |row| row.get(0)).expect("read");
    let capsule = Capsule::read(&body).expect("readable");
    let body = encode(&capsule.body, &Cause::Alert(json(&remark)));
    let sql = "UPDATE capsule SET body = ?1 WHERE alert = ?2";
    conn.execute(sql, (body, id)).expect("written");
    let expected = [(fever, PERSON), ("news2", PERSON), (fever, ANSWER)];
    assert_confirmed(&reader(&bench), RETENTION_DAYS, &expected);
}

/// Troubles and a fever of one patient, who takes the watch from another.
fn rebuilt() -> (Bench, How) {
    let (bench, how) = (Bench::new(), How::default());
    let mut said = troubles();
    said.extend(ward(&["b"], &[]));
    let hot = |at: i64| {
        minute(
            at,
            at - 189,
            r#""hr":80,"temp":38.9,"worn":true,"battery":90"#,
        )
    };
    said.extend((200..210).map(hot));
    said.push(assign(210 * MINUTE, "watch", "b", 195 * MINUTE, None));
    said.extend((211..215).map(|at| minute(at, at - 190, r#""hr":81,"spo2":95,"battery":6"#)));
    said.push(tick(6 * HOUR));
    bench.run(&how, &said);
    (bench, how)
}

#[test]
fn alerts_before_in_and_after_a_rebuild_are_explained() {
    let (bench, how) = rebuilt();
    let check = |more: &[(&str, &str)]| {
        let mut all = explained(&reader(&bench), RETENTION_DAYS);
        let anew = all.iter().position(|(_, e)| e.decided_from == REBUILT);
        let (kind, moved) = all.remove(anew.expect("b's fever"));
        assert_eq!(kind, "fever_on_treatment");
        assert_eq!(moved.problems, [""; 0]);
        assert_eq!(moved.verdict, Verdict::NotRecomputed);
        for (kind, explained) in &all {
            assert_eq!(explained.problems, [""; 0], "{kind}");
            assert_eq!(explained.verdict, Verdict::Confirmed, "{kind}");
        }
        let told: Vec<_> = all
            .iter()
            .map(|(k, e)| (k.as_str(), e.decided_from))
            .collect();
        let before = [("fever_on_treatment", WATCH)];
        let after = [("battery_low", WATCH)];
        let expected = [TROUBLES.as_slice(), &before, &after, more].concat();
        assert_eq!(told, expected);
    };
    check(&[]);
    // Another version rebuilds both; what it decides next rests on that.
    super::upgrade::age(&bench);
    let cold = |at: i64| minute(at, 25, r#""hr":80,"temp":36.6"#);
    bench.run(
        &how,
        &[
            cold(361),
            minute(362, 26, r#""worn":false"#),
            tick(8 * HOUR),
        ],
    );
    check(&[("not_worn", DEADLINE)]);
}

#[test]
fn every_cause_is_explained_after_roll_up_restore_and_retention() {
    for (said, expected) in [
        (troubles(), TROUBLES.as_slice()),
        (
            answered(),
            &[
                ("fever_on_treatment", PERSON),
                ("news2", PERSON),
                ("fever_on_treatment", DEADLINE),
            ],
        ),
    ] {
        let (bench, how) = (Bench::new(), How::default());
        bench.run(&how, &said);
        roll_up(&bench, &how);
        assert_confirmed(&reader(&bench), RETENTION_DAYS, expected);
        let (_kept, copy) = restored(&bench);
        assert_confirmed(&copy, RETENTION_DAYS, expected);
        change(&bench, "DELETE FROM chunk");
        assert_confirmed(&reader(&bench), 0, expected);
    }
}

#[test]
fn more_readings_than_are_read_are_said_and_are_no_mismatch() {
    let (bench, _) = trouble();
    let reader = reader(&bench);
    let alert = AlertId::new("alr_0badcafe_0_4").expect("valid");
    let explained = explain_within(&reader, &alert, RETENTION_DAYS, 2).expect("explained");
    assert_eq!(explained.problems, [""; 0]);
    assert_eq!(explained.verdict, Verdict::Confirmed);
    let told = "more than 2 stored readings of heart_rate: they were not held against what was \
                judged";
    assert_eq!(
        explained.notes,
        [told, "2 stored readings are those that were judged"]
    );
    let explained = explain_within(&reader, &alert, RETENTION_DAYS, 3).expect("explained");
    assert_eq!(
        explained.notes,
        ["5 stored readings are those that were judged"]
    );
}
