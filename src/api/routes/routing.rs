//! `/v1/routing`, `/v1/rotas` and `/v1/alerts/{id}/route`: who is told, and why.

use super::Answer;
use super::changed::Changed;
use super::text::Faults;
use crate::api::access::{ManagesRouting, SeesSystem};
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::state::ApiState;
use crate::domain::{AlertId, EndpointId, RotaOverride};
use crate::registry::Command;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;

/// Most overrides of one rota.
const OVERRIDES_MAX: usize = 1000;

/// Who is on call instead of the weekly shift.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Override {
    /// First moment.
    from: Moment,
    /// First moment after.
    until: Moment,
    /// The webhook that is told instead.
    who: String,
}

/// All overrides of a rota; those before are replaced, past ones dropped.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Overrides {
    /// Of those that hold at a moment the last counts.
    overrides: Vec<Override>,
}

/// For which moment.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct RouteAsk {
    /// When left out: when the alert last asked for an answer.
    at: Option<Moment>,
}

/// The routing configuration in force with its version, the overrides of its
/// rotas, and the endpoints that it names and nobody registered.
#[utoipa::path(get, path = "/v1/routing", tag = "routing", security(("token" = ["see_system"])),
    responses((status = 200, body = Object)))]
pub(in crate::api) async fn in_force(
    SeesSystem(caller): SeesSystem,
    State(state): State<ApiState>,
) -> Answer<Value> {
    Ok(Json(state.read(&caller, |source| source.routing()).await?))
}

/// Puts other overrides in the place of a rota's.
#[utoipa::path(put, path = "/v1/rotas/{name}/overrides", tag = "routing",
    security(("token" = ["manage_routing"])), params(("name" = String, Path)),
    request_body = Overrides, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn override_rota(
    ManagesRouting(caller): ManagesRouting,
    State(state): State<ApiState>,
    At(rota): At<String>,
    Body(body): Body<Overrides>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    let fine = body.overrides.len() <= OVERRIDES_MAX;
    faults.unless(fine, "#/overrides", "holds at most 1000 entries");
    let mut overrides = Vec::new();
    for (index, one) in body.overrides.into_iter().take(OVERRIDES_MAX).enumerate() {
        let pointer = |field: &str| format!("#/overrides/{index}/{field}");
        let in_order = one.from < one.until;
        faults.unless(in_order, &pointer("until"), "must be after `from`");
        match EndpointId::new(&one.who) {
            Ok(who) => overrides.push(RotaOverride {
                from: one.from.clinical(),
                until: one.until.clinical(),
                who,
            }),
            Err(error) => faults.unless(false, &pointer("who"), error.to_string()),
        }
    }
    faults.check()?;
    let command = Command::SetRotaOverrides { rota, overrides };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Who would be told of an alert, when, by which channel and why, by the
/// configuration in force; and what became of its notifications so far.
#[utoipa::path(get, path = "/v1/alerts/{id}/route", tag = "routing",
    security(("token" = ["see_system"])), params(("id" = String, Path), RouteAsk),
    responses((status = 200, body = Object)))]
pub(in crate::api) async fn route(
    SeesSystem(caller): SeesSystem,
    State(state): State<ApiState>,
    At(id): At<AlertId>,
    Asked(ask): Asked<RouteAsk>,
) -> Answer<Value> {
    let at = ask.at.map(Moment::clinical);
    let subject = id.clone();
    let plan = state
        .read(&caller, move |source| source.route_plan(&id, at))
        .await?;
    let plan = plan.ok_or_else(|| Problem::not_found("alert"))?;
    state
        .audit_read(&caller, "read alert", subject.as_str())
        .await?;
    Ok(Json(plan))
}
