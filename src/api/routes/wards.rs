//! `/v1/wards`: wards and teams.

use super::Answer;
use super::changed::Changed;
use super::text::{Faults, LABEL_MAX};
use crate::api::access::{ManagesPatients, SeesSystem};
use crate::api::extract::{At, Body};
use crate::api::state::ApiState;
use crate::domain::WardId;
use crate::registry::{Command, Ward};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// A ward or team.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct WardView {
    /// Its identifier.
    id: String,
    /// What people call it.
    label: String,
}

impl From<Ward> for WardView {
    fn from(ward: Ward) -> Self {
        Self {
            id: ward.id.into(),
            label: ward.label,
        }
    }
}

/// All wards.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Wards {
    items: Vec<WardView>,
}

/// What a ward is called.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PutWard {
    /// What people call it.
    label: String,
}

/// All wards by id.
#[utoipa::path(get, path = "/v1/wards", tag = "wards", security(("token" = ["see_system"])),
    responses((status = 200, body = Wards)))]
pub(in crate::api) async fn list(
    SeesSystem(caller): SeesSystem,
    State(state): State<ApiState>,
) -> Answer<Wards> {
    let wards = state.read(&caller, |source| source.wards()).await?;
    let items = wards.into_iter().map(WardView::from).collect();
    Ok(Json(Wards { items }))
}

/// Makes or renames a ward.
#[utoipa::path(put, path = "/v1/wards/{id}", tag = "wards", security(("token" = ["manage_patients"])),
    params(("id" = String, Path)), request_body = PutWard,
    responses((status = 200, body = Changed)))]
pub(in crate::api) async fn put(
    ManagesPatients(caller): ManagesPatients,
    State(state): State<ApiState>,
    At(id): At<WardId>,
    Body(body): Body<PutWard>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    faults.text(&body.label, LABEL_MAX, "#/label");
    faults.check()?;
    let command = Command::PutWard {
        id,
        label: body.label,
    };
    Ok(Json(state.command(&caller, command).await?.into()))
}
