//! `/v1/patients/{id}/monitoring`: start, planned pause, discharge.

use super::Answer;
use super::changed::Changed;
use super::text::{Faults, REMARK_MAX};
use crate::api::access::ManagesPatients;
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::state::ApiState;
use crate::domain::{PatientId, Pause};
use crate::registry::Command;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;

/// When monitoring begins.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct StartMonitoring {
    /// Now when left out.
    start: Option<Moment>,
}

/// A planned pause.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PauseMonitoring {
    /// Now when left out.
    start: Option<Moment>,
    /// When monitoring goes on; a pause always has an end.
    end: Moment,
    /// Why: an admission, a scan.
    reason: String,
}

/// When monitoring ends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Discharge {
    /// Now when left out.
    end: Option<Moment>,
}

/// Begins to monitor.
#[utoipa::path(post, path = "/v1/patients/{id}/monitoring/start", tag = "patients",
    security(("token" = ["manage_patients"])), params(("id" = String, Path)),
    request_body = StartMonitoring, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn start(
    ManagesPatients(caller): ManagesPatients,
    State(state): State<ApiState>,
    At(patient): At<PatientId>,
    Body(body): Body<StartMonitoring>,
) -> Answer<Changed> {
    let start = body
        .start
        .map_or_else(|| state.clock().clinical(), Moment::clinical);
    let command = Command::StartMonitoring { patient, start };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Plans a pause: nobody is judged silent in it.
#[utoipa::path(post, path = "/v1/patients/{id}/monitoring/pause", tag = "patients",
    security(("token" = ["manage_patients"])), params(("id" = String, Path)),
    request_body = PauseMonitoring, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn pause(
    ManagesPatients(caller): ManagesPatients,
    State(state): State<ApiState>,
    At(patient): At<PatientId>,
    Body(body): Body<PauseMonitoring>,
) -> Answer<Changed> {
    let start = body
        .start
        .map_or_else(|| state.clock().clinical(), Moment::clinical);
    let end = body.end.clinical();
    let mut faults = Faults::default();
    faults.text(&body.reason, REMARK_MAX, "#/reason");
    faults.unless(start < end, "#/end", "must be after the start");
    faults.check()?;
    let pause = Pause {
        start,
        end,
        reason: body.reason,
    };
    let command = Command::PauseMonitoring { patient, pause };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Ends the running monitoring period.
#[utoipa::path(post, path = "/v1/patients/{id}/monitoring/discharge", tag = "patients",
    security(("token" = ["manage_patients"])), params(("id" = String, Path)),
    request_body = Discharge, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn discharge(
    ManagesPatients(caller): ManagesPatients,
    State(state): State<ApiState>,
    At(patient): At<PatientId>,
    Body(body): Body<Discharge>,
) -> Answer<Changed> {
    let end = body
        .end
        .map_or_else(|| state.clock().clinical(), Moment::clinical);
    let command = Command::Discharge { patient, end };
    Ok(Json(state.command(&caller, command).await?.into()))
}
