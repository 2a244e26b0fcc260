//! Routing through the engine and its store: deliveries, history, restarts.

use super::bench::{
    Bench, How, Live, MINUTE, START, Said, assign, clinical, message, order, patient, tick, ward,
};
use crate::alert::routing::Table;
use crate::domain::{
    AlertId, DeliveryId, DeliveryReport, DeliveryVerdict, DeviceId, EndpointId, SilenceScope,
    Vital, WallTime,
};
use crate::engine::Input;
use crate::registry::Command;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::oneshot;

pub(super) const CHAIN: &str = r#"
    [[routes]]
    name = "all"
    chain = "ward"
    [chains.ward]
    steps = [
        { notify = ["endpoint:nurse", "endpoint:desk"] },
        { after_seconds = 120, notify = ["endpoint:doctor"] },
    ]
"#;

pub(super) fn how(text: &str) -> How {
    let written = toml::from_str(text).expect("TOML");
    How {
        routing: Arc::new(Table::new(&written).expect("right")),
        ..How::default()
    }
}

fn endpoint(id: &str) -> Said {
    let command = Command::PutEndpoint {
        id: EndpointId::new(id).expect("valid"),
        url: format!("https://{id}.example.org/"),
        label: id.to_owned(),
        secrets: vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()],
        event_types: Vec::new(),
        wards: Vec::new(),
        channel: Default::default(),
    };
    order(0, command)
}

/// A ward with three endpoints and a watch, which shows a fever at minute 5.
pub(super) fn setting() -> Vec<Said> {
    let mut said = ward(&["a"], &[(Vital::BodyTemperature, 600)]);
    said.extend(["desk", "doctor", "nurse"].map(endpoint));
    said.push(assign(0, "watch", "a", 0, None));
    said
}

pub(super) fn fever(minute: i64) -> Said {
    let at = minute * MINUTE;
    message("watch", at, minute as u64, at, r#""temp":38.9"#)
}

/// Every second from one to another, without what happens in between.
pub(super) fn seconds(from: i64, until: i64) -> Vec<Said> {
    (from..=until).map(|second| tick(second * 1000)).collect()
}

/// Deliveries about alerts in order: seconds after the start, to whom, what, state.
pub(super) fn deliveries(live: &Live) -> Vec<String> {
    let mut found = live
        .reader
        .deliveries(None, None, None, 1_000)
        .expect("reads");
    found.reverse();
    let line = |one: crate::store::DeliveryView| {
        let at = (one.created.epoch_ms() - START) / 1000;
        format!("{at} {} {} {}", one.endpoint, one.event_type, one.state)
    };
    found.into_iter().map(line).collect()
}

fn report(live: &Live, number: u64, at: i64, verdict: DeliveryVerdict) {
    let (reply, done) = oneshot::channel();
    let failed = verdict != DeliveryVerdict::Delivered;
    let report = DeliveryReport {
        delivery: DeliveryId::new(&format!("msg_0badcafe_{number}")).expect("valid"),
        at: WallTime::from_epoch_ms(START + at),
        took_ms: 7,
        status: Some(if failed { 500 } else { 204 }),
        error: failed.then_some("http_status"),
        verdict,
        aside: false,
    };
    live.send_at(at, Input::DeliveryReport { report, reply });
    done.blocking_recv().expect("committed");
}

pub(super) fn acknowledge(at: i64) -> Said {
    let alert = AlertId::new("alr_0badcafe_0_1").expect("valid");
    let comment = None;
    order(at, Command::Acknowledge { alert, comment })
}

fn document(live: &Live) -> Value {
    live.alerts().remove(0).1
}

const FEVER: i64 = 5 * 60;

#[test]
fn a_chain_goes_on_at_its_times_across_restarts() {
    let told = |restarts: bool| {
        let bench = Bench::new();
        bench.run(&how(CHAIN), &[setting(), vec![fever(5)]].concat());
        let rest = seconds(FEVER + 1, FEVER + 200);
        let parts = if restarts {
            rest.chunks(20)
        } else {
            rest.chunks(rest.len())
        };
        for part in parts {
            bench.run(&how(CHAIN), part);
        }
        let live = bench.start(&how(CHAIN));
        let told = deliveries(&live);
        live.stop();
        told
    };
    let plain = told(false);
    assert_eq!(
        plain,
        [
            "300 nurse alert.raised waiting",
            "305 desk alert.raised waiting",
            // Neither took it in time: the doctor is told before the two minutes.
            "310 doctor alert.raised waiting",
        ]
    );
    assert_eq!(told(true), plain);
}

#[test]
fn reports_move_a_chain_on_and_an_answer_stops_what_waits() {
    let bench = Bench::new();
    let live = bench.start(&how(CHAIN));
    live.say(&[setting(), vec![fever(5)]].concat(), 0);
    let at = |second: i64| (FEVER + second) * 1000;
    let again = WallTime::from_epoch_ms(START + at(60));
    report(&live, 1, at(1), DeliveryVerdict::RetryAt(again));
    report(&live, 2, at(2), DeliveryVerdict::Delivered);
    live.say(&seconds(FEVER + 3, FEVER + 121), 0);
    live.one(acknowledge(at(122)))
        .expect("answered")
        .expect("taken");
    live.say(&seconds(FEVER + 123, FEVER + 600), 0);
    live.quiet();
    assert_eq!(
        deliveries(&live),
        [
            "300 nurse alert.raised superseded",
            "301 desk alert.raised delivered",
            "420 doctor alert.raised superseded",
            "422 desk alert.acknowledged waiting",
        ]
    );
    // An attempt that was under way all along: retried no more, or arrived.
    report(&live, 1, at(700), DeliveryVerdict::RetryAt(again));
    report(&live, 3, at(701), DeliveryVerdict::Delivered);
    let told = deliveries(&live);
    assert_eq!(told[0], "300 nurse alert.raised superseded");
    assert_eq!(told[2], "420 doctor alert.raised delivered");
    assert_eq!(told[4], "1001 doctor alert.acknowledged waiting");
    live.stop();
}

#[test]
fn every_step_stands_in_the_history_the_document_and_the_audit() {
    let bench = Bench::new();
    let live = bench.start(&how(CHAIN));
    live.say(&[setting(), vec![fever(5)]].concat(), 0);
    live.say(&seconds(FEVER + 1, FEVER + 6), 0);
    live.quiet();
    let events = live.reader.alert_events_after(0, 100).expect("reads");
    let notified: Vec<Value> = events
        .iter()
        .filter(|event| event.event_type == "alert.notified")
        .map(|event| serde_json::from_str(&event.document).expect("JSON"))
        .collect();
    assert_eq!(notified.len(), 2);
    let second = &notified[1]["notification"];
    assert_eq!(second["channel"], "endpoint:desk");
    assert_eq!(second["step"], 1);
    assert_eq!(second["route"], "all");
    assert_eq!(notified[1]["comment"], "Step 1 of all: endpoint:desk.");
    let shown = document(&live);
    assert_eq!(shown["notification"]["state"], "sent");
    assert_eq!(shown["newest_event"], notified[1]["seq"]);
    let audit = live.reader.audit(None, 100).expect("reads");
    let lines = audit.iter().filter(|line| line.action == "notify");
    assert_eq!(lines.count(), 2);
    live.stop();
    let path = crate::store::database_path(bench.path());
    let verified = crate::store::verify(&path).expect("reads");
    assert!(verified.problems.is_empty(), "{:?}", verified.problems);
}

#[test]
fn a_silence_holds_across_restarts_and_ends_to_the_second() {
    let scope = SilenceScope {
        device: Some(DeviceId::new("watch").expect("valid")),
        ..SilenceScope::default()
    };
    let silence = Command::CreateSilence {
        scope,
        from: clinical(0),
        until: clinical(700_000),
        reason: "new straps".to_owned(),
    };
    let bench = Bench::new();
    let mut said = setting();
    said.extend([order(1_000, silence), fever(5)]);
    bench.run(&how(CHAIN), &said);
    let live = bench.start(&how(CHAIN));
    assert!(deliveries(&live).is_empty());
    let shown = document(&live);
    assert_eq!(shown["handling"], "open", "the alert stands");
    assert_eq!(shown["notification"]["state"], "silenced");
    assert!(
        shown["notification"]["by"]
            .as_str()
            .expect("a text")
            .starts_with("sil_")
    );
    live.say(&seconds(FEVER + 1, 699), 0);
    live.stop();
    let live = bench.start(&how(CHAIN));
    assert!(deliveries(&live).is_empty());
    live.say(&[tick(703_500)], 0);
    live.quiet();
    assert_eq!(deliveries(&live), ["700 nurse alert.raised waiting"]);
    live.stop();
}

/// Silenced, told step by step, snoozed, told anew, acknowledged.
fn course() -> Vec<Said> {
    let silence = Command::CreateSilence {
        scope: SilenceScope {
            patient: Some(patient("a")),
            ..SilenceScope::default()
        },
        from: clinical(0),
        until: clinical(700_000),
        reason: "scan".to_owned(),
    };
    let snooze = Command::Snooze {
        alert: AlertId::new("alr_0badcafe_0_1").expect("valid"),
        until: clinical(1_500_000),
        reason: None,
    };
    let mut said = setting();
    said.extend([order(1_000, silence), fever(5)]);
    said.extend([400, 701, 707, 712].map(|second| tick(second * 1000)));
    said.push(order(800_000, snooze));
    said.extend([1_200, 1_501, 1_506].map(|second| tick(second * 1000)));
    said.push(acknowledge(1_600_000));
    said.extend([1_700, 9_000].map(|second| tick(second * 1000)));
    said
}

#[test]
fn killed_at_any_commit_nobody_is_told_twice_or_not_at_all() {
    let said = course();
    let told = |crash_at: Option<u32>| {
        let bench = Bench::new();
        let until_crash = How {
            crash_at,
            batch_max: 1,
            ..how(CHAIN)
        };
        let live = bench.start(&until_crash);
        live.say(&said, 0);
        live.send(Input::Stop);
        let settled = Arc::clone(&live.settled);
        let _ = live.ended();
        bench.run(&how(CHAIN), &said[settled.all().len()..]);
        let live = bench.start(&how(CHAIN));
        let mut rows = live.reader.routing().expect("reads");
        rows.sort_by_key(|row| (row.kind, row.key.clone()));
        let told = (deliveries(&live), rows);
        live.stop();
        told
    };
    let unbroken = told(None);
    let expected = [
        "700 nurse alert.raised superseded",
        "705 desk alert.raised superseded",
        "710 doctor alert.raised superseded",
        "1500 nurse alert.snooze_ended superseded",
        "1505 desk alert.snooze_ended superseded",
        "1510 doctor alert.snooze_ended superseded",
        // By then the watch has been silent for too long.
        "2700 nurse alert.raised waiting",
        "2705 desk alert.raised waiting",
        "2710 doctor alert.raised waiting",
    ];
    assert_eq!(unbroken.0, expected);
    for crash_at in 0..said.len() as u32 + 2 {
        assert_eq!(
            told(Some(crash_at)),
            unbroken,
            "killed at commit {crash_at}"
        );
    }
}

#[test]
fn a_rota_and_a_team_decide_who_is_told() {
    let text = r#"
        routes = [{ teams = ["lymphoma"], chain = "team" }]
        [chains.team]
        steps = [{ notify = ["rota:nurses"] }]
        [rotas.nurses]
        shifts = [{ who = "nurse", from = "00:00", until = "24:00" }]
    "#;
    let mut said = setting();
    let mut put = ward(&["a"], &[]).remove(1);
    if let super::bench::What::Order(Command::PutPatient { team, expected, .. }) = &mut put.what {
        (*team, *expected) = (Some("lymphoma".to_owned()), None);
    }
    let overrides = vec![crate::domain::RotaOverride {
        from: clinical(0),
        until: clinical(MINUTE * 60),
        who: EndpointId::new("doctor").expect("valid"),
    }];
    let rota = |name: &str| Command::SetRotaOverrides {
        rota: name.to_owned(),
        overrides: overrides.clone(),
    };
    said.extend([
        put,
        order(0, rota("nurses")),
        order(0, rota("doctors")),
        fever(5),
    ]);
    let bench = Bench::new();
    let answers = bench.run(&how(text), &said);
    assert_eq!(
        answers.iter().filter(|answer| answer.is_err()).count(),
        1,
        "no such rota"
    );
    let live = bench.start(&how(text));
    assert_eq!(deliveries(&live), ["300 doctor alert.raised waiting"]);
    assert_eq!(
        live.reader
            .patient(&patient("a"))
            .expect("reads")
            .expect("one")
            .team
            .map(String::from)
            .as_deref(),
        Some("lymphoma")
    );
    live.stop();
}

#[test]
fn without_routes_everybody_hears_everything_as_ever() {
    let bench = Bench::new();
    let mut said = setting();
    said.extend([fever(5), acknowledge(FEVER * 1000 + 500)]);
    bench.run(&How::default(), &said);
    let live = bench.start(&How::default());
    let told = deliveries(&live);
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(
        told.iter().all(|line| line.ends_with("waiting")),
        "nothing is superseded"
    );
    live.stop();
}

#[test]
fn what_an_answer_overtook_is_no_dead_letter() {
    let bench = Bench::new();
    let live = bench.start(&how(CHAIN));
    live.say(&[setting(), vec![fever(5)]].concat(), 0);
    live.quiet();
    let dead = |live: &Live| {
        let told = deliveries(live).into_iter();
        told.filter(|line| line.contains("system.dead_letter"))
            .collect::<Vec<_>>()
    };
    let at = FEVER * 1000;
    report(&live, 1, at + 4_000, DeliveryVerdict::GivenUp);
    let both_others = dead(&live);
    assert_eq!(both_others.len(), 2, "the nurse's: {both_others:?}");
    live.say(&[acknowledge(at + 5_000)], 100);
    live.quiet();
    let told = deliveries(&live);
    let desks = |line: &String| line.ends_with("desk alert.raised superseded");
    let number = told.iter().position(desks).expect("there") as u64 + 1;
    report(&live, number, at + 6_000, DeliveryVerdict::GivenUp);
    assert_eq!(dead(&live), both_others, "nobody missed the desk's");
    live.stop();
}

#[test]
fn a_patient_who_leaves_a_silenced_ward_is_told_of_at_once() {
    let bench = Bench::new();
    let how = how(CHAIN);
    bench.run(&how, &setting());
    let live = bench.start(&how);
    let scope = SilenceScope {
        ward: Some(crate::domain::WardId::new("oncology").expect("valid")),
        ..SilenceScope::default()
    };
    let silence = Command::CreateSilence {
        scope,
        from: clinical(0),
        until: clinical(100 * MINUTE),
        reason: "new watches".to_owned(),
    };
    live.one(order(0, silence)).expect("answered").expect("ok");
    live.say(&[fever(5)], 0);
    live.quiet();
    assert!(deliveries(&live).is_empty());
    let label = "Other".to_owned();
    let id = crate::domain::WardId::new("other").expect("valid");
    live.one(order(
        6 * MINUTE,
        Command::PutWard {
            id,
            label,
            time_zone: None,
        },
    ));
    let mut moved = ward(&["a"], &[]).remove(1);
    moved.at = 7 * MINUTE;
    if let super::bench::What::Order(Command::PutPatient { ward, .. }) = &mut moved.what {
        *ward = crate::domain::WardId::new("other").ok();
    }
    live.one(moved).expect("answered").expect("ok");
    assert_eq!(deliveries(&live), ["420 nurse alert.raised waiting"]);
    live.stop();
}
