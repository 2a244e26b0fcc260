//! About, health, description, schemas, headers.

use super::harness::Server;
use crate::api::source::{ComponentHealth, HealthState};
use crate::domain::Vital;
use serde_json::Value;

#[tokio::test]
async fn about_says_what_this_is_and_who_asks() {
    let server = Server::start().await;
    insta::assert_compact_json_snapshot!(server.get("/v1/about", "nurse").await.json(), @r#"
    {
      "caller": "nurse",
      "now": "2026-03-04T09:16:02Z",
      "role": "nurse",
      "simulated": true,
      "site": "Wardlight",
      "time_scale": 1.0,
      "version": "1.2.3"
    }
    "#);
}

#[tokio::test]
async fn health_says_which_part_does_not_work_and_why() {
    let server = Server::start().await;
    assert_eq!(
        server.get("/health/live", "").await.json()["status"],
        "live"
    );
    assert_eq!(
        server.get("/health/ready", "").await.json()["status"],
        "ready"
    );
    let part = |state| {
        Some(ComponentHealth {
            name: "subscriber",
            state,
            reason: Some(String::from("not connected for 40 s")),
        })
    };
    server.world.data().health = part(HealthState::Degraded);
    assert_eq!(server.get("/health/ready", "").await.status, 200);
    server.world.data().health = part(HealthState::Failed);
    let reply = server.get("/health/ready", "").await;
    assert_eq!(reply.status, 503);
    insta::assert_compact_json_snapshot!(reply.json(), @r#"
    {
      "components": [
        {
          "name": "store",
          "state": "working"
        },
        {
          "name": "subscriber",
          "reason": "not connected for 40 s",
          "state": "failed"
        }
      ],
      "status": "not_ready"
    }
    "#);
}

#[tokio::test]
async fn the_description_holds_every_route() {
    let server = Server::start().await;
    let reply = server.get("/openapi.json", "").await;
    let description = reply.json();
    assert_eq!(description["openapi"], "3.1.0");
    let mut routes: Vec<String> = Vec::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        let methods: Vec<&str> = item
            .as_object()
            .expect("item")
            .keys()
            .map(String::as_str)
            .collect();
        routes.push(format!("{path} {}", methods.join(" ")));
    }
    insta::assert_snapshot!(routes.join("\n"), @r#"
    /actions/{token} get post
    /charts/{token} get
    /health/live get
    /health/ready get
    /metrics get
    /problems/{code} get
    /schemas/ get
    /schemas/status.v1.json get
    /schemas/vitals.v1.json get
    /v1/about get
    /v1/accounts get
    /v1/accounts/{name} delete put
    /v1/alerts get
    /v1/alerts/{id} get
    /v1/alerts/{id}/acknowledge post
    /v1/alerts/{id}/assign post
    /v1/alerts/{id}/comments post
    /v1/alerts/{id}/events get
    /v1/alerts/{id}/explanation get
    /v1/alerts/{id}/reopen post
    /v1/alerts/{id}/resolve post
    /v1/alerts/{id}/route get
    /v1/alerts/{id}/snooze post
    /v1/alerts/{id}/unsnooze post
    /v1/assignments get post
    /v1/assignments/{id}/end post
    /v1/audit get
    /v1/board get
    /v1/device-credentials get
    /v1/devices get
    /v1/devices/{id} get put
    /v1/devices/{id}/credential delete post
    /v1/devices/{id}/credential/rotate post
    /v1/events get
    /v1/patients get
    /v1/patients/{id} get put
    /v1/patients/{id}/latest get
    /v1/patients/{id}/limits get post
    /v1/patients/{id}/monitoring/discharge post
    /v1/patients/{id}/monitoring/pause post
    /v1/patients/{id}/monitoring/start post
    /v1/patients/{id}/notes get post
    /v1/patients/{id}/notes/withdraw post
    /v1/patients/{id}/observations post
    /v1/patients/{id}/readings get
    /v1/patients/{id}/readings/export get
    /v1/patients/{id}/readings/summaries get
    /v1/patients/{id}/scores get
    /v1/quarantine get
    /v1/quarantine/{id}/payload get
    /v1/reports/alarm-burden get
    /v1/reports/handover get
    /v1/rotas/{name}/overrides put
    /v1/routing get
    /v1/silences get post
    /v1/silences/{id} delete
    /v1/tokens get post
    /v1/tokens/{name} delete
    /v1/wards get
    /v1/wards/{id} put
    /v1/webhooks get post
    /v1/webhooks/{id} get put
    /v1/webhooks/{id}/actions post
    /v1/webhooks/{id}/deliveries get
    /v1/webhooks/{id}/deliveries/replay post
    /v1/webhooks/{id}/disable post
    /v1/webhooks/{id}/enable post
    /v1/webhooks/{id}/health get
    /v1/webhooks/{id}/rotate post
    /v1/webhooks/{id}/test post
    "#);
    let references = reply_references(&description);
    assert!(references.len() > 30);
    for reference in references {
        let found = description.pointer(reference.trim_start_matches('#'));
        assert!(found.is_some(), "{reference} leads nowhere");
    }
}

fn reply_references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("$ref", Value::String(reference)) => vec![reference.clone()],
                _ => reply_references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(reply_references).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn the_schemas_hold_exactly_the_vitals() {
    let server = Server::start().await;
    let index = server.get("/schemas/", "").await.json();
    let mut keys: Vec<&str> = Vital::ALL
        .into_iter()
        .map(|vital| vital.facts().key)
        .collect();
    keys.sort_unstable();
    for path in index["items"].as_array().expect("items") {
        let path = path.as_str().expect("a path");
        let reply = server.get(path, "").await;
        assert_eq!(reply.header("content-type"), "application/schema+json");
        let schema = reply.json();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(schema["$id"], path);
        let (vitals, besides) = match path {
            "/schemas/vitals.v1.json" => (&schema["$defs"]["moment"]["properties"], Some("t")),
            _ => (&schema["properties"]["vitals"]["properties"], None),
        };
        let vitals = vitals.as_object().expect("properties");
        let mut listed: Vec<&str> = vitals.keys().map(String::as_str).collect();
        listed.retain(|key| Some(*key) != besides);
        listed.sort_unstable();
        assert_eq!(listed, keys, "{path}");
        for vital in Vital::ALL {
            let facts = vital.facts();
            let shown = &vitals[facts.key];
            assert_eq!(shown["title"], facts.name);
            let numbers = [shown, &shown["items"]]
                .into_iter()
                .find(|s| s["type"] == "number");
            if let Some(bounds) = numbers {
                assert_eq!(
                    bounds["minimum"].as_f64(),
                    Some(facts.physics_min),
                    "{}",
                    facts.key
                );
                assert_eq!(
                    bounds["maximum"].as_f64(),
                    Some(facts.physics_max),
                    "{}",
                    facts.key
                );
                assert_eq!(shown["x-unit"], facts.unit);
            }
        }
    }
}

#[tokio::test]
async fn every_answer_is_kept_out_of_caches_and_frames() {
    let server = Server::start().await;
    for uri in [
        "/",
        "/v1/wards",
        "/nothing",
        "/health/live",
        "/openapi.json",
    ] {
        let reply = server.get(uri, "viewer").await;
        assert_eq!(reply.header("cache-control"), "no-store", "{uri}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("x-frame-options"), "DENY");
        assert!(
            reply
                .header("content-security-policy")
                .starts_with("default-src 'none'")
        );
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn the_page_and_all_it_loads_are_served_by_the_program() {
    let server = Server::start().await;
    let page = String::from_utf8(server.get("/", "viewer").await.bytes.to_vec()).expect("text");
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "nothing foreign"
    );
    assert!(
        !page.contains("<style") && !page.contains(" style="),
        "the policy forbids it"
    );
    let mut loaded = 0;
    for part in page.split('"').filter(|part| part.starts_with("/assets/")) {
        assert_eq!(server.get(part, "").await.status, 200, "{part}");
        loaded += 1;
    }
    assert!(loaded >= 3);
    for script in ["ward", "connection", "page", "sign_in"] {
        let reply = server.get(&format!("/assets/{script}.js"), "").await;
        assert_eq!(
            reply.header("content-type"),
            "text/javascript; charset=utf-8"
        );
        let text = String::from_utf8(reply.bytes.to_vec()).expect("text");
        assert!(
            !text.contains("innerHTML"),
            "{script}: text of others is never markup"
        );
    }
}
