//! Deliveries, quarantine and audit: lists, newest first.

use super::harness::Server;
use super::world::NOW;
use crate::api::source::AuditView;
use crate::domain::{DeviceId, EndpointId, WallTime};
use crate::registry::Endpoint;
use crate::store::{DeliveryView, QuarantineView};
use serde_json::{Value, json};

async fn server_with_lists() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.endpoints.push(Endpoint {
            id: EndpointId::new("end_1").expect("valid"),
            url: String::from("https://trust.example/"),
            label: String::from("Engine"),
            secrets: Vec::new(),
            event_types: Vec::new(),
            wards: Vec::new(),
            disabled: None,
            author: String::from("ward_administrator"),
            created: NOW,
            channel: Default::default(),
            trouble: None,
        });
        data.deliveries = (1..=3).map(delivery).collect();
        data.quarantine = (1..=3).map(quarantined).collect();
        data.audit = (1..=3).map(line).collect();
    }
    server
}

pub(super) fn delivery(number: u64) -> DeliveryView {
    DeliveryView {
        number,
        id: format!("msg_{number}"),
        endpoint: String::from("end_1"),
        event_type: String::from("alert.raised"),
        created: NOW,
        state: String::from(if number == 3 { "waiting" } else { "failed" }),
        attempts: 2,
        next_attempt: WallTime::from_epoch_ms(NOW.epoch_ms() + 5000),
        last_status: Some(503),
        last_error: None,
        body: Vec::new(),
        last_attempt_at: None,
        received: crate::domain::WallTime::from_epoch_ms(0),
        urgency: crate::domain::Priority::Low,
        patient: None,
        failed_because: None,
    }
}

pub(super) fn quarantined(id: i64) -> QuarantineView {
    QuarantineView {
        id,
        stamp: NOW,
        device: Some(DeviceId::new("watch-1").expect("valid")),
        topic: String::from("wardlight/v1/watch-1/vitals"),
        reason: String::from("malformed"),
        length: 8,
        sha256: String::from("ab"),
    }
}

fn line(id: i64) -> AuditView {
    AuditView {
        id,
        at: NOW,
        author: String::from("ward_administrator"),
        action: String::from("put_patient"),
        document: String::from(r#"{"patient":"p-001"}"#),
    }
}

/// All items of a list, page by page of two, whose first page has more.
async fn all(server: &Server, path: &str) -> Vec<Value> {
    let first = server
        .get(&format!("{path}?limit=2"), "administrator")
        .await
        .json();
    let next = first["next"].as_str().expect("a second page");
    let uri = format!("{path}?limit=2&cursor={next}");
    let second = server.get(&uri, "administrator").await.json();
    assert!(second.get("next").is_none());
    let items = [first["items"].clone(), second["items"].clone()];
    items
        .into_iter()
        .flat_map(|page| page.as_array().expect("items").clone())
        .collect()
}

#[tokio::test]
async fn lists_come_newest_first_page_by_page() {
    let server = server_with_lists().await;
    let deliveries = all(&server, "/v1/webhooks/end_1/deliveries").await;
    insta::assert_compact_json_snapshot!(deliveries[..2], @r#"
    [
      {
        "attempts": 2,
        "created": "2026-03-04T09:16:02Z",
        "event_type": "alert.raised",
        "id": "msg_3",
        "last_status": 503,
        "next_attempt_at": "2026-03-04T09:16:07Z",
        "state": "waiting"
      },
      {
        "attempts": 2,
        "created": "2026-03-04T09:16:02Z",
        "event_type": "alert.raised",
        "id": "msg_2",
        "last_status": 503,
        "state": "failed"
      }
    ]
    "#);
    assert_eq!(deliveries.len(), 3);
    let quarantine = all(&server, "/v1/quarantine").await;
    insta::assert_compact_json_snapshot!(quarantine[0], @r#"
    {
      "arrived_at": "2026-03-04T09:16:02Z",
      "device": "watch-1",
      "id": 3,
      "length": 8,
      "reason": "malformed",
      "sha256": "ab",
      "topic": "wardlight/v1/watch-1/vitals"
    }
    "#);
    assert_eq!(quarantine.len(), 3);
    let audit = all(&server, "/v1/audit").await;
    insta::assert_compact_json_snapshot!(audit[0], @r#"
    {
      "action": "put_patient",
      "at": "2026-03-04T09:16:02Z",
      "author": "ward_administrator",
      "id": 3,
      "subject": {
        "patient": "p-001"
      }
    }
    "#);
    assert_eq!(audit.len(), 3);
}

#[tokio::test]
async fn deliveries_are_chosen_by_state_and_of_a_known_webhook() {
    let server = server_with_lists().await;
    let uri = "/v1/webhooks/end_1/deliveries?state=waiting";
    let waiting = server.get(uri, "ward_administrator").await.json();
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(1));
    let wrong = server
        .get(
            "/v1/webhooks/end_1/deliveries?state=lost",
            "ward_administrator",
        )
        .await;
    assert_eq!(wrong.problem(), "/problems/invalid-parameter");
    let none = server
        .get("/v1/webhooks/end_9/deliveries", "ward_administrator")
        .await;
    assert_eq!(none.problem(), "/problems/not-found");
}

#[tokio::test]
async fn a_replay_names_its_deliveries() {
    let server = server_with_lists().await;
    let uri = "/v1/webhooks/end_1/deliveries/replay";
    let body = json!({"deliveries": ["msg_1", "msg_2"]});
    assert_eq!(
        server
            .call("POST", uri, "ward_administrator", body)
            .await
            .json()["affected"],
        2
    );
    insta::assert_compact_json_snapshot!(server.last_command(), @r#"
    {
      "author": "ward_administrator",
      "command": {
        "command": "replay_deliveries",
        "deliveries": [
          "msg_1",
          "msg_2"
        ],
        "endpoint": "end_1"
      }
    }
    "#);
    for wrong in [json!([]), json!(["a b"]), json!(vec!["m"; 1001])] {
        let reply = server
            .call(
                "POST",
                uri,
                "ward_administrator",
                json!({"deliveries": wrong}),
            )
            .await;
        assert_eq!(reply.problem(), "/problems/validation");
    }
}

#[tokio::test]
async fn quarantined_bytes_are_a_download_and_their_reading_is_noted() {
    let server = server_with_lists().await;
    let reply = server
        .get("/v1/quarantine/2/payload", "ward_administrator")
        .await;
    assert_eq!(&reply.bytes[..], b"\x00garbage");
    assert_eq!(reply.header("content-type"), "application/octet-stream");
    assert!(
        reply
            .header("content-disposition")
            .starts_with("attachment")
    );
    assert_eq!(
        server.reads(),
        ["ward_administrator: read quarantine payload 2"]
    );
    let none = server
        .get("/v1/quarantine/9/payload", "ward_administrator")
        .await;
    assert_eq!(none.problem(), "/problems/not-found");
    let other = server
        .get("/v1/quarantine?device=watch-2", "viewer")
        .await
        .json();
    assert_eq!(other, json!({"items": []}));
}
