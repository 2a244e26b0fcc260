//! `/health/live` and `/health/ready`, open to everybody.

use crate::api::problem::Problem;
use crate::api::source::{ComponentHealth, HealthState};
use crate::api::state::ApiState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Whether the service is ready, and each part's reasons.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Health {
    /// `ready`, `degraded` or `not_ready`.
    status: &'static str,
    components: Vec<Component>,
}

/// One part of the service.
#[derive(Serialize, utoipa::ToSchema)]
struct Component {
    name: &'static str,
    /// `working`, `degraded` or `failed`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl From<ComponentHealth> for Component {
    fn from(health: ComponentHealth) -> Self {
        Self {
            name: health.name,
            state: match health.state {
                HealthState::Working => "working",
                HealthState::Degraded => "degraded",
                HealthState::Failed => "failed",
            },
            reason: health.reason,
        }
    }
}

/// Whether the process answers.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Live {
    /// `live`.
    status: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "service",
    responses((status = 200, body = Live)))]
pub(in crate::api) async fn live() -> Json<Live> {
    Json(Live { status: "live" })
}

/// Whether the service does its work: 503 when a part has failed.
#[utoipa::path(get, path = "/health/ready", tag = "service",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub(in crate::api) async fn ready(State(state): State<ApiState>) -> Result<Response, Problem> {
    let parts = state.ask_live(|live| live.health()).await?;
    let has = |wanted: HealthState| parts.iter().any(|part| part.state == wanted);
    let (code, status) = match (has(HealthState::Failed), has(HealthState::Degraded)) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
        (false, true) => (StatusCode::OK, "degraded"),
        (false, false) => (StatusCode::OK, "ready"),
    };
    let components = parts.into_iter().map(Component::from).collect();
    Ok((code, Json(Health { status, components })).into_response())
}
