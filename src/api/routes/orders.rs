//! `/v1/webhooks/{id}/actions`: where a receiver's machine answers alerts.
//!
//! Instead of a token the request carries the three headers of Standard
//! Webhooks, signed with a secret of the endpoint that it was told by.

use super::action_links::NAME_MAX;
use super::text::{Faults, REMARK_MAX};
use super::{Answer, alert_document};
use crate::api::extract::{At, json};
use crate::api::problem::{Kind, Problem};
use crate::api::signatures::SignedRequest;
use crate::api::state::ApiState;
use crate::domain::{AlertId, EndpointId, Order, OrderAction, OrderWay};
use crate::engine::SubmitError;
use crate::registry::{Command, CommandError, Endpoint};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest `webhook-id`.
const ID_MAX: usize = 128;

/// What shall become of an alert.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Verb {
    Acknowledge,
    Snooze,
    Resolve,
}

/// An answer to an alert.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct SignedAction {
    #[schema(value_type = String)]
    alert: AlertId,
    /// `acknowledge`, `snooze` or `resolve`.
    #[schema(value_type = String)]
    action: Verb,
    /// Who: a person, or what the machine is called. At most 80 characters.
    by: String,
    /// For how long it is quiet, to snooze: 1 to 1440, and no more than its
    /// priority allows.
    minutes: Option<u16>,
    /// What came of it, to resolve.
    outcome: Option<String>,
    /// A remark, or the reason.
    comment: Option<String>,
}

/// How the alert stands now.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Acted {
    alert: String,
    /// Whether this request changed anything; a repeat does not.
    changed: bool,
    /// `open`, `acknowledged` or `resolved`.
    handling: Value,
    /// `active` or `ended`.
    condition: Value,
    /// Until when it is quiet; null while it is not.
    snoozed_until: Value,
}

/// Acknowledges, snoozes or resolves an alert, for a receiver's machine. Signed
/// after Standard Webhooks (`webhook-id`, `webhook-timestamp`,
/// `webhook-signature`) with the endpoint's own `whsec_` secret; the endpoint must
/// allow `actions`. The same `webhook-id` is carried out once.
#[utoipa::path(post, path = "/v1/webhooks/{id}/actions", tag = "webhooks",
    params(("id" = String, Path),
        ("webhook-id" = String, Header), ("webhook-timestamp" = i64, Header),
        ("webhook-signature" = String, Header)),
    request_body = SignedAction,
    responses((status = 200, body = Acted),
        (status = 401, description = "The signature, id or timestamp is not right"),
        (status = 403, description = "The endpoint may not answer alerts"),
        (status = 429, description = "Refused too often; wait as long as `Retry-After` says"),
        (status = 409, description = "The alert's state does not allow it, or the id was used for another order")))]
pub(in crate::api) async fn act(
    At(id): At<EndpointId>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer<Acted> {
    let key = believed(&state, id.clone(), &headers, &bytes).await?;
    let body: SignedAction = json(&headers, &bytes)?;
    let action = body.check()?;
    let alert = body.alert;
    let order = Order {
        endpoint: id,
        way: OrderWay::Webhook,
        key,
        alert: alert.clone(),
        action,
        text: body.outcome.or(body.comment),
    };
    let (stamp, received) = (state.clock().clinical(), state.clock().wall());
    let command = Command::Order(order);
    let reply = state.engine().command(command, &body.by, stamp, received);
    let reply = reply.await.map_err(refused)?;
    acted(&state, alert, reply.affected > 0).await
}

impl SignedAction {
    fn check(&self) -> Result<OrderAction, Problem> {
        let mut faults = Faults::default();
        faults.text(&self.by, NAME_MAX, "#/by");
        faults.unless(!self.by.contains('\n'), "#/by", "must be one line");
        faults.optional_text(self.comment.as_deref(), REMARK_MAX, "#/comment");
        faults.optional_text(self.outcome.as_deref(), REMARK_MAX, "#/outcome");
        let (snoozes, resolves) = match self.action {
            Verb::Acknowledge => (false, false),
            Verb::Snooze => (true, false),
            Verb::Resolve => (false, true),
        };
        let fits = |given: bool, asked: bool| match asked {
            true => (given, "is needed for this action"),
            false => (!given, "is not for this action"),
        };
        let (fine, fault) = fits(self.minutes.is_some(), snoozes);
        faults.unless(fine, "#/minutes", fault);
        let (fine, fault) = fits(self.outcome.is_some(), resolves);
        faults.unless(fine, "#/outcome", fault);
        let doubled = self.outcome.is_some() && self.comment.is_some();
        faults.unless(!doubled, "#/comment", "is not beside an outcome");
        let snooze = OrderAction::snooze(self.minutes.unwrap_or(1));
        faults.unless(snooze.is_some(), "#/minutes", "must be 1 to 1440");
        faults.check()?;
        Ok(match (self.action, snooze) {
            (Verb::Snooze, Some(snooze)) => snooze,
            (Verb::Resolve, _) => OrderAction::Resolve,
            (Verb::Acknowledge | Verb::Snooze, _) => OrderAction::Acknowledge,
        })
    }
}

/// What makes a repeat of a request known, once its signature is believed.
async fn believed(
    state: &ApiState,
    id: EndpointId,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<String, Problem> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let named = header("webhook-id").filter(|id| {
        (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let endpoint = state.read_all(move |source| source.endpoint(&id)).await?;
    let request = SignedRequest {
        id: named.unwrap_or_default(),
        timestamp: header("webhook-timestamp").unwrap_or_default(),
        signature: header("webhook-signature").unwrap_or_default(),
        body,
    };
    let signatures = &state.inner.parts.signatures;
    let now = state.clock().wall();
    let genuine = |endpoint: &Endpoint| signatures.is_signed(&endpoint.secrets, &request, now);
    // Whoever has no secret does not learn which endpoints there are.
    let known = endpoint.filter(|endpoint| signs(endpoint) && genuine(endpoint));
    let Some(endpoint) = known else {
        let detail = "no secret of this endpoint signed this id, timestamp and body, \
                      or the timestamp is more than five minutes from now";
        return Err(Problem::new(Kind::Unauthenticated).with_detail(detail));
    };
    if endpoint.disabled.is_some() || !endpoint.channel.actions {
        let detail = "this endpoint may not answer alerts: it is off or lacks `actions`";
        return Err(Problem::new(Kind::Forbidden).with_detail(detail));
    }
    Ok(format!("webhook {}", request.id))
}

fn signs(endpoint: &Endpoint) -> bool {
    endpoint.channel.format.answers_by() == Some(OrderWay::Webhook)
}

fn refused(error: SubmitError) -> Problem {
    match error {
        SubmitError::Refused(CommandError::Invalid { problem, .. }) => {
            Problem::field("#/minutes", format!("the end of the snooze {problem}"))
        }
        other => other.into(),
    }
}

async fn acted(state: &ApiState, alert: AlertId, changed: bool) -> Answer<Acted> {
    let id = alert.clone();
    let found = state.read_all(move |source| source.alert(&id)).await?;
    let found = found.ok_or_else(|| Problem::not_found("alert"))?;
    let document = alert_document::alert(found);
    let shown = |pointer: &str| document.pointer(pointer).cloned().unwrap_or_default();
    Ok(Json(Acted {
        alert: alert.into(),
        changed,
        handling: shown("/handling"),
        condition: shown("/condition"),
        snoozed_until: shown("/snoozed/until"),
    }))
}
