//! A form that comes after the session has ended loses nothing.

use super::harness::{Reply, Server};
use super::on_pages::text;
use super::sign_in::{form, server, session};
use crate::api::Settings;
use crate::domain::WallTime;
use crate::registry::Role;
use std::sync::Arc;

const PATH: &str = "/channels/end_1";
/// With markup in it, and two lines.
const WRITTEN: &str = "action=off&reason=it+%3Cb%3E+%26+more%0D%0Aline+two&password=hush";

fn commands(server: &Server) -> usize {
    server.engine.lock().expect("not poisoned").commands.len()
}

/// Somebody whose session ends while a form is written.
async fn signed_out() -> (Server, String) {
    let server = server(Role::WardAdministrator).await;
    let cookie = session(&server).await;
    let mut access = (**server.access.borrow()).clone();
    for (_, ends) in access.sessions.values_mut() {
        *ends = WallTime::from_epoch_ms(0);
    }
    server.access.send_replace(Arc::new(access));
    (server, cookie)
}

/// The value of a page's first field of this name, as a browser reads it.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .expect("a field");
    let text = rest.split('"').next().expect("its end");
    let text = text
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"");
    text.replace("&#39;", "'").replace("&#38;", "&")
}

/// Signs in by the page's own form.
async fn sign_in(server: &Server, page: &str, password: &str) -> Reply {
    let pairs = [
        ("name", "ann.lee".to_owned()),
        ("password", password.to_owned()),
        ("next", field(page, "next")),
        ("kept_path", field(page, "kept_path")),
        ("kept", field(page, "kept")),
    ];
    let body = serde_urlencoded::to_string(pairs).expect("a form");
    server
        .send(form("/sign-in", &body, &[("origin", "http://test")]))
        .await
}

#[tokio::test]
async fn what_was_written_is_shown_after_signing_in_and_sent_by_the_person() {
    let (server, cookie) = signed_out().await;
    let sent = commands(&server);
    let headers = [("cookie", cookie.as_str()), ("origin", "http://test")];
    let reply = server.send(form(PATH, WRITTEN, &headers)).await;
    assert_eq!(reply.status, 403);
    let page = text(&reply);
    for part in [
        "You are signed out: that happens 12 hours after",
        "is kept in this page",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("hush") && !page.contains("<b>"), "{page}");

    let wrong = sign_in(&server, &page, "wrong").await;
    assert_eq!(wrong.status, 403);
    let again = text(&wrong);
    assert_eq!(
        field(&again, "kept"),
        field(&page, "kept"),
        "kept through a slip"
    );

    let reply = sign_in(&server, &again, "three random words").await;
    assert_eq!(reply.status, 200);
    assert!(
        reply
            .header("set-cookie")
            .contains("HttpOnly; SameSite=Strict")
    );
    let page = text(&reply);
    for part in [
        "Not sent yet",
        "in the name of Ann Lee (ann.lee)",
        "<dd class=\"nhsuk-summary-list__value wl-text\">it &#60;b&#62; &#38; more\r\nline two</dd>",
        "method=\"post\" action=\"/channels/end_1\"",
        "Send it now",
        "<a href=\"/channels/end_1\">Discard it and see the page</a>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("hush") && !page.contains("<b>"), "{page}");
    assert_eq!(field(&page, "reason"), "it <b> & more\r\nline two");
    assert_eq!(field(&page, "action"), "off");
    assert_eq!(commands(&server), sent + 1, "signed in, and nothing else");
}

#[tokio::test]
async fn another_sites_form_is_neither_kept_nor_shown() {
    let (server, cookie) = signed_out().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let headers = [(name, value), ("cookie", cookie.as_str())];
        let reply = server.send(form(PATH, WRITTEN, &headers)).await;
        assert_eq!(reply.problem(), "/problems/forbidden", "{name}");
        // Nor does another site sign anybody in with a form of its own.
        let body =
            "name=ann.lee&password=three+random+words&kept_path=/channels/end_1&kept=action%3Doff";
        let reply = server.send(form("/sign-in", body, &headers)).await;
        assert_eq!(reply.problem(), "/problems/forbidden", "{name}");
    }
}

#[tokio::test]
async fn what_is_carried_goes_to_no_other_place() {
    let (server, _) = signed_out().await;
    for path in [
        "https://evil.example/devices",
        "//evil.example/devices",
        "/v1/tokens",
        "/password",
    ] {
        let pairs = [
            ("name", "ann.lee"),
            ("password", "three random words"),
            ("next", "/rules"),
            ("kept_path", path),
            ("kept", "action=off"),
        ];
        let body = serde_urlencoded::to_string(pairs).expect("a form");
        let reply = server.send(form("/sign-in", &body, &[])).await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, "/rules"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_too_long_to_be_kept_is_said_to_be() {
    let settings = Settings {
        body_bytes_max: 12_000,
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let long = format!("action=off&reason={}", "a".repeat(5000));
    let page = text(&server.send(form(PATH, &long, &[])).await);
    assert!(
        page.contains("too long to be kept") && !page.contains("aaaa"),
        "{page}"
    );
    let short = text(&server.send(form(PATH, "action=off&reason=a", &[])).await);
    assert_eq!(field(&short, "kept"), "action=off&reason=a");
}

#[tokio::test]
async fn a_form_for_passwords_is_not_kept_and_leads_back_to_its_page() {
    let (server, cookie) = signed_out().await;
    let headers = [("cookie", cookie.as_str())];
    let reply = server
        .send(form("/password", "old=a&new=b&again=b", &headers))
        .await;
    let to = (reply.status, reply.header("location"));
    assert_eq!(to, (303, "/sign-in?next=%2Fpassword"));
}
