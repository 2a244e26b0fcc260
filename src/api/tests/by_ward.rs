//! By ward: whoever is of one ward neither sees nor changes what is on another,
//! tried with every operation of the description.

use super::harness::{Server, access_of};
use super::readings::patient;
use super::reports::ward;
use super::world::NOW;
use crate::domain::{
    AlertId, DeviceId, DeviceNumber, EndpointId, MeasuredTime, PatientId, PatientNumber, Silence,
    SilenceScope, WardId,
};
use crate::registry::{
    AccessToken, Assignment, AssignmentId, Device, Endpoint, Patient, Role, WardScope,
};
use crate::store::{AlertEventView, AlertView, QuarantineView};
use serde_json::{Value, json};
use std::sync::Arc;

/// Of what is on the other ward; nothing of it may ever be shown.
pub(super) const FOREIGN: [&str; 5] = ["p-002", "alr_2", "end_2", "sil_2", "haematology"];

fn ward_id(id: &str) -> WardId {
    WardId::new(id).expect("valid")
}

pub(super) fn place(number: u32) -> WardId {
    ward_id(if number == 1 {
        "oncology"
    } else {
        "haematology"
    })
}

fn one_patient(number: u32) -> Patient {
    Patient {
        ward: place(number),
        ..patient(number, &format!("p-00{number}"))
    }
}

pub(super) fn endpoint(number: u32) -> Endpoint {
    Endpoint {
        id: EndpointId::new(&format!("end_{number}")).expect("valid"),
        url: String::from("https://trust.example/"),
        label: String::from("Engine"),
        secrets: vec![String::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        event_types: Vec::new(),
        wards: vec![place(number)],
        disabled: None,
        author: String::from("somebody"),
        created: NOW,
        channel: Default::default(),
        trouble: None,
    }
}

fn silence(number: u32) -> Silence {
    Silence {
        id: format!("sil_{number}"),
        scope: SilenceScope {
            ward: Some(place(number)),
            ..SilenceScope::default()
        },
        from: NOW,
        until: NOW.plus_ms(3_600_000),
        author: "sister".to_owned(),
        reason: "new watches".to_owned(),
        created: NOW,
        ended: None,
    }
}

/// Two wards with one of everything each, and a token of each role for the first.
pub(super) async fn two_wards() -> Server {
    two_wards_on(Server::start().await)
}

/// The same on a server that runs.
pub(super) fn two_wards_on(server: Server) -> Server {
    {
        let mut data = server.world.data();
        data.wards = vec![ward("haematology"), ward("oncology")];
        for number in [1, 2] {
            data.patients.push(one_patient(number));
            let device = DeviceId::new(&format!("watch-{number}")).expect("valid");
            data.devices.push(Device {
                number: DeviceNumber(number),
                id: device.clone(),
                model: String::from("Example"),
                firmware: String::from("1.0"),
            });
            data.assignments.push(Assignment {
                id: AssignmentId(u64::from(number)),
                device: DeviceNumber(number),
                patient: PatientNumber(number),
                start: MeasuredTime::from_epoch_ms(NOW.epoch_ms() - 1000),
                end: None,
                author: String::from("somebody"),
            });
            let alert = AlertView {
                id: AlertId::new(&format!("alr_{number}")).expect("valid"),
                patient: PatientId::new(&format!("p-00{number}")).expect("valid"),
                newest_event: u64::from(number),
                document: String::from(r#"{"kind":"news2","handling":"open"}"#),
            };
            data.alerts.push((alert, "open", "high"));
            data.events.push(AlertEventView {
                seq: u64::from(number),
                event_type: String::from("alert.raised"),
                ward: place(number),
                document: format!(r#"{{"alert":"alr_{number}"}}"#),
            });
            data.endpoints.push(endpoint(number));
            data.silences.push(silence(number));
            data.quarantine.push(QuarantineView {
                id: i64::from(number),
                stamp: NOW,
                device: Some(device),
                topic: format!("topic of p-00{number}"),
                reason: String::from("malformed"),
                length: 3,
                sha256: String::new(),
            });
        }
    }
    let tokens = Role::ALL.map(|role| (role.name(), role));
    let mut access = (*access_of(&tokens)).clone();
    for token in access.tokens.values_mut() {
        scope(token);
    }
    server.access.send_replace(Arc::new(access));
    server
}

fn scope(token: &mut AccessToken) {
    if token.role.is_by_ward() {
        token.wards = WardScope::Only([ward_id("oncology")].into());
    }
}

/// A body with which the operation is well formed.
fn body(method: &str, path: &str) -> Value {
    let later = "2026-03-05T00:00:00Z";
    let given = path.rsplit('/').next().unwrap_or_default();
    match (method, given) {
        ("PUT", "p-002") => json!({"label": "Bed 2"}),
        ("PUT", "haematology") => json!({"label": "Ours"}),
        ("PUT", "end_2") => json!({"url": "https://trust.example/", "label": "Ours"}),
        ("POST", "webhooks") => json!({"url": "https://trust.example/", "label": "Ours"}),
        ("POST", "limits") => json!({"rule": "fever_on_treatment.raise_at", "value": 37.8,
            "reason": "x", "expires": later}),
        ("POST", "notes") => json!({"text": "well"}),
        ("POST", "withdraw") => json!({"note": 1, "reason": "wrong bed"}),
        ("POST", "observations") => json!({"values": {"heart_rate": 70}}),
        ("POST", "pause") => json!({"end": later, "reason": "scan"}),
        ("POST", "assignments") => json!({"device": "watch-2", "patient": "p-001"}),
        ("POST", "silences") => {
            json!({"ward": "haematology", "until": later, "reason": "quiet"})
        }
        ("PUT" | "POST", "overrides") => json!({"overrides": []}),
        ("POST", "resolve") => json!({"outcome": "seen"}),
        ("POST", "comments") => json!({"text": "seen"}),
        ("POST", "snooze") => json!({"until": later, "reason": "seen"}),
        ("POST", "assign") => json!({"to": "Dr Ray"}),
        ("POST", "replay") => json!({"deliveries": ["msg_1"]}),
        ("POST", "disable") => json!({"reason": "works elsewhere"}),
        _ => json!({}),
    }
}

/// The path of the description with what lies on the other ward in it.
fn foreign(path: &str) -> String {
    let id = match path.split('/').nth(2).unwrap_or_default() {
        "patients" => "p-002",
        "alerts" => "alr_2",
        "webhooks" => "end_2",
        "silences" => "sil_2",
        "wards" => "haematology",
        "devices" => "watch-2",
        _ => "2",
    };
    let query = match path.ends_with("/summaries") {
        true => "?every_seconds=60",
        false => "",
    };
    format!("{}{query}", path.replace("{id}", id).replace("{name}", "n"))
}

#[tokio::test]
async fn no_operation_shows_or_changes_anything_of_another_ward() {
    let server = two_wards().await;
    let description = server.get("/openapi.json", "").await.json();
    let (mut tried, mut open) = (0, Vec::new());
    for (path, item) in description["paths"].as_object().expect("paths") {
        let scoped = path.starts_with("/v1/") && !path.ends_with("/actions");
        if !scoped || path == "/v1/events" {
            continue;
        }
        let path = foreign(path);
        for method in item.as_object().expect("an item").keys() {
            let method = method.to_uppercase();
            let body = body(&method, &path);
            let reply = server
                .call(&method, &path, "ward_administrator", body)
                .await;
            let text = String::from_utf8_lossy(&reply.bytes).into_owned();
            let said = format!("{method} {path}: {} {text}", reply.status);
            for word in FOREIGN {
                assert!(!text.contains(word), "{said}");
            }
            // A watch belongs to no ward, and lists show what is one's own.
            let is_watch = path == "/v1/devices/watch-2";
            let is_list = method == "GET" && !path.contains("_2") && !path.contains("p-002");
            if !is_watch && !is_list && ![403, 404].contains(&reply.status) {
                open.push(said);
            }
            tried += 1;
        }
    }
    assert!(open.is_empty(), "{open:#?}");
    assert!(tried > 60, "{tried} operations");
    let engine = server.engine.lock().expect("not poisoned");
    let sent: Vec<_> = (engine.commands.iter())
        .map(|(_, command)| command["command"].clone())
        .collect();
    assert_eq!(sent, ["put_device"]);
}

#[tokio::test]
async fn what_is_on_the_own_ward_is_seen_and_changed() {
    let server = two_wards().await;
    let seen = |uri: &'static str| server.get(uri, "ward_administrator");
    for (uri, ids) in [
        ("/v1/wards", vec!["oncology"]),
        ("/v1/patients", vec!["p-001"]),
        ("/v1/board", vec!["p-001"]),
        ("/v1/alerts", vec!["alr_1"]),
        ("/v1/silences", vec!["sil_1"]),
        ("/v1/webhooks", vec!["end_1"]),
        ("/v1/devices", vec!["watch-1", "watch-2"]),
    ] {
        let items = seen(uri).await.json()["items"].clone();
        let shown: Vec<_> = (items.as_array().expect("a list").iter())
            .map(|item| item["id"].as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(shown, ids, "{uri}");
    }
    let quarantine = seen("/v1/quarantine").await.json();
    assert_eq!(quarantine["items"].as_array().map(Vec::len), Some(1));
    let worn = seen("/v1/assignments?device=watch-2").await.json();
    assert_eq!(worn["items"], json!([]), "who wears it is not ours to know");
    for (uri, body) in [
        ("/v1/alerts/alr_1/acknowledge", json!({})),
        ("/v1/patients/p-001/monitoring/start", json!({})),
        (
            "/v1/silences",
            json!({"patient": "p-001", "until": "2026-03-05T00:00:00Z", "reason": "scan"}),
        ),
        (
            "/v1/webhooks",
            json!({"url": "https://trust.example/", "label": "Ours", "wards": ["oncology"]}),
        ),
    ] {
        let reply = server.call("POST", uri, "ward_administrator", body).await;
        assert!(reply.status < 300, "{uri}: {}", reply.status);
    }
}

#[tokio::test]
async fn a_patient_or_an_endpoint_cannot_be_moved_to_where_one_may_not_look() {
    let server = two_wards().await;
    let both = json!({"url": "https://trust.example/", "label": "x",
        "wards": ["oncology", "haematology"]});
    for (method, uri, body) in [
        ("PUT", "/v1/patients/p-001", json!({"ward": "haematology"})),
        ("PUT", "/v1/webhooks/end_1", both.clone()),
        ("POST", "/v1/webhooks", both),
        (
            "POST",
            "/v1/assignments",
            json!({"device": "watch-2", "patient": "p-001"}),
        ),
    ] {
        let reply = server.call(method, uri, "ward_administrator", body).await;
        assert_eq!(reply.problem(), "/problems/forbidden", "{method} {uri}");
    }
    assert!(
        server
            .engine
            .lock()
            .expect("not poisoned")
            .commands
            .is_empty()
    );
}
