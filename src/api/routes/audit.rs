//! `/v1/audit`: who changed and who read what.

use super::Answer;
use super::devices::PageAsk;
use crate::api::access::ReadsAudit;
use crate::api::cursor::{self, Page};
use crate::api::moment::Moment;
use crate::api::query::Asked;
use crate::api::source::AuditView;
use crate::api::state::ApiState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;

/// A line of the audit.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = AuditLine)]
pub(in crate::api) struct Shown {
    id: i64,
    at: Moment,
    /// The name of the token.
    author: String,
    action: String,
    /// What it was done to.
    #[schema(value_type = Object)]
    subject: serde_json::Value,
}

impl From<AuditView> for Shown {
    fn from(line: AuditView) -> Self {
        let subject = serde_json::from_str(&line.document);
        Self {
            id: line.id,
            at: line.at.into(),
            author: line.author,
            action: line.action,
            subject: subject.unwrap_or(serde_json::Value::String(line.document)),
        }
    }
}

/// The audit, newest first.
#[utoipa::path(get, path = "/v1/audit", tag = "access", security(("token" = ["read_audit"])),
    params(PageAsk), responses((status = 200, body = Page<Shown>)))]
pub(in crate::api) async fn list(
    ReadsAudit(caller): ReadsAudit,
    State(state): State<ApiState>,
    Asked(ask): Asked<PageAsk>,
) -> Answer<Page<Shown>> {
    let limit = cursor::limit(ask.limit)?;
    let before: Option<i64> = cursor::decode(ask.cursor.as_deref())?;
    let lines = state
        .read(&caller, move |source| source.audit(before, limit + 1))
        .await?;
    Ok(Json(cursor::page(
        lines,
        limit,
        |last: &AuditView| last.id,
        Shown::from,
    )))
}
