//! Signing in at the pages with a name and a password, and out again.
//!
//! Invariant: a session's secret is shown to one browser, in a cookie that no
//! script reads and no other site's page sends.

use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::kept::Kept;
use super::send;
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
pub(super) const FORM_BYTES_MAX: usize = 4096;
/// Where one comes to after signing in.
const HOME: &str = "/";

/// The page that asks for name and password.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    /// Why one is asked to; empty where one came by oneself.
    told: String,
    fault: &'a str,
    name: &'a str,
    next: &'a str,
    kept: Option<&'a Kept>,
}

/// Where to go on to.
#[derive(Deserialize)]
pub(super) struct Onward {
    next: Option<String>,
}

/// What follows when somebody is signed in.
struct Further {
    /// A page of ours.
    next: String,
    /// What was written before; it is shown instead.
    kept: Option<Kept>,
}

impl Further {
    fn of(form: &Form<'_>) -> Self {
        Self {
            next: own_path(Some(&form.text("next"))),
            kept: Kept::carried(form),
        }
    }

    /// Goes on with the session's cookie.
    fn go(self, state: &ApiState, caller: &Caller, cookie: String) -> Response {
        match self.kept {
            None => onward(&self.next, &[cookie]),
            Some(kept) => with_cookies(send::page(state, caller, kept), &[cookie]),
        }
    }
}

/// Asks for name and password.
pub(super) async fn ask(State(state): State<ApiState>, Query(onward): Query<Onward>) -> Response {
    let next = own_path(onward.next.as_deref());
    let page = SignInPage {
        frame: Frame::new(&state, None, ""),
        told: String::new(),
        fault: "",
        name: "",
        next: &next,
        kept: None,
    };
    Html(StatusCode::OK, page).into_response()
}

/// Asks who sent a form of a page and is no longer signed in; none is kept where it was
/// too long.
pub(super) fn ask_again(state: &ApiState, path: &str, kept: Option<Kept>) -> Response {
    let page = SignInPage {
        frame: Frame::new(state, None, ""),
        told: told(state, kept.is_some()),
        fault: "",
        name: "",
        next: path,
        kept: kept.as_ref(),
    };
    Html(StatusCode::FORBIDDEN, page).into_response()
}

fn told(state: &ApiState, is_kept: bool) -> String {
    let hours = state.settings().session_hours;
    match is_kept {
        true => say!(
            "You are signed out: that happens {count} hours after signing in. What you wrote is kept in this page. Sign in, and send it then.",
            count = hours,
        ),
        false => say!(
            "You are signed out: that happens {count} hours after signing in. What you wrote is too long to be kept: go back to it in your browser, copy it, and sign in then.",
            count = hours,
        ),
    }
}

/// The page again with what is wrong.
fn refused(
    state: &ApiState,
    status: StatusCode,
    fault: &str,
    name: &str,
    further: &Further,
) -> Response {
    let kept = further.kept.as_ref();
    let page = SignInPage {
        frame: Frame::new(state, None, ""),
        told: kept.map_or_else(String::new, |_| told(state, true)),
        fault,
        name,
        next: &further.next,
        kept,
    };
    Html(status, page).into_response()
}

/// Bytes of a form without what is kept of another one.
fn own_bytes(body: &[u8]) -> usize {
    let pairs = body.split(|byte| *byte == b'&');
    let own = pairs.filter(|pair| !pair.starts_with(b"kept"));
    own.map(<[u8]>::len).sum()
}

/// Begins a session.
pub(super) async fn begin(
    State(state): State<ApiState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    if own_bytes(&body) > FORM_BYTES_MAX {
        return Err(Problem::new(Kind::BodyTooLarge));
    }
    let form = Form(&body);
    let (token, further) = (form.text("token"), Further::of(&form));
    if !token.is_empty() {
        return Ok(with_token(&state, &headers, &token, further));
    }
    let (name, password) = (form.text("name").to_lowercase(), form.exact("password"));
    let now = state.clock().wall();
    if let Some(seconds) = state.inner.sign_ins.wait_seconds(&name, now.epoch_ms()) {
        let minutes = seconds / 60 + 1;
        let fault = say!(
            "Too many attempts. Try again in {count} minutes.",
            count = minutes
        );
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut answer = refused(&state, status, &fault, &name, &further);
        let seconds = HeaderValue::from(seconds);
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
        return Ok(answer);
    }
    match check(&state, &name, password).await? {
        Some(account) => {
            state.inner.sign_ins.note(&name, true, now.epoch_ms());
            let (caller, cookie) = open(&state, &account, now, is_https(&headers)).await?;
            Ok(further.go(&state, &caller, cookie))
        }
        None => {
            state.inner.sign_ins.note(&name, false, now.epoch_ms());
            let fault = say!("This name and password do not go together.");
            let status = StatusCode::FORBIDDEN;
            Ok(refused(&state, status, fault, &name, &further))
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
fn with_token(state: &ApiState, headers: &HeaderMap, token: &str, further: Further) -> Response {
    let known = of_token(&state.engine().access.borrow(), &sha256_hex(token));
    match known {
        Some(caller) => {
            let seconds = session_seconds(state, caller.role);
            let cookie = session_cookie_of(token, seconds, is_https(headers));
            further.go(state, &caller, cookie)
        }
        None => {
            let fault = say!("This token is not known here, or it was revoked.");
            refused(state, StatusCode::FORBIDDEN, fault, "", &further)
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

/// Opens a session for this browser: who is signed in then, and the cookie.
pub(super) async fn open(
    state: &ApiState,
    account: &Account,
    now: WallTime,
    is_https: bool,
) -> Result<(Caller, String), Problem> {
    let secret = new_secret("").map_err(|error| Problem::internal(&error))?;
    let seconds = session_seconds(state, account.role);
    let sha256 = sha256_hex(&secret);
    let command = Command::SignIn {
        name: account.name.clone(),
        sha256: sha256.clone(),
        at: now,
        until: WallTime::from_epoch_ms(now.epoch_ms() + seconds * 1000),
    };
    state.command_of(&account.author(), command).await?;
    let known = Known::Session {
        sha256,
        account: account.name.clone(),
    };
    let caller = Caller {
        author: account.author(),
        role: account.role,
        wards: account.wards.clone(),
        known,
    };
    Ok((caller, session_cookie_of(&secret, seconds, is_https)))
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

/// Goes on to a page with cookies.
pub(super) fn onward(to: &str, cookies: &[String]) -> Response {
    let mut answer = StatusCode::SEE_OTHER.into_response();
    if let Ok(to) = HeaderValue::from_str(to) {
        answer.headers_mut().insert(header::LOCATION, to);
    }
    with_cookies(answer, cookies)
}

/// With cookies that no script reads and no other site sends.
fn with_cookies(mut answer: Response, cookies: &[String]) -> Response {
    let headers = answer.headers_mut();
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
