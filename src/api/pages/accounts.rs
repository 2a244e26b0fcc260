//! Who signs in at the pages: all accounts, and making one.

use super::account_form::{Made, WardBox, checked, roles, scope, ward_boxes};
use super::catalogue;
use super::done::notice;
use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::ward::Choice;
use super::words::Zone;
use crate::api::access::Caller;
use crate::api::language::{say, text};
use crate::api::problem::{Kind, Problem};
use crate::api::state::ApiState;
use crate::registry::{Account, Command, Permission};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;

pub(super) const PATH: &str = "/accounts";
/// Accounts of the page.
const ACCOUNTS_MAX: usize = 1000;

#[derive(Template)]
#[template(path = "accounts.html")]
pub(super) struct AccountsPage {
    frame: Frame,
    notice: String,
    fault: String,
    made: Option<Made>,
    accounts: Vec<AccountRow>,
    is_cut: bool,
    /// What was typed into the form.
    name: String,
    label: String,
    roles: Vec<Choice>,
    wards: Vec<WardBox>,
    is_for_all: bool,
}

struct AccountRow {
    name: String,
    label: String,
    role: String,
    wards: String,
    created: String,
    sessions: usize,
}

/// What a form led to.
#[derive(Default)]
struct Outcome {
    status: StatusCode,
    fault: String,
    made: Option<Made>,
}

/// The accounts' page.
pub(super) async fn accounts(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Html<AccountsPage>, Refused> {
    let caller = signed_in.who_may(Permission::ManageAccess, &state)?;
    let notice = notice(
        query.as_deref(),
        &[(
            "closed",
            text!("The account is closed. Nobody signs in with it any more."),
        )],
    );
    let page = look(&state, &caller, &Form(b""), Outcome::default()).await;
    page.map(|page| Html(page.0, AccountsPage { notice, ..page.1 }))
        .map_err(|problem| Refused::because(&state, &caller, &problem))
}

/// Makes an account. Its password is in this answer only.
pub(super) async fn make(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    body: Bytes,
) -> Result<Html<AccountsPage>, Refused> {
    let caller = signed_in.who_may(Permission::ManageAccess, &state)?;
    let form = Form(&body);
    let page = match create(&state, &caller, &form).await {
        Ok(made) => {
            let outcome = Outcome {
                made: Some(made),
                ..Outcome::default()
            };
            look(&state, &caller, &Form(b""), outcome).await
        }
        Err(problem) => {
            let (status, title, words) = problem.words();
            let fault = if words.is_empty() {
                title.to_owned()
            } else {
                words
            };
            let outcome = Outcome {
                status,
                fault,
                made: None,
            };
            look(&state, &caller, &form, outcome).await
        }
    };
    page.map_err(|problem| Refused::because(&state, &caller, &problem))
}

async fn create(state: &ApiState, caller: &Caller, form: &Form<'_>) -> Result<Made, Problem> {
    let name = form.text("name").to_lowercase();
    // Putting an account that is there would change it.
    if state.engine().access.borrow().accounts.contains_key(&name) {
        let detail = say!("there is an account of this name already");
        return Err(Problem::new(Kind::Conflict).with_detail(detail));
    }
    let (label, role) = checked(form)?;
    let (made, password) = Made::new(state, &name).await?;
    let command = Command::PutAccount {
        name,
        label: Some(label),
        role: Some(role),
        wards: Some(scope(form)?),
        password: Some(password),
    };
    state.command(caller, command).await?;
    Ok(made)
}

async fn look(
    state: &ApiState,
    caller: &Caller,
    form: &Form<'_>,
    outcome: Outcome,
) -> Result<Html<AccountsPage>, Problem> {
    let zone = Zone::named(&state.settings().zone);
    let wards = state.read(caller, |source| source.wards()).await?;
    let access = state.engine().access.borrow().clone();
    let mut accounts: Vec<&Account> = access.accounts.values().collect();
    accounts.sort_by(|one, other| one.name.cmp(&other.name));
    let is_cut = accounts.len() > ACCOUNTS_MAX;
    let accounts = accounts.into_iter().take(ACCOUNTS_MAX);
    let page = AccountsPage {
        frame: Frame::new(state, Some(caller), PATH),
        notice: String::new(),
        fault: outcome.fault,
        made: outcome.made,
        accounts: accounts.map(|one| row(one, &zone)).collect(),
        is_cut,
        name: form.text("name"),
        label: form.text("label"),
        roles: roles(&form.text("role")),
        wards: ward_boxes(&wards, &form.all("ward")),
        is_for_all: form.text("where") == "all",
    };
    Ok(Html(outcome.status, page))
}

fn row(account: &Account, zone: &Zone) -> AccountRow {
    let wards: Vec<_> = account.wards.wards().map(|ward| ward.as_str()).collect();
    AccountRow {
        name: account.name.clone(),
        label: account.label.clone(),
        role: catalogue::named(account.role.name()),
        wards: match wards.is_empty() {
            true => say!("all").to_owned(),
            false => wards.join(", "),
        },
        created: zone.short(account.created),
        sessions: account.sessions.len(),
    }
}
