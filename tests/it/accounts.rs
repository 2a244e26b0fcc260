//! Accounts and sessions with the real service: they outlive a restart.

use crate::service::{START, Service, TOKEN, directory, sha256};
use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::{Client, Method, redirect};
use serde_json::json;
use wardlight::registry::{Command, Role, WardScope};

/// A browser as far as sessions go: it follows no redirect and keeps no cookie.
fn browser() -> Client {
    let policy = redirect::Policy::none();
    Client::builder()
        .redirect(policy)
        .build()
        .expect("a client")
}

async fn sign_in(service: &Service, password: &str) -> (u16, Option<String>) {
    let form = format!("name=ann.lee&password={}", password.replace(' ', "+"));
    let request = browser()
        .post(service.url("/sign-in"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let reply = request.send().await.expect("an answer");
    let cookie = reply.headers().get(SET_COOKIE).map(|cookie| {
        let pair = cookie.to_str().expect("text").split(';').next();
        pair.expect("a pair").to_owned()
    });
    let location = reply.headers().get(LOCATION);
    assert_eq!(location.is_some(), cookie.is_some());
    (reply.status().as_u16(), cookie)
}

async fn patients(service: &Service, cookie: &str) -> (u16, String) {
    let request = browser().get(service.url("/v1/patients"));
    let reply = request.header("cookie", cookie).send().await;
    let reply = reply.expect("an answer");
    (reply.status().as_u16(), reply.text().await.expect("text"))
}

async fn put(service: &Service, path: &str, body: serde_json::Value) {
    let (status, answer) = service.ask(Method::PUT, path, Some(body)).await;
    assert!(status.is_success(), "{path}: {answer}");
}

/// The test's token becomes an administrator's.
async fn promote(service: &Service) {
    let name = "Nurse Joy".to_owned();
    service
        .order(Command::RevokeToken { name: name.clone() })
        .await;
    let command = Command::CreateToken {
        name,
        sha256: sha256(TOKEN),
        role: Role::Administrator,
        wards: WardScope::All,
    };
    service.order(command).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_and_its_session_outlive_a_restart_and_see_their_ward_only() {
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["p-001"]).await;
    promote(&service).await;
    put(
        &service,
        "/v1/wards/haematology",
        json!({"label": "Haematology"}),
    )
    .await;
    put(
        &service,
        "/v1/patients/p-002",
        json!({"label": "Bed 2", "ward": "haematology"}),
    )
    .await;
    let account = json!({"label": "Ann Lee", "role": "nurse", "wards": ["oncology"],
        "password": "three random words"});
    put(&service, "/v1/accounts/ann.lee", account).await;
    assert_eq!(sign_in(&service, "three random word").await, (403, None));
    let (status, cookie) = sign_in(&service, "three random words").await;
    let cookie = cookie.expect("a cookie");
    assert_eq!(status, 303);
    let audit = service.get("/v1/audit?limit=1000").await.to_string();
    for secret in [
        "argon2",
        "three random",
        cookie.split_once('=').expect("a value").1,
    ] {
        assert!(!audit.contains(secret), "{secret}");
    }
    assert!(audit.contains("sign_in") && audit.contains("put_account"));
    service.stop().await;

    let service = Service::start_at(data.path(), &[], START + 60_000).await;
    let (status, seen) = patients(&service, &cookie).await;
    assert_eq!(status, 200);
    assert!(seen.contains("p-001") && !seen.contains("p-002"), "{seen}");
    let gone = service
        .ask(Method::DELETE, "/v1/accounts/ann.lee", None)
        .await;
    assert!(gone.0.is_success());
    assert_eq!(patients(&service, &cookie).await.0, 401);
    assert_eq!(sign_in(&service, "three random words").await, (403, None));
    service.stop().await;
}
