//! `/v1/accounts`: who signs in at the pages.

use super::Answer;
use super::changed::Changed;
use super::text::{Faults, LABEL_MAX};
use crate::api::access::ManagesAccess;
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::passwords;
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::registry::{Account, Command, Role, WardScope};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// An account, without its password.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct AccountView {
    /// By which one signs in.
    name: String,
    /// The person's name, as alerts show it.
    label: String,
    role: &'static str,
    /// The wards it is for; empty: all of them.
    wards: Vec<String>,
    created: Moment,
    /// Browsers that are signed in.
    sessions: usize,
}

/// Accounts by name.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Accounts {
    items: Vec<AccountView>,
}

/// What is to change about an account; a new one needs label, role and password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PutAccount {
    /// The person's name, as alerts show it.
    label: Option<String>,
    /// `viewer`, `nurse`, `doctor`, `ward_administrator`, `integrator`, `auditor` or
    /// `administrator`.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// The wards it is for; an empty list: all of them.
    #[schema(value_type = Option<Vec<String>>)]
    wards: Option<WardScope>,
    /// 12 to 128 characters. It is kept as an argon2id hash.
    password: Option<String>,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            name: account.name.clone(),
            label: account.label.clone(),
            role: account.role.name(),
            wards: account.wards.wards().cloned().map(String::from).collect(),
            created: account.created.into(),
            sessions: account.sessions.len(),
        }
    }
}

/// Accounts that are not closed.
#[utoipa::path(get, path = "/v1/accounts", tag = "access",
    security(("token" = ["manage_access"])), responses((status = 200, body = Accounts)))]
pub(in crate::api) async fn list(
    _: ManagesAccess,
    State(state): State<ApiState>,
) -> Answer<Accounts> {
    let access = state.engine().access.borrow().clone();
    let mut items: Vec<_> = access.accounts.values().map(AccountView::from).collect();
    items.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Json(Accounts { items }))
}

/// Makes an account, or changes what is given. Another password, role or ward ends
/// its sessions.
#[utoipa::path(put, path = "/v1/accounts/{name}", tag = "access",
    security(("token" = ["manage_access"])), params(("name" = String, Path)),
    request_body = PutAccount, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn put(
    ManagesAccess(caller): ManagesAccess,
    State(state): State<ApiState>,
    At(name): At<String>,
    Body(body): Body<PutAccount>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    faults.optional_text(body.label.as_deref(), LABEL_MAX, "#/label");
    let fault = (body.password.as_deref()).and_then(|given| passwords::fault(given, &name));
    if let Some(fault) = fault {
        faults.unless(false, "#/password", fault.0);
    }
    faults.check()?;
    let password = match body.password {
        None => None,
        Some(given) => {
            let hashed = state.hashing(move || passwords::hash(&given)).await?;
            Some(hashed.map_err(|error| Problem::internal(&error))?)
        }
    };
    let command = Command::PutAccount {
        name,
        label: body.label,
        role: body.role,
        wards: body.wards,
        password,
    };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Ends an account with all its sessions. What it did stays under its name.
#[utoipa::path(delete, path = "/v1/accounts/{name}", tag = "access",
    security(("token" = ["manage_access"])), params(("name" = String, Path)),
    responses((status = 200, body = Changed)))]
pub(in crate::api) async fn close(
    ManagesAccess(caller): ManagesAccess,
    State(state): State<ApiState>,
    At(name): At<String>,
) -> Answer<Changed> {
    let command = Command::CloseAccount { name };
    Ok(Json(state.command(&caller, command).await?.into()))
}
