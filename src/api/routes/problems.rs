//! `/problems/{code}`: what a problem's `type` means.

use super::Answer;
use crate::api::extract::At;
use crate::api::problem::{Kind, Problem};
use axum::Json;
use serde::Serialize;

/// What every problem of a type has in common.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct ProblemType {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
}

/// What a problem's `type` means.
#[utoipa::path(get, path = "/problems/{code}", tag = "service", params(("code" = String, Path)),
    responses((status = 200, body = ProblemType)))]
pub(in crate::api) async fn one(At(code): At<String>) -> Answer<ProblemType> {
    let asked = format!("/problems/{code}");
    let found = Kind::ALL
        .into_iter()
        .map(Kind::facts)
        .find(|(_, kind, _)| *kind == asked);
    let (status, kind, title) = found.ok_or_else(|| Problem::not_found("problem type"))?;
    Ok(Json(ProblemType {
        kind,
        title,
        status,
    }))
}
