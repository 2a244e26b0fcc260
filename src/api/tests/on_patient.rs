//! The page of a patient: what it shows, and to whom.

use super::by_ward::two_wards;
use super::harness::{Reply, Server};
use super::readings::{patient, point};
use super::world::NOW;
use crate::domain::{
    AlertId, DeviceId, DeviceNumber, MeasuredTime, PatientId, PatientLimit, PatientNumber, Pause,
    Vital,
};
use crate::registry::{Assignment, AssignmentId, Device};
use crate::store::AlertView;
use serde_json::json;

const PATH: &str = "/patients/p-001";

fn alert(number: u64, handling: &'static str) -> (AlertView, &'static str, &'static str) {
    let document = json!({
        "kind": "silent", "vital": "heart_rate", "priority": "medium", "condition": "ended",
        "handling": handling, "raised_at": "2026-03-04T09:00:00Z", "snoozed": null,
    });
    let view = AlertView {
        id: AlertId::new(&format!("alr_{number}")).expect("valid"),
        patient: PatientId::new("p-001").expect("valid"),
        newest_event: number,
        document: document.to_string(),
    };
    (view, handling, "medium")
}

fn limit(expires_in_ms: i64) -> PatientLimit {
    PatientLimit {
        rule: "fever_on_treatment.raise_at".to_owned(),
        vital: None,
        value: 37.8,
        author: "Dr Ray".to_owned(),
        reason: "<b>frail</b>".to_owned(),
        expires: NOW.plus_ms(expires_in_ms),
    }
}

pub(super) async fn server() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        let mut one = patient(1, "p-001");
        one.context.limits = vec![limit(-3_600_000), limit(3_600_000)];
        one.context.pauses = vec![Pause {
            start: NOW.plus_ms(-60_000),
            end: NOW.plus_ms(3_600_000),
            reason: "<i>scan</i>".to_owned(),
        }];
        data.patients.push(one);
        data.devices.push(Device {
            number: DeviceNumber(1),
            id: DeviceId::new("watch-1").expect("valid"),
            model: "<u>Model".to_owned(),
            firmware: "1".to_owned(),
        });
        data.assignments.push(Assignment {
            id: AssignmentId(1),
            device: DeviceNumber(1),
            patient: PatientNumber(1),
            start: MeasuredTime::from_epoch_ms(NOW.epoch_ms() - 3_600_000),
            end: None,
            author: "somebody".to_owned(),
        });
        data.points = vec![
            point(Vital::HeartRate, 2 * 3600, 60.0),
            point(Vital::HeartRate, 30, 70.0),
            point(Vital::HeartRate, 20, 90.0),
            point(Vital::Consciousness, 20, 0.0),
        ];
        data.alerts = (1..=60).map(|number| alert(number, "resolved")).collect();
        data.alerts.push(alert(61, "open"));
        data.scores = Some(json!({
            "news2": {
                "score_min": 1, "score_max": 5, "missing": ["body temperature"],
                "oldest_age_seconds": 240,
                "parts": [
                    { "parameter": "pulse", "value": 91.0, "points": 1, "age_seconds": 240 },
                    { "parameter": "body temperature", "value": null, "points": null, "age_seconds": null },
                ],
            },
            "baselines": [{ "vital": "heart_rate", "level": 66.0, "spread": 3.0, "source": "personal" }],
            "treatment": { "summary": "Cycle 2, day 9: expected nadir." },
        }));
    }
    server
}

fn text(reply: &Reply) -> String {
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    String::from_utf8(reply.bytes.to_vec()).expect("UTF-8")
}

async fn page(server: &Server, query: &str) -> String {
    let reply = server.get(&format!("{PATH}{query}"), "viewer").await;
    assert_eq!(reply.status, 200);
    text(&reply)
}

#[track_caller]
fn holds(page: &str, all: &[&str]) {
    for part in all {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

#[tokio::test]
async fn a_patient_is_shown_with_values_scores_record_devices_and_alerts() {
    let server = server().await;
    let page = page(&server, "").await;
    holds(
        &page,
        &[
            "<h1>Bed 1</h1>",
            "4 Mar 2026, 09:16:02 GMT",
            "<span class=\"wl-value\">90</span>",
            "20 s ago",
            "not usual for this patient: 60 to 72",
            "<strong>1 to 5</strong>, without body temperature; oldest input 4 min",
            "<th scope=\"row\">Pulse</th><td>91</td><td>1</td><td>4 min</td>",
            "<th scope=\"row\">Body temperature</th><td>not known</td><td>not known</td>",
            "Cycle 2, day 9: expected nadir.",
            "Monitoring paused until 4 Mar 10:16 GMT",
            "now: 4 Mar 09:15 GMT to 4 Mar 10:16 GMT",
            "in force until 4 Mar 10:16 GMT",
            "ran out 4 Mar 08:16 GMT",
            "Dr Ray",
            "watch-1",
            "worn now",
            "href=\"/alerts/alr_61\"",
            "The newest 50; there are older ones.",
        ],
    );
    assert_eq!(page.matches("<td>resolved</td>").count(), 49);
    assert_eq!(server.reads(), ["viewer: read patient p-001"]);
}

#[tokio::test]
async fn values_are_summed_up_in_stretches_of_the_span_that_was_chosen() {
    let server = server().await;
    let day = page(&server, "").await;
    holds(
        &day,
        &[
            "wl-when\">4 Mar 09:00 GMT</th><td>70 | 80 | 90</td>",
            "<td>60 | 60 | 60</td>",
            "stretches of 1 hour",
            "<th scope=\"col\">Heart rate /min</th>",
        ],
    );
    assert!(
        !day.contains("<th scope=\"col\">Consciousness"),
        "it has no mean"
    );
    let hour = page(&server, "?span=1h").await;
    holds(
        &hour,
        &["stretches of 5 minutes", "<option value=\"1h\" selected>"],
    );
    assert!(!hour.contains("60 | 60 | 60"), "{hour}");
    holds(&page(&server, "?span=7d").await, &["stretches of 6 hours"]);
    holds(&page(&server, "?span=%22x").await, &["stretches of 1 hour"]);
    server.world.data().points.clear();
    holds(
        &page(&server, "").await,
        &["Nothing was measured in this time."],
    );
}

#[tokio::test]
async fn what_people_and_devices_wrote_stays_text() {
    let server = server().await;
    server.world.data().patients[0].label = "<script>Bed".to_owned();
    let page = page(&server, "").await;
    for wrong in ["<script>Bed", "<b>frail", "<i>scan", "<u>Model"] {
        assert!(!page.contains(wrong), "{wrong}: {page}");
    }
    holds(
        &page,
        &[
            "&#60;script&#62;Bed",
            "&#60;b&#62;frail",
            "&#60;u&#62;Model",
        ],
    );
}

#[tokio::test]
async fn a_patient_is_for_who_may_see_patients_of_that_ward() {
    let server = two_wards().await;
    for (path, token, status) in [
        (PATH, "", 303),
        (PATH, "auditor", 403),
        (PATH, "integrator", 403),
        (PATH, "nurse", 200),
        ("/patients/p-002", "nurse", 404),
        ("/patients/p-999", "nurse", 404),
        ("/patients/a%20b", "nurse", 404),
    ] {
        let reply = server.get(path, token).await;
        assert_eq!(reply.status, status, "{path} {token}");
        assert!(status != 404 || text(&reply).contains("no patient of this id"));
    }
}

#[tokio::test]
async fn the_charts_keep_extremes_and_join_no_gaps() {
    let server = server().await;
    let limited = json!({
        "handling": "open",
        "evidence": { "values": [{ "vital": "heart_rate", "value": 131.0, "limit": 110.0 }] },
    });
    server.world.data().alerts[60].0.document = limited.to_string();
    let path = format!("{PATH}/series?span=24h");
    let series = server.get(&path, "viewer").await.json();
    let vitals = series["vitals"].as_array().expect("vitals");
    assert_eq!(vitals.len(), 1, "what has no mean is not drawn");
    let heart = &vitals[0];
    let of = |name: &str| heart[name].as_array().expect("numbers").clone();
    let (at, min, mean, max) = (of("at"), of("min"), of("mean"), of("max"));
    assert!(
        [&min, &mean, &max]
            .iter()
            .all(|list| list.len() == at.len())
    );
    // The hours between are told by one empty place.
    let values = (json!(min), json!(mean), json!(max));
    assert_eq!(values.0, json!([60.0, null, 70.0]));
    assert_eq!(values.1, json!([60.0, null, 80.0]));
    assert_eq!(values.2, json!([60.0, null, 90.0]));
    assert_eq!(heart["usual"], json!([60.0, 72.0]));
    assert_eq!(heart["limits"], json!([110.0]));
    assert_eq!(server.reads(), ["viewer: read patient p-001"]);
    for (token, status) in [("", 303), ("auditor", 403)] {
        assert_eq!(server.get(&path, token).await.status, status);
    }
    let elsewhere = two_wards().await;
    let reply = elsewhere.get("/patients/p-002/series", "nurse").await;
    assert_eq!(reply.status, 404);
}
