//! Alerts, their events, and what people do about them.

use super::harness::Server;
use crate::domain::{AlertId, PatientId, WardId};
use crate::registry::CommandError;
use crate::store::{AlertEventView, AlertView};
use serde_json::json;

fn alert(number: u64) -> AlertView {
    AlertView {
        id: AlertId::new(&format!("alr_{number}")).expect("valid"),
        patient: PatientId::new("p-001").expect("valid"),
        newest_event: number * 10,
        document: String::from(
            r#"{"kind":"news2","priority":"high","handling":"open","raised_at":1772615762000}"#,
        ),
    }
}

async fn server_with_alerts() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.alerts = (1..=5)
            .map(|number| (alert(number), "open", "high"))
            .collect();
        data.alerts.push((alert(6), "resolved", "low"));
        data.events.push(AlertEventView {
            seq: 10,
            event_type: String::from("alert.raised"),
            ward: WardId::new("oncology").expect("valid"),
            document: String::from(r#"{"alert":"alr_1","at":1772615762000}"#),
        });
    }
    server
}

#[tokio::test]
async fn an_alert_is_shown_with_its_times_in_words() {
    let server = server_with_alerts().await;
    let reply = server.get("/v1/alerts/alr_1", "viewer").await;
    insta::assert_compact_json_snapshot!(reply.json(), @r#"
    {
      "handling": "open",
      "id": "alr_1",
      "kind": "news2",
      "newest_event": 10,
      "patient": "p-001",
      "priority": "high",
      "raised_at": "2026-03-04T09:16:02Z"
    }
    "#);
    let events = server.get("/v1/alerts/alr_1/events", "viewer").await;
    insta::assert_compact_json_snapshot!(events.json(), @r#"
    {
      "items": [
        {
          "data": {
            "alert": "alr_1",
            "at": "2026-03-04T09:16:02Z"
          },
          "seq": 10,
          "type": "alert.raised",
          "ward": "oncology"
        }
      ]
    }
    "#);
    assert_eq!(server.reads(), ["viewer: read alert alr_1"]);
    for uri in ["/v1/alerts/alr_9", "/v1/alerts/alr_9/events"] {
        assert_eq!(
            server.get(uri, "viewer").await.problem(),
            "/problems/not-found"
        );
    }
}

#[tokio::test]
async fn pages_of_alerts_follow_the_cursor_to_the_end() {
    let server = server_with_alerts().await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let uri = format!("/v1/alerts?handling=open&limit=2{cursor}");
        let page = server.get(&uri, "viewer").await.json();
        for item in page["items"].as_array().expect("items") {
            seen.push(item["id"].as_str().expect("an id").to_owned());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["alr_5", "alr_4", "alr_3", "alr_2", "alr_1"]);
}

#[tokio::test]
async fn every_filter_reaches_the_store() {
    let server = server_with_alerts().await;
    let uri = "/v1/alerts?patient=p-001&ward=oncology&handling=open,acknowledged\
        &condition=active&kind=news2,silent&priority=high&raised_from=2026-03-04T00:00:00Z";
    assert_eq!(server.get(uri, "viewer").await.status, 200);
    let filter = server.world.data().last_filter.clone().expect("asked");
    assert_eq!(filter.handling, ["open", "acknowledged"]);
    assert_eq!(filter.condition, ["active"]);
    assert_eq!(filter.kind, ["news2", "silent"]);
    assert_eq!(filter.priority, ["high"]);
    assert_eq!(
        filter.patient.as_ref().map(PatientId::as_str),
        Some("p-001")
    );
    assert_eq!(filter.wards, [WardId::new("oncology").expect("valid")]);
    assert_eq!(
        filter.raised_from.map(|at| at.epoch_ms()),
        Some(1_772_582_400_000)
    );
    assert_eq!(
        filter.limit, 101,
        "one more tells whether there is another page"
    );
    for wrong in [
        "handling=closed",
        "condition=",
        "priority=urgent",
        "kind=News2",
        "kind=news_2",
        "ward=a%20b",
    ] {
        let reply = server.get(&format!("/v1/alerts?{wrong}"), "viewer").await;
        assert_eq!(reply.problem(), "/problems/invalid-parameter", "{wrong}");
    }
}

#[tokio::test]
async fn answers_to_an_alert_become_commands_in_the_tokens_name() {
    let server = server_with_alerts().await;
    let cases = [
        ("acknowledge", json!({"comment": "on my way"})),
        ("acknowledge", json!({})),
        ("resolve", json!({"outcome": "antibiotics given"})),
        ("comments", json!({"text": "rang the family"})),
        (
            "resolve",
            json!({"outcome": "watch was loose", "usefulness": "not_useful"}),
        ),
        (
            "snooze",
            json!({"until": "2026-03-04T10:00:00Z", "reason": "fluids"}),
        ),
        ("unsnooze", json!({})),
        ("assign", json!({"to": "team east"})),
        ("reopen", json!({"comment": "fever is back"})),
    ];
    let mut commands = Vec::new();
    for (action, body) in cases {
        let uri = format!("/v1/alerts/alr_1/{action}");
        let reply = server.call("POST", &uri, "nurse", body).await;
        assert_eq!(
            (reply.status, reply.json()),
            (200, json!({"id": "made-1", "affected": 2}))
        );
        commands.push(server.last_command());
    }
    insta::assert_compact_json_snapshot!(commands, @r#"
    [
      {
        "author": "nurse",
        "command": {
          "alert": "alr_1",
          "command": "acknowledge",
          "comment": "on my way"
        }
      },
      {
        "author": "nurse",
        "command": {
          "alert": "alr_1",
          "command": "acknowledge",
          "comment": null
        }
      },
      {
        "author": "nurse",
        "command": {
          "alert": "alr_1",
          "command": "resolve",
          "outcome": "antibiotics given",
          "usefulness": null
        }
      },
      {
        "author": "nurse",
        "command": {
          "alert": "alr_1",
          "command": "comment",
          "text": "rang the family"
        }
      },
      {
        "author": "nurse",
        "command": {
          "alert": "alr_1",
          "command": "resolve",
          "outcome": "watch was loose",
          "usefulness": "not_useful"
        }
      },
      {
        "author": "nurse",
        "command": {
          "alert": "alr_1",
          "command": "snooze",
          "reason": "fluids",
          "until": 1772618400000
        }
      },
      {
        "author": "nurse",
        "command": {
          "alert": "alr_1",
          "command": "unsnooze",
          "comment": null
        }
      },
      {
        "author": "nurse",
        "command": {
          "alert": "alr_1",
          "command": "assign_alert",
          "comment": null,
          "to": "team east"
        }
      },
      {
        "author": "nurse",
        "command": {
          "alert": "alr_1",
          "command": "reopen",
          "comment": "fever is back"
        }
      }
    ]
    "#);
    for (action, body) in [
        ("resolve", json!({"outcome": " "})),
        ("comments", json!({})),
        (
            "resolve",
            json!({"outcome": "seen", "usefulness": "perhaps"}),
        ),
        ("snooze", json!({"reason": "no end"})),
        ("snooze", json!({"until": "soon"})),
        ("assign", json!({"to": ""})),
        ("reopen", json!({"comment": " "})),
    ] {
        let uri = format!("/v1/alerts/alr_1/{action}");
        let reply = server.call("POST", &uri, "nurse", body).await;
        assert_eq!(reply.problem(), "/problems/validation");
    }
    let problem = String::from("it is resolved: comment instead");
    server.refuse(CommandError::Conflict { problem });
    let reply = server
        .call("POST", "/v1/alerts/alr_1/acknowledge", "nurse", json!({}))
        .await;
    insta::assert_compact_json_snapshot!(reply.json(), @r#"
    {
      "detail": "it is resolved: comment instead",
      "status": 409,
      "title": "The state does not allow this",
      "type": "/problems/conflict"
    }
    "#);
}
