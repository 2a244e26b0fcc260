//! What reports read: as it was, not as it is.

use super::support::{Bench, START, patient};
use crate::domain::{
    AlertId, AlertKind, ClinicalTime, Condition, Handling, MeasuredTime, PatientId, PatientNumber,
    Priority, WardId,
};
use crate::store::{AlertEventRow, AlertRow, Reader, Write};
use serde_json::json;

fn store() -> (Bench, Reader) {
    let mut bench = Bench::new();
    let heads = bench.writer().heads();
    let reader = Reader::open(bench.dir.path(), &bench.settings, heads).expect("opens");
    bench.write(vec![patient(1, "a"), patient(2, "b"), patient(3, "b")]);
    (bench, reader)
}

fn at(seconds: i64) -> ClinicalTime {
    ClinicalTime::from_epoch_ms(START + seconds * 1_000)
}

fn ordered(seconds: i64, action: &'static str, document: serde_json::Value) -> Write {
    Write::Audit {
        at: at(seconds),
        author: "test".to_owned(),
        action,
        document: document.to_string(),
    }
}

/// An event of the alert of patient 1, and the alert as it stands with it.
fn event(seq: u64, seconds: i64, event_type: &'static str, handling: Handling) -> Vec<Write> {
    let id = AlertId::new("alr_1").expect("valid");
    let document = json!({ "seq": seq, "type": event_type }).to_string();
    let row = AlertRow {
        id: id.clone(),
        patient: PatientNumber(1),
        kind: AlertKind::News2,
        priority: Priority::High,
        condition: Condition::Active,
        handling,
        raised_at: at(1),
        began_at: MeasuredTime::from_epoch_ms(START),
        newest_event: seq,
        document: document.clone(),
    };
    let event = AlertEventRow {
        seq,
        alert: id,
        patient: PatientNumber(1),
        event_type,
        at: at(seconds),
        document,
    };
    vec![
        Write::Alert(Box::new(row)),
        Write::AlertEvent(Box::new(event)),
    ]
}

#[test]
fn whoever_was_on_a_ward_is_found_there_and_what_was_ordered_comes_in_order() {
    let (mut bench, reader) = store();
    bench.write(vec![
        ordered(1, "put_patient", json!({ "id": "p-0002", "ward": "a" })),
        ordered(2, "start_monitoring", json!({ "patient": "p-0002" })),
        ordered(3, "set_limit", json!({ "patient": "p-0002" })),
        ordered(4, "put_patient", json!({ "id": "p-0002", "ward": "b" })),
        ordered(5, "put_patient", json!({ "id": "p-0003", "ward": null })),
        ordered(6, "discharge", json!({ "patient": "p-0001" })),
    ]);
    let on = |ward: Option<&str>| -> Vec<String> {
        let ward = ward.map(|ward| WardId::new(ward).expect("valid"));
        let found = reader.patients_ever_on(ward.as_ref(), 10).expect("answers");
        found.into_iter().map(|patient| patient.id.into()).collect()
    };
    assert_eq!(on(Some("a")), ["p-0001", "p-0002"]);
    assert_eq!(on(Some("b")), ["p-0002", "p-0003"]);
    // The canary is on a ward of its own and in no report.
    let Write::Patient(mut canary) = patient(4, "a") else {
        panic!("a patient");
    };
    canary.id = PatientId::canary();
    bench.write(vec![Write::Patient(canary)]);
    assert_eq!(on(None), ["p-0001", "p-0002", "p-0003"]);
    let second = PatientId::new("p-0002").expect("valid");
    let orders = reader.orders_about(&second, 10).expect("answers");
    let times: Vec<_> = orders.iter().map(|order| order.at).collect();
    assert_eq!(times, [at(1), at(2), at(4)]);
}

#[test]
fn events_of_a_span_begin_with_its_first_moment_and_end_before_its_last() {
    let (mut bench, reader) = store();
    bench.write(event(1, 1, "alert.raised", Handling::Open));
    bench.write(event(2, 5, "alert.acknowledged", Handling::Acknowledged));
    bench.write(event(3, 9, "alert.resolved", Handling::Resolved));
    let count = |number, from, until| {
        let found = reader.alert_events_between(PatientNumber(number), at(from), at(until), 10);
        found.expect("answers").len()
    };
    assert_eq!(
        (count(1, 1, 9), count(1, 2, 10), count(2, 0, 10)),
        (2, 2, 0)
    );
}

#[test]
fn a_silence_that_was_closed_while_it_lasts_is_found_for_as_long_as_it_is_kept_quiet() {
    let (mut bench, reader) = store();
    let silent = |seq, seconds, event_type, handling| {
        let mut writes = event(seq, seconds, event_type, handling);
        for write in &mut writes {
            if let Write::Alert(row) = write {
                row.kind = AlertKind::DeviceSilent;
            }
        }
        writes
    };
    bench.write(silent(1, 1, "alert.raised", Handling::Open));
    bench.write(silent(2, 5, "alert.resolved", Handling::Resolved));
    let look = |seconds| {
        let found = reader.standing_alerts(PatientNumber(1), at(seconds), 10);
        let found = found.expect("answers").into_iter();
        found.map(|view| view.closed.is_some()).collect::<Vec<_>>()
    };
    let day = 86_400;
    assert_eq!((look(4), look(9)), (vec![false], vec![true]));
    assert_eq!((look(day + 4), look(day + 5)), (vec![true], vec![]));
}

#[test]
fn an_alert_stands_as_its_newest_event_of_that_moment_said() {
    let (mut bench, reader) = store();
    bench.write(event(1, 1, "alert.raised", Handling::Open));
    bench.write(event(2, 5, "alert.acknowledged", Handling::Acknowledged));
    // Routing notes what became of a notification; the alert stands as before.
    bench.write(event(3, 6, "alert.notified", Handling::Acknowledged));
    let look = |seconds| {
        let found = reader.standing_alerts(PatientNumber(1), at(seconds), 10);
        let found = found.expect("answers").into_iter();
        let types = |document: &str| {
            let document: serde_json::Value = serde_json::from_str(document).expect("JSON");
            document["type"].as_str().expect("a type").to_owned()
        };
        found
            .map(|view| (types(&view.newest), view.acknowledged.is_some()))
            .collect::<Vec<_>>()
    };
    let raised = vec![("alert.raised".to_owned(), false)];
    let acknowledged = vec![("alert.acknowledged".to_owned(), true)];
    assert_eq!((look(0), look(4)), (vec![], raised.clone()));
    assert_eq!(
        (look(5), look(7)),
        (acknowledged.clone(), acknowledged.clone())
    );
    bench.write(event(4, 8, "alert.resolved", Handling::Resolved));
    assert_eq!((look(4), look(7)), (raised, acknowledged));
    assert_eq!(look(8), vec![], "it was over by then");
}
