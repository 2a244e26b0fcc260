//! One account: what it may, a new password, and its end.

use super::account_form::{Made, WardBox, role, roles, scope, ward_boxes};
use super::accounts::PATH;
use super::done::{back, notice};
use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::ward::Choice;
use crate::api::access::Caller;
use crate::api::language::{Text, say, text};
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::registry::{Command, Permission, WardScope};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// What the forms did.
const DONE: [(&str, Text); 1] = [(
    "changed",
    text!("Changed. Whoever was signed in with another role or ward has to sign in again."),
)];

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    notice: String,
    fault: String,
    made: Option<Made>,
    name: String,
    label: String,
    roles: Vec<Choice>,
    wards: Vec<WardBox>,
    is_for_all: bool,
    sessions: usize,
}

/// What a form led to.
#[derive(Default)]
struct Outcome {
    status: StatusCode,
    notice: String,
    fault: String,
    made: Option<Made>,
}

/// What a form did.
enum Done {
    Made(Made),
    Changed,
    Closed,
}

/// An account's page.
pub(super) async fn account(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::ManageAccess, &state)?;
    let outcome = Outcome {
        notice: notice(query.as_deref(), &DONE),
        ..Outcome::default()
    };
    let page = look(&state, &caller, &name, outcome).await;
    page.map_err(|problem| Refused::because(&state, &caller, &problem))
}

/// What a form of the page asks for.
pub(super) async fn change(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::ManageAccess, &state)?;
    let outcome = match carry_out(&state, &caller, &name, &Form(&body)).await {
        Ok(Done::Closed) => return Ok(back(PATH, "closed", 0)),
        Ok(Done::Changed) => return Ok(back(&format!("{PATH}/{name}"), "changed", 0)),
        Ok(Done::Made(made)) => Outcome {
            made: Some(made),
            ..Outcome::default()
        },
        Err(problem) => {
            let (status, title, words) = problem.words();
            Outcome {
                status,
                fault: if words.is_empty() {
                    title.to_owned()
                } else {
                    words
                },
                ..Outcome::default()
            }
        }
    };
    let page = look(&state, &caller, &name, outcome).await;
    page.map_err(|problem| Refused::because(&state, &caller, &problem))
}

/// The name of an account that is there: no form of this page makes one.
fn known(state: &ApiState, name: &str) -> Result<String, Problem> {
    let access = state.engine().access.borrow();
    let account = access.accounts.get(name);
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    Ok(account.name.clone())
}

async fn carry_out(
    state: &ApiState,
    caller: &Caller,
    name: &str,
    form: &Form<'_>,
) -> Result<Done, Problem> {
    let name = known(state, name)?;
    let (done, command) = match form.text("action").as_str() {
        "change" => {
            let command = Command::PutAccount {
                name,
                label: Some(form.text("label")),
                role: Some(role(form)?),
                wards: Some(scope(form)?),
                password: None,
            };
            (Done::Changed, command)
        }
        "password" => {
            let (made, password) = Made::new(state, &name).await?;
            let command = Command::PutAccount {
                name,
                label: None,
                role: None,
                wards: None,
                password: Some(password),
            };
            (Done::Made(made), command)
        }
        "close" => (Done::Closed, Command::CloseAccount { name }),
        _ => {
            return Err(Problem::field(
                "#/action",
                say!("choose one of the buttons"),
            ));
        }
    };
    state.command(caller, command).await?;
    Ok(done)
}

async fn look(
    state: &ApiState,
    caller: &Caller,
    name: &str,
    outcome: Outcome,
) -> Result<Response, Problem> {
    let wards = state.read(caller, |source| source.wards()).await?;
    let account = state.engine().access.borrow().accounts.get(name).cloned();
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    let ticked: Vec<_> = account.wards.wards().cloned().map(String::from).collect();
    let page = AccountPage {
        frame: Frame::new(state, Some(caller), PATH),
        notice: outcome.notice,
        fault: outcome.fault,
        made: outcome.made,
        roles: roles(account.role.name()),
        wards: ward_boxes(&wards, &ticked),
        is_for_all: account.wards == WardScope::All,
        sessions: account.sessions.len(),
        name: account.name,
        label: account.label,
    };
    Ok(Html(outcome.status, page).into_response())
}
