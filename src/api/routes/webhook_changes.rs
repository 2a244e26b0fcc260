//! Switching a webhook off and on, and rotating its secret.

use super::Answer;
use super::changed::Changed;
use super::text::{Faults, REMARK_MAX};
use super::webhook_body::{NEEDS_SHARED_SECRET, given_or_made};
use super::webhooks::{WebhookSecret, find};
use crate::api::access::ManagesChannels;
use crate::api::extract::{At, Body};
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::api::webhook_secret::{self, Signature};
use crate::domain::{EndpointId, OrderWay, SecretUse};
use crate::registry::Command;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;

/// Why a webhook is switched off.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Disable {
    reason: String,
}

/// A new secret.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Rotate {
    /// How deliveries are signed, when the secret is made here.
    #[serde(default)]
    signature: Signature,
    /// A secret of your own; one is made when left out.
    secret: Option<String>,
    /// Whether the newest old secret goes on signing beside the new one.
    #[serde(default = "yes")]
    keep_previous: bool,
}

const fn yes() -> bool {
    true
}

/// Refuses a reason that says nothing, or too much.
///
/// # Errors
/// The field and what it must be.
pub(in crate::api) fn reason_fault(reason: &str) -> Result<(), Problem> {
    let mut faults = Faults::default();
    faults.text(reason, REMARK_MAX, "#/reason");
    faults.check()
}

/// Switches a webhook off; what is not delivered yet stays listed.
#[utoipa::path(post, path = "/v1/webhooks/{id}/disable", tag = "webhooks",
    security(("token" = ["manage_channels"])), params(("id" = String, Path)),
    request_body = Disable, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn disable(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
    Body(body): Body<Disable>,
) -> Answer<Changed> {
    reason_fault(&body.reason)?;
    let reason = Some(body.reason);
    Ok(Json(
        state
            .command(&caller, Command::DisableEndpoint { id, reason })
            .await?
            .into(),
    ))
}

/// Switches a webhook on again.
#[utoipa::path(post, path = "/v1/webhooks/{id}/enable", tag = "webhooks",
    security(("token" = ["manage_channels"])), params(("id" = String, Path)),
    responses((status = 200, body = Changed)))]
pub(in crate::api) async fn enable(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
) -> Answer<Changed> {
    let command = Command::DisableEndpoint { id, reason: None };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Gives a webhook a new secret; the old one signs beside it until the next
/// rotation, so that the receiver can change over at leisure.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate", tag = "webhooks",
    security(("token" = ["manage_channels"])), params(("id" = String, Path)),
    request_body = Rotate, responses((status = 200, body = WebhookSecret)))]
pub(in crate::api) async fn rotate(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
    Body(body): Body<Rotate>,
) -> Answer<WebhookSecret> {
    let endpoint = find(&state, &caller, id.clone()).await?;
    if endpoint.channel.format.secret() == SecretUse::None {
        let detail = "this format has no secret; change the address instead";
        return Err(Problem::field("#/secret", detail));
    }
    let given = (body.secret.as_ref(), body.signature);
    let (mut secrets, shown) = given_or_made(endpoint.channel.format, given)?;
    // Whoever answers alerts could not sign with it.
    let is_private = secrets.iter().any(|new| webhook_secret::is_private(new));
    let channel = &endpoint.channel;
    let answers = channel.actions && channel.format.answers_by() == Some(OrderWay::Webhook);
    if answers && is_private {
        let detail = format!("this endpoint has `actions`, which {NEEDS_SHARED_SECRET}");
        return Err(Problem::field("#/signature", detail));
    }
    let public_key = secrets.first().and_then(|s| webhook_secret::public_key(s));
    // Only signatures can be made with two keys at once.
    let keep = body.keep_previous && endpoint.channel.format.secret() == SecretUse::Signs;
    let old = endpoint.secrets.into_iter();
    let kept: Vec<_> = old
        .filter(|old| !secrets.contains(old))
        .take(usize::from(keep))
        .collect();
    secrets.extend(kept);
    let command = Command::PutEndpoint {
        id,
        url: endpoint.url,
        label: endpoint.label,
        secrets,
        event_types: endpoint.event_types,
        wards: endpoint.wards,
        channel: endpoint.channel,
    };
    state.command(&caller, command).await?;
    Ok(Json(WebhookSecret {
        id: endpoint.id.into(),
        secret: shown,
        public_key,
    }))
}
