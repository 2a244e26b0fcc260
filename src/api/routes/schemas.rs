//! `/schemas/`: the wire protocol as JSON Schema, for firmware authors.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

pub(in crate::api) const VITALS: &str = include_str!("../schemas/vitals.v1.json");
pub(in crate::api) const STATUS: &str = include_str!("../schemas/status.v1.json");

/// The schemas there are.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Schemas {
    /// Their paths.
    items: [&'static str; 2],
}

/// The schemas of the wire protocol.
#[utoipa::path(get, path = "/schemas/", tag = "schemas",
    responses((status = 200, body = Schemas)))]
pub(in crate::api) async fn list() -> Json<Schemas> {
    Json(Schemas {
        items: ["/schemas/vitals.v1.json", "/schemas/status.v1.json"],
    })
}

/// What a watch publishes to `wardlight/v1/{device}/vitals`.
#[utoipa::path(get, path = "/schemas/vitals.v1.json", tag = "schemas",
    responses((status = 200, content_type = "application/schema+json", body = Object)))]
pub(in crate::api) async fn vitals() -> Response {
    schema(VITALS)
}

/// What a watch publishes to `wardlight/v1/{device}/status`, also as its Last Will.
#[utoipa::path(get, path = "/schemas/status.v1.json", tag = "schemas",
    responses((status = 200, content_type = "application/schema+json", body = Object)))]
pub(in crate::api) async fn status() -> Response {
    schema(STATUS)
}

fn schema(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/schema+json")], text).into_response()
}
