//! Silences, rotas, and who would be told.

use super::harness::Server;
use super::world::NOW;
use crate::domain::{AlertId, PatientId, Silence, SilenceScope, WardId};
use crate::registry::CommandError;
use crate::store::AlertView;
use serde_json::json;

fn silence() -> Silence {
    Silence {
        id: "sil_7".to_owned(),
        scope: SilenceScope {
            ward: Some(WardId::new("oncology").expect("valid")),
            kinds: vec![crate::domain::KindPattern::new("technical").expect("valid")],
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

#[tokio::test]
async fn silences_are_shown_with_author_reason_and_end() {
    let server = Server::start().await;
    server.world.data().silences = vec![silence()];
    let reply = server.get("/v1/silences", "viewer").await;
    insta::assert_compact_json_snapshot!(reply.json(), @r#"
    {
      "items": [
        {
          "author": "sister",
          "created": "2026-03-04T09:16:02Z",
          "from": "2026-03-04T09:16:02Z",
          "id": "sil_7",
          "in_force": true,
          "kinds": [
            "technical"
          ],
          "reason": "new watches",
          "until": "2026-03-04T10:16:02Z",
          "ward": "oncology"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn silences_and_overrides_become_commands_in_the_tokens_name() {
    let server = Server::start().await;
    let until = "2026-03-04T12:00:00Z";
    let body =
        json!({"device": "watch-1", "kinds": ["silent"], "until": until, "reason": "repair"});
    let reply = server
        .call("POST", "/v1/silences", "ward_administrator", body)
        .await;
    assert_eq!(reply.status, 201);
    let ended = server
        .call(
            "DELETE",
            "/v1/silences/sil_7",
            "ward_administrator",
            json!({}),
        )
        .await;
    assert_eq!(ended.status, 200);
    let body = json!({"overrides": [{"from": "2026-03-05T08:00:00Z", "until": "2026-03-05T20:00:00Z", "who": "end_1"}]});
    let set = server
        .call(
            "PUT",
            "/v1/rotas/nurses/overrides",
            "ward_administrator",
            body,
        )
        .await;
    assert_eq!(set.status, 200);
    let commands = server.engine.lock().expect("not poisoned").commands.clone();
    let said: Vec<&str> = commands.iter().map(|(author, _)| author.as_str()).collect();
    assert_eq!(said, ["ward_administrator"; 3]);
    let first = &commands[0].1;
    let scope = json!({"ward": null, "patient": null, "device": "watch-1", "kinds": ["silent"]});
    assert_eq!(first["command"], "create_silence");
    assert_eq!(
        (&first["scope"], &first["reason"]),
        (&scope, &json!("repair"))
    );
    assert_eq!(first["from"], NOW.epoch_ms(), "from now on");
    assert_eq!(commands[1].1["id"], "sil_7");
    assert_eq!(commands[2].1["rota"], "nurses");
    assert_eq!(commands[2].1["overrides"][0]["who"], "end_1");
}

#[tokio::test]
async fn a_silence_that_names_nothing_or_ends_before_it_begins_is_refused_with_all_reasons() {
    let server = Server::start().await;
    let body = json!({"kinds": ["news3"], "until": "2026-03-01T00:00:00Z", "reason": " "});
    let reply = server
        .call("POST", "/v1/silences", "ward_administrator", body)
        .await;
    assert_eq!(reply.status, 422);
    let pointers: Vec<String> = reply.json()["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|error| error["pointer"].as_str().expect("a text").to_owned())
        .collect();
    assert_eq!(pointers, ["#/reason", "#/ward", "#/kinds/0", "#/until"]);
    let body = json!({"ward": "a1", "until": "2026-03-05T00:00:00Z", "reason": "x"});
    assert_eq!(
        server
            .call("POST", "/v1/silences", "nurse", body)
            .await
            .status,
        403
    );
    server.refuse(CommandError::NotFound {
        what: "silence in force",
    });
    let gone = server
        .call(
            "DELETE",
            "/v1/silences/sil_9",
            "ward_administrator",
            json!({}),
        )
        .await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn a_route_is_asked_for_a_moment_and_the_look_is_audited() {
    let server = Server::start().await;
    let alert = AlertView {
        id: AlertId::new("alr_1").expect("valid"),
        patient: PatientId::new("p-001").expect("valid"),
        newest_event: 1,
        document: "{}".to_owned(),
    };
    server.world.data().alerts = vec![(alert, "open", "high")];
    let path = "/v1/alerts/alr_1/route?at=1970-01-01T00:00:05Z";
    let reply = server.get(path, "viewer").await;
    assert_eq!(reply.json(), json!({"at_ms": 5_000}));
    let reads = server.reads();
    assert!(reads.iter().any(|read| read.contains("alr_1")), "{reads:?}");
    assert_eq!(
        server.get("/v1/alerts/alr_2/route", "viewer").await.status,
        404
    );
    let routing = server.get("/v1/routing", "viewer").await;
    assert_eq!(routing.json()["version"], "0011223344556677");
}
