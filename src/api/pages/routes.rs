//! Which page stands where.

use super::{assets, audit, sign_in};
use crate::api::state::ApiState;
use axum::Router;
use axum::routing::{get, post};

/// All pages with their files.
pub(in crate::api) fn routes() -> Router<ApiState> {
    Router::new()
        .merge(assets::routes())
        .route("/audit", get(audit::audit))
        .route("/sign-in", get(sign_in::ask).post(sign_in::begin))
        .route("/sign-out", post(sign_in::end))
}
