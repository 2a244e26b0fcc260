//! The canary's alerts go to its own endpoint and to nobody else.

use super::bench::{Bench, HOUR, How, Live, MINUTE, Said, assign, clinical, message, order, ward};
use crate::domain::{CANARY, ChannelOptions, EndpointId, PatientId, WallTime, WardId};
use crate::engine::{CanaryChange, CanaryLate, Input};
use crate::registry::Command;
use crate::store::database_path;
use serde_json::Value;
use tokio::sync::oneshot;

const LATE: CanaryChange = CanaryChange::Late(CanaryLate {
    since: WallTime::from_epoch_ms(7),
    last_round: None,
    seen: "not_sent",
    seed: 42,
});

fn endpoint(name: &str, wards: Vec<WardId>, system_events: bool) -> Said {
    let command = Command::PutEndpoint {
        id: EndpointId::new(name).expect("valid"),
        url: "https://example.org/".to_owned(),
        label: name.to_owned(),
        secrets: vec!["whsec_".to_owned()],
        event_types: Vec::new(),
        wards,
        channel: ChannelOptions {
            system_events,
            ..ChannelOptions::default()
        },
    };
    order(0, command)
}

/// A patient and the canary, each with a watch that runs low.
fn world() -> Vec<Said> {
    let canary = |label: &str| Command::PutWard {
        time_zone: None,
        id: WardId::canary(),
        label: label.to_owned(),
    };
    let patient = Command::PutPatient {
        id: PatientId::canary(),
        label: None,
        ward: Some(WardId::canary()),
        team: None,
        time_zone: None,
        spo2_scale: None,
        oxygen: None,
        treatment: None,
        neutropenia: None,
        post_infusion: None,
        administrations: None,
        expected: None,
    };
    let start = Command::StartMonitoring {
        patient: PatientId::canary(),
        start: clinical(0),
    };
    [
        ward(&["ada"], &[]),
        vec![
            order(0, canary("Canary")),
            order(0, patient),
            order(0, start),
            assign(0, "watch", "ada", 0, None),
            assign(0, CANARY, CANARY, 0, None),
            endpoint("pager", Vec::new(), true),
            endpoint("deaf", Vec::new(), false),
            endpoint(CANARY, vec![WardId::canary()], false),
            message("watch", HOUR, 1, HOUR, r#""battery":0"#),
        ],
    ]
    .concat()
}

/// A round trip's reading: charged, and empty a second later.
fn round(number: u64, at: i64) -> [Said; 2] {
    let charged = message(CANARY, at, 2 * number, at - 1_000, r#""battery":100"#);
    let empty = message(CANARY, at, 2 * number + 1, at, r#""battery":0"#);
    [charged, empty]
}

fn types(live: &Live, endpoint: &str) -> Vec<String> {
    live.quiet();
    let id = EndpointId::new(endpoint).expect("valid");
    let all = live.reader.deliveries(Some(&id), None, None, 1_000);
    let mut all = all.expect("reads");
    all.reverse();
    all.into_iter().map(|told| told.event_type).collect()
}

fn change(live: &Live, change: CanaryChange) {
    let (reply, committed) = oneshot::channel();
    live.send(Input::Canary { change, reply });
    committed.blocking_recv().expect("committed");
    live.quiet();
}

#[test]
fn each_reading_of_the_canary_tells_its_own_endpoint_and_nobody_else() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    let rounds = (0..3).flat_map(|number| round(number, HOUR + number as i64 * MINUTE));
    live.say(&[world(), rounds.collect()].concat(), 0);
    assert_eq!(
        types(&live, CANARY),
        ["alert.raised", "alert.reopened", "alert.reopened"]
    );
    assert_eq!(types(&live, "pager"), ["alert.raised"], "ada's");
    assert_eq!(types(&live, "deaf"), ["alert.raised"], "ada's");
    live.stop();
}

#[test]
fn what_round_trips_leave_in_the_store_is_bounded() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    let rounds = (0..150).flat_map(|number| round(number, HOUR + number as i64 * MINUTE));
    live.say(&[world(), rounds.collect()].concat(), 0);
    assert_eq!(types(&live, CANARY).len(), 61, "those of the last hour");
    assert_eq!(types(&live, "pager"), ["alert.raised"], "ada's stays");
    let events = live.reader.alert_events_after(0, 1_000).expect("reads");
    assert_eq!(events.len(), 1, "the canary's are in no feed");
    let bounds = live.reader.alert_event_range().expect("reads");
    assert_eq!(bounds, Some((events[0].seq, events[0].seq)));
    live.stop();
}

#[test]
fn episodes_of_a_seldom_canary_do_not_pile_up() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    let seldom = (0..20).flat_map(|number| round(number, HOUR + number as i64 * 2 * HOUR));
    live.say(&[world(), seldom.collect()].concat(), 0);
    live.quiet();
    let database = rusqlite::Connection::open(database_path(bench.path())).expect("opens");
    let counted = |table: &str| -> u64 {
        let sql = format!("SELECT count(*) FROM {table}");
        database
            .query_row(&sql, [], |row| row.get(0))
            .expect("reads")
    };
    let (alerts, capsules) = (counted("alert"), counted("capsule"));
    // Ada's and the canary's newest; the one before it is resolved by the clock
    // only when time passes it.
    assert!(alerts <= 3 && capsules <= 3, "{alerts} {capsules}");
    let events = counted("alert_event");
    assert!(events <= 8, "{events}");
    live.stop();
}

#[test]
fn a_late_round_trip_is_told_once_also_across_a_restart_and_over_once() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&world(), 0);
    change(&live, CanaryChange::OnTime);
    change(&live, LATE);
    change(&live, LATE);
    live.stop();
    let live = bench.start(&How::default());
    change(&live, LATE);
    change(&live, CanaryChange::OnTime);
    change(&live, CanaryChange::OnTime);
    let all = [
        "alert.raised",
        "system.canary_late",
        "system.canary_recovered",
    ];
    assert_eq!(types(&live, "pager"), all);
    assert_eq!(types(&live, "deaf"), ["alert.raised"]);
    assert_eq!(types(&live, CANARY), [""; 0]);
    let pager = EndpointId::new("pager").expect("valid");
    let told = live.reader.deliveries(Some(&pager), None, None, 10);
    let body: Value = serde_json::from_slice(&told.expect("reads")[1].body).expect("JSON");
    assert_eq!(body["data"]["error"], "not_sent");
    assert_eq!(body["data"]["since"], "1970-01-01T00:00:00.007Z");
    live.stop();
}
