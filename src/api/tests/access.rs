//! Closed by default: every described operation is tried with too little.

use super::harness::{Server, access_of, request, tokens};
use crate::api::Settings;
use crate::registry::{Permission, Role};
use http_body_util::Full;
use serde_json::Value;

/// (method, path with parameters filled in, permission) of every described operation.
pub(super) async fn operations(server: &Server) -> Vec<(String, String, Option<String>)> {
    let description = server.get("/openapi.json", "").await.json();
    let mut operations = Vec::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        let path = path
            .replace("{id}", "1")
            .replace("{name}", "n")
            .replace("{code}", "c");
        for (method, operation) in item.as_object().expect("an item") {
            let role = operation["security"][0]["token"][0]
                .as_str()
                .map(str::to_owned);
            operations.push((method.to_uppercase(), path.clone(), role));
        }
    }
    operations
}

#[tokio::test]
async fn nothing_of_v1_is_shown_without_a_token_in_force() {
    let server = Server::start().await;
    let operations = operations(&server).await;
    assert!(operations.len() > 45, "{} operations", operations.len());
    for (method, path, role) in operations {
        // A receiver's machine signs its request instead.
        let is_signed = path == "/v1/webhooks/1/actions";
        assert_eq!(
            role.is_some(),
            (path.starts_with("/v1/") && !is_signed) || path == "/metrics",
            "{path}"
        );
        if role.is_none() && !is_signed {
            continue;
        }
        for token in ["", "unknown"] {
            let reply = server.call(&method, &path, token, Value::Null).await;
            assert_eq!(
                reply.problem(),
                "/problems/unauthenticated",
                "{method} {path}"
            );
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
    }
}

#[tokio::test]
async fn every_operation_is_open_to_the_roles_that_have_its_permission_and_to_no_other() {
    let server = Server::start().await;
    for (method, path, permission) in operations(&server).await {
        let Some(permission) = permission else {
            continue;
        };
        let mut all = Permission::ALL.into_iter();
        let needed = all.find(|known| known.name() == permission);
        let needed = needed.expect("a permission");
        for (token, role) in tokens() {
            if role.may(needed) && path == "/v1/events" {
                continue;
            }
            let reply = server.call(&method, &path, token, Value::Null).await;
            let said = format!("{method} {path} as {token}: {}", reply.status);
            match role.may(needed) {
                true => assert!(![401, 403, 405].contains(&reply.status), "{said}"),
                false => assert_eq!(reply.problem(), "/problems/forbidden", "{said}"),
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_is_revoked_is_refused_at_once() {
    let server = Server::start().await;
    assert_eq!(server.get("/v1/wards", "viewer").await.status, 200);
    server
        .access
        .send_replace(access_of(&[("nurse", Role::Nurse)]));
    assert_eq!(server.get("/v1/wards", "viewer").await.status, 401);
    assert_eq!(server.get("/v1/wards", "nurse").await.status, 200);
}

#[tokio::test]
async fn only_the_bearer_scheme_is_taken() {
    let server = Server::start().await;
    for (value, status) in [
        ("Basic viewer", 401),
        ("viewer", 401),
        ("bearer viewer", 200),
    ] {
        let request = request("GET", "/v1/wards", "").header("authorization", value);
        let reply = server
            .send(request.body(Full::default()).expect("valid"))
            .await;
        assert_eq!(reply.status, status, "{value}");
    }
}

#[tokio::test]
async fn metrics_are_open_only_when_configured_so() {
    let server = Server::start().await;
    assert_eq!(server.get("/metrics", "").await.status, 401);
    let reply = server.get("/metrics", "viewer").await;
    // OpenMetrics would need other names and an end mark: this is not it.
    assert_eq!(
        reply.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let settings = Settings {
        metrics_open: true,
        ..Settings::default()
    };
    let open = Server::with(settings).await;
    assert_eq!(open.get("/metrics", "").await.status, 200);
}
