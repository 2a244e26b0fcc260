//! `/v1/quarantine`: what could not be understood or belongs to nobody.

use super::Answer;
use crate::api::access::{ManagesDevices, SeesDevices};
use crate::api::cursor::{self, Page};
use crate::api::extract::At;
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::state::ApiState;
use crate::domain::DeviceId;
use crate::store::QuarantineView;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// Something set aside.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Quarantined)]
pub(in crate::api) struct Shown {
    id: i64,
    arrived_at: Moment,
    /// Who sent it, when the topic named one.
    device: Option<String>,
    topic: String,
    /// Stable code (`malformed`, `unassigned`).
    reason: String,
    /// Length of the whole payload; of one that was too large only the head is kept.
    length: u64,
    /// SHA-256 of what was kept.
    sha256: String,
}

impl From<QuarantineView> for Shown {
    fn from(view: QuarantineView) -> Self {
        Self {
            id: view.id,
            arrived_at: view.stamp.into(),
            device: view.device.map(String::from),
            topic: view.topic,
            reason: view.reason,
            length: view.length,
            sha256: view.sha256,
        }
    }
}

/// Which part of the quarantine.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct QuarantineAsk {
    /// Only this device's.
    #[param(value_type = Option<String>)]
    device: Option<DeviceId>,
    /// Page length, 1 to 1000.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What lies in quarantine, newest first.
#[utoipa::path(get, path = "/v1/quarantine", tag = "quarantine",
    security(("token" = ["see_devices"])), params(QuarantineAsk),
    responses((status = 200, body = Page<Shown>)))]
pub(in crate::api) async fn list(
    SeesDevices(caller): SeesDevices,
    State(state): State<ApiState>,
    Asked(ask): Asked<QuarantineAsk>,
) -> Answer<Page<Shown>> {
    let limit = cursor::limit(ask.limit)?;
    let before: Option<i64> = cursor::decode(ask.cursor.as_deref())?;
    let reading = move |source: &dyn crate::api::ReadSource| {
        source.quarantine(before, limit + 1, ask.device.as_ref())
    };
    let views = state.read(&caller, reading).await?;
    Ok(Json(cursor::page(
        views,
        limit,
        |last: &QuarantineView| last.id,
        Shown::from,
    )))
}

/// The original bytes, as a download: they may hold anything.
#[utoipa::path(get, path = "/v1/quarantine/{id}/payload", tag = "quarantine",
    security(("token" = ["manage_devices"])), params(("id" = i64, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = [u8])))]
pub(in crate::api) async fn payload(
    ManagesDevices(caller): ManagesDevices,
    State(state): State<ApiState>,
    At(id): At<i64>,
) -> Result<Response, Problem> {
    let found = state
        .read(&caller, move |source| source.quarantine_payload(id))
        .await?;
    let bytes = found.ok_or_else(|| Problem::not_found("thing in quarantine"))?;
    state
        .audit_read(&caller, "read quarantine payload", &id.to_string())
        .await?;
    let headers = [
        (
            header::CONTENT_TYPE,
            String::from("application/octet-stream"),
        ),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"quarantine-{id}.bin\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}
