//! `/metrics` for Prometheus.

use crate::api::problem::Problem;
use crate::api::state::ApiState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// All metrics in the Prometheus text format (version 0.0.4). Needs a token unless `metrics_open` is set.
#[utoipa::path(get, path = "/metrics", tag = "service", security(("token" = ["see_system"])),
    responses((status = 200, content_type = "text/plain", body = String)))]
pub(in crate::api) async fn metrics(State(state): State<ApiState>) -> Result<Response, Problem> {
    let text = state.ask_live(|live| live.metrics_text()).await?;
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}
