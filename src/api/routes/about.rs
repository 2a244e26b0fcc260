//! `/v1/about`.

use super::Answer;
use crate::api::access::SeesSystem;
use crate::api::moment::Moment;
use crate::api::state::ApiState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;

/// What this installation is.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct AboutView {
    /// The program's version.
    version: &'static str,
    /// Whether the patients are simulated.
    simulated: bool,
    /// What the organisation calls this installation.
    site: String,
    /// Now, on the clinical clock.
    now: Moment,
    /// Clinical seconds in a second; 1 unless simulated.
    time_scale: f64,
    /// The name of the token that asks.
    caller: String,
    /// Its role.
    role: &'static str,
}

/// What this installation is, and who asks.
#[utoipa::path(get, path = "/v1/about", tag = "service", security(("token" = ["see_system"])),
    responses((status = 200, body = AboutView)))]
pub(in crate::api) async fn about(
    SeesSystem(caller): SeesSystem,
    State(state): State<ApiState>,
) -> Answer<AboutView> {
    let parts = &state.inner.parts;
    Ok(Json(AboutView {
        version: parts.about.version,
        simulated: parts.about.simulated,
        site: state.settings().site.clone(),
        now: parts.clock.clinical().into(),
        time_scale: parts.clock.scale(),
        role: caller.role.name(),
        caller: caller.author,
    }))
}
