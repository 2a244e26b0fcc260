//! The local admin socket.

use super::harness::Server;
use crate::api::admin_client::{AdminCallError, call};
use crate::api::serve_admin;
use hyper::Method;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[tokio::test]
async fn the_socket_makes_a_token_without_a_token() {
    let server = Server::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("admin.sock");
    // What a killed service left behind is replaced.
    drop(std::os::unix::net::UnixListener::bind(&socket).expect("bound"));
    let (path, router, cancel) = (socket.clone(), server.router.clone(), server.cancel.clone());
    let task =
        tokio::spawn(
            async move { serve_admin(&path, router, cancel, Duration::from_secs(2)).await },
        );
    let body = json!({"name": "Ward 4 board", "role": "viewer"});
    let answered = async {
        loop {
            match call(&socket, Method::POST, "/v1/tokens", Some(&body)).await {
                Err(AdminCallError::Connect { .. }) => tokio::task::yield_now().await,
                answer => break answer.expect("an answer"),
            }
        }
    };
    let (status, answer) = tokio::time::timeout(Duration::from_secs(10), answered)
        .await
        .expect("the socket opens");
    assert_eq!(status.as_u16(), 201);
    assert!(
        answer["token"]
            .as_str()
            .expect("shown once")
            .starts_with("wl_")
    );
    let author = server.last_command()["author"].clone();
    assert_eq!(author, "local administrator");
    let mode = std::fs::metadata(&socket)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let (status, problem) = call(&socket, Method::GET, "/v1/nothing", None)
        .await
        .expect("ok");
    assert_eq!(
        (status.as_u16(), &problem["type"]),
        (404, &json!("/problems/not-found"))
    );
    server.cancel.cancel();
    task.await.expect("no panic").expect("ended in order");
    assert!(!socket.exists());
    let gone = call(&socket, Method::GET, "/v1/about", None).await;
    assert!(matches!(gone, Err(AdminCallError::Connect { .. })));
}

#[tokio::test]
async fn the_network_does_not_become_administrator() {
    let server = Server::start().await;
    assert_eq!(server.get("/v1/tokens", "").await.status, 401);
}
