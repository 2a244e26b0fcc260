//! A patient's course over a period: values, scores, marks, events and files.

use super::by_ward::two_wards;
use super::harness::{Reply, Server};
use super::on_notes::note;
use super::on_pages::text;
use super::readings::{patient, point};
use super::reports::ward;
use super::world::NOW;
use crate::api::moment::Moment;
use crate::domain::{
    Administration, AdministrationKind, ClinicalTime, DeviceId, DeviceNumber, MeasuredTime,
    PatientId, PatientNumber, Pause, Period, Quality, QualityReason, Regimen, Spo2Scale, Vital,
};
use crate::registry::{Assignment, AssignmentId, Device, Patient};
use crate::store::{OrderView, PointView, StandingView};
use serde_json::{Value, json};

const PATH: &str = "/patients/p-001";
const MARKUP: &str = "<script>alert(1)</script>";

fn ago(minutes: i64) -> ClinicalTime {
    NOW.plus_ms(-minutes * 60_000)
}

fn moment(minutes: i64) -> String {
    Moment::from(ago(minutes)).text()
}

/// An event of an alert of patient 1.
pub(super) fn told(server: &Server, minutes: i64, name: &str, more: Value) {
    let mut event = json!({ "type": name, "at": moment(minutes), "alert": "alr_1",
        "ward": "oncology", "kind": "baseline_deviation", "vital": "heart_rate", "rule": null,
        "priority": "high", "condition": "active", "handling": "open",
        "raised_at": moment(90), "began_at": moment(95), "author": null });
    let fields = event.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    let told = (PatientNumber(1), ago(minutes), event.to_string());
    server.world.data().told.push(told);
}

/// Patient 1, on treatment, with a pause.
fn treated() -> Patient {
    let mut one = patient(1, "p-001");
    one.context.spo2_scale = Some(Spo2Scale::One);
    one.context.oxygen = Some(false);
    one.context.treatment = vec![Period {
        start: ago(600),
        end: None,
    }];
    one.context.administrations = vec![Administration {
        given_at: ago(300),
        cycle: 2,
        regimen: Some(Regimen(MARKUP.to_owned())),
        kind: AdministrationKind::CarT,
        nadir_days: None,
        post_infusion_hours: None,
    }];
    one.context.pauses = vec![Pause {
        start: ago(50),
        end: ago(40),
        reason: MARKUP.to_owned(),
    }];
    one
}

/// A day with something of everything.
pub(super) async fn server() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.wards = vec![ward("oncology")];
        data.patients = vec![treated()];
        data.devices = vec![Device {
            number: DeviceNumber(1),
            id: DeviceId::new("watch-1").expect("valid"),
            model: "Model".to_owned(),
            firmware: "1".to_owned(),
        }];
        data.assignments = vec![Assignment {
            id: AssignmentId(1),
            device: DeviceNumber(1),
            patient: PatientNumber(1),
            start: MeasuredTime::from_epoch_ms(ago(700).epoch_ms()),
            end: None,
            author: "Sister Ann".to_owned(),
        }];
        data.points = vec![
            point(Vital::HeartRate, 100 * 60, 60.0),
            point(Vital::HeartRate, 30 * 60, 131.0),
            late(Vital::RespiratoryRate, 25 * 60, 26.0, 15),
            doubtful(Vital::HeartRate, 20 * 60, 250.0),
            point(Vital::Worn, 15 * 60, 0.0),
            point(Vital::Worn, 10 * 60, 1.0),
            point(Vital::BatteryLevel, 10 * 60, 81.0),
        ];
        data.notes = vec![note(1, 1, 70, MARKUP)];
        let order = json!({ "command": "pause_monitoring", "patient": "p-001",
            "pause": { "start": ago(50).epoch_ms(), "end": ago(40).epoch_ms(), "reason": MARKUP } });
        let order = OrderView {
            at: ago(60),
            document: order.to_string(),
        };
        data.orders = vec![(PatientId::new("p-001").expect("valid"), order)];
    }
    told(
        &server,
        90,
        "alert.raised",
        json!({ "evidence": { "summary": "131 is high" } }),
    );
    told(&server, 85, "alert.notified", json!({}));
    let seen = json!({ "author": "Nurse Joy", "comment": MARKUP, "handling": "acknowledged" });
    told(&server, 80, "alert.acknowledged", seen);
    told(
        &server,
        75,
        "alert.condition_ended",
        json!({ "condition": "ended" }),
    );
    server
}

fn late(vital: Vital, seconds_ago: i64, value: f64, minutes: i64) -> PointView {
    let on_time = point(vital, seconds_ago, value);
    let arrived = on_time.arrived.plus_ms(minutes * 60_000);
    PointView { arrived, ..on_time }
}

fn doubtful(vital: Vital, seconds_ago: i64, value: f64) -> PointView {
    let quality = Quality::Artefact(QualityReason::Implausible);
    PointView {
        quality,
        ..point(vital, seconds_ago, value)
    }
}

async fn page(server: &Server, query: &str) -> String {
    text(&server.get(&format!("{PATH}{query}"), "nurse").await)
}

async fn series(server: &Server, query: &str) -> Value {
    let reply = server.get(&format!("{PATH}/series{query}"), "nurse").await;
    assert_eq!(reply.status, 200);
    reply.json()
}

#[track_caller]
fn holds(page: &str, all: &[&str]) {
    for part in all {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

fn vital(series: &Value, name: &str) -> Value {
    let vitals = series["vitals"].as_array().expect("vitals");
    let found = vitals.iter().find(|one| one["vital"] == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {series}"))
        .clone()
}

#[tokio::test]
async fn what_happened_is_told_in_order_with_who_did_it() {
    let server = server().await;
    let shown = page(&server, "").await;
    let list = shown
        .split("What happened in this time")
        .nth(1)
        .expect("the list");
    let list = list.split("</ol>").next().expect("its end");
    let mut before = 0;
    for part in [
        "Pause of monitoring ordered, 4 Mar 08:26 GMT to 4 Mar 08:36 GMT",
        "Note by Ann &#60;Lee&#62;",
        "Heart rate away from own normal: the condition ended",
        "acknowledged by Nurse Joy",
        "raised with priority high",
        "131 is high",
        "Given: cycle 2, CAR-T cells, &#60;script&#62;",
        "Watch watch-1 begins, assigned by Sister Ann",
    ] {
        let place = list.find(part).unwrap_or_else(|| panic!("{part}: {list}"));
        assert!(place > before, "{part} comes too early: {list}");
        before = place;
    }
    assert!(
        !list.contains("handed") && !shown.contains("<script>alert"),
        "{list}"
    );
    let hour = page(&server, "?span=1h").await;
    let list = hour
        .split("What happened in this time")
        .nth(1)
        .expect("the list");
    assert!(
        !list.contains("acknowledged by Nurse Joy"),
        "it was before: {list}"
    );
    server.world.data().told = (0..300)
        .map(|second| {
            let event = json!({ "type": "alert.reminded", "at": moment(1), "alert": "alr_1",
                "kind": "news2", "author": null });
            (
                PatientNumber(1),
                NOW.plus_ms(-second * 1000 - 1),
                event.to_string(),
            )
        })
        .collect();
    holds(
        &page(&server, "?span=1h").await,
        &["The newest 200; there is more"],
    );
}

#[tokio::test]
async fn alerts_treatment_wear_and_pauses_are_marked_while_they_lasted() {
    let server = server().await;
    let shown = page(&server, "?span=6h").await;
    holds(
        &shown,
        &[
            "▲ Alert</th><td>4 Mar 07:41 GMT to 4 Mar 08:01 GMT</td>",
            "<a href=\"/alerts/alr_1\">Heart rate away from own normal</a>",
            "▨ Treatment</th><td>4 Mar 03:16 GMT to 4 Mar 09:16 GMT</td>",
            "▼ Given</th><td>4 Mar 04:16 GMT</td>",
            "▒ Not worn</th><td>4 Mar 09:01 GMT to 4 Mar 09:06 GMT</td>",
            "▥ Not watched</th><td>4 Mar 08:26 GMT to 4 Mar 08:36 GMT</td>",
            "Monitoring paused: &#60;script&#62;",
            "✎ Note</th><td>4 Mar 08:06 GMT</td>",
        ],
    );
    let day = page(&server, "").await;
    holds(&day, &["No watch was assigned"]);
    let marks = series(&server, "?span=6h").await["marks"].clone();
    let alert = &marks.as_array().expect("marks")[0];
    assert_eq!(
        (&alert["kind"], &alert["vital"]),
        (&json!("alert"), &json!("heart_rate"))
    );
    let minutes = |of: &Value| (NOW.epoch_ms() - of.as_i64().expect("a time")) / 60_000;
    assert_eq!(
        (minutes(&alert["from"]), minutes(&alert["until"])),
        (95, 75)
    );
    // One that stood when the period began, and holds to its end.
    server.world.data().told.clear();
    let standing = json!({ "type": "alert.raised", "at": moment(400), "alert": "alr_2",
        "kind": "news2", "vital": null, "rule": null, "priority": "low", "condition": "active",
        "handling": "open", "raised_at": moment(400), "began_at": moment(410) });
    let view = StandingView {
        newest: standing.to_string(),
        acknowledged: None,
        closed: None,
    };
    server.world.data().standing = vec![(PatientNumber(1), ago(400), view)];
    let shown = page(&server, "?span=6h").await;
    holds(
        &shown,
        &["▲ Alert</th><td>4 Mar 03:16 GMT to 4 Mar 09:16 GMT</td>"],
    );
}

#[tokio::test]
async fn single_values_are_drawn_where_they_are_few_with_late_and_doubtful_ones_apart() {
    let server = server().await;
    let shown = series(&server, "?span=1h").await;
    assert_eq!(shown["is_single"], true);
    let heart = vital(&shown, "heart_rate");
    assert_eq!(heart["mean"], json!([131.0, null]));
    assert_eq!(heart["doubtful"], json!([null, 250.0]));
    let breathing = vital(&shown, "respiratory_rate");
    assert_eq!(
        (&breathing["mean"], &breathing["late"]),
        (&json!([26.0]), &json!([26.0]))
    );
    assert_eq!(heart["late"], json!([null, null]));
    let many = (0..9_000).map(|second| point(Vital::HeartRate, second / 3, 70.0));
    server.world.data().points.extend(many);
    let shown = series(&server, "?span=1h").await;
    assert_eq!(
        (&shown["is_single"], &shown["stretch_seconds"]),
        (&json!(false), &json!(10))
    );
    let breathing = vital(&shown, "respiratory_rate");
    assert_eq!(breathing["late"], json!([26.0]), "also of a stretch");
    let table = page(&server, "?span=6h").await;
    holds(
        &table,
        &[
            "26 | 26 | 26, late",
            "more than 10 minutes after it was measured",
        ],
    );
}

#[tokio::test]
async fn stretches_keep_least_and_most_and_join_nothing_over_a_gap() {
    let server = server().await;
    let more = [(31, 90.0), (32, 80.0)];
    let more = more.map(|(minutes, value)| point(Vital::HeartRate, minutes * 60, value));
    server.world.data().points.extend(more);
    let shown = series(&server, "").await;
    let heart = vital(&shown, "heart_rate");
    let of = |name: &str| heart[name].as_array().expect("numbers").clone();
    let (at, min, max) = (of("at"), of("min"), of("max"));
    assert_eq!((min.len(), max.len()), (at.len(), at.len()));
    assert_eq!(min[0], json!(60.0));
    assert!(min[1].is_null(), "the gap is told: {heart}");
    let known: Vec<_> = max.iter().filter_map(Value::as_f64).collect();
    assert!(
        known.contains(&131.0) && min.contains(&json!(80.0)),
        "{heart}"
    );
    for (span, seconds) in [("7d", 1800), ("30d", 7200), ("90d", 21_600)] {
        let shown = series(&server, &format!("?span={span}")).await;
        assert_eq!(shown["stretch_seconds"], seconds, "{span}");
    }
}

#[tokio::test]
async fn news2_over_time_counts_what_had_arrived_and_says_how_it_is_made() {
    let server = server().await;
    let line = series(&server, "?span=1h").await["news2"].clone();
    let at = line["at"].as_array().expect("times").iter();
    let score = |minutes: i64| {
        let wanted = ago(minutes).epoch_ms().div_euclid(60_000) * 60;
        let place = at.clone().position(|at| at.as_f64() == Some(wanted as f64));
        let place = place.unwrap_or_else(|| panic!("{minutes}: {line}"));
        (line["min"][place].as_f64(), line["max"][place].as_f64())
    };
    // Pulse 60 and air: nothing yet; then pulse 131 gives 3; the breathing rate of 26,
    // measured 25 minutes ago, arrived 10 minutes ago and gives 3 more from then on.
    assert_eq!(score(45), (Some(0.0), Some(15.0)));
    assert_eq!(score(20), (Some(3.0), Some(18.0)));
    assert_eq!(score(5), (Some(6.0), Some(18.0)));
    assert_eq!(line["limits"], json!([5.0, 7.0]));
    let shown = page(&server, "?span=1h").await;
    holds(
        &shown,
        &[
            "<td>6 to 18</td>",
            "NEWS2 at its end",
            "is computed for this page",
        ],
    );
}

#[tokio::test]
async fn a_period_of_the_past_is_shown_with_ways_to_those_beside_it() {
    let server = server().await;
    let until = "2026-03-04T08:00";
    let shown = page(&server, &format!("?span=1h&until={until}")).await;
    holds(
        &shown,
        &[
            "4 Mar 2026, 07:00:00 GMT to 4 Mar 2026, 08:00:00 GMT",
            "value=\"2026-03-04T08:00\"",
            "span=1h&#38;until=2026-03-04T07%3A00%3A00Z#values",
            "Later <span",
            "<td>60 | 60 | 60</td>",
            "/readings/export?from=2026-03-04T07%3A00%3A00Z",
        ],
    );
    assert!(!shown.contains("131 | 131"), "{shown}");
    let now = page(&server, "").await;
    assert!(!now.contains("Later <span"), "nothing is later than now");
    let wrong = page(&server, "?from=%3Cb%3Esoon").await;
    holds(
        &wrong,
        &["A moment could not be read", "The last 24 hours are shown."],
    );
    assert!(!wrong.contains("<b>soon"));
}

#[tokio::test]
async fn devices_are_told_with_who_assigned_them_battery_and_last_word() {
    let server = server().await;
    holds(
        &page(&server, "").await,
        &[
            "<a href=\"/devices?device=watch-1\">watch-1 Model</a>",
            "<td>Sister Ann</td>",
            "81 %, 4 Mar 09:06 GMT (10 min ago)",
        ],
    );
}

fn rows(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200);
    let text = String::from_utf8(reply.bytes.to_vec()).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn all_readings_of_a_period_are_a_table_in_which_nothing_runs() {
    let server = server().await;
    {
        let mut data = server.world.data();
        data.devices[0].id = DeviceId::new("-12").expect("valid");
        let many = (0..12_000).map(|second| point(Vital::SkinTemperature, second, 33.5));
        data.points.extend(many);
    }
    let path = "/v1/patients/p-001/readings/export";
    let reply = server.get(path, "viewer").await;
    assert_eq!(
        reply.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    let named = "attachment; filename=\"readings-p-001.csv\"";
    assert_eq!(reply.header("content-disposition"), named);
    let table = rows(&reply);
    assert_eq!(
        table[0],
        "measured_at,vital,value,unit,quality,quality_reason,arrived_at,device"
    );
    assert_eq!(table.len(), 1 + 7 + 12_000);
    let late = "2026-03-04T08:51:02Z,respiratory_rate,26,/min,good,,2026-03-04T09:06:02.25Z,'-12";
    assert!(table.contains(&late.to_owned()), "{:?}", &table[..6]);
    assert!(
        table
            .iter()
            .any(|row| row.contains("250,/min,artefact,implausible,"))
    );
    assert_eq!(server.reads(), ["viewer: export readings p-001"]);
    let some = format!("{path}?vitals=worn&from=2026-03-04T09:00:00Z&until=2026-03-04T09:05:00Z");
    assert_eq!(rows(&server.get(&some, "viewer").await).len(), 2);
    let long = format!("{path}?from=2025-03-04T09:00:00Z");
    assert_eq!(server.get(&long, "viewer").await.status, 400);
    for (token, status) in [("", 401), ("auditor", 403), ("integrator", 403)] {
        assert_eq!(server.get(path, token).await.status, status, "{token}");
    }
    let elsewhere = two_wards().await;
    let other = "/v1/patients/p-002/readings/export";
    assert_eq!(elsewhere.get(other, "nurse").await.status, 404);
}
