//! `/v1/patients/{id}/limits`: limits for one patient, with author and expiry.

use super::Answer;
use super::changed::Changed;
use super::patient_view::LimitView;
use super::patients::find;
use super::text::{Faults, LABEL_MAX, REMARK_MAX};
use crate::api::access::{SeesPatients, SetsLimits};
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::state::ApiState;
use crate::domain::{PatientId, PatientLimit, Vital};
use crate::registry::Command;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// All limits a patient ever had, also expired ones.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Limits {
    items: Vec<LimitView>,
}

/// A limit that replaces the organisation's until it expires.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct SetLimit {
    /// The rule's limit (`fever_on_treatment.raise_at`).
    rule: String,
    /// The vital, where the rule has one limit a vital.
    vital: Option<String>,
    /// In the rule's unit.
    value: f64,
    /// Why.
    reason: String,
    /// From then on the organisation's limit holds again.
    expires: Moment,
}

/// A patient's limits.
#[utoipa::path(get, path = "/v1/patients/{id}/limits", tag = "patients",
    security(("token" = ["see_patients"])), params(("id" = String, Path)),
    responses((status = 200, body = Limits)))]
pub(in crate::api) async fn list(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
) -> Answer<Limits> {
    let patient = find(&state, &caller, &id).await?;
    state
        .audit_read(&caller, "read patient", id.as_str())
        .await?;
    let items = patient.context.limits.iter().map(LimitView::from).collect();
    Ok(Json(Limits { items }))
}

/// Sets a limit; the token's name is its author.
#[utoipa::path(post, path = "/v1/patients/{id}/limits", tag = "patients",
    security(("token" = ["set_limits"])), params(("id" = String, Path)),
    request_body = SetLimit, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn set(
    SetsLimits(caller): SetsLimits,
    State(state): State<ApiState>,
    At(patient): At<PatientId>,
    Body(body): Body<SetLimit>,
) -> Answer<Changed> {
    let vital = body.vital.as_deref().map(Vital::from_name);
    let now = state.clock().clinical();
    let mut faults = Faults::default();
    faults.text(&body.rule, LABEL_MAX, "#/rule");
    faults.text(&body.reason, REMARK_MAX, "#/reason");
    faults.unless(vital != Some(None), "#/vital", "is not a vital");
    faults.unless(
        body.expires.clinical() > now,
        "#/expires",
        "must be in the future",
    );
    faults.check()?;
    let limit = PatientLimit {
        rule: body.rule,
        vital: vital.flatten(),
        value: body.value,
        author: caller.author.clone(),
        reason: body.reason,
        expires: body.expires.clinical(),
    };
    let command = Command::SetLimit { patient, limit };
    Ok(Json(state.command(&caller, command).await?.into()))
}
