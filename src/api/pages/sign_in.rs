//! Signing in at the pages with a name and a password, and out again.
//!
//! Invariant: a session's secret is shown to one browser, in a cookie that no
//! script reads and no other site's page sends.

use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use crate::api::access::{Caller, Known, SESSION, SESSION_SECURE, caller_of, of_token};
use crate::api::language::say;
use crate::api::passwords;
use crate::api::problem::{Kind, Problem};
use crate::api::secret::{new_secret, sha256_hex};
use crate::api::state::ApiState;
use crate::domain::WallTime;
use crate::registry::{Account, Command, Role};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// Names and passwords are shorter.
const FORM_BYTES_MAX: usize = 4096;
/// Where one comes to after signing in.
const HOME: &str = "/";

/// The page that asks for name and password.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    /// Why one is asked to; empty where one came by oneself.
    told: &'a str,
    fault: &'a str,
    name: &'a str,
    next: &'a str,
}

/// Where to go on to.
#[derive(Deserialize)]
pub(super) struct Onward {
    next: Option<String>,
}

/// Asks for name and password.
pub(super) async fn ask(State(state): State<ApiState>, Query(onward): Query<Onward>) -> Response {
    let next = own_path(onward.next.as_deref());
    page(&state, StatusCode::OK, "", "", &next)
}

fn page(state: &ApiState, status: StatusCode, fault: &str, name: &str, next: &str) -> Response {
    let page = SignInPage {
        frame: Frame::new(state, None, ""),
        told: "",
        fault,
        name,
        next,
    };
    Html(status, page).into_response()
}

/// Begins a session.
pub(super) async fn begin(
    State(state): State<ApiState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    if body.len() > FORM_BYTES_MAX {
        return Err(Problem::new(Kind::BodyTooLarge));
    }
    let form = Form(&body);
    let token = form.text("token");
    if !token.is_empty() {
        let next = own_path(Some(&form.text("next")));
        return Ok(with_token(&state, &headers, &token, &next));
    }
    let (name, password) = (form.text("name").to_lowercase(), form.exact("password"));
    let next = own_path(Some(&form.text("next")));
    let now = state.clock().wall();
    if let Some(seconds) = state.inner.sign_ins.wait_seconds(&name, now.epoch_ms()) {
        let minutes = seconds / 60 + 1;
        let fault = say!(
            "Too many attempts. Try again in {count} minutes.",
            count = minutes
        );
        let mut answer = page(&state, StatusCode::TOO_MANY_REQUESTS, &fault, &name, &next);
        let seconds = HeaderValue::from(seconds);
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
        return Ok(answer);
    }
    match check(&state, &name, password).await? {
        Some(account) => {
            state.inner.sign_ins.note(&name, true, now.epoch_ms());
            open(&state, &account, now, is_https(&headers), &next).await
        }
        None => {
            state.inner.sign_ins.note(&name, false, now.epoch_ms());
            let fault = say!("This name and password do not go together.");
            Ok(page(&state, StatusCode::FORBIDDEN, fault, &name, &next))
        }
    }
}

/// The account, where the password is its.
pub(super) async fn check(
    state: &ApiState,
    name: &str,
    password: String,
) -> Result<Option<Account>, Problem> {
    let account = state.engine().access.borrow().accounts.get(name).cloned();
    let kept = account.as_ref().map(|account| account.password.clone());
    let fits = state.hashing(move || passwords::verify(&password, kept.as_deref()));
    if fits.await? {
        return Ok(account);
    }
    if account.is_some() {
        // What was typed for an account that is not there may be a password.
        state.audit_sign_in_failed(name).await?;
    }
    Ok(None)
}

/// A display on a wall comes with a token: the cookie holds it, where no script
/// reads it.
fn with_token(state: &ApiState, headers: &HeaderMap, token: &str, next: &str) -> Response {
    let known = of_token(&state.engine().access.borrow(), &sha256_hex(token));
    match known {
        Some(caller) => {
            let seconds = session_seconds(state, caller.role);
            let cookie = session_cookie_of(token, seconds, is_https(headers));
            onward(next, &[cookie])
        }
        None => {
            let fault = say!("This token is not known here, or it was revoked.");
            page(state, StatusCode::FORBIDDEN, fault, "", next)
        }
    }
}

/// A display on a wall stays signed in for longer.
fn session_seconds(state: &ApiState, role: Role) -> i64 {
    let settings = state.settings();
    let hours = match role {
        Role::Viewer => settings.display_session_hours,
        _ => settings.session_hours,
    };
    i64::from(hours) * 3600
}

fn session_cookie_of(secret: &str, seconds: i64, is_https: bool) -> String {
    match is_https {
        true => format!("{SESSION_SECURE}={secret}; Secure; Max-Age={seconds}"),
        false => format!("{SESSION}={secret}; Max-Age={seconds}"),
    }
}

/// Opens a session for this browser, and goes on to a page of ours.
pub(super) async fn open(
    state: &ApiState,
    account: &Account,
    now: WallTime,
    is_https: bool,
    next: &str,
) -> Result<Response, Problem> {
    let secret = new_secret("").map_err(|error| Problem::internal(&error))?;
    let seconds = session_seconds(state, account.role);
    let command = Command::SignIn {
        name: account.name.clone(),
        sha256: sha256_hex(&secret),
        at: now,
        until: WallTime::from_epoch_ms(now.epoch_ms() + seconds * 1000),
    };
    state.command_of(&account.author(), command).await?;
    let cookie = session_cookie_of(&secret, seconds, is_https);
    Ok(onward(next, &[cookie]))
}

/// Ends the session of this browser.
pub(super) async fn end(
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = caller_of(&state, &headers).ok();
    if let Some(Caller {
        author,
        known: Known::Session { sha256, account },
        ..
    }) = caller
    {
        let command = Command::SignOut {
            name: account,
            sha256,
        };
        state.command_of(&author, command).await?;
    }
    let forgotten = [
        format!("{SESSION}=; Max-Age=0"),
        format!("{SESSION_SECURE}=; Secure; Max-Age=0"),
    ];
    Ok(onward("/sign-in", &forgotten))
}

/// Goes on to a page with cookies that no script reads and no other site sends.
fn onward(to: &str, cookies: &[String]) -> Response {
    let mut answer = StatusCode::SEE_OTHER.into_response();
    let headers = answer.headers_mut();
    if let Ok(to) = HeaderValue::from_str(to) {
        headers.insert(header::LOCATION, to);
    }
    for cookie in cookies {
        let whole = format!("{cookie}; Path=/; HttpOnly; SameSite=Strict");
        if let Ok(value) = HeaderValue::from_str(&whole) {
            headers.append(header::SET_COOKIE, value);
        }
    }
    answer
}

/// Browsers say where a form came from. Behind a proxy that ends TLS nothing else
/// in the request tells.
pub(super) fn is_https(headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN);
    let origin = origin.and_then(|value| value.to_str().ok());
    origin.is_some_and(|origin| origin.starts_with("https://"))
}

/// Only a page of ours: a path, and none that a browser takes for another host.
fn own_path(next: Option<&str>) -> String {
    let is_own = |path: &&str| {
        let plain = path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        path.starts_with('/') && !path.starts_with("//") && plain && path.len() <= 1000
    };
    next.filter(is_own).unwrap_or(HOME).to_owned()
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn one_goes_on_to_a_page_of_ours_only() {
        assert_eq!(
            own_path(Some("/patients/p-1?span=1h")),
            "/patients/p-1?span=1h"
        );
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "patients",
            "/a b",
            "/\r\nx",
            "",
        ] {
            assert_eq!(own_path(Some(foreign)), "/", "{foreign}");
        }
    }
}
