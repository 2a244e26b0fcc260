//! Changing one's own password.
//!
//! Invariant: the old one is asked for, as often as signing in may be tried; the
//! other sessions end.

use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::sign_in::{check, is_https, onward, open};
use super::signed_in::SignedIn;
use crate::api::access::{Caller, Known};
use crate::api::language::say;
use crate::api::passwords;
use crate::api::problem::{Kind, Problem};
use crate::api::state::ApiState;
use crate::registry::{Account, Command};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

const PATH: &str = "/password";

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    frame: Frame,
    is_done: bool,
    fault: String,
    name: String,
}

/// Asks for the old password and the new one.
pub(super) async fn ask(
    SignedIn(caller): SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let name = own(&caller).map_err(|problem| Refused::because(&state, &caller, &problem))?;
    let is_done = query.is_some_and(|query| query == "done=changed");
    let page = PasswordPage {
        frame: Frame::new(&state, Some(&caller), PATH),
        is_done,
        fault: String::new(),
        name,
    };
    Ok(Html(StatusCode::OK, page).into_response())
}

/// Changes it. This browser stays signed in with a new session.
pub(super) async fn change(
    SignedIn(caller): SignedIn,
    State(state): State<ApiState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let refused = |problem| Refused::because(&state, &caller, &problem);
    let name = own(&caller).map_err(refused)?;
    let form = Form(&body);
    let changed = match fault(&state, &name, &form).await.map_err(refused)? {
        Ok(account) => put(&state, &caller, &account, &form, is_https(&headers)).await,
        Err((status, fault)) => {
            let page = PasswordPage {
                frame: Frame::new(&state, Some(&caller), PATH),
                is_done: false,
                fault,
                name,
            };
            return Ok(Html(status, page).into_response());
        }
    };
    changed.map_err(refused)
}

/// The name of the account by which one is signed in; a token has no password.
fn own(caller: &Caller) -> Result<String, Problem> {
    match &caller.known {
        Known::Session { account, .. } => Ok(account.clone()),
        Known::Local | Known::Token(_) => {
            let detail = say!("only who signed in with a password has one");
            Err(Problem::new(Kind::Forbidden).with_detail(detail))
        }
    }
}

/// The account, or why its password is not changed.
async fn fault(
    state: &ApiState,
    name: &str,
    form: &Form<'_>,
) -> Result<Result<Account, (StatusCode, String)>, Problem> {
    let now = state.clock().wall().epoch_ms();
    if let Some(seconds) = state.inner.sign_ins.wait_seconds(name, now) {
        let minutes = seconds / 60 + 1;
        let fault = say!(
            "Too many attempts. Try again in {count} minutes.",
            count = minutes
        );
        return Ok(Err((StatusCode::TOO_MANY_REQUESTS, fault)));
    }
    let new = form.exact("new");
    let poor = passwords::fault(&new, name)
        .map(|fault| say!("The new password {fault}.", fault = fault.said()));
    let unlike = (form.exact("again") != new)
        .then(|| say!("The new password was typed in two different ways.").to_owned());
    if let Some(fault) = poor.or(unlike) {
        return Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, fault)));
    }
    let account = check(state, name, form.exact("old")).await?;
    state.inner.sign_ins.note(name, account.is_some(), now);
    let wrong = say!("The old password is not right.").to_owned();
    Ok(account.ok_or((StatusCode::FORBIDDEN, wrong)))
}

/// Every session ends with the password; this browser gets a new one.
async fn put(
    state: &ApiState,
    caller: &Caller,
    account: &Account,
    form: &Form<'_>,
    is_https: bool,
) -> Result<Response, Problem> {
    let new = form.exact("new");
    let hashed = state.hashing(move || passwords::hash(&new)).await?;
    let command = Command::PutAccount {
        name: account.name.clone(),
        label: None,
        role: None,
        wards: None,
        password: Some(hashed.map_err(|error| Problem::internal(&error))?),
    };
    // One's own password is one's own on whatever ward.
    state.command_of(&caller.author, command).await?;
    let now = state.clock().wall();
    let (_, cookie) = open(state, account, now, is_https).await?;
    Ok(onward("/password?done=changed", &[cookie]))
}
