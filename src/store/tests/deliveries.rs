//! Deliveries of one patient wait for each other; urgent ones come first.

use super::support::{Bench, START};
use crate::domain::{
    AlertId, ClinicalTime, DeliveryId, DeliveryReport, DeliveryVerdict, EndpointId, PatientNumber,
    Priority, WallTime,
};
use crate::store::{AlertEventRow, NewDelivery, Reader, ReplayRange, Settings, Write, Writer};

fn wall(at: i64) -> WallTime {
    WallTime::from_epoch_ms(at)
}

fn board() -> EndpointId {
    EndpointId::new("board").expect("valid")
}

fn store() -> (Bench, Reader) {
    let mut bench = Bench::new();
    let heads = bench.writer().heads();
    let reader = Reader::open(bench.dir.path(), &bench.settings, heads).expect("opens");
    (bench, reader)
}

fn delivery(number: u64, patient: u32, urgency: Priority, received: i64) -> Write {
    Write::Delivery(Box::new(NewDelivery {
        number,
        id: DeliveryId::new(&format!("msg_{number}")).expect("valid"),
        endpoint: board(),
        event: 1,
        event_type: "alert.raised",
        patient: Some(PatientNumber(patient)),
        urgency,
        body: b"{}".to_vec(),
        created: ClinicalTime::from_epoch_ms(START + number as i64),
        received: wall(received),
    }))
}

fn report(number: u64, verdict: DeliveryVerdict, aside: bool) -> Write {
    Write::DeliveryReport(DeliveryReport {
        delivery: DeliveryId::new(&format!("msg_{number}")).expect("valid"),
        at: wall(2_000 + number as i64),
        took_ms: 5,
        status: Some(500),
        error: (verdict != DeliveryVerdict::Delivered).then_some("http_status"),
        verdict,
        aside,
    })
}

fn due(reader: &Reader, now: i64) -> Vec<u64> {
    let due = reader
        .due_deliveries(&board(), wall(now), 10)
        .expect("answers");
    due.iter().map(|delivery| delivery.number).collect()
}

#[test]
fn what_was_sent_of_one_alert_is_found_by_its_events() {
    let (mut bench, reader) = store();
    let alert = |name: &str| AlertId::new(name).expect("valid");
    let event = |seq, name: &str| {
        Write::AlertEvent(Box::new(AlertEventRow {
            seq,
            alert: alert(name),
            patient: PatientNumber(7),
            event_type: "alert.raised",
            at: ClinicalTime::from_epoch_ms(START),
            document: "{}".to_owned(),
        }))
    };
    let of = |number, seq| match delivery(number, 7, Priority::Low, 1_000) {
        Write::Delivery(mut delivery) => {
            delivery.event = seq;
            Write::Delivery(delivery)
        }
        other => other,
    };
    let events = [event(1, "alr_1"), event(2, "alr_2"), event(3, "alr_1")];
    let deliveries = [of(1, 3), of(2, 2), of(3, 0), of(4, 1)];
    bench.write(events.into_iter().chain(deliveries).collect());
    let found = |name: &str, limit| -> Vec<u64> {
        let found = reader.deliveries_about(&alert(name), limit);
        let found = found.expect("answers").into_iter();
        found.map(|delivery| delivery.number).collect()
    };
    assert_eq!(found("alr_1", 10), [1, 4]);
    assert_eq!(found("alr_1", 1), [1]);
    assert_eq!(found("alr_2", 10), [2]);
    assert!(found("alr_3", 10).is_empty());
}

#[test]
fn only_the_first_of_a_patient_is_due_until_it_is_taken_or_given_up() {
    let (mut bench, reader) = store();
    let low = Priority::Low;
    bench.write(vec![
        delivery(1, 7, low, 1_000),
        delivery(2, 7, low, 1_001),
        delivery(3, 8, low, 1_002),
        delivery(4, 7, low, 1_003),
    ]);
    assert_eq!(due(&reader, 5_000), [1, 3]);
    bench.write(vec![report(
        1,
        DeliveryVerdict::RetryAt(wall(9_000)),
        false,
    )]);
    assert_eq!(due(&reader, 8_999), [3], "the others are not delayed");
    assert_eq!(due(&reader, 9_000), [3, 1]);
    bench.write(vec![report(1, DeliveryVerdict::GivenUp, false)]);
    assert_eq!(
        due(&reader, 9_000),
        [2, 3],
        "what is given up holds nothing back"
    );
    bench.write(vec![report(2, DeliveryVerdict::Delivered, false)]);
    assert_eq!(due(&reader, 9_000), [3, 4]);
}

#[test]
fn something_new_and_urgent_makes_what_stands_before_it_due_at_once_and_as_urgent() {
    let (mut bench, reader) = store();
    bench.write(vec![
        delivery(1, 7, Priority::Low, 1_000),
        delivery(2, 8, Priority::Medium, 1_000),
    ]);
    bench.write(vec![report(
        1,
        DeliveryVerdict::RetryAt(wall(900_000)),
        false,
    )]);
    assert_eq!(due(&reader, 6_000), [2]);
    bench.write(vec![delivery(3, 7, Priority::High, 5_000)]);
    assert_eq!(due(&reader, 6_000), [1, 2]);
    let first = &reader
        .due_deliveries(&board(), wall(6_000), 1)
        .expect("answers")[0];
    assert_eq!((first.number, first.urgency), (1, Priority::High));
    // When that fails too, both wait for its next attempt.
    bench.write(vec![report(
        1,
        DeliveryVerdict::RetryAt(wall(7_000)),
        false,
    )]);
    assert_eq!(due(&reader, 6_999), [2]);
    assert_eq!(due(&reader, 7_000), [1, 2]);
    let next = reader.next_due_of(&board(), wall(6_000)).expect("answers");
    assert_eq!(next, Some(wall(7_000)));
}

#[test]
fn what_is_set_aside_is_tried_again_without_holding_back_the_next() {
    let (mut bench, reader) = store();
    let low = Priority::Low;
    bench.write(vec![delivery(1, 7, low, 1_000), delivery(2, 7, low, 1_001)]);
    bench.write(vec![report(1, DeliveryVerdict::RetryAt(wall(9_000)), true)]);
    assert_eq!(due(&reader, 5_000), [2]);
    assert_eq!(due(&reader, 9_000), [2, 1]);
    bench.write(vec![report(
        1,
        DeliveryVerdict::RetryAt(wall(9_500)),
        false,
    )]);
    assert_eq!(due(&reader, 9_500), [2, 1], "once aside, always aside");
}

#[test]
fn what_an_answer_superseded_neither_holds_back_the_next_nor_counts_as_failed() {
    let (mut bench, reader) = store();
    let low = Priority::Low;
    bench.write((1..=4).map(|n| delivery(n, 7, low, 1_000)).collect());
    bench.write(vec![Write::Supersede { numbers: vec![1] }]);
    assert_eq!(due(&reader, 5_000), [2], "it was the first");
    // An attempt of it was under way.
    bench.write(vec![report(1, DeliveryVerdict::GivenUp, false)]);
    let state = |number: u64| {
        let id = DeliveryId::new(&format!("msg_{number}")).expect("valid");
        let found = reader.delivery(&id).expect("answers").expect("there");
        (found.state, found.failed_because)
    };
    assert_eq!(state(1), ("superseded".to_owned(), None));
    let measured = reader.channel_measured(&board()).expect("answers");
    assert_eq!((measured.waiting, measured.dead_letters), (3, 0));
    bench.write(vec![Write::Supersede { numbers: vec![3] }]);
    assert_eq!(due(&reader, 5_000), [2], "it stood in the middle");
    bench.write(vec![Write::Supersede { numbers: vec![2] }]);
    let retry = DeliveryVerdict::RetryAt(wall(9_000));
    bench.write(vec![report(2, retry, true)]);
    assert_eq!(due(&reader, 9_000), [4]);
    bench.write(vec![report(2, DeliveryVerdict::Delivered, false)]);
    assert_eq!(state(2).0, "delivered", "that it arrived is the truth");
    assert_eq!(due(&reader, 9_000), [4]);
}

#[test]
fn a_replayed_span_holds_what_failed_in_it_and_what_was_delivered_only_when_asked() {
    let (mut bench, reader) = store();
    let low = Priority::Low;
    bench.write((1..=4).map(|n| delivery(n, n as u32, low, 1_000)).collect());
    bench.write(vec![
        report(1, DeliveryVerdict::GivenUp, false),
        report(2, DeliveryVerdict::Delivered, false),
        report(3, DeliveryVerdict::GivenUp, false),
        report(4, DeliveryVerdict::GivenUp, false),
    ]);
    let range = |delivered_too| ReplayRange {
        endpoint: board(),
        from: ClinicalTime::from_epoch_ms(START + 1),
        until: ClinicalTime::from_epoch_ms(START + 4),
        delivered_too,
        at: wall(50_000),
    };
    assert_eq!(reader.replayable(&range(false), 10).expect("answers"), 2);
    assert_eq!(reader.replayable(&range(true), 10).expect("answers"), 3);
    bench.write(vec![Write::ReplayRange(Box::new(range(false)))]);
    assert_eq!(due(&reader, 50_000), [1, 3]);
}

#[test]
fn what_is_replayed_has_its_whole_schedule_again() {
    let (mut bench, reader) = store();
    let low = Priority::Low;
    bench.write((1..=2).map(|n| delivery(n, n as u32, low, 1_000)).collect());
    for number in 1..=2 {
        bench.write(vec![report(
            number,
            DeliveryVerdict::RetryAt(wall(2)),
            false,
        )]);
        bench.write(vec![report(number, DeliveryVerdict::GivenUp, false)]);
    }
    let at = wall(50_000);
    bench.write(vec![Write::ReplayRange(Box::new(ReplayRange {
        endpoint: board(),
        from: ClinicalTime::from_epoch_ms(START + 1),
        until: ClinicalTime::from_epoch_ms(START + 2),
        delivered_too: false,
        at,
    }))]);
    let id = DeliveryId::new("msg_2").expect("valid");
    bench.write(vec![Write::ReplayDelivery { id, at }]);
    let again = reader.due_deliveries(&board(), at, 10).expect("answers");
    let begun = again.iter().map(|d| (d.number, d.attempts));
    assert_eq!(begun.collect::<Vec<_>>(), [(1, 0), (2, 0)]);
}

#[test]
fn a_channel_is_measured_on_its_own_attempts() {
    let (mut bench, reader) = store();
    let low = Priority::Low;
    bench.write((1..=3).map(|n| delivery(n, n as u32, low, 1_000)).collect());
    let nothing = reader.channel_measured(&board()).expect("answers");
    assert_eq!((nothing.took_ms.len(), nothing.waiting), (0, 3));
    bench.write(vec![
        report(1, DeliveryVerdict::Delivered, false),
        report(2, DeliveryVerdict::RetryAt(wall(9_000)), false),
        report(3, DeliveryVerdict::GivenUp, false),
    ]);
    let measured = reader.channel_measured(&board()).expect("answers");
    assert_eq!((measured.took_ms.len(), measured.succeeded), (3, 1));
    assert_eq!(measured.last_success, Some(wall(2_001)));
    assert_eq!(measured.failing_since, Some(wall(2_002)));
    assert_eq!(measured.last_error.as_deref(), Some("http_status"));
    assert_eq!((measured.waiting, measured.dead_letters), (1, 1));
    let other = EndpointId::new("other").expect("valid");
    assert_eq!(
        reader.channel_measured(&other).expect("answers"),
        Default::default()
    );
}

#[test]
fn a_store_of_the_first_version_opens_and_its_deliveries_know_whose_they_are() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = crate::store::database_path(dir.path());
    let conn = rusqlite::Connection::open(&path).expect("opens");
    conn.execute_batch(include_str!("../schema.sql"))
        .expect("version 1");
    conn.execute_batch(
        "PRAGMA user_version = 1;
         INSERT INTO endpoint VALUES ('board', '{\"id\":\"board\",\"url\":\"https://a.example\",
             \"label\":\"Board\",\"secrets\":[\"whsec_x\"],\"event_types\":[],\"wards\":[],
             \"disabled\":null,\"author\":\"a\",\"created\":1}');
         INSERT INTO alert VALUES ('alr_1', 7, 'news2', NULL, 'high', 'active', 'open', 1, 1, 5, '{}');
         INSERT INTO alert_event VALUES (5, 'alr_1', 7, 'alert.raised', 1, '{}');
         INSERT INTO delivery VALUES (1, 'msg_1', 'board', 5, 'alert.raised', x'7b7d', 1, 'waiting', 1, 10, 1);
         INSERT INTO delivery VALUES (2, 'msg_2', 'board', 5, 'alert.raised', x'7b7d', 1, 'waiting', 0, 10, 1);
         INSERT INTO delivery_attempt VALUES (1, 5, 7, 500, 'http_status');",
    )
    .expect("as version 1 wrote it");
    drop(conn);
    let (writer, opened) = Writer::open(dir.path(), &Settings::default()).expect("opens");
    assert_eq!(opened.schema, 7);
    let reader = Reader::open(dir.path(), &Settings::default(), writer.heads()).expect("opens");
    let due = reader
        .due_deliveries(&board(), wall(10), 10)
        .expect("answers");
    assert_eq!(due.len(), 1, "of one patient only the first");
    assert_eq!((due[0].number, due[0].urgency), (1, Priority::High));
    let endpoint = reader.endpoint(&board()).expect("answers").expect("there");
    assert_eq!(endpoint.channel, Default::default());
    assert!(endpoint.channel.system_events && endpoint.trouble.is_none());
    let measured = reader.channel_measured(&board()).expect("answers");
    assert_eq!(measured.took_ms, [7]);
}
