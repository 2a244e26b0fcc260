//! The page of an alert: what it shows, and to whom.

use super::by_ward::two_wards;
use super::harness::{Reply, Server, request};
use super::readings::{patient, point};
use super::world::NOW;
use crate::domain::{AlertId, PatientId, Priority, Vital, WallTime, WardId};
use crate::store::{AlertEventView, AlertView, DeliveryView};
use http_body_util::Full;
use serde_json::{Value, json};

pub(super) const AT: &str = "2026-03-04T09:00:00.000Z";
pub(super) const PATH: &str = "/alerts/alr_1";

pub(super) fn document(handling: &str) -> Value {
    json!({
        "kind": "fever_on_treatment", "priority": "medium", "highest_priority": "high",
        "condition": "active", "handling": handling, "raised_at": AT, "began_at": AT,
        "snoozed": null, "assigned": null,
        "evidence": {
            "rule": "fever_on_treatment", "rule_version": 3,
            "summary": "Temperature 38.6 <b>now</b>.",
            "values": [{
                "vital": "body_temperature", "value": 38.62, "limit": 38.0, "age_ms": 120_000,
                "measured": 1_772_614_800_000_i64, "arrived": 1_772_614_920_000_i64,
                "quality": { "state": "suspect", "reason": "rate_of_change" },
            }],
            "missing": ["respiratory_rate", "air or oxygen"],
            "figures": [{ "name": "score_min", "value": 3.0 }],
            "chance": null,
            "treatment": { "summary": "Cycle 2, day 9.", "priority_without": "low" },
        },
    })
}

pub(super) fn view(document: &Value) -> AlertView {
    AlertView {
        id: AlertId::new("alr_1").expect("valid"),
        patient: PatientId::new("p-001").expect("valid"),
        newest_event: 10,
        document: document.to_string(),
    }
}

pub(super) fn event(seq: u64, name: &str, more: Value) -> AlertEventView {
    let mut document = json!({ "alert": "alr_1", "at": AT, "type": name, "priority": "high" });
    let fields = document.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    AlertEventView {
        seq,
        event_type: name.to_owned(),
        ward: WardId::new("oncology").expect("valid"),
        document: document.to_string(),
    }
}

fn delivery(number: u64, endpoint: &str, state: &str) -> DeliveryView {
    DeliveryView {
        number,
        id: format!("msg_{number}"),
        endpoint: endpoint.to_owned(),
        event_type: "alert.raised".to_owned(),
        created: crate::domain::ClinicalTime::from_epoch_ms(1_772_614_800_000),
        state: state.to_owned(),
        attempts: 2,
        next_attempt: WallTime::from_epoch_ms(0),
        last_status: Some(503),
        last_error: Some("http_status".to_owned()),
        body: br#"{"data":{"alert":"alr_1"}}"#.to_vec(),
        last_attempt_at: None,
        received: WallTime::from_epoch_ms(0),
        urgency: Priority::High,
        patient: None,
        failed_because: None,
    }
}

fn notified(seq: u64, state: &str, endpoint: &str, why: &str) -> AlertEventView {
    let name = match state {
        "sent" | "unable" => "alert.notified",
        _ => "alert.suppressed",
    };
    let notification = json!({
        "state": state, "event": "alert.raised", "why": why, "at": AT,
        "channel": format!("endpoint:{endpoint}"), "endpoint": endpoint,
    });
    let more = json!({ "author": null, "comment": why, "notification": notification });
    event(seq, name, more)
}

/// One alert with its history, as it stands when it is handled so.
pub(super) async fn server(handling: &str) -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.patients.push(patient(1, "p-001"));
        data.alerts = vec![(view(&document(handling)), "open", "medium")];
        data.events = vec![
            event(
                1,
                "alert.raised",
                json!({ "evidence": { "summary": "It began." } }),
            ),
            notified(2, "sent", "end_1", "Step 1 of nurses: endpoint:end_1."),
            notified(3, "silenced", "end_9", "Silenced by sil_1."),
            event(
                4,
                "alert.commented",
                json!({ "author": "Zoe", "comment": "<script>x</script>" }),
            ),
        ];
        data.deliveries = vec![delivery(1, "end_1", "failed")];
        data.points = vec![
            point(Vital::BodyTemperature, 7_200, 36.9),
            point(Vital::BodyTemperature, 60, 38.62),
        ];
    }
    server
}

pub(super) fn text(reply: &Reply) -> String {
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    String::from_utf8(reply.bytes.to_vec()).expect("UTF-8")
}

pub(super) async fn page(server: &Server, token: &str) -> String {
    let reply = server.get(PATH, token).await;
    assert_eq!(reply.status, 200);
    text(&reply)
}

#[track_caller]
pub(super) fn holds(page: &str, all: &[&str]) {
    for part in all {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

#[tokio::test]
async fn an_alert_says_what_why_since_when_and_how_it_stands() {
    let server = server("open").await;
    let page = page(&server, "nurse").await;
    let expected = [
        "<h1>",
        "Fever or low temperature on cancer treatment",
        "medium priority",
        "href=\"/patients/p-001\">Bed 1</a>",
        "medium; it was high before",
        "4 Mar 09:00 GMT (16 min ago)",
        "It still holds",
        "Nobody has acknowledged it",
        "Nobody by name",
        "<strong>38.6 °C</strong>",
        "<td class=\"wl-when\">38.0 °C</td>",
        "<td class=\"wl-when\">2 min</td>",
        "suspect: changes too fast",
        "Breathing rate, Air or oxygen",
        "Cycle 2, day 9. Without this its priority would be low.",
        "fever on treatment, version 3. It computed: score min 3.",
        "explain alr_1",
        "href=\"/alerts/alr_1/explanation\"",
        "4 Mar 2026, 09:16:02 GMT",
    ];
    holds(&page, &expected);
    assert_eq!(server.reads(), ["nurse: read alert alr_1"]);
}

#[tokio::test]
async fn what_people_and_machines_wrote_stays_text() {
    let server = server("open").await;
    server.world.data().patients[0].label = "<i>Bed</i>".to_owned();
    let page = page(&server, "nurse").await;
    for wrong in ["<script>x", "<b>now", "<i>Bed"] {
        assert!(!page.contains(wrong), "{wrong}: {page}");
    }
    holds(
        &page,
        &["&#60;script&#62;x", "38.6 &#60;b&#62;now", "&#60;i&#62;Bed"],
    );
}

#[tokio::test]
async fn who_was_told_stands_with_channel_and_result_and_so_does_who_was_not() {
    let server = server("open").await;
    let page = page(&server, "viewer").await;
    holds(
        &page,
        &[
            "<td>end_1</td><td>Alert raised</td><td>✗ Given up after 2 attempts: the receiver answered 503</td><td class=\"wl-long\">Step 1 of nurses: endpoint:end_1.</td>",
            "<td>endpoint end_9</td><td>Alert raised</td><td>Not told: silenced for maintenance</td>",
            "Remark by Zoe",
            "Raised with priority high",
            "It began.",
        ],
    );
    let rows = page.matches("Step 1 of nurses").count();
    assert_eq!(rows, 2, "once in the table, once in the course: {page}");
    server.world.data().deliveries.clear();
    let page = self::page(&server, "viewer").await;
    holds(
        &page,
        &["Handed to a channel; the result is no longer listed here"],
    );
}

#[tokio::test]
async fn the_picture_is_for_who_is_signed_in_and_its_numbers_stand_beside_it() {
    let server = server("open").await;
    server.world.data().usual_then = Some((Vital::BodyTemperature, Some((36.8, 0.2))));
    let page = page(&server, "viewer").await;
    let until = NOW.epoch_ms();
    let path = format!("{PATH}/chart.png?vital=body_temperature&until={until}");
    let words = "lowest 36.9, highest 38.6, last 38.6 °C. Usual for this patient when the \
                 alert was raised (band): 36.4 to 37.2. Limit 38.0 (line).";
    holds(
        &page,
        &[
            &path.replace('&', "&#38;"),
            words,
            "alt=\"Temperature. In the 24 hours",
        ],
    );
    let picture = server.get(&path, "viewer").await;
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, "image/png")
    );
    assert!(
        server
            .reads()
            .contains(&"viewer: read chart alr_1".to_owned())
    );
    let plain = server.get(&format!("{PATH}/chart.png"), "viewer").await;
    assert_eq!(
        plain.bytes, picture.bytes,
        "the alert's own vital up to now"
    );
    assert_eq!(server.get(&path, "").await.status, 303);
    assert_eq!(server.get(&path, "auditor").await.status, 403);
    server.world.data().points.clear();
    let page = self::page(&server, "viewer").await;
    holds(
        &page,
        &["Nothing was measured in the 24 hours to 4 Mar 09:16 GMT."],
    );
}

#[tokio::test]
async fn an_alert_of_another_ward_is_not_there() {
    let server = two_wards().await;
    let token = "nurse";
    for path in [
        "/alerts/alr_2",
        "/alerts/alr_2/chart.png?vital=heart_rate",
        "/alerts/alr_2/explanation",
        "/alerts/alr_9",
        "/alerts/a%20b",
    ] {
        let reply = server.get(path, token).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(!text(&reply).contains("p-002"));
    }
    assert_eq!(server.get("/alerts/alr_1", token).await.status, 200);
    let form = request("POST", "/alerts/alr_2", token).body(Full::from("answer=acknowledge"));
    let reply = server.send(form.expect("valid")).await;
    assert_eq!(reply.status, 404);
    assert!(
        server
            .engine
            .lock()
            .expect("not poisoned")
            .commands
            .is_empty()
    );
}
