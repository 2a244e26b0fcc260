//! `/v1/tokens`: who may ask. Tokens are kept as hashes and shown once.

use super::Answer;
use super::changed::{Changed, created};
use super::text::{Faults, LABEL_MAX};
use crate::api::access::ManagesAccess;
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::secret::{new_secret, sha256_hex};
use crate::api::state::ApiState;
use crate::registry::{Command, Role, WardScope};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

/// A token in force, without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TokenView {
    /// The name that the audit shows.
    name: String,
    role: &'static str,
    /// The wards it is for; empty: all of them.
    wards: Vec<String>,
    created: Moment,
}

/// Tokens in force by name.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Tokens {
    items: Vec<TokenView>,
}

/// A new token.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct CreateToken {
    /// The name that the audit shows: a person or a system.
    name: String,
    /// `viewer`, `nurse`, `doctor`, `ward_administrator`, `integrator`, `auditor` or
    /// `administrator`.
    #[schema(value_type = String)]
    role: Role,
    /// The wards it is for; none: all of them.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    wards: WardScope,
}

/// A token, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct NewToken {
    name: String,
    role: &'static str,
    /// Send it as `Authorization: Bearer`.
    token: String,
}

/// Tokens in force.
#[utoipa::path(get, path = "/v1/tokens", tag = "access",
    security(("token" = ["manage_access"])), responses((status = 200, body = Tokens)))]
pub(in crate::api) async fn list(
    _: ManagesAccess,
    State(state): State<ApiState>,
) -> Answer<Tokens> {
    let access = state.engine().access.borrow().clone();
    let in_force = access
        .tokens
        .values()
        .filter(|token| token.revoked.is_none());
    let show = |token: &crate::registry::AccessToken| TokenView {
        name: token.name.clone(),
        role: token.role.name(),
        wards: token.wards.wards().cloned().map(String::from).collect(),
        created: token.created.into(),
    };
    let mut items: Vec<TokenView> = in_force.map(show).collect();
    items.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Json(Tokens { items }))
}

/// Makes a token. It is shown in this answer only.
#[utoipa::path(post, path = "/v1/tokens", tag = "access",
    security(("token" = ["manage_access"])), request_body = CreateToken,
    responses((status = 201, body = NewToken)))]
pub(in crate::api) async fn create(
    ManagesAccess(caller): ManagesAccess,
    State(state): State<ApiState>,
    Body(body): Body<CreateToken>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    faults.text(&body.name, LABEL_MAX, "#/name");
    faults.check()?;
    let token = new_secret("wl_").map_err(|error| Problem::internal(&error))?;
    let role = body.role;
    let command = Command::CreateToken {
        name: body.name.clone(),
        sha256: sha256_hex(&token),
        role,
        wards: body.wards,
    };
    state.command(&caller, command).await?;
    let answer = NewToken {
        name: body.name,
        role: role.name(),
        token,
    };
    Ok(created(None, answer))
}

/// Ends a token at once; event streams under it end too.
#[utoipa::path(delete, path = "/v1/tokens/{name}", tag = "access",
    security(("token" = ["manage_access"])), params(("name" = String, Path)),
    responses((status = 200, body = Changed)))]
pub(in crate::api) async fn revoke(
    ManagesAccess(caller): ManagesAccess,
    State(state): State<ApiState>,
    At(name): At<String>,
) -> Answer<Changed> {
    Ok(Json(
        state
            .command(&caller, Command::RevokeToken { name })
            .await?
            .into(),
    ))
}
