//! What people do about an alert beside answering it: snooze, assign, reopen.

use super::Answer;
use super::changed::Changed;
use super::text::{Faults, LABEL_MAX, REMARK_MAX};
use crate::api::access::AnswersAlerts;
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::state::ApiState;
use crate::domain::AlertId;
use crate::registry::Command;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;

/// It is quiet for a while.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct SnoozeAlert {
    /// Until when; how far ahead depends on the priority.
    until: Moment,
    /// Why.
    reason: Option<String>,
}

/// It speaks again.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct UnsnoozeAlert {
    /// A remark.
    comment: Option<String>,
}

/// Somebody takes care of it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct AssignAlert {
    /// A person or a team, as the ward calls them.
    to: String,
    /// A remark.
    comment: Option<String>,
}

/// It was closed too early.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ReopenAlert {
    /// A remark.
    comment: Option<String>,
}

/// Makes the alert quiet until a time; it ends sooner when the alert becomes
/// more urgent or its condition ends. The same again changes nothing.
#[utoipa::path(post, path = "/v1/alerts/{id}/snooze", tag = "alerts",
    security(("token" = ["answer_alerts"])), params(("id" = String, Path)),
    request_body = SnoozeAlert, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn snooze(
    AnswersAlerts(caller): AnswersAlerts,
    State(state): State<ApiState>,
    At(alert): At<AlertId>,
    Body(body): Body<SnoozeAlert>,
) -> Answer<Changed> {
    checked(body.reason.as_deref(), "#/reason")?;
    let command = Command::Snooze {
        alert,
        until: body.until.clinical(),
        reason: body.reason,
    };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Ends a snooze. Where there is none, nothing changes.
#[utoipa::path(post, path = "/v1/alerts/{id}/unsnooze", tag = "alerts",
    security(("token" = ["answer_alerts"])), params(("id" = String, Path)),
    request_body = UnsnoozeAlert, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn unsnooze(
    AnswersAlerts(caller): AnswersAlerts,
    State(state): State<ApiState>,
    At(alert): At<AlertId>,
    Body(body): Body<UnsnoozeAlert>,
) -> Answer<Changed> {
    checked(body.comment.as_deref(), "#/comment")?;
    let comment = body.comment;
    let command = Command::Unsnooze { alert, comment };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Gives the alert to a named person or team; again to give it to another.
#[utoipa::path(post, path = "/v1/alerts/{id}/assign", tag = "alerts",
    security(("token" = ["answer_alerts"])), params(("id" = String, Path)),
    request_body = AssignAlert, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn assign(
    AnswersAlerts(caller): AnswersAlerts,
    State(state): State<ApiState>,
    At(alert): At<AlertId>,
    Body(body): Body<AssignAlert>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    faults.text(&body.to, LABEL_MAX, "#/to");
    faults.optional_text(body.comment.as_deref(), REMARK_MAX, "#/comment");
    faults.check()?;
    let (to, comment) = (body.to, body.comment);
    let command = Command::AssignAlert { alert, to, comment };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Takes up again what was resolved, inside the reopening window. Where it is
/// open, nothing changes.
#[utoipa::path(post, path = "/v1/alerts/{id}/reopen", tag = "alerts",
    security(("token" = ["answer_alerts"])), params(("id" = String, Path)),
    request_body = ReopenAlert, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn reopen(
    AnswersAlerts(caller): AnswersAlerts,
    State(state): State<ApiState>,
    At(alert): At<AlertId>,
    Body(body): Body<ReopenAlert>,
) -> Answer<Changed> {
    checked(body.comment.as_deref(), "#/comment")?;
    let comment = body.comment;
    let command = Command::Reopen { alert, comment };
    Ok(Json(state.command(&caller, command).await?.into()))
}

fn checked(words: Option<&str>, pointer: &str) -> Result<(), crate::api::problem::Problem> {
    let mut faults = Faults::default();
    faults.optional_text(words, REMARK_MAX, pointer);
    faults.check()
}
