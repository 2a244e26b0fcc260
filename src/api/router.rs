//! Puts routes and layers together.

use super::routes::{
    about, accounts, action_links, alert_answers, alert_care, alerts, assignments, audit, board,
    charts, credentials, deliveries, devices, events, health, latest, limits as patient_limits,
    metrics, monitoring, notes, observations, orders, patients, problems, quarantine, readings,
    readings_csv, reports, routing, schemas, silences, summaries, tokens, wards, webhook_changes,
    webhook_health, webhooks,
};
use super::state::ApiState;
use super::{access, compression, headers, language, limits, openapi, pages, strangers};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

type Routes = OpenApiRouter<ApiState>;

/// The whole API with its pages, ready to serve.
pub fn router(state: ApiState) -> Router {
    let (described, mut description) = OpenApiRouter::with_openapi(openapi::frame())
        .merge(behind_token(&state))
        .merge(metrics_route(&state))
        .merge(for_strangers(&state))
        .merge(open())
        .split_for_parts();
    let (healths, of_healths) = healths().split_for_parts();
    description.merge(of_healths);
    openapi::complete(&mut description);
    // A map of strings and numbers always has a JSON form.
    let description = serde_json::to_string(&description).unwrap_or_default();
    let bounded = described
        .route(
            "/openapi.json",
            get(move || async move { as_json(description.clone()) }),
        )
        .merge(pages::routes(&state))
        .layer(from_fn_with_state(state.clone(), language::speak))
        .layer(from_fn_with_state(state.clone(), limits::bound_time))
        .layer(from_fn_with_state(state.clone(), limits::bound_requests));
    // Health answers also when all places for requests are taken.
    let body_max = state.settings().body_bytes_max;
    bounded
        .layer(compression::layer())
        .merge(healths)
        .layer(RequestBodyLimitLayer::new(body_max))
        .layer(DefaultBodyLimit::max(body_max))
        // A page of another site changes nothing in the name of who is signed in here.
        .layer(CsrfLayer::new())
        .layer(from_fn(headers::harden))
        .with_state(state)
}

fn as_json(text: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text)
}

fn behind_token(state: &ApiState) -> Routes {
    about_patients()
        .merge(about_alerts())
        .merge(about_access())
        .route_layer(from_fn_with_state(state.clone(), access::authenticate))
}

fn about_patients() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(about::about))
        .routes(routes!(board::board))
        .routes(routes!(wards::list))
        .routes(routes!(wards::put))
        .routes(routes!(patients::list))
        .routes(routes!(patients::one, patients::put))
        .routes(routes!(monitoring::start))
        .routes(routes!(monitoring::pause))
        .routes(routes!(monitoring::discharge))
        .routes(routes!(patient_limits::list, patient_limits::set))
        .routes(routes!(notes::list, notes::write))
        .routes(routes!(notes::withdraw))
        .routes(routes!(readings::list))
        .routes(routes!(readings_csv::export))
        .routes(routes!(summaries::list))
        .routes(routes!(latest::latest))
        .routes(routes!(latest::scores))
        .routes(routes!(observations::enter))
        .routes(routes!(devices::list))
        .routes(routes!(devices::one, devices::put))
        .routes(routes!(assignments::list, assignments::assign))
        .routes(routes!(assignments::end))
}

fn about_alerts() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::one))
        .routes(routes!(alerts::events))
        .routes(routes!(alerts::explanation))
        .routes(routes!(routing::route))
        .routes(routes!(routing::in_force))
        .routes(routes!(routing::override_rota))
        .routes(routes!(silences::list, silences::create))
        .routes(routes!(silences::end))
        .routes(routes!(alert_answers::acknowledge))
        .routes(routes!(alert_answers::resolve))
        .routes(routes!(alert_answers::comment))
        .routes(routes!(alert_care::snooze))
        .routes(routes!(alert_care::unsnooze))
        .routes(routes!(alert_care::assign))
        .routes(routes!(alert_care::reopen))
        .routes(routes!(reports::alarm_burden))
        .routes(routes!(reports::shift_handover))
        .routes(routes!(events::stream))
        .routes(routes!(webhooks::list, webhooks::register))
        .routes(routes!(webhooks::one, webhooks::put))
        .routes(routes!(webhook_health::health))
        .routes(routes!(webhook_health::test))
        .routes(routes!(webhook_changes::disable))
        .routes(routes!(webhook_changes::enable))
        .routes(routes!(webhook_changes::rotate))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::replay))
}

fn about_access() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(quarantine::list))
        .routes(routes!(quarantine::payload))
        .routes(routes!(audit::list))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::put, accounts::close))
        .routes(routes!(credentials::list))
        .routes(routes!(credentials::create, credentials::revoke))
        .routes(routes!(credentials::rotate))
}

fn metrics_route(state: &ApiState) -> Routes {
    let route = OpenApiRouter::new().routes(routes!(metrics::metrics));
    if state.settings().metrics_open {
        return route;
    }
    route.route_layer(from_fn_with_state(state.clone(), access::authenticate))
}

/// Who comes by them shows a link or a signature of ours in place of a token.
fn for_strangers(state: &ApiState) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(charts::chart))
        .routes(routes!(action_links::ask, action_links::carry_out))
        .routes(routes!(orders::act))
        .route_layer(from_fn_with_state(
            state.clone(),
            strangers::bound_strangers,
        ))
}

fn open() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(schemas::list))
        .routes(routes!(schemas::vitals))
        .routes(routes!(schemas::status))
        .routes(routes!(problems::one))
}

fn healths() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}
