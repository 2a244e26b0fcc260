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
    /// The time zone in which its pages show times; absent: that of the whole
    /// installation (`api.zone`).
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
}

impl From<Ward> for WardView {
    fn from(ward: Ward) -> Self {
        Self {
            id: ward.id.into(),
            label: ward.label,
            time_zone: ward.time_zone,
        }
    }
}

/// All wards.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Wards {
    items: Vec<WardView>,
}

/// What a ward is called, and where it lies.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PutWard {
    /// What people call it.
    label: String,
    /// IANA time zone in which its pages show times. Left out it stays; an empty text
    /// takes it away.
    time_zone: Option<String>,
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
    let zone = body.time_zone.as_deref().filter(|zone| !zone.is_empty());
    faults.unless(
        zone.is_none_or(|zone| jiff::tz::TimeZone::get(zone).is_ok()),
        "#/time_zone",
        "must be an IANA time zone (`Europe/London`)",
    );
    faults.check()?;
    let command = Command::PutWard {
        id,
        label: body.label,
        time_zone: body.time_zone,
    };
    Ok(Json(state.command(&caller, command).await?.into()))
}
