//! The alarm burden of a history made by hand, every figure counted by hand.

use super::harness::{Reply, Server, request};
use crate::domain::{ClinicalTime, PatientContext, PatientId, PatientNumber, WardId};
use crate::registry::{Patient, Ward};
use crate::store::OrderView;
use http_body_util::Full;
use serde_json::{Value, json};

/// Midnight in London before the clocks go back: 2025-10-25T00:00:00+01:00.
const START: i64 = 1_761_346_800_000;
const HOUR: f64 = 60.0;
/// Two days of London, 49 hours.
const SPAN: &str = "from=2025-10-25T00:00:00%2B01:00&until=2025-10-27T00:00:00Z";

/// Minutes after the start.
fn at(minutes: f64) -> ClinicalTime {
    ClinicalTime::from_epoch_ms(START + (minutes * 60_000.0) as i64)
}

pub(super) fn ward(id: &str) -> Ward {
    Ward {
        time_zone: None,
        id: WardId::new(id).expect("valid"),
        label: id.to_owned(),
    }
}

fn id(patient: &str) -> PatientId {
    PatientId::new(patient).expect("valid")
}

/// A server with the wards `a` and `b` and these patients, today all on ward `b`.
async fn server_with(patients: &[&str]) -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.wards = vec![ward("a"), ward("b")];
        for (number, name) in patients.iter().enumerate() {
            data.patients.push(Patient {
                number: PatientNumber(number as u32),
                id: id(name),
                label: (*name).to_owned(),
                ward: WardId::new("b").expect("valid"),
                team: None,
                context: PatientContext::default(),
            });
        }
    }
    server
}

fn order(server: &Server, minutes: f64, patient: &str, command: Value) {
    let order = OrderView {
        at: at(minutes),
        document: command.to_string(),
    };
    server.world.data().orders.push((id(patient), order));
}

fn put(server: &Server, minutes: f64, patient: &str, ward: &str) {
    let command = json!({ "command": "put_patient", "id": patient, "label": null, "ward": ward,
        "time_zone": null, "spo2_scale": null, "oxygen": null, "treatment": null,
        "expected": null });
    order(server, minutes, patient, command);
}

/// Monitored from a moment on, said at another.
fn start(server: &Server, said: f64, patient: &str, from: f64) {
    let start = at(from).epoch_ms();
    let command = json!({ "command": "start_monitoring", "patient": patient, "start": start });
    order(server, said, patient, command);
}

/// An alert: its id, patient's number, ward, kind, vital, priority.
#[derive(Clone, Copy)]
struct Alert(
    &'static str,
    u32,
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
);

/// Something that happened to it, with more fields.
fn told(server: &Server, minutes: f64, alert: Alert, event: &str, more: Value) {
    let Alert(id, number, ward, kind, vital, priority) = alert;
    let text = |at: ClinicalTime| crate::api::moment::Moment::from(at).text();
    let mut document = json!({ "type": format!("alert.{event}"), "at": text(at(minutes)),
        "alert": id, "ward": ward, "kind": kind, "vital": vital, "rule": null,
        "priority": priority, "condition": "active", "handling": "open",
        "raised_at": text(at(0.0)), "began_at": text(at(0.0)), "author": null });
    let fields = document.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    let told = (PatientNumber(number), at(minutes), document.to_string());
    server.world.data().told.push(told);
}

const NONE: fn() -> Value = || json!({});

fn by(author: &str) -> Value {
    json!({ "author": author })
}

fn judged(author: &str, usefulness: &str) -> Value {
    json!({ "author": author, "usefulness": usefulness })
}

fn notified(state: &str) -> Value {
    json!({ "notification": { "state": state } })
}

/// Ada moves from ward a to b after 24 of the 49 hours. Bob is monitored from
/// hour 1 to 37 with a pause of 12 hours. Cyd is entered by hand only after the
/// span, as if monitored all along. Dee has no alerts.
pub(super) async fn two_days() -> Server {
    let server = server_with(&["ada", "bob", "cyd", "dee"]).await;
    for name in ["ada", "bob", "cyd"] {
        put(&server, -99.0 * HOUR, name, "a");
    }
    put(&server, -99.0 * HOUR, "dee", "b");
    start(&server, -90.0 * HOUR, "ada", -90.0 * HOUR);
    put(&server, 24.0 * HOUR, "ada", "b");
    start(&server, HOUR, "bob", HOUR);
    let (from, end) = (at(10.0 * HOUR).epoch_ms(), at(22.0 * HOUR).epoch_ms());
    let pause = json!({ "command": "pause_monitoring", "patient": "bob",
        "pause": { "start": from, "end": end, "reason": "a scan" } });
    order(&server, 5.0 * HOUR, "bob", pause);
    let end = at(37.0 * HOUR).epoch_ms();
    let discharge = json!({ "command": "discharge", "patient": "bob", "end": end });
    order(&server, 37.0 * HOUR, "bob", discharge);
    start(&server, 100.0 * HOUR, "cyd", 0.0);
    start(&server, -HOUR, "dee", -HOUR);
    of_ada(&server);
    of_bob(&server);
    server
}

fn of_ada(server: &Server) {
    let on_a = |id| Alert(id, 0, "a", "news2", None, "medium");
    let on_b = |id| Alert(id, 0, "b", "news2", None, "medium");
    // Raised before the span: only that somebody was told in it counts.
    told(server, -120.0, on_a("alr_0"), "raised", NONE());
    told(server, 1.0, on_a("alr_0"), "notified", notified("sent"));
    told(server, 2.0, on_a("alr_0"), "acknowledged", by("nurse"));
    // In the first moment of the span; answered in 30 minutes of 60.
    told(server, 0.0, on_a("alr_1"), "raised", NONE());
    told(server, 30.0, on_a("alr_1"), "acknowledged", by("nurse"));
    told(
        server,
        180.0,
        on_a("alr_1"),
        "resolved",
        judged("nurse", "useful"),
    );
    // On the other ward; answered in 90; judged when the span was over.
    told(server, 1500.0, on_b("alr_2"), "raised", NONE());
    told(server, 1520.0, on_b("alr_2"), "snoozed", by("nurse"));
    told(server, 1590.0, on_b("alr_2"), "acknowledged", by("nurse"));
    told(
        server,
        3600.0,
        on_b("alr_2"),
        "resolved",
        judged("nurse", "not_useful"),
    );
    // Half an hour before the end, answered after it; and one raised at the end.
    told(server, 2910.0, on_b("alr_6"), "raised", NONE());
    told(server, 2945.0, on_b("alr_6"), "acknowledged", by("nurse"));
    told(server, 2940.0, on_b("alr_7"), "raised", NONE());
}

fn of_bob(server: &Server) {
    let fever = Alert("alr_3", 1, "a", "fever_on_treatment", None, "high");
    told(server, 120.0, fever, "raised", NONE());
    told(server, 120.0, fever, "notified", notified("sent"));
    told(server, 121.0, fever, "notified", notified("unable"));
    told(server, 121.0, fever, "suppressed", notified("grouped"));
    told(server, 122.0, fever, "escalated", NONE());
    told(server, 122.0, fever, "notified", notified("sent"));
    told(server, 126.0, fever, "acknowledged", by("doctor"));
    told(
        server,
        480.0,
        fever,
        "resolved",
        judged("doctor", "not_useful"),
    );
    told(server, 540.0, fever, "reopened", NONE());
    // Over before it was known: told to nobody.
    let late = Alert("alr_8", 1, "a", "fever_on_treatment", None, "high");
    told(server, 500.0, late, "found_late", NONE());
    // Closed by the quiet timer: nobody answered in eight hours.
    let silent = Alert("alr_4", 1, "a", "silent", Some("heart_rate"), "low");
    told(server, 1800.0, silent, "raised", NONE());
    told(server, 1860.0, silent, "resolved", NONE());
    // Closed by a person without an acknowledgement before.
    let news2 = Alert("alr_5", 1, "a", "news2", None, "medium");
    told(server, 2190.0, news2, "raised", NONE());
    told(
        server,
        2200.0,
        news2,
        "resolved",
        judged("doctor", "unsure"),
    );
}

async fn burden(server: &Server, more: &str) -> Value {
    let uri = format!("/v1/reports/alarm-burden?{SPAN}{more}");
    let reply = server.get(&uri, "viewer").await;
    assert_eq!(
        reply.status,
        200,
        "{}",
        String::from_utf8_lossy(&reply.bytes)
    );
    reply.json()
}

#[tokio::test]
async fn every_figure_of_two_days_is_as_counted_by_hand() {
    let server = two_days().await;
    let report = burden(&server, "").await;
    // 49 hours of Ada (24 on a, 25 on b), 24 of Bob (36 less 12), 49 of Dee: 122.
    let total = json!({
        "patients": 3,
        "patient_days": 5.0833,
        "raised": 6,
        "raised_per_patient_day": 1.1803,
        "patients_with_any": { "count": 2, "of": 3, "share": 0.6667 },
        "reopened": 1,
        "escalated": 1,
        "told": 3,
        "kept_back": 1,
        "snoozed": 1,
        "entered_in_error": 0,
        "found_late": 1,
        "acknowledged": { "count": 4, "of": 6, "share": 0.6667 },
        // The one of half an hour before the end was not due by then.
        "acknowledged_in_time": { "count": 3, "of": 5, "share": 0.6 },
        "never_acknowledged": { "count": 2, "of": 6, "share": 0.3333 },
        // 6, 10, 30 and 90 minutes.
        "minutes_to_acknowledgement": { "of": 4, "median": 10.0, "p90": 90.0 },
        "marked_useful": { "count": 1, "of": 3, "share": 0.3333 },
        "marked_not_useful": { "count": 1, "of": 3, "share": 0.3333 },
    });
    assert_eq!(report["total"], total);
    let minutes = json!({ "high": 10, "medium": 60, "low": 480 });
    assert_eq!(report["acknowledge_minutes"], minutes);
    let wards = report["wards"].as_array().expect("a list");
    let shown = wards
        .iter()
        .map(|w| (&w["ward"], &w["patients"], &w["patient_days"]));
    let shown: Vec<Value> = shown.map(|(w, p, d)| json!([w, p, d])).collect();
    assert_eq!(json!(shown), json!([["a", 2, 2.0], ["b", 2, 3.0833]]));
    assert_eq!(wards[0]["raised_per_patient_day"], 2.0);
    assert_eq!(wards[1]["raised_per_patient_day"], 0.6486);
    let waits = json!({ "of": 3, "median": 10.0, "p90": 30.0 });
    assert_eq!(wards[0]["minutes_to_acknowledgement"], waits);
    let any = json!({ "count": 1, "of": 2, "share": 0.5 });
    assert_eq!(wards[1]["patients_with_any"], any);
}

#[tokio::test]
async fn kinds_stand_by_ward_and_priority_and_patients_by_their_number_of_alerts() {
    let server = two_days().await;
    let report = burden(&server, "").await;
    let kinds = report["kinds"].as_array().expect("a list").iter();
    let shown: Vec<Value> = kinds
        .map(|k| {
            json!([
                k["ward"],
                k["kind"],
                k["vital"],
                k["priority"],
                k["raised"],
                k["told"]
            ])
        })
        .collect();
    let expected = json!([
        ["a", "news2", null, "medium", 2, 1],
        ["a", "fever_on_treatment", null, "high", 1, 2],
        ["a", "silent", "heart_rate", "low", 1, 0],
        ["b", "news2", null, "medium", 2, 0],
    ]);
    assert_eq!(json!(shown), expected);
    let most = json!([
        { "patient": "ada", "raised": 3, "patient_days": 2.0417, "raised_per_patient_day": 1.4694 },
        { "patient": "bob", "raised": 3, "patient_days": 1.0, "raised_per_patient_day": 3.0 },
    ]);
    assert_eq!(report["most_alerts"], most);
    // Of one ward: what was raised there, and the days spent there.
    let of_a = burden(&server, "&ward=a").await;
    let mut ward_a = report["wards"][0].clone();
    ward_a.as_object_mut().expect("an object").remove("ward");
    assert_eq!(of_a["total"], ward_a);
    assert_eq!(of_a["wards"].as_array().map(Vec::len), Some(1));
    let most = json!([
        { "patient": "bob", "raised": 3, "patient_days": 1.0, "raised_per_patient_day": 3.0 },
        { "patient": "ada", "raised": 1, "patient_days": 1.0, "raised_per_patient_day": 1.0 },
    ]);
    assert_eq!(of_a["most_alerts"], most);
}

#[tokio::test]
async fn without_patients_no_share_and_no_rate_is_told() {
    let server = server_with(&[]).await;
    let report = burden(&server, "&ward=a").await;
    let total = &report["total"];
    assert_eq!(total["patient_days"], 0.0);
    assert_eq!(total["raised_per_patient_day"], Value::Null);
    let none = json!({ "count": 0, "of": 0, "share": null });
    assert_eq!(total["marked_not_useful"], none);
    assert_eq!(total["minutes_to_acknowledgement"]["median"], Value::Null);
}

#[tokio::test]
async fn of_whom_nothing_was_ordered_todays_document_speaks() {
    let server = server_with(&["ada"]).await;
    let from = ClinicalTime::from_epoch_ms(START);
    let period = crate::domain::Period {
        start: from,
        end: None,
    };
    server.world.data().patients[0].context.monitoring = vec![period];
    let report = burden(&server, "").await;
    assert_eq!(report["wards"][0]["ward"], "b");
    assert_eq!(report["total"]["patient_days"], 2.0417);
}

#[tokio::test]
async fn ten_patients_at_most_are_named() {
    let names: Vec<String> = (0..12).map(|n| format!("p-{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let server = server_with(&names).await;
    for number in 0..12 {
        for alert in 0..=number {
            let id: &'static str = format!("alr_{number}_{alert}").leak();
            let alert = Alert(id, number, "b", "news2", None, "low");
            told(&server, 1.0, alert, "raised", NONE());
        }
    }
    let report = burden(&server, "").await;
    let most = report["most_alerts"].as_array().expect("a list");
    let first = (&most[0]["patient"], &most[0]["raised"]);
    assert_eq!((most.len(), first), (10, (&json!("p-11"), &json!(12))));
    // Nobody was monitored: counts without a rate.
    assert_eq!(report["total"]["raised"], 78);
    assert_eq!(report["total"]["raised_per_patient_day"], Value::Null);
}

/// Rows of a table whose cells hold no commas.
pub(super) fn rows(reply: &Reply) -> Vec<Vec<String>> {
    let text = String::from_utf8(reply.bytes.to_vec()).expect("UTF-8");
    assert!(text.ends_with("\r\n"));
    let lines = text.trim_end().split("\r\n");
    lines
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

#[tokio::test]
async fn the_table_holds_the_same_figures_and_comes_by_parameter_or_by_accept() {
    let server = two_days().await;
    let uri = format!("/v1/reports/alarm-burden?{SPAN}");
    let by_parameter = server.get(&format!("{uri}&format=csv"), "viewer").await;
    let accepting = |what: &str| {
        let request = request("GET", &uri, "viewer").header("accept", what);
        server.send(request.body(Full::default()).expect("valid"))
    };
    let by_accept = accepting("text/csv").await;
    assert_eq!(by_parameter.bytes, by_accept.bytes);
    assert_eq!(
        by_accept.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert!(
        by_accept
            .header("content-disposition")
            .contains("alarm-burden.csv")
    );
    assert_eq!(by_accept.header("vary"), "accept");
    let json = accepting("text/csv, application/json").await;
    assert_eq!(json.header("content-type"), "application/json");
    let rows = rows(&by_accept);
    let firsts: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let expected = [
        "row", "total", "ward", "ward", "kind", "kind", "kind", "kind", "priority", "priority",
        "priority", "patient", "patient",
    ];
    assert_eq!(firsts, expected);
    let cell = |row: usize, name: &str| {
        let column = rows[0].iter().position(|known| known == name);
        rows[row][column.unwrap_or_else(|| panic!("no column {name}"))].as_str()
    };
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    assert_eq!(cell(1, "from"), "2025-10-24T23:00:00Z");
    assert_eq!(cell(1, "patient_days"), "5.0833");
    assert_eq!(
        (cell(1, "judged"), cell(1, "marked_not_useful")),
        ("3", "1")
    );
    assert_eq!(cell(1, "acknowledged_in_time_of"), "5");
    assert_eq!(cell(3, "ward"), "b");
    assert_eq!(
        (cell(6, "kind"), cell(6, "vital")),
        ("silent", "heart_rate")
    );
    assert_eq!((cell(8, "priority"), cell(8, "raised")), ("high", "1"));
    assert_eq!((cell(9, "priority"), cell(9, "raised")), ("medium", "4"));
    assert_eq!((cell(11, "patient"), cell(11, "raised")), ("ada", "3"));
    assert_eq!(cell(12, "raised_per_patient_day"), "3");
}

#[tokio::test]
async fn what_is_too_much_or_makes_no_sense_is_refused_and_named() {
    let server = server_with(&["ada"]).await;
    for (query, parameter) in [
        (
            "alarm-burden?from=2025-10-01T00:00:00Z&until=2026-01-01T00:00:01Z",
            "from",
        ),
        (
            "alarm-burden?from=2025-10-02T00:00:00Z&until=2025-10-02T00:00:00Z",
            "from",
        ),
        ("alarm-burden?until=2026-03-04T09:16:03Z", "until"),
        ("handover?at=2026-03-04T09:16:03Z", "at"),
        ("handover?ward=nowhere", "ward"),
        ("alarm-burden?ward=nowhere", "ward"),
        ("handover?format=xlsx", "format"),
    ] {
        let reply = server.get(&format!("/v1/reports/{query}"), "viewer").await;
        assert_eq!(reply.problem(), "/problems/invalid-parameter", "{query}");
        assert_eq!(reply.json()["errors"][0]["parameter"], parameter, "{query}");
    }
    // 92 days are fine.
    let fine = "/v1/reports/alarm-burden?from=2025-10-01T00:00:00Z&until=2026-01-01T00:00:00Z";
    assert_eq!(server.get(fine, "viewer").await.status, 200);
}

#[tokio::test]
async fn too_many_patients_or_rows_are_refused_not_cut_off() {
    let server = server_with(&["ada"]).await;
    {
        let mut data = server.world.data();
        let told = (PatientNumber(0), at(1.0), String::from("not read"));
        data.told = vec![told; 200_001];
    }
    let uri = format!("/v1/reports/alarm-burden?{SPAN}");
    let reply = server.get(&uri, "viewer").await;
    assert_eq!(reply.problem(), "/problems/invalid-parameter");
    let ada = server.world.data().patients[0].clone();
    server.world.data().patients = vec![ada; 1_001];
    let reply = server.get("/v1/reports/handover", "viewer").await;
    assert_eq!(reply.json()["errors"][0]["parameter"], "ward");
    server.world.data().patients.truncate(1_000);
    assert_eq!(
        server.get("/v1/reports/handover", "viewer").await.status,
        200
    );
}

#[tokio::test]
async fn reports_need_a_token_and_are_audited() {
    let server = server_with(&["ada"]).await;
    for report in ["alarm-burden", "handover"] {
        let reply = server.get(&format!("/v1/reports/{report}"), "").await;
        assert_eq!(reply.problem(), "/problems/unauthenticated");
        let uri = format!("/v1/reports/{report}?ward=a");
        assert_eq!(server.get(&uri, "viewer").await.status, 200);
    }
    let noted = ["viewer: read alarm burden a", "viewer: read handover a"];
    assert_eq!(server.reads(), noted);
}
