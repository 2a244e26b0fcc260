//! What a shift hands over, from a world made by hand.

use super::harness::Server;
use super::readings::{patient, point};
use super::reports::{rows, ward};
use super::world::NOW;
use crate::api::moment::Moment;
use crate::domain::{ClinicalTime, PatientNumber, Pause, Vital};
use crate::store::StandingView;
use serde_json::{Value, json};

const HANDOVER: &str = "/v1/reports/handover?ward=oncology";

pub(super) fn ago(minutes: i64) -> ClinicalTime {
    NOW.plus_ms(-minutes * 60_000)
}

pub(super) fn text(at: ClinicalTime) -> String {
    Moment::from(at).text()
}

/// An alert of patient 1 as it stands, with more fields.
pub(super) fn standing(id: &str, kind: &str, more: Value) -> Value {
    let mut document = json!({ "type": "alert.raised", "at": text(ago(90)), "alert": id,
        "ward": "oncology", "kind": kind, "vital": null, "rule": null, "priority": "medium",
        "condition": "active", "handling": "open", "raised_at": text(ago(90)),
        "began_at": text(ago(95)), "author": null });
    let fields = document.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    document
}

pub(super) fn stands(server: &Server, newest: &Value, acknowledged: Option<&Value>) {
    let closing = Some(newest).filter(|newest| newest["type"] == "alert.resolved");
    let view = StandingView {
        newest: newest.to_string(),
        acknowledged: acknowledged.map(Value::to_string),
        closed: closing.map(Value::to_string),
    };
    let standing = (PatientNumber(1), ago(90), view);
    server.world.data().standing.push(standing);
}

pub(super) async fn server() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.wards = vec![ward("oncology")];
        data.patients = vec![patient(1, "p-001")];
    }
    server
}

#[tokio::test]
async fn an_unresolved_alert_stands_in_the_list_that_says_what_to_do() {
    let server = server().await;
    let seen = json!({ "type": "alert.acknowledged", "at": text(ago(30)),
        "author": "Nurse Joy", "handling": "acknowledged" });
    let seen = standing("alr_2", "fever_on_treatment", seen);
    stands(&server, &standing("alr_1", "news2", json!({})), None);
    let given = json!({ "handling": "acknowledged", "priority": "high",
        "assigned": { "to": "Dr Who", "by": "Nurse Joy", "at": text(ago(20)) } });
    let given = standing("alr_2", "fever_on_treatment", given);
    stands(&server, &given, Some(&seen));
    let until = text(NOW.plus_ms(600_000));
    let quiet = json!({ "snoozed": { "until": until, "by": "Nurse Joy", "at": text(ago(5)),
        "reason": "in the bath" } });
    let quiet = standing("alr_3", "silent", quiet);
    stands(&server, &quiet, None);
    // Its time is over, and it was acknowledged once, but must be answered anew.
    let woken = json!({ "snoozed": { "until": text(NOW), "by": "Nurse Joy", "at": text(ago(5)),
        "reason": null }, "priority": "high" });
    stands(
        &server,
        &standing("alr_4", "device_silent", woken),
        Some(&seen),
    );
    let over = json!({ "handling": "resolved" });
    stands(&server, &standing("alr_5", "news2", over), None);
    let shown = server.get(HANDOVER, "viewer").await.json();
    let ids = |list: &str| -> Vec<String> {
        let list = shown[list].as_array().expect("a list").iter();
        list.map(|line| line["alert"].as_str().expect("an id").to_owned())
            .collect()
    };
    assert_eq!(ids("open"), ["alr_4", "alr_1"], "the more urgent first");
    assert_eq!(ids("acknowledged"), ["alr_2"]);
    assert_eq!(ids("snoozed"), ["alr_3"]);
    assert_eq!(ids("silent"), ["alr_4", "alr_3"]);
    let fever = &shown["acknowledged"][0];
    assert_eq!(fever["acknowledged_by"], "Nurse Joy");
    assert_eq!(fever["acknowledged_minutes"], 30);
    assert_eq!(
        (&fever["open_minutes"], &fever["assigned_to"]),
        (&json!(90), &json!("Dr Who"))
    );
    let silent = &shown["snoozed"][0];
    assert_eq!(
        (&silent["snoozed_until"], &silent["snoozed_by"]),
        (&json!(until), &json!("Nurse Joy"))
    );
    assert_eq!(silent["snooze_reason"], "in the bath");
    assert_eq!(shown["open"][0]["acknowledged_by"], Value::Null);
}

#[tokio::test]
async fn a_silence_that_was_closed_while_it_lasts_is_handed_over_until_something_is_heard() {
    let server = server().await;
    let closed = |id: &str, kind: &str, vital: Option<&str>, ago_minutes| {
        let more = json!({ "type": "alert.resolved", "at": text(ago(ago_minutes)), "vital": vital,
            "handling": "resolved", "author": "Nurse Joy" });
        standing(id, kind, more)
    };
    stands(&server, &closed("alr_1", "device_silent", None, 30), None);
    let heart = closed("alr_2", "silent", Some("heart_rate"), 40);
    stands(&server, &heart, None);
    // It was over when it was closed, or is no silence.
    let mut over = closed("alr_3", "silent", Some("spo2"), 30);
    over["condition"] = json!("ended");
    stands(&server, &over, None);
    stands(&server, &closed("alr_4", "news2", None, 30), None);
    // An alert that was raised later speaks for it.
    let temperature = closed("alr_5", "silent", Some("skin_temperature"), 80);
    stands(&server, &temperature, None);
    let again = json!({ "vital": "skin_temperature", "raised_at": text(ago(20)) });
    stands(&server, &standing("alr_6", "silent", again), None);
    let silent = async || {
        let shown = server.get(HANDOVER, "viewer").await.json();
        assert_eq!(shown["open"].as_array().map(Vec::len), Some(1), "{shown}");
        shown["silent"].as_array().expect("a list").clone()
    };
    let ids = |lines: &[Value]| -> Vec<String> {
        let ids = lines
            .iter()
            .map(|line| line["alert"].as_str().expect("an id"));
        ids.map(str::to_owned).collect()
    };
    let lines = silent().await;
    assert_eq!(ids(&lines), ["alr_1", "alr_2", "alr_6"]);
    assert_eq!(lines[0]["closed_by"], "Nurse Joy");
    assert_eq!(lines[0]["closed_at"], json!(text(ago(30))));
    assert_eq!(lines[2]["closed_by"], Value::Null);
    let table = format!("{HANDOVER}&format=csv");
    let table = rows(&server.get(&table, "viewer").await);
    let place = |name: &str| table[0].iter().position(|cell| cell == name);
    let by = place("closed_by").expect("a column");
    let row = table.iter().find(|row| row[0] == "silent").expect("a row");
    assert_eq!((row.len(), row[by].as_str()), (table[0].len(), "Nurse Joy"));
    // From before it was closed: the vital is heard since then, the watch is not.
    let heard = point(Vital::HeartRate, 35 * 60, 70.0);
    server.world.data().points.push(heard);
    assert_eq!(ids(&silent().await), ["alr_1", "alr_6"]);
    server
        .world
        .data()
        .points
        .push(point(Vital::BatteryLevel, 60, 70.0));
    assert_eq!(ids(&silent().await), ["alr_6"]);
}

#[tokio::test]
async fn wear_is_told_from_what_it_is_known_of_and_against_what_was_monitored() {
    let server = server().await;
    // Now is 16 minutes and 2 s after nine: the quarters are of the clock.
    let half_worn = [(1_000, 1.0), (1_060, 0.0)];
    let worn = half_worn.map(|(ago, worn)| point(Vital::Worn, ago, worn));
    let early = point(Vital::Worn, 13 * 3600, 1.0);
    let battery = [(7_200, 44.0), (7_260, 45.0)];
    let battery = battery.map(|(ago, level)| point(Vital::BatteryLevel, ago, level));
    let heart = point(Vital::HeartRate, 3600, 70.0);
    server.world.data().points = worn
        .into_iter()
        .chain(battery)
        .chain([heart, early])
        .collect();
    let shown = server.get(HANDOVER, "viewer").await.json();
    let wear = json!([{
        "ward": "oncology",
        "patient": "p-001",
        "basis": "worn",
        "worn_hours_12": 0.13,
        "worn_hours_24": 0.38,
        "monitored_hours_12": 12.0,
        "monitored_hours_24": 24.0,
        "last_heard_at": text(NOW.plus_ms(-1_000_000)),
        "battery_percent": 44.0,
        "battery_at": text(NOW.plus_ms(-7_200_000)),
    }]);
    assert_eq!(shown["wear"], wear);
    // Without the watch's own word: quarters with a heart rate.
    server
        .world
        .data()
        .points
        .retain(|point| point.vital != Vital::Worn);
    let shown = server.get(HANDOVER, "viewer").await.json();
    assert_eq!(shown["wear"][0]["basis"], "heart_rate");
    assert_eq!(shown["wear"][0]["worn_hours_12"], 0.25);
    server.world.data().points.clear();
    let shown = server.get(HANDOVER, "viewer").await.json();
    assert_eq!(shown["wear"][0]["basis"], Value::Null);
    assert_eq!(shown["wear"][0]["worn_hours_24"], Value::Null);
    assert_eq!(shown["without_data"], json!(["p-001"]));
    let counts = json!({ "on_ward": 1, "monitored": 1, "paused": 0, "without_data": 1 });
    assert_eq!(shown["patients"], counts);
}

#[tokio::test]
async fn what_arrived_after_the_moment_was_not_known_at_it() {
    let server = server().await;
    let mut late = point(Vital::HeartRate, 7_200, 70.0);
    late.arrived = ago(10);
    server.world.data().points.push(late);
    let at = |minutes| format!("{HANDOVER}&at={}", text(ago(minutes)));
    let before = server.get(&at(10), "viewer").await.json();
    assert_eq!(before["without_data"], json!(["p-001"]));
    let after = server.get(&at(9), "viewer").await.json();
    assert_eq!(after["without_data"], json!([]));
}

#[tokio::test]
async fn a_pause_is_told_with_its_end_and_is_no_silence() {
    let server = server().await;
    let end = NOW.plus_ms(3_600_000);
    server.world.data().patients[0].context.pauses = vec![Pause {
        start: ago(120),
        end,
        reason: String::from("a scan"),
    }];
    let shown = server.get(HANDOVER, "viewer").await.json();
    let paused = json!([{ "ward": "oncology", "patient": "p-001", "until": text(end) }]);
    assert_eq!(shown["paused"], paused);
    assert_eq!(shown["wear"], json!([]));
    // Three hours ago, before the pause, 21 hours of the last 24 were monitored.
    let at = format!("{HANDOVER}&at={}", text(ago(180)));
    let shown = server.get(&at, "viewer").await.json();
    assert_eq!(shown["wear"][0]["monitored_hours_24"], 21.0);
    let table = server
        .get(&format!("{HANDOVER}&format=csv"), "viewer")
        .await;
    let rows = rows(&table);
    assert_eq!((rows.len(), rows[1].len()), (2, rows[0].len()));
    let until = rows[0]
        .iter()
        .position(|name| name == "until")
        .expect("a column");
    assert_eq!(
        (rows[1][0].as_str(), &rows[1][until]),
        ("paused", &text(end))
    );
}

#[tokio::test]
async fn what_people_typed_never_runs_in_a_spreadsheet() {
    let server = server().await;
    let until = text(NOW.plus_ms(600_000));
    for (by, reason) in [
        ("=1+1", "=HYPERLINK(\"http://evil\",\"x\")"),
        ("+44", "-2"),
        ("@SUM(A1)", "\t=1"),
        (" =1", "<b>a, \"b\"</b>\r\nc"),
    ] {
        let quiet = json!({ "snoozed": { "until": until, "by": by, "at": until,
            "reason": reason } });
        stands(&server, &standing("alr_1", "news2", quiet), None);
    }
    let table = server
        .get(&format!("{HANDOVER}&format=csv"), "viewer")
        .await;
    let text = String::from_utf8(table.bytes.to_vec()).expect("UTF-8");
    for cells in [
        ",'=1+1,\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\",",
        ",'+44,'-2,",
        ",'@SUM(A1),'\t=1,",
        ",' =1,\"<b>a, \"\"b\"\"</b>\r\nc\",",
    ] {
        assert!(text.contains(cells), "{cells:?} is not in {text}");
    }
}
