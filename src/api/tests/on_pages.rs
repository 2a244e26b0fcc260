//! Pages as a browser without JavaScript gets them.

use super::harness::{Reply, Server};
use super::world::NOW;
use crate::api::source::AuditView;
use http_body_util::Full;

pub(super) fn text(reply: &Reply) -> String {
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    let policy = reply.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(reply.header("cache-control"), "no-store");
    String::from_utf8(reply.bytes.to_vec()).expect("UTF-8")
}

/// Sends a form with the token of a role.
pub(super) async fn send_form(server: &Server, path: &str, role: &str, body: &str) -> Reply {
    let token = format!("Bearer {role}");
    let headers = [("authorization", token.as_str())];
    server
        .send(super::sign_in::form(path, body, &headers))
        .await
}

fn line(id: i64, author: &str, action: &str, document: &str) -> AuditView {
    AuditView {
        id,
        at: NOW,
        author: author.to_owned(),
        action: action.to_owned(),
        document: document.to_owned(),
    }
}

pub(super) async fn server_with_audit() -> Server {
    let server = Server::start().await;
    server.world.data().audit = vec![
        line(3, "Ann Lee", "acknowledge", r#"{"alert":"alr_1"}"#),
        line(2, "<b>Zoe</b>", "put_patient", r#"{"label":"<i>Bed</i>"}"#),
        line(1, "Ann Lee", "read board", "*"),
    ];
    server
}

#[tokio::test]
async fn who_is_not_signed_in_is_asked_to_and_comes_back() {
    let server = Server::start().await;
    let reply = server.get("/audit?author=Ann%20Lee", "").await;
    assert_eq!(reply.status, 303);
    let to = reply.header("location");
    assert_eq!(to, "/sign-in?next=%2Faudit%3Fauthor%3DAnn%2520Lee");
    let page = text(&server.get(to, "").await);
    assert!(page.contains("value=\"/audit?author=Ann%20Lee\""), "{page}");
    assert!(page.contains("SIMULATED DATA"), "{page}");
}

#[tokio::test]
async fn a_page_is_for_who_may_and_says_so() {
    let server = server_with_audit().await;
    let reply = server.get("/audit", "nurse").await;
    assert_eq!(reply.status, 403);
    let page = text(&reply);
    assert!(
        page.contains("not for your account") && !page.contains("Zoe"),
        "{page}"
    );
    assert!(
        !page.contains("href=\"/audit\""),
        "no way to it is shown: {page}"
    );
    assert_eq!(server.get("/audit", "auditor").await.status, 200);
}

#[tokio::test]
async fn the_audit_is_searched_and_what_people_wrote_stays_text() {
    let server = server_with_audit().await;
    let all = text(&server.get("/audit", "auditor").await);
    assert!(all.contains("&#60;b&#62;Zoe&#60;/b&#62;"), "{all}");
    assert!(!all.contains("<b>Zoe") && !all.contains("<i>Bed"), "{all}");
    assert!(
        all.contains("4 Mar 2026, 09:16:02 GMT") && all.contains("put patient"),
        "{all}"
    );
    let some = text(
        &server
            .get("/audit?author=ann+lee&action=ack", "auditor")
            .await,
    );
    assert!(
        some.contains("alert: alr_1") && !some.contains("read board"),
        "{some}"
    );
    assert!(
        some.contains("value=\"ann lee\""),
        "what was asked for stands there"
    );
    let none = text(
        &server
            .get("/audit?subject=%22%3E%3Cscript%3E", "auditor")
            .await,
    );
    assert!(
        none.contains("Nothing was found") && !none.contains("<script"),
        "{none}"
    );
}

#[tokio::test]
async fn a_page_cannot_be_shown_while_the_store_cannot_be_read() {
    let server = server_with_audit().await;
    server.world.data().broken = true;
    let reply = server.get("/audit", "auditor").await;
    assert_eq!(reply.status, 500);
    let page = text(&reply);
    assert!(
        page.contains("An internal error") && page.contains("Audit"),
        "{page}"
    );
}

#[tokio::test]
async fn files_are_packed_and_kept_until_they_change() {
    let server = Server::start().await;
    let ask = |name: &'static str, value: String| {
        let request = super::harness::request("GET", "/assets/nhsuk.css", "");
        request
            .header(name, value)
            .body(Full::default())
            .expect("valid")
    };
    let plain = server.get("/assets/nhsuk.css", "").await;
    let packed = server.send(ask("accept-encoding", "gzip, br".into())).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(
        packed.bytes.len() < plain.bytes.len() / 5,
        "{}",
        packed.bytes.len()
    );
    assert!(!String::from_utf8_lossy(&plain.bytes).contains("https://assets.nhs.uk"));
    let tag = plain.header("etag").to_owned();
    let again = server.send(ask("if-none-match", tag)).await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    assert_eq!(again.header("cache-control"), "no-cache");
}
