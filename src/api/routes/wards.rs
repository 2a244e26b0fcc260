//! `/v1/wards`: wards and teams.

use super::Answer;
use super::changed::Changed;
use super::text::{Faults, LABEL_MAX};
use crate::api::access::{AsCoordinator, AsViewer};
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
#[utoipa::path(get, path = "/v1/wards", tag = "wards", security(("token" = ["viewer"])),
    responses((status = 200, body = Wards)))]
pub(in crate::api) async fn list(_: AsViewer, State(state): State<ApiState>) -> Answer<Wards> {
    let wards = state.read(|source| source.wards()).await?;
    let items = wards.into_iter().map(WardView::from).collect();
    Ok(Json(Wards { items }))
}

/// Makes or renames a ward.
#[utoipa::path(put, path = "/v1/wards/{id}", tag = "wards", security(("token" = ["coordinator"])),
    params(("id" = String, Path)), request_body = PutWard,
    responses((status = 200, body = Changed)))]
pub(in crate::api) async fn put(
    AsCoordinator(caller): AsCoordinator,
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
