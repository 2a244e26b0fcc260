//! Switching a webhook off and on, and rotating its secret.

use super::Answer;
use super::changed::Changed;
use super::text::{Faults, REMARK_MAX};
use super::webhooks::{WebhookSecret, find, given_or_made};
use crate::api::access::AsCoordinator;
use crate::api::extract::{At, Body};
use crate::api::state::ApiState;
use crate::api::webhook_secret::{self, Signature};
use crate::domain::EndpointId;
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

/// Switches a webhook off; what is not delivered yet stays listed.
#[utoipa::path(post, path = "/v1/webhooks/{id}/disable", tag = "webhooks",
    security(("token" = ["coordinator"])), params(("id" = String, Path)),
    request_body = Disable, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn disable(
    AsCoordinator(caller): AsCoordinator,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
    Body(body): Body<Disable>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    faults.text(&body.reason, REMARK_MAX, "#/reason");
    faults.check()?;
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
    security(("token" = ["coordinator"])), params(("id" = String, Path)),
    responses((status = 200, body = Changed)))]
pub(in crate::api) async fn enable(
    AsCoordinator(caller): AsCoordinator,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
) -> Answer<Changed> {
    let command = Command::DisableEndpoint { id, reason: None };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Gives a webhook a new secret; the old one signs beside it until the next
/// rotation, so that the receiver can change over at leisure.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate", tag = "webhooks",
    security(("token" = ["coordinator"])), params(("id" = String, Path)),
    request_body = Rotate, responses((status = 200, body = WebhookSecret)))]
pub(in crate::api) async fn rotate(
    AsCoordinator(caller): AsCoordinator,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
    Body(body): Body<Rotate>,
) -> Answer<WebhookSecret> {
    let endpoint = find(&state, id.clone()).await?;
    let (secret, shown) = given_or_made(body.secret, body.signature)?;
    let public_key = webhook_secret::public_key(&secret);
    let kept = endpoint.secrets.into_iter().filter(|old| *old != secret);
    let kept: Vec<String> = kept.take(usize::from(body.keep_previous)).collect();
    let command = Command::PutEndpoint {
        id,
        url: endpoint.url,
        label: endpoint.label,
        secrets: std::iter::once(secret).chain(kept).collect(),
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
