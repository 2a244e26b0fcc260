//! What people do about an alert: acknowledge, resolve, comment.

use super::Answer;
use super::changed::Changed;
use super::text::{Faults, REMARK_MAX};
use crate::api::access::AnswersAlerts;
use crate::api::extract::{At, Body};
use crate::api::state::ApiState;
use crate::domain::{AlertId, Usefulness};
use crate::registry::Command;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;

/// Somebody has seen it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Acknowledge {
    /// A remark.
    comment: Option<String>,
}

/// It is closed.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Resolve {
    /// What came of it.
    outcome: String,
    /// Whether the alert was worth the interruption: `useful`, `not_useful`
    /// or `unsure`; for the reports on the alarm burden.
    #[schema(value_type = Option<String>)]
    usefulness: Option<Usefulness>,
}

/// A remark.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Comment {
    text: String,
}

/// Says that a person has seen the alert; the token's name is shown. The same
/// person again changes nothing.
#[utoipa::path(post, path = "/v1/alerts/{id}/acknowledge", tag = "alerts",
    security(("token" = ["answer_alerts"])), params(("id" = String, Path)),
    request_body = Acknowledge, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn acknowledge(
    AnswersAlerts(caller): AnswersAlerts,
    State(state): State<ApiState>,
    At(alert): At<AlertId>,
    Body(body): Body<Acknowledge>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    faults.optional_text(body.comment.as_deref(), REMARK_MAX, "#/comment");
    faults.check()?;
    let comment = body.comment;
    Ok(Json(
        state
            .command(&caller, Command::Acknowledge { alert, comment })
            .await?
            .into(),
    ))
}

/// Closes the alert with its outcome.
#[utoipa::path(post, path = "/v1/alerts/{id}/resolve", tag = "alerts",
    security(("token" = ["answer_alerts"])), params(("id" = String, Path)),
    request_body = Resolve, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn resolve(
    AnswersAlerts(caller): AnswersAlerts,
    State(state): State<ApiState>,
    At(alert): At<AlertId>,
    Body(body): Body<Resolve>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    faults.text(&body.outcome, REMARK_MAX, "#/outcome");
    faults.check()?;
    let command = Command::Resolve {
        alert,
        outcome: body.outcome,
        usefulness: body.usefulness,
    };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Adds a remark.
#[utoipa::path(post, path = "/v1/alerts/{id}/comments", tag = "alerts",
    security(("token" = ["answer_alerts"])), params(("id" = String, Path)),
    request_body = Comment, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn comment(
    AnswersAlerts(caller): AnswersAlerts,
    State(state): State<ApiState>,
    At(alert): At<AlertId>,
    Body(body): Body<Comment>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    faults.text(&body.text, REMARK_MAX, "#/text");
    faults.check()?;
    let text = body.text;
    Ok(Json(
        state
            .command(&caller, Command::Comment { alert, text })
            .await?
            .into(),
    ))
}
