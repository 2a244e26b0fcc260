//! Sessions at the pages: who gets one, what it may, and when it ends.

use super::harness::{Reply, Server};
use crate::api::passwords;
use crate::api::secret::sha256_hex;
use crate::domain::WallTime;
use crate::engine::Access;
use crate::registry::{Account, Role, WardScope};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::json;
use std::sync::{Arc, LazyLock};

const PASSWORD: &str = "three random words";
/// Hashing takes a while.
static HASH: LazyLock<String> = LazyLock::new(|| passwords::hash(PASSWORD).expect("hashed"));

fn account(role: Role) -> Account {
    Account {
        name: String::from("ann.lee"),
        label: String::from("Ann Lee"),
        role,
        wards: WardScope::All,
        password: HASH.clone(),
        created: super::world::NOW,
        closed: None,
        sessions: Vec::new(),
    }
}

pub(super) async fn server(role: Role) -> Server {
    let server = Server::start().await;
    let accounts = [(String::from("ann.lee"), account(role))];
    server.access.send_replace(Arc::new(Access {
        accounts: accounts.into(),
        ..Access::default()
    }));
    server
}

pub(super) fn form(path: &str, body: &str, headers: &[(&str, &str)]) -> Request<Full<Bytes>> {
    let request = super::harness::request("POST", path, "");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body(Full::from(body.to_owned())).expect("valid")
}

async fn sign_in(server: &Server, body: &str, headers: &[(&str, &str)]) -> Reply {
    server.send(form("/sign-in", body, headers)).await
}

const RIGHT: &str = "name=Ann.Lee+&password=three+random+words&next=/v1/board";

/// Signs in, and puts the session that the engine was told of into force.
pub(super) async fn session(server: &Server) -> String {
    let reply = sign_in(server, RIGHT, &[]).await;
    assert_eq!(reply.status, 303);
    let cookie = reply
        .header("set-cookie")
        .split(';')
        .next()
        .expect("a pair");
    let command = server.last_command()["command"].clone();
    let secret = cookie.split_once('=').expect("a value").1;
    assert_eq!(command["sha256"], sha256_hex(secret));
    let until = WallTime::from_epoch_ms(command["until"].as_i64().expect("a time"));
    let mut access = (**server.access.borrow()).clone();
    let session = (String::from("ann.lee"), until);
    access.sessions.insert(sha256_hex(secret), session);
    server.access.send_replace(Arc::new(access));
    cookie.to_owned()
}

pub(super) async fn with_cookie(server: &Server, method: &str, uri: &str, cookie: &str) -> Reply {
    let request = super::harness::request(method, uri, "")
        .header("cookie", format!("other=1; {cookie}"))
        .header("content-type", "application/json");
    server
        .send(request.body(Full::from("{}")).expect("valid"))
        .await
}

#[tokio::test]
async fn name_and_password_give_a_session_that_the_browser_alone_holds() {
    let server = server(Role::Nurse).await;
    let reply = sign_in(&server, RIGHT, &[]).await;
    assert_eq!((reply.status, reply.header("location")), (303, "/v1/board"));
    let cookie = reply.header("set-cookie");
    for part in [
        "wardlight=",
        "Max-Age=43200",
        "Path=/",
        "HttpOnly",
        "SameSite=Strict",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let cookie = session(&server).await;
    let board = with_cookie(&server, "GET", "/v1/board", &cookie).await;
    assert_eq!(board.status, 200);
    let reply = with_cookie(&server, "POST", "/v1/alerts/alr_1/acknowledge", &cookie).await;
    assert_eq!(reply.status, 200);
    assert_eq!(server.last_command()["author"], "Ann Lee (ann.lee)");
    let reply = with_cookie(&server, "PUT", "/v1/wards/w", &cookie).await;
    assert_eq!(reply.problem(), "/problems/forbidden", "a nurse");
}

#[tokio::test]
async fn over_https_the_cookie_is_this_hosts_alone() {
    let server = server(Role::Viewer).await;
    let host = ("origin", "https://test");
    let reply = sign_in(&server, RIGHT, &[host]).await;
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-wardlight=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    assert!(
        cookie.contains("Max-Age=2592000"),
        "a wall stays signed in: {cookie}"
    );
}

#[tokio::test]
async fn a_wrong_name_or_password_says_the_same_and_ten_have_to_wait() {
    let server = server(Role::Nurse).await;
    for body in [
        "name=ann.lee&password=wrong",
        "name=nobody&password=wrong",
        "",
        "name=ann.lee",
    ] {
        let reply = sign_in(&server, body, &[]).await;
        assert_eq!(
            (reply.status, reply.header("set-cookie")),
            (403, ""),
            "{body}"
        );
        let page = String::from_utf8_lossy(&reply.bytes).into_owned();
        assert!(
            page.contains("This name and password do not go together."),
            "{page}"
        );
        assert!(!page.contains("wrong"), "a password is not shown again");
    }
    assert_eq!(server.reads(), ["sign-in page: fail to sign in ann.lee"]);
    for _ in 0..8 {
        sign_in(&server, "name=ann.lee&password=wrong", &[]).await;
    }
    let reply = sign_in(&server, RIGHT, &[]).await;
    assert_eq!(reply.status, 429);
    assert!(
        reply
            .header("retry-after")
            .parse::<i64>()
            .is_ok_and(|seconds| seconds > 800)
    );
    assert!(
        server
            .engine
            .lock()
            .expect("not poisoned")
            .commands
            .is_empty()
    );
}

#[tokio::test]
async fn a_session_ends_with_its_time_with_its_account_and_when_one_signs_out() {
    let server = server(Role::Nurse).await;
    let cookie = session(&server).await;
    let whole = server.access.borrow().clone();
    let asked = || with_cookie(&server, "GET", "/v1/board", &cookie);
    assert_eq!(asked().await.status, 200);

    let mut late = (*whole).clone();
    for (_, ends) in late.sessions.values_mut() {
        *ends = WallTime::from_epoch_ms(0);
    }
    server.access.send_replace(Arc::new(late));
    assert_eq!(asked().await.problem(), "/problems/unauthenticated");

    let mut closed = (*whole).clone();
    closed.accounts.clear();
    server.access.send_replace(Arc::new(closed));
    assert_eq!(asked().await.status, 401);

    server.access.send_replace(whole);
    let reply = server
        .send(form("/sign-out", "", &[("cookie", cookie.as_str())]))
        .await;
    assert_eq!((reply.status, reply.header("location")), (303, "/sign-in"));
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    let told = server.last_command();
    assert_eq!(told["command"]["command"], "sign_out");
    let secret = cookie.split_once('=').expect("a value").1;
    assert_eq!(told["command"]["sha256"], sha256_hex(secret));
}

#[tokio::test]
async fn another_sites_page_changes_nothing_in_the_name_of_who_is_signed_in() {
    let server = server(Role::Nurse).await;
    let cookie = session(&server).await;
    let sent = server.engine.lock().expect("not poisoned").commands.len();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for path in ["/sign-in", "/sign-out", "/v1/alerts/alr_1/acknowledge"] {
            let headers = [(name, value), ("cookie", cookie.as_str())];
            let reply = server.send(form(path, RIGHT, &headers)).await;
            assert_eq!(reply.problem(), "/problems/forbidden", "{path} {name}");
        }
    }
    assert_eq!(
        server.engine.lock().expect("not poisoned").commands.len(),
        sent
    );
}

#[tokio::test]
async fn accounts_are_made_with_a_hash_and_shown_without_it() {
    let server = Server::start().await;
    let body = json!({"label": "Ann Lee", "role": "nurse", "password": PASSWORD});
    let reply = server
        .call("PUT", "/v1/accounts/ann.lee", "administrator", body)
        .await;
    assert_eq!(reply.status, 200);
    let kept = server.last_command()["command"]["password"].clone();
    assert!(passwords::verify(PASSWORD, kept.as_str()));
    let poor = json!({"label": "Ann Lee", "role": "nurse", "password": "short"});
    let reply = server
        .call("PUT", "/v1/accounts/ann.lee", "administrator", poor)
        .await;
    assert_eq!(reply.problem(), "/problems/validation");
    assert!(!String::from_utf8_lossy(&reply.bytes).contains("short"));
}
