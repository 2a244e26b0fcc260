//! Which page stands where.

use super::{
    account, accounts, alert, assets, audit, burden, channel, channels, demo, devices, handover,
    kept, live, order, password, past, patient, quarantine, rules, sign_in, ward,
};
use crate::api::state::ApiState;
use crate::api::strangers::bound_strangers;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Extension, Router};

/// All pages with their files.
pub(in crate::api) fn routes(state: &ApiState) -> Router<ApiState> {
    let sign_in = Router::new()
        .route("/sign-in", get(sign_in::ask).post(sign_in::begin))
        .route_layer(from_fn_with_state(state.clone(), bound_strangers));
    Router::new()
        .merge(assets::routes())
        .merge(sign_in)
        .merge(demonstration(state))
        .route("/sign-out", post(sign_in::end))
        .route("/", get(past::ward))
        .route("/tiles", get(ward::tiles))
        .route("/order", get(order::order))
        .route("/live", get(live::live))
        .route("/alerts/{id}", get(alert::alert).post(alert::answer))
        .route("/alerts/{id}/chart.png", get(alert::picture))
        .route("/alerts/{id}/explanation", get(alert::explanation))
        .route("/patients/{id}", get(past::patient).post(patient::write))
        .route("/patients/{id}/series", get(patient::series))
        .route("/patients/{id}/record.pdf", get(patient::printed))
        .route("/handover", get(handover::handover))
        .route("/burden", get(burden::burden))
        .route("/channels", get(channels::channels))
        .route(
            "/channels/{id}",
            get(channel::channel).post(channel::change),
        )
        .route("/devices", get(devices::devices).post(devices::change))
        .route("/quarantine", get(quarantine::quarantine))
        .route("/rules", get(rules::rules))
        .route("/accounts", get(accounts::accounts).post(accounts::make))
        .route(
            "/accounts/{name}",
            get(account::account).post(account::change),
        )
        .route("/password", get(password::ask).post(password::change))
        .route("/audit", get(audit::audit))
        .route_layer(from_fn_with_state(state.clone(), kept::keep))
}

/// Nothing of it is there where patients are real.
fn demonstration(state: &ApiState) -> Router<ApiState> {
    let Some(stage) = state.inner.parts.stage.clone() else {
        return Router::new();
    };
    let page = get(demo::demo).post(demo::change);
    Router::new().route(demo::PATH, page.layer(Extension(stage)))
}
