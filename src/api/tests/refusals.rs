//! Refusals are problem documents, whoever refuses.

use super::harness::{Server, request};
use super::readings::patient;
use crate::api::Settings;
use crate::registry::CommandError;
use http_body_util::Full;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_have_their_problems() {
    let server = Server::start().await;
    let reply = server.get("/v2/nothing", "viewer").await;
    insta::assert_compact_json_snapshot!(reply.json(), @r#"{"status": 404, "title": "There is no such thing", "type": "/problems/not-found"}"#);
    assert_eq!(reply.problem(), "/problems/not-found");
    let reply = server
        .call("PATCH", "/v1/patients/p", "viewer", json!({}))
        .await;
    assert_eq!(reply.problem(), "/problems/method-not-allowed");
    assert_eq!(reply.header("allow"), "GET,HEAD,PUT");
    let meaning = server.get("/problems/not-found", "").await.json();
    insta::assert_compact_json_snapshot!(meaning, @r#"{"status": 404, "title": "There is no such thing", "type": "/problems/not-found"}"#);
    assert_eq!(
        server.get("/problems/none", "").await.problem(),
        "/problems/not-found"
    );
}

#[tokio::test]
async fn a_body_must_be_json_of_the_right_shape_and_size() {
    let server = Server::start().await;
    let put = |content_type: &str, body: &str| {
        let request = request("PUT", "/v1/wards/w", "ward_administrator");
        let request = request.header("content-type", content_type);
        request.body(Full::from(body.to_owned())).expect("valid")
    };
    let label = r#"{"label": "West"}"#;
    let cases = [
        (put("application/json; charset=utf-8", label), "", 200),
        (
            put("text/plain", label),
            "/problems/unsupported-media-type",
            415,
        ),
        (
            put("application/json", "{"),
            "/problems/malformed-body",
            400,
        ),
        (put("application/json", "{}{}"), "/problems/validation", 422),
        (
            put("application/json", &format!("{label}{label}")),
            "/problems/malformed-body",
            400,
        ),
        (
            put("application/json", r#"{"label": 7}"#),
            "/problems/validation",
            422,
        ),
        (
            put("application/json", r#"{"label": ""}"#),
            "/problems/validation",
            422,
        ),
        (
            put("application/json", &"x".repeat(64 * 1024 + 1)),
            "/problems/body-too-large",
            413,
        ),
    ];
    for (request, problem, status) in cases {
        let reply = server.send(request).await;
        assert_eq!(reply.status, status, "{problem}");
        if !problem.is_empty() {
            assert_eq!(reply.problem(), problem);
        }
    }
    let reply = server
        .send(put("application/json", r#"{"label": 7, "x": 1}"#))
        .await;
    assert_eq!(reply.json()["errors"][0]["pointer"], "#/label");
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_refused_too() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = Server::start().await;
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .expect("it listens");
    let head = "PUT /v1/wards/w HTTP/1.1\r\nhost: t\r\nauthorization: Bearer ward_administrator\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    for _ in 0..5 {
        // The server may answer and close before it has all of it.
        let _ = stream.write_all(chunk.as_bytes()).await;
    }
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn what_the_engine_refuses_keeps_its_reason() {
    let server = Server::start().await;
    let refusals = [
        (
            CommandError::NotFound { what: "patient" },
            404,
            "/problems/not-found",
        ),
        (
            CommandError::Missing {
                what: "patient",
                field: "ward",
            },
            422,
            "/problems/validation",
        ),
        (
            CommandError::Conflict {
                problem: String::from("it is resolved"),
            },
            409,
            "/problems/conflict",
        ),
        (CommandError::Internal, 500, "/problems/internal"),
    ];
    for (refusal, status, problem) in refusals {
        server.refuse(refusal);
        let reply = server
            .call("PUT", "/v1/patients/p", "ward_administrator", json!({}))
            .await;
        assert_eq!((reply.status, reply.problem().as_str()), (status, problem));
    }
}

#[tokio::test]
async fn a_failing_store_is_an_internal_error_that_tells_nothing() {
    let server = Server::start().await;
    server.world.data().broken = true;
    let reply = server.get("/v1/wards", "viewer").await;
    assert_eq!(reply.problem(), "/problems/internal");
    let document = reply.json();
    assert!(!document.to_string().contains("disk"));
    let instance = document["instance"].as_str().expect("to quote");
    assert!(instance.starts_with("urn:wardlight:incident:"));
}

#[tokio::test]
async fn a_command_without_an_answer_ends_in_time_and_beyond_the_bound_at_once() {
    let settings = Settings {
        request_seconds_max: 1,
        requests_at_once: 1,
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    server.engine.lock().expect("ok").hold = true;
    let call = || {
        server.call(
            "PUT",
            "/v1/wards/w",
            "ward_administrator",
            json!({"label": "W"}),
        )
    };
    let (held, refused) = tokio::join!(call(), async {
        while server.engine.lock().expect("ok").held.is_empty() {
            tokio::task::yield_now().await;
        }
        let health = server.get("/health/live", "").await;
        assert_eq!(health.status, 200, "health answers all the same");
        server.get("/v1/wards", "viewer").await
    });
    assert_eq!(refused.problem(), "/problems/overloaded");
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(held.problem(), "/problems/timeout");
}

#[tokio::test]
async fn identifiers_of_the_wrong_form_are_named() {
    const RULE: &str = "an identifier has 1 to 64 characters of A-Z a-z 0-9 . _ -, ";
    let server = Server::start().await;
    server.world.data().patients.push(patient(1, "p-001"));
    let long = format!("/v1/patients/{}", "x".repeat(65));
    let cases = [
        (
            "GET",
            "/v1/patients/a%20b",
            "id",
            format!("{RULE}character 2 is another"),
        ),
        ("GET", long.as_str(), "id", format!("{RULE}this has 65")),
        (
            "GET",
            "/v1/devices/%2F",
            "id",
            format!("{RULE}character 1 is another"),
        ),
        (
            "GET",
            "/v1/quarantine/x/payload",
            "id",
            String::from("must be a whole number"),
        ),
        (
            "DELETE",
            "/v1/tokens/%FF",
            "name",
            String::from("must be UTF-8 once its percent signs are decoded"),
        ),
    ];
    for (method, uri, parameter, detail) in cases {
        let reply = server.call(method, uri, "administrator", json!({})).await;
        assert_eq!(reply.problem(), "/problems/invalid-parameter", "{uri}");
        let named = json!([{"parameter": parameter, "detail": detail}]);
        assert_eq!(reply.json()["errors"], named, "{uri}");
    }
}

#[tokio::test]
async fn serving_ends_at_the_deadline_even_with_a_request_under_way() {
    use tokio::io::AsyncWriteExt;
    let server = Server::start().await;
    server.engine.lock().expect("ok").hold = true;
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .expect("it listens");
    let head = "PUT /v1/wards/w HTTP/1.1\r\nhost: t\r\nauthorization: Bearer ward_administrator\r\n\
        content-type: application/json\r\ncontent-length: 13\r\n\r\n{\"label\":\"W\"}";
    stream.write_all(head.as_bytes()).await.expect("sent");
    while server.engine.lock().expect("ok").held.is_empty() {
        tokio::task::yield_now().await;
    }
    server.cancel.cancel();
    // The client stays, the request would take 15 s; the grace is 2 s.
    let stopped = tokio::time::timeout(Duration::from_secs(10), server.task).await;
    assert!(stopped.is_ok(), "the deadline ended it");
    drop(stream);
}
