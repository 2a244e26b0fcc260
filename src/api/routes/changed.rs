//! What a change answers with.

use crate::engine::CommandReply;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The commit's answer.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Changed {
    /// Identifier of what was made or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// How many things were affected, where that is a question.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) affected: u64,
}

fn is_zero(affected: &u64) -> bool {
    *affected == 0
}

impl From<CommandReply> for Changed {
    fn from(reply: CommandReply) -> Self {
        Self {
            id: reply.id,
            affected: reply.affected,
        }
    }
}

/// 201 with where the new thing is found.
pub(super) fn created<T: Serialize>(location: Option<&str>, body: T) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Some(Ok(location)) = location.map(HeaderValue::from_str) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
