//! The pages of the accounts, and of one's own password.

use super::harness::{Reply, Server};
use super::on_pages::{send_form, text};
use super::reports::ward;
use super::sign_in::{self, form, session, with_cookie};
use crate::api::passwords;
use crate::registry::{CommandError, Role, WardScope};
use serde_json::{Value, json};
use std::sync::Arc;

const WHO: &str = "administrator";

/// With the account of Ann Lee and two wards, and tokens for every role.
pub(super) async fn with_accounts() -> Server {
    let server = sign_in::server(Role::Nurse).await;
    server.world.data().wards = vec![ward("a"), ward("b")];
    let mut access = (**server.access.borrow()).clone();
    access.tokens = super::harness::access_of(&super::harness::tokens())
        .tokens
        .clone();
    server.access.send_replace(Arc::new(access));
    server
}

/// The password that a page shows.
fn shown(page: &str) -> String {
    let (_, rest) = page.split_once("<code>").expect("a password");
    rest.split_once("</code>").expect("its end").0.to_owned()
}

fn commands(server: &Server) -> usize {
    server.engine.lock().expect("not poisoned").commands.len()
}

#[tokio::test]
async fn accounts_are_listed_for_who_manages_them_without_their_passwords() {
    let server = with_accounts().await;
    {
        let mut access = (**server.access.borrow()).clone();
        let ann = access.accounts.get_mut("ann.lee").expect("Ann");
        ann.label = String::from("<b>Ann</b>");
        ann.wards = WardScope::Only([ward("a").id].into());
        server.access.send_replace(Arc::new(access));
    }
    let page = text(&server.get("/accounts", WHO).await);
    for part in [
        "href=\"/accounts/ann.lee\"",
        "&#60;b&#62;Ann&#60;/b&#62;",
        "<td>nurse</td><td>a</td>",
        "4 Mar 09:16 GMT",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let one = text(&server.get("/accounts/ann.lee", WHO).await);
    assert!(one.contains("<option value=\"nurse\" selected>"), "{one}");
    assert!(
        one.contains("value=\"a\" checked") && !one.contains("value=\"b\" checked"),
        "{one}"
    );
    for page in [page, one] {
        assert!(
            !page.contains("argon2") && !page.contains("<b>Ann"),
            "{page}"
        );
    }
    for path in ["/accounts", "/accounts/ann.lee"] {
        assert_eq!(server.get(path, "ward_administrator").await.status, 403);
        assert_eq!(server.get(path, "").await.status, 303);
        let reply = send_form(&server, path, "ward_administrator", "action=close").await;
        assert_eq!(reply.status, 403);
    }
    assert_eq!(server.get("/accounts/nobody", WHO).await.status, 404);
    assert_eq!(commands(&server), 0);
}

#[tokio::test]
async fn an_account_is_made_with_a_password_that_is_shown_once() {
    let server = with_accounts().await;
    let body = "name=Zoe.Ray+&label=Zoe+Ray&role=doctor&where=some&ward=a&ward=b";
    let reply = send_form(&server, "/accounts", WHO, body).await;
    assert_eq!(reply.status, 200);
    let password = shown(&text(&reply));
    let mut told = server.last_command();
    let kept = told["command"]["password"].take();
    assert!(passwords::verify(&password, kept.as_str()), "{password}");
    let command = json!({"command": "put_account", "name": "zoe.ray", "label": "Zoe Ray",
        "role": "doctor", "wards": ["a", "b"], "password": null});
    assert_eq!(told, json!({"author": WHO, "command": command}));
    let again = text(&server.get("/accounts", WHO).await);
    assert!(!again.contains(&password), "{again}");
}

#[tokio::test]
async fn what_makes_no_account_is_refused_in_words_with_what_was_typed() {
    let server = with_accounts().await;
    for (body, status, fault) in [
        (
            "name=ann.lee&label=A&role=nurse&where=all",
            409,
            "an account of this name already",
        ),
        ("name=x&label=A&role=king&where=all", 422, "choose a role"),
        (
            "name=x&label=A&role=nurse&where=some",
            422,
            "tick the wards",
        ),
        ("name=x&label=%22A%22&role=nurse", 422, "tick the wards"),
    ] {
        let reply = send_form(&server, "/accounts", WHO, body).await;
        assert_eq!(reply.status, status, "{body}");
        let page = text(&reply);
        assert!(
            page.contains(fault) && !page.contains("<code>"),
            "{body}: {page}"
        );
    }
    assert_eq!(commands(&server), 0);
    server.refuse(CommandError::Invalid {
        field: "name",
        problem: String::from("must be <plain>"),
    });
    let body = "name=%22x&label=A&role=nurse&where=some&ward=b";
    let page = text(&send_form(&server, "/accounts", WHO, body).await);
    assert!(
        page.contains("must be &#60;plain&#62;") && page.contains("value=\"&#34;x\""),
        "{page}"
    );
    assert!(
        page.contains("value=\"b\" checked") && !page.contains("<code>"),
        "{page}"
    );
}

#[tokio::test]
async fn an_account_is_changed_given_a_password_and_closed() {
    let server = with_accounts().await;
    let path = "/accounts/ann.lee";
    let body = "action=change&label=Ann+Ray&role=doctor&where=all&ward=a";
    let reply = send_form(&server, path, WHO, body).await;
    assert_eq!(
        reply.header("location"),
        "/accounts/ann.lee?done=changed&count=0"
    );
    let command = json!({"command": "put_account", "name": "ann.lee", "label": "Ann Ray",
        "role": "doctor", "wards": [], "password": null});
    assert_eq!(
        server.last_command(),
        json!({"author": WHO, "command": command})
    );

    let reply = send_form(&server, path, WHO, "action=password").await;
    let password = shown(&text(&reply));
    let mut told = server.last_command();
    let kept = told["command"]["password"].take();
    assert!(passwords::verify(&password, kept.as_str()));
    let command = json!({"command": "put_account", "name": "ann.lee", "label": null,
        "role": null, "wards": null, "password": null});
    assert_eq!(told["command"], command);

    let reply = send_form(&server, path, WHO, "action=close").await;
    assert_eq!(reply.header("location"), "/accounts?done=closed&count=0");
    let command = json!({"command": "close_account", "name": "ann.lee"});
    assert_eq!(server.last_command()["command"], command);
    let sent = commands(&server);
    for (path, body, status) in [
        (path, "action=change&label=A&role=nurse", 422),
        (path, "action=erase", 422),
        ("/accounts/nobody", "action=password", 404),
    ] {
        let reply = send_form(&server, path, WHO, body).await;
        assert_eq!(reply.status, status, "{path} {body}");
        text(&reply);
    }
    assert_eq!(commands(&server), sent);
}

async fn change(server: &Server, cookie: &str, body: &str) -> Reply {
    let headers = [("cookie", cookie)];
    server.send(form("/password", body, &headers)).await
}

const NEW: &str = "old=three+random+words&new=four+random+words+more&again=four+random+words+more";

#[tokio::test]
async fn ones_own_password_is_changed_by_the_old_one_and_this_browser_stays_signed_in() {
    let server = sign_in::server(Role::Nurse).await;
    // Of one ward: what concerns all of them is not theirs, but this is.
    let mut access = (**server.access.borrow()).clone();
    let ann = access.accounts.get_mut("ann.lee").expect("Ann");
    ann.wards = WardScope::Only([ward("a").id].into());
    server.access.send_replace(Arc::new(access));
    let cookie = session(&server).await;
    let page = text(&with_cookie(&server, "GET", "/password", &cookie).await);
    assert!(
        page.contains("name=\"old\"") && !page.contains("is changed"),
        "{page}"
    );
    let reply = change(&server, &cookie, NEW).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, "/password?done=changed")
    );
    let fresh = reply
        .header("set-cookie")
        .split(';')
        .next()
        .expect("a pair");
    assert!(
        fresh.starts_with("wardlight=") && fresh != cookie,
        "{fresh}"
    );
    let engine = server.engine.lock().expect("not poisoned").commands.clone();
    let [.., (author, put), (_, begun)] = &engine[..] else {
        panic!("{engine:?}");
    };
    assert_eq!(author, "Ann Lee (ann.lee)");
    assert!(passwords::verify(
        "four random words more",
        put["password"].as_str()
    ));
    assert_eq!((&put["role"], &put["wards"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&put["name"], &begun["command"]),
        (&json!("ann.lee"), &json!("sign_in"))
    );
}

#[tokio::test]
async fn a_wrong_old_password_is_counted_and_a_poor_new_one_is_refused() {
    let server = sign_in::server(Role::Nurse).await;
    let cookie = session(&server).await;
    let sent = commands(&server);
    for (body, status, fault) in [
        (
            "old=three+random+words&new=short&again=short",
            422,
            "12 to 128 characters",
        ),
        (
            "old=three+random+words&new=four+random+words&again=five+random+words",
            422,
            "in two different ways",
        ),
    ] {
        let reply = change(&server, &cookie, body).await;
        assert_eq!(reply.status, status);
        let page = text(&reply);
        assert!(
            page.contains(fault) && !page.contains("four random words"),
            "{page}"
        );
    }
    let wrong = NEW.replace("three", "two");
    for _ in 0..10 {
        let reply = change(&server, &cookie, &wrong).await;
        assert_eq!(reply.status, 403);
        assert!(text(&reply).contains("The old password is not right."));
    }
    let reply = change(&server, &cookie, NEW).await;
    assert_eq!(reply.status, 429);
    assert!(text(&reply).contains("Too many attempts."));
    assert_eq!(commands(&server), sent);
    assert!(
        server
            .reads()
            .contains(&String::from("sign-in page: fail to sign in ann.lee"))
    );
}

#[tokio::test]
async fn a_token_has_no_password_and_who_is_not_signed_in_is_asked_to() {
    let server = Server::start().await;
    let reply = server.get("/password", "nurse").await;
    assert_eq!(reply.status, 403);
    assert!(text(&reply).contains("Only who signed in with a password has one"));
    assert_eq!(
        send_form(&server, "/password", "nurse", NEW).await.status,
        403
    );
    assert_eq!(server.get("/password", "").await.status, 303);
}
