//! `/v1/webhooks/{id}/deliveries`: what was sent, what waits, and sending it again.

use super::Answer;
use super::changed::Changed;
use super::text::Faults;
use super::webhooks::find;
use crate::api::access::ManagesChannels;
use crate::api::cursor::{self, Page};
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::state::ApiState;
use crate::domain::{DeliveryId, EndpointId};
use crate::registry::{Command, ReplaySpan};
use crate::store::DeliveryView;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// Most deliveries to replay at once.
const REPLAY_MAX: usize = 1000;

/// A delivery.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Delivery)]
pub(in crate::api) struct Shown {
    /// The `webhook-id` header, the same for every attempt.
    id: String,
    event_type: String,
    created: Moment,
    /// `waiting`, `delivered`, `failed`, or `superseded`: an answer came before it was sent.
    state: String,
    /// Since it was written, or asked for again.
    attempts: u32,
    /// When the next attempt is due, wall time; absent unless it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Moment>,
    /// HTTP status of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_status: Option<u16>,
    /// Stable code of what went wrong in the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// Why it failed for good: `schedule_used_up` or `endpoint_gone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl From<DeliveryView> for Shown {
    fn from(delivery: DeliveryView) -> Self {
        let waits = delivery.state == "waiting";
        Self {
            id: delivery.id,
            event_type: delivery.event_type,
            created: delivery.created.into(),
            state: delivery.state,
            attempts: delivery.attempts,
            next_attempt_at: waits.then(|| delivery.next_attempt.into()),
            last_status: delivery.last_status,
            last_error: delivery.last_error,
            reason: delivery.failed_because,
        }
    }
}

/// Which deliveries.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct DeliveriesAsk {
    /// `waiting`, `delivered`, `failed` or `superseded`.
    state: Option<String>,
    /// Page length, 1 to 1000.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Which deliveries to send again: by their ids, or by when they were written.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Replay {
    /// Their ids, at most 1,000.
    #[serde(default)]
    deliveries: Vec<String>,
    /// First moment at which they were written; at most 10,000 deliveries.
    from: Option<Moment>,
    /// First moment after.
    until: Option<Moment>,
    /// Of a span of time also those that were delivered; otherwise only those
    /// that failed.
    #[serde(default)]
    delivered_too: bool,
}

/// Deliveries to one webhook, newest first.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", tag = "webhooks",
    security(("token" = ["manage_channels"])), params(("id" = String, Path), DeliveriesAsk),
    responses((status = 200, body = Page<Shown>)))]
pub(in crate::api) async fn list(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
    Asked(ask): Asked<DeliveriesAsk>,
) -> Answer<Page<Shown>> {
    let limit = cursor::limit(ask.limit)?;
    let before: Option<u64> = cursor::decode(ask.cursor.as_deref())?;
    if !matches!(
        ask.state.as_deref(),
        None | Some("waiting" | "delivered" | "failed" | "superseded")
    ) {
        return Err(Problem::parameter(
            "state",
            "must be waiting, delivered, failed or superseded",
        ));
    }
    find(&state, &caller, id.clone()).await?;
    let reading = move |source: &dyn crate::api::ReadSource| {
        source.deliveries(&id, ask.state.as_deref(), before, limit + 1)
    };
    let deliveries = state.read(&caller, reading).await?;
    let place = |last: &DeliveryView| last.number;
    Ok(Json(cursor::page(deliveries, limit, place, Shown::from)))
}

/// Sends deliveries again, under the same `webhook-id`: those named, or all of a
/// span of time.
#[utoipa::path(post, path = "/v1/webhooks/{id}/deliveries/replay", tag = "webhooks",
    security(("token" = ["manage_channels"])), params(("id" = String, Path)),
    request_body = Replay, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn replay(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    At(endpoint): At<EndpointId>,
    Body(body): Body<Replay>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    let span = match (body.from, body.until) {
        (Some(from), Some(until)) => Some(ReplaySpan {
            from: from.clinical(),
            until: until.clinical(),
            delivered_too: body.delivered_too,
        }),
        _ => None,
    };
    let alone = body.from.is_some() != body.until.is_some();
    faults.unless(!alone, "#/from", "needs `until`, and `until` needs it");
    let ends = span.is_none_or(|span| span.from < span.until);
    faults.unless(ends, "#/until", "must be later than `from`");
    let least = usize::from(span.is_none() && !alone);
    let fine = (least..=REPLAY_MAX).contains(&body.deliveries.len());
    faults.unless(fine, "#/deliveries", "must hold 1 to 1000 ids");
    for (index, id) in body.deliveries.iter().take(REPLAY_MAX).enumerate() {
        let is_id = DeliveryId::new(id).is_ok();
        faults.unless(
            is_id,
            &format!("#/deliveries/{index}"),
            "is not a delivery's id",
        );
    }
    faults.check()?;
    let command = Command::ReplayDeliveries {
        endpoint,
        deliveries: body.deliveries,
        span,
    };
    Ok(Json(state.command(&caller, command).await?.into()))
}
