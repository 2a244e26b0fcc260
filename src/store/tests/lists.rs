//! Alerts, deliveries, quarantine, sinks and documents as they are listed.

use super::support::{Bench, START, patient};
use crate::domain::{
    AlertId, AlertKind, ClinicalTime, Condition, DeliveryId, DeliveryReport, DeliveryVerdict,
    DeviceId, DeviceNumber, EndpointId, Handling, MeasuredTime, PatientId, PatientNumber, Priority,
    Quality, Vital, WallTime, WardId,
};
use crate::registry::{Assignment, AssignmentId, Device, Endpoint, Ward};
use crate::store::{
    AlertEventRow, AlertFilter, AlertRow, Capsule, JournalKind, NewDelivery, QuarantineRow, Reader,
    Settings, Write, Writes, rollup::Retention, verify,
};

fn store() -> (Bench, Reader) {
    let mut bench = Bench::new();
    let heads = bench.writer().heads();
    let reader = Reader::open(bench.dir.path(), &bench.settings, heads).expect("opens");
    bench.write(
        (1..=4)
            .map(|n| patient(n, if n < 3 { "ward-a" } else { "ward-b" }))
            .collect(),
    );
    (bench, reader)
}

fn alert(seq: u64, number: u32, kind: AlertKind, handling: Handling) -> Vec<Write> {
    let id = AlertId::new(&format!("alr_{number}")).expect("valid");
    let at = ClinicalTime::from_epoch_ms(START + seq as i64 * 1_000);
    vec![
        Write::Alert(Box::new(AlertRow {
            id: id.clone(),
            patient: PatientNumber(number),
            kind,
            priority: Priority::High,
            condition: Condition::Active,
            handling,
            raised_at: at,
            began_at: MeasuredTime::from_epoch_ms(START),
            newest_event: seq,
            document: format!("{{\"seq\":{seq}}}"),
        })),
        Write::AlertEvent(Box::new(AlertEventRow {
            seq,
            alert: id,
            patient: PatientNumber(number),
            event_type: "alert.raised",
            at,
            document: "{}".to_owned(),
        })),
    ]
}

fn ids(reader: &Reader, filter: AlertFilter) -> Vec<String> {
    let limit = if filter.limit == 0 { 100 } else { filter.limit };
    let found = reader
        .alerts(&AlertFilter { limit, ..filter })
        .expect("answers");
    found
        .iter()
        .map(|alert| alert.id.as_str().to_owned())
        .collect()
}

#[test]
fn alerts_are_filtered_and_paged_newest_event_first() {
    let (mut bench, reader) = store();
    bench.write(alert(1, 1, AlertKind::News2, Handling::Open));
    bench.write(alert(2, 2, AlertKind::FeverOnTreatment, Handling::Resolved));
    bench.write(alert(
        3,
        3,
        AlertKind::Silent(Vital::HeartRate),
        Handling::Open,
    ));
    bench.write(alert(4, 1, AlertKind::News2, Handling::Acknowledged));
    let all = ids(&reader, AlertFilter::default());
    assert_eq!(all, ["alr_1", "alr_3", "alr_2"]);
    let ward = AlertFilter {
        wards: vec![WardId::new("ward-a").expect("valid")],
        handling: vec!["acknowledged".to_owned(), "open".to_owned()],
        ..AlertFilter::default()
    };
    assert_eq!(ids(&reader, ward), ["alr_1"]);
    let kind = AlertFilter {
        kind: vec!["silent".to_owned()],
        priority: vec!["high".to_owned()],
        condition: vec!["active".to_owned()],
        raised_from: Some(ClinicalTime::from_epoch_ms(START + 3_000)),
        ..AlertFilter::default()
    };
    assert_eq!(ids(&reader, kind), ["alr_3"]);
    let of_patient = AlertFilter {
        patient: Some(PatientId::new("p-0002").expect("valid")),
        ..AlertFilter::default()
    };
    assert_eq!(ids(&reader, of_patient), ["alr_2"]);
    let page = AlertFilter {
        after: Some((4, AlertId::new("alr_1").expect("valid"))),
        limit: 1,
        ..AlertFilter::default()
    };
    assert_eq!(ids(&reader, page), ["alr_3"]);
    let events = reader.alert_events_after(1, 2).expect("answers");
    let events: Vec<_> = events.iter().map(|e| (e.seq, e.ward.as_str())).collect();
    assert_eq!(events, [(2, "ward-a"), (3, "ward-b")]);
    let one = AlertId::new("alr_1").expect("valid");
    assert_eq!(reader.alert_events_of(&one).expect("answers").len(), 2);
    assert_eq!(
        reader
            .alert(&one)
            .expect("answers")
            .expect("there")
            .document,
        "{\"seq\":4}"
    );
    assert_eq!(reader.alert_event_range().expect("answers"), Some((1, 4)));
}

fn endpoint(id: &str) -> Write {
    Write::Endpoint(Box::new(Endpoint {
        id: EndpointId::new(id).expect("valid"),
        url: "https://example.org".to_owned(),
        label: String::new(),
        secrets: Vec::new(),
        event_types: Vec::new(),
        wards: Vec::new(),
        disabled: None,
        author: "test".to_owned(),
        created: ClinicalTime::from_epoch_ms(START),
        channel: Default::default(),
        trouble: None,
    }))
}

fn delivery(number: u64, endpoint: &str) -> Write {
    Write::Delivery(Box::new(NewDelivery {
        number,
        id: DeliveryId::new(&format!("msg_{number}")).expect("valid"),
        endpoint: EndpointId::new(endpoint).expect("valid"),
        event: 1,
        event_type: "alert.raised",
        patient: None,
        urgency: Priority::Low,
        body: b"{}".to_vec(),
        created: ClinicalTime::from_epoch_ms(START),
        received: WallTime::from_epoch_ms(1_000),
    }))
}

fn report(number: u64, at: i64, status: u16, verdict: DeliveryVerdict) -> Write {
    Write::DeliveryReport(DeliveryReport {
        delivery: DeliveryId::new(&format!("msg_{number}")).expect("valid"),
        at: WallTime::from_epoch_ms(at),
        took_ms: 5,
        status: Some(status),
        error: (status >= 300).then_some("http_status"),
        verdict,
        aside: false,
    })
}

#[test]
fn a_delivery_waits_is_retried_delivered_and_replayed() {
    let (mut bench, reader) = store();
    let wall = WallTime::from_epoch_ms;
    bench.write(vec![
        endpoint("a"),
        endpoint("b"),
        delivery(1, "a"),
        delivery(2, "a"),
        delivery(3, "b"),
    ]);
    bench.write(alert(1, 1, AlertKind::News2, Handling::Open));
    let a = EndpointId::new("a").expect("valid");
    let due = |now| -> Vec<u64> {
        let due = reader.due_deliveries(&a, wall(now), 10).expect("answers");
        due.iter().map(|delivery| delivery.number).collect()
    };
    assert_eq!((due(999), due(1_000)), (vec![], vec![1, 2]));
    bench.write(vec![report(
        1,
        1_010,
        503,
        DeliveryVerdict::RetryAt(wall(9_000)),
    )]);
    bench.write(vec![report(2, 1_020, 204, DeliveryVerdict::Delivered)]);
    bench.write(vec![report(3, 1_030, 410, DeliveryVerdict::EndpointGone)]);
    assert_eq!((due(8_999), due(9_000)), (vec![], vec![1]));
    assert_eq!(reader.next_due().expect("answers"), Some(wall(9_000)));
    let first = DeliveryId::new("msg_1").expect("valid");
    let view = reader.delivery(&first).expect("answers").expect("there");
    assert_eq!((view.state.as_str(), view.attempts), ("waiting", 1));
    assert_eq!(
        (view.last_status, view.last_error.as_deref()),
        (Some(503), Some("http_status"))
    );
    let failed = reader
        .deliveries(None, Some("failed"), None, 10)
        .expect("answers");
    assert_eq!(failed.len(), 1);
    let of_a = reader
        .deliveries(Some(&a), None, Some(2), 10)
        .expect("answers");
    assert_eq!(of_a.len(), 1);
    let third = DeliveryId::new("msg_3").expect("valid");
    bench.write(vec![Write::ReplayDelivery {
        id: third.clone(),
        at: wall(2_000),
    }]);
    assert_eq!(reader.next_due().expect("answers"), Some(wall(2_000)));
    bench.write(vec![report(3, 2_100, 200, DeliveryVerdict::Delivered)]);
    assert_eq!(reader.delivery_attempts(&third).expect("answers").len(), 2);
    let counts = reader.counts().expect("answers");
    assert_eq!(
        counts.deliveries,
        [("delivered".to_owned(), 2), ("waiting".to_owned(), 1)]
    );
    let delay = counts.delay.expect("two were delivered");
    assert_eq!((delay.deliveries, delay.p99_ms), (2, 1_105));
    assert!(
        verify(&crate::store::database_path(bench.dir.path()))
            .expect("reads")
            .is_sound()
    );
}

#[test]
fn retention_drops_resolved_alerts_with_all_that_hangs_on_them() {
    let (mut bench, reader) = store();
    bench.write(alert(1, 1, AlertKind::News2, Handling::Resolved));
    bench.write(alert(2, 2, AlertKind::News2, Handling::Open));
    let alert = AlertId::new("alr_1").expect("valid");
    bench.write(vec![
        endpoint("a"),
        delivery(1, "a"),
        report(1, 1_010, 204, DeliveryVerdict::Delivered),
        Write::Capsule(Capsule {
            alert: alert.clone(),
            body: vec![1],
        }),
    ]);
    assert_eq!(reader.capsule(&alert).expect("answers"), Some(vec![1]));
    // About Wardlight itself: what was delivered goes, what waits stays.
    let about = |number| match delivery(number, "a") {
        Write::Delivery(mut about) => {
            about.event = 0;
            Write::Delivery(about)
        }
        other => other,
    };
    bench.write(vec![
        about(2),
        about(3),
        report(2, 1_010, 204, DeliveryVerdict::Delivered),
    ]);
    let settings = Settings::default();
    let later = ClinicalTime::from_epoch_ms(START + 401 * 24 * 3_600_000);
    let writes = Retention::default()
        .look(&reader, later, &settings)
        .expect("plans");
    bench.write(writes);
    assert_eq!(ids(&reader, AlertFilter::default()), ["alr_2"]);
    assert_eq!(reader.capsule(&alert).expect("answers"), None);
    let left = reader.deliveries(None, None, None, 10).expect("answers");
    let left: Vec<_> = left.iter().map(|delivery| delivery.number).collect();
    assert_eq!(left, [3]);
    assert!(
        verify(&crate::store::database_path(bench.dir.path()))
            .expect("reads")
            .is_sound()
    );
}

#[test]
fn sinks_read_messages_in_order_and_are_told_of_a_gap() {
    let (mut bench, reader) = store();
    let device = Device {
        number: DeviceNumber(9),
        id: DeviceId::new("watch-9").expect("valid"),
        model: String::new(),
        firmware: String::new(),
    };
    bench.write(vec![Write::Device(device)]);
    for i in 0..10 {
        let mut writes = Writes::default();
        let stamp = START + i * 1_000;
        if i % 3 == 2 {
            bench.push(&mut writes, JournalKind::Tick, None, None, stamp, b"");
        } else {
            let reading = (stamp - 100, Vital::HeartRate, 60.5, Quality::Good);
            bench.readings(&mut writes, 1, 9, stamp, &[reading]);
        }
        bench.commit(&writes);
    }
    let page = reader.journal_after(0, 3).expect("answers");
    let seqs: Vec<_> = page.rows.iter().map(|row| row.seq).collect();
    assert_eq!((seqs, page.next, page.oldest), (vec![1, 2, 4], 4, Some(1)));
    assert_eq!(
        page.rows[0].device.as_ref().map(DeviceId::as_str),
        Some("watch-9")
    );
    assert_eq!(page.rows[0].patient_id.as_str(), "p-0001");
    assert_eq!(page.rows[0].entry.readings[0].value, 60.5);
    let rest = reader.journal_after(4, 100).expect("answers");
    assert_eq!((rest.rows.len(), rest.next), (4, 10));
    let at = |ms| {
        reader
            .journal_at(ClinicalTime::from_epoch_ms(START + ms))
            .expect("answers")
    };
    assert_eq!(
        [at(-5), at(0), at(2_500), at(9_000), at(9_001)],
        [Some(1), Some(1), Some(4), Some(10), None]
    );
    bench.write(vec![
        Write::PruneJournal {
            below: 6,
            rows_max: 100,
        },
        Write::SinkCursor {
            sink: "influxdb",
            seq: 4,
            stamp: ClinicalTime::from_epoch_ms(START),
        },
        Write::SinkRejected {
            sink: "influxdb",
            at: WallTime::from_epoch_ms(1),
            reason: "no".to_owned(),
            line: b"x".to_vec(),
        },
    ]);
    assert_eq!(
        reader.journal_after(4, 100).expect("answers").oldest,
        Some(6)
    );
    let cursor = reader
        .sink_cursor("influxdb")
        .expect("answers")
        .expect("there");
    assert_eq!(cursor.0, 4);
    assert_eq!(
        reader.sink_rejected("influxdb", 0, 10).expect("answers")[0].line,
        b"x"
    );
}

#[test]
fn documents_are_listed_by_ward_and_identifier() {
    let (mut bench, reader) = store();
    let ward = Ward {
        time_zone: None,
        id: WardId::new("ward-a").expect("valid"),
        label: "A".to_owned(),
    };
    let assignment = |id, start, end: Option<i64>| {
        Write::Assignment(Assignment {
            id: AssignmentId(id),
            device: DeviceNumber(1),
            patient: PatientNumber(2),
            start: MeasuredTime::from_epoch_ms(start),
            end: end.map(MeasuredTime::from_epoch_ms),
            author: "test".to_owned(),
        })
    };
    bench.write(vec![
        Write::Ward(ward.clone()),
        assignment(1, 0, Some(5)),
        assignment(2, 5, None),
    ]);
    assert_eq!(
        reader.wards().expect("answers"),
        std::slice::from_ref(&ward)
    );
    let page = reader.patients(Some(&ward.id), None, 1).expect("answers");
    let page = reader
        .patients(Some(&ward.id), Some(&page[0].id), 10)
        .expect("answers");
    assert_eq!(page.len(), 1);
    assert_eq!(
        reader
            .patient(&page[0].id)
            .expect("answers")
            .expect("there"),
        page[0]
    );
    assert_eq!(reader.patients(None, None, 100).expect("answers").len(), 4);
    let of_patient = reader
        .assignments_of_patient(PatientNumber(2))
        .expect("answers");
    assert_eq!(
        of_patient,
        reader
            .assignments_of_device(DeviceNumber(1))
            .expect("answers")
    );
    assert_eq!(of_patient.len(), 2);
    assert_eq!(of_patient[1].end, None);
    assert_eq!(reader.site().expect("answers").expect("named").len(), 8);
}

#[test]
fn quarantine_is_paged_by_device_and_keeps_the_bytes() {
    let (mut bench, reader) = store();
    for (i, device) in ["x", "y", "x"].into_iter().enumerate() {
        let row = QuarantineRow {
            stamp: ClinicalTime::from_epoch_ms(START),
            device: DeviceId::new(device).ok(),
            topic: "t".to_owned(),
            reason: "malformed",
            length: 1,
            sha256: "00".to_owned(),
            payload: vec![i as u8],
        };
        bench.write(vec![Write::Quarantine(row)]);
    }
    let x = DeviceId::new("x").expect("valid");
    let page = reader.quarantine(Some(3), 10, Some(&x)).expect("answers");
    assert_eq!(page.len(), 1);
    assert_eq!(
        reader.quarantine_payload(page[0].id).expect("answers"),
        Some(vec![0])
    );
    bench.write(vec![Write::QuarantineTaken {
        ids: vec![page[0].id],
    }]);
    assert_eq!(reader.quarantine(None, 10, None).expect("answers").len(), 2);
}

#[test]
fn a_durable_session_outlives_a_crash_with_its_open_packets() {
    let (mut bench, _reader) = store();
    let client = || Box::<str>::from("watch-1");
    let at = WallTime::from_epoch_ms(5);
    let open = |fresh| Write::SessionOpened {
        client: client(),
        fresh,
        expiry_seconds: 60,
        will: Some(vec![9]),
        at,
    };
    bench.write(vec![
        open(true),
        Write::PacketOpened {
            client: client(),
            packet: 7,
        },
        Write::PacketOpened {
            client: client(),
            packet: 8,
        },
        Write::PacketReleased {
            client: client(),
            packet: 7,
        },
    ]);
    bench.reopen();
    let session = bench.writer().load().expect("loads").sessions.remove(0);
    assert_eq!((session.open_packets, session.closed), (vec![8], None));
    bench.write(vec![Write::SessionClosed {
        client: client(),
        expiry_seconds: Some(9),
        keep_will: true,
        at,
    }]);
    let session = bench.writer().load().expect("loads").sessions.remove(0);
    assert_eq!(
        (session.expiry_seconds, session.will, session.closed),
        (9, Some(vec![9]), Some(at))
    );
    bench.write(vec![
        Write::SessionWillDone { client: client() },
        open(false),
    ]);
    assert_eq!(
        bench.writer().load().expect("loads").sessions[0].open_packets,
        [8]
    );
    bench.write(vec![open(true)]);
    assert!(
        bench.writer().load().expect("loads").sessions[0]
            .open_packets
            .is_empty()
    );
    bench.write(vec![Write::SessionExpired { client: client() }]);
    assert!(bench.writer().load().expect("loads").sessions.is_empty());
}
