//! Tokens, device credentials and webhook secrets are shown once.

use super::harness::Server;
use super::world::NOW;
use crate::api::secret::sha256_hex;
use crate::domain::{DeviceId, EndpointId};
use crate::engine::Access;
use crate::registry::{DeviceCredential, Endpoint};
use serde_json::json;
use std::sync::Arc;

const OLD: &str = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
const OLDER: &str = "whsec_ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=";

async fn server_with_webhook() -> Server {
    let server = Server::start().await;
    server.world.data().endpoints.push(Endpoint {
        id: EndpointId::new("end_1").expect("valid"),
        url: String::from("https://trust.example/hook"),
        label: String::from("Trust integration engine"),
        secrets: vec![String::from(OLD), String::from(OLDER)],
        event_types: vec![String::from("alert.raised")],
        wards: Vec::new(),
        disabled: None,
        author: String::from("ward_administrator"),
        created: NOW,
        channel: Default::default(),
        trouble: None,
    });
    server
}

#[tokio::test]
async fn a_token_is_shown_once_and_only_its_hash_goes_on() {
    let server = Server::start().await;
    let body = json!({"name": "Ward 4 board", "role": "viewer"});
    let reply = server
        .call("POST", "/v1/tokens", "administrator", body)
        .await;
    assert_eq!(reply.status, 201);
    let token = reply.json()["token"].as_str().expect("shown").to_owned();
    let command = server.last_command();
    assert_eq!(command["command"]["sha256"], sha256_hex(&token));
    assert!(!command.to_string().contains(&token));
    let list = server.get("/v1/tokens", "administrator").await.json();
    assert_eq!(list["items"][0]["name"], "administrator");
    assert!(!list.to_string().contains(&sha256_hex("viewer")));
    let gone = server.call(
        "DELETE",
        "/v1/tokens/Ward%204%20board",
        "administrator",
        json!(null),
    );
    assert_eq!(gone.await.status, 200);
    insta::assert_compact_json_snapshot!(server.last_command(), @r#"{"author": "administrator", "command": {"command": "revoke_token", "name": "Ward 4 board"}}"#);
    let body = json!({"name": "x", "role": "god"});
    let wrong = server
        .call("POST", "/v1/tokens", "administrator", body)
        .await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "#/role");
}

#[tokio::test]
async fn a_device_gets_its_password_once_and_rotates_it() {
    let server = Server::start().await;
    for (method, uri, kind, status) in [
        (
            "POST",
            "/v1/devices/w-1/credential",
            "create_device_credential",
            201,
        ),
        (
            "POST",
            "/v1/devices/w-1/credential/rotate",
            "rotate_device_credential",
            200,
        ),
    ] {
        let reply = server.call(method, uri, "administrator", json!(null)).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.json()["user_name"], "w-1");
        let password = reply.json()["password"].as_str().expect("shown").to_owned();
        let command = server.last_command()["command"].clone();
        assert_eq!(command["command"], kind);
        assert_eq!(command["sha256"], sha256_hex(&password));
    }
    let uri = "/v1/devices/w-1/credential";
    assert_eq!(
        server
            .call("DELETE", uri, "administrator", json!(null))
            .await
            .status,
        200
    );
    assert_eq!(
        server.last_command()["command"]["command"],
        "revoke_device_credential"
    );
}

#[tokio::test]
async fn credentials_in_force_are_listed_in_pages() {
    let server = Server::start().await;
    let tokens = server.access.borrow().tokens.clone();
    let credential = |name: &str| DeviceCredential {
        device: DeviceId::new(name).expect("valid"),
        sha256: vec![String::from("aa"), String::from("bb")],
        changed: NOW,
        revoked: (name == "w-2").then_some(NOW),
    };
    let names = ["w-3", "w-2", "w-1"];
    let devices = names
        .into_iter()
        .map(|name| (name.to_owned(), credential(name)))
        .collect();
    server.access.send_replace(Arc::new(Access {
        tokens,
        devices,
        ..Access::default()
    }));
    let first = server
        .get("/v1/device-credentials?limit=1", "administrator")
        .await
        .json();
    insta::assert_compact_json_snapshot!(first["items"], @r#"[{"changed": "2026-03-04T09:16:02Z", "device": "w-1", "passwords": 2}]"#);
    let next = first["next"].as_str().expect("more");
    let uri = format!("/v1/device-credentials?limit=1&cursor={next}");
    let second = server.get(&uri, "administrator").await.json();
    assert_eq!(second["items"][0]["device"], "w-3");
    assert!(second.get("next").is_none());
}

#[tokio::test]
async fn a_webhook_gets_a_secret_or_brings_one() {
    let server = Server::start().await;
    let register = |extra: serde_json::Value| {
        let mut body = json!({"url": "https://trust.example/hook", "label": "Engine",
            "event_types": ["alert.raised"], "wards": ["oncology"]});
        let fields = body.as_object_mut().expect("an object");
        fields.extend(extra.as_object().expect("an object").clone());
        server.call("POST", "/v1/webhooks", "ward_administrator", body)
    };
    let made = register(json!({})).await;
    assert_eq!(made.status, 201);
    let secret = made.json()["secret"].clone();
    assert!(secret.as_str().expect("shown once").starts_with("whsec_"));
    assert_eq!(server.last_command()["command"]["secrets"], json!([secret]));
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(made.header("location"), format!("/v1/webhooks/{id}"));
    let signed = register(json!({"signature": "v1a"})).await.json();
    assert!(
        signed["public_key"]
            .as_str()
            .expect("shown")
            .starts_with("whpk_")
    );
    let given = register(json!({"secret": OLD})).await.json();
    assert!(given.get("secret").is_none());
    assert_eq!(server.last_command()["command"]["secrets"], json!([OLD]));
    for (extra, pointer) in [
        (json!({"secret": "hunter2"}), "#/secret"),
        (json!({"url": "http://trust.example/"}), "#/url"),
        (json!({"url": "https://user:word@trust.example/"}), "#/url"),
        (json!({"url": "not a url"}), "#/url"),
        (json!({"event_types": ["a b"]}), "#/event_types/0"),
        (json!({"label": ""}), "#/label"),
    ] {
        let reply = register(extra).await;
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn a_webhook_is_shown_without_its_secrets() {
    let server = server_with_webhook().await;
    let one = server
        .get("/v1/webhooks/end_1", "ward_administrator")
        .await
        .json();
    insta::assert_compact_json_snapshot!(one, @r#"
    {
      "actions": false,
      "author": "ward_administrator",
      "created": "2026-03-04T09:16:02Z",
      "disabled": null,
      "event_types": [
        "alert.raised"
      ],
      "format": "standard",
      "id": "end_1",
      "include_patient_label": false,
      "label": "Trust integration engine",
      "secrets": 2,
      "system_events": true,
      "url": "https://trust.example/hook",
      "wards": []
    }
    "#);
    let all = server
        .get("/v1/webhooks", "ward_administrator")
        .await
        .json();
    assert_eq!(all["items"][0], one);
    let none = server.get("/v1/webhooks/end_9", "ward_administrator").await;
    assert_eq!(none.problem(), "/problems/not-found");
}

#[tokio::test]
async fn rotation_keeps_the_newest_old_secret_beside_the_new_one() {
    let server = server_with_webhook().await;
    let uri = "/v1/webhooks/end_1/rotate";
    let reply = server
        .call("POST", uri, "ward_administrator", json!({}))
        .await
        .json();
    let secrets = server.last_command()["command"]["secrets"].clone();
    assert_eq!(secrets, json!([reply["secret"], OLD]));
    let alone = json!({"keep_previous": false});
    let reply = server
        .call("POST", uri, "ward_administrator", alone)
        .await
        .json();
    assert_eq!(
        server.last_command()["command"]["secrets"],
        json!([reply["secret"]])
    );
    let none = server
        .call(
            "POST",
            "/v1/webhooks/end_9/rotate",
            "ward_administrator",
            json!({}),
        )
        .await;
    assert_eq!(none.problem(), "/problems/not-found");
}

#[tokio::test]
async fn a_webhook_is_switched_off_with_a_reason_and_on_again() {
    let server = server_with_webhook().await;
    let off = json!({"reason": "moves house"});
    let mut commands = Vec::new();
    for (action, body) in [("disable", off), ("enable", json!(null))] {
        let uri = format!("/v1/webhooks/end_1/{action}");
        assert_eq!(
            server
                .call("POST", &uri, "ward_administrator", body)
                .await
                .status,
            200
        );
        commands.push(server.last_command()["command"].clone());
    }
    insta::assert_compact_json_snapshot!(commands, @r#"
    [
      {
        "command": "disable_endpoint",
        "id": "end_1",
        "reason": "moves house"
      },
      {
        "command": "disable_endpoint",
        "id": "end_1",
        "reason": null
      }
    ]
    "#);
    let uri = "/v1/webhooks/end_1/disable";
    let reply = server
        .call("POST", uri, "ward_administrator", json!({"reason": ""}))
        .await;
    assert_eq!(reply.problem(), "/problems/validation");
}
