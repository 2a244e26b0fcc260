//! `/v1/webhooks/{id}/health` and `/test`: whether a channel works, measured.

use super::Answer;
use super::changed::Changed;
use super::webhooks::find;
use crate::api::access::ManagesChannels;
use crate::api::extract::At;
use crate::api::moment::Moment;
use crate::api::source::ChannelMeasured;
use crate::api::state::ApiState;
use crate::domain::EndpointId;
use crate::registry::{Command, Endpoint};
use axum::Json;
use axum::extract::State;
use serde::Serialize;

/// How a channel does, from its last attempts.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct WebhookHealth {
    /// `working`, `failing`, `off`, or `untried` before its first attempt.
    pub(in crate::api) state: &'static str,
    /// The last delivery it took, wall time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) last_success_at: Option<Moment>,
    /// The first failed attempt since it last worked, wall time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) failing_since: Option<Moment>,
    /// Stable code of what went wrong in its last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) last_error: Option<String>,
    /// Why it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) disabled: Option<String>,
    /// How many of its last attempts were looked at, at most 200.
    pub(in crate::api) attempts: usize,
    /// How many of them succeeded, 0 to 1; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) success_share: Option<f64>,
    /// Half of them took less, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) p50_ms: Option<u32>,
    /// Nineteen of twenty took less, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) p95_ms: Option<u32>,
    /// Deliveries that wait.
    pub(in crate::api) waiting: u64,
    /// Deliveries that were given up and not replayed.
    pub(in crate::api) dead_letters: u64,
}

impl WebhookHealth {
    pub(in crate::api) fn new(endpoint: Endpoint, measured: ChannelMeasured) -> Self {
        let count = measured.took_ms.len();
        let mut took_ms = measured.took_ms;
        took_ms.sort_unstable();
        let at = |percent: usize| took_ms.get((count * percent / 100).min(count.saturating_sub(1)));
        let failing = endpoint.trouble.is_some() || measured.failing_since.is_some();
        Self {
            state: match (&endpoint.disabled, count, failing) {
                (Some(_), ..) => "off",
                (None, 0, _) => "untried",
                (None, _, true) => "failing",
                (None, _, false) => "working",
            },
            last_success_at: measured.last_success.map(Moment::from),
            failing_since: endpoint
                .trouble
                .map(|trouble| trouble.since)
                .or(measured.failing_since)
                .map(Moment::from),
            last_error: measured.last_error,
            disabled: endpoint.disabled,
            attempts: count,
            success_share: (count > 0).then(|| measured.succeeded as f64 / count as f64),
            p50_ms: at(50).copied(),
            p95_ms: at(95).copied(),
            waiting: measured.waiting,
            dead_letters: measured.dead_letters,
        }
    }
}

/// How a channel does: measured on its last attempts, also after a restart.
#[utoipa::path(get, path = "/v1/webhooks/{id}/health", tag = "webhooks",
    security(("token" = ["manage_channels"])), params(("id" = String, Path)),
    responses((status = 200, body = WebhookHealth)))]
pub(in crate::api) async fn health(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
) -> Answer<WebhookHealth> {
    let endpoint = find(&state, &caller, id.clone()).await?;
    let measured = state.read(&caller, move |source| source.channel_measured(&id));
    Ok(Json(WebhookHealth::new(endpoint, measured.await?)))
}

/// Sends a message that says it is a test, on the way that alerts take. The
/// answer names its delivery.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "webhooks",
    security(("token" = ["manage_channels"])), params(("id" = String, Path)),
    responses((status = 200, body = Changed)))]
pub(in crate::api) async fn test(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
) -> Answer<Changed> {
    let command = Command::TestEndpoint { id };
    Ok(Json(state.command(&caller, command).await?.into()))
}
