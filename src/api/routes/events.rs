//! `/v1/events`: alert events as they are committed (Server-Sent Events).

use super::feed::{Beginning, Feed};
use crate::api::access::SeesPatients;
use crate::api::problem::{Kind, Problem};
use crate::api::query::Asked;
use crate::api::state::ApiState;
use crate::domain::WardId;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// A sign of life on a stream that has nothing to tell. A page that hears nothing for 5 s
/// says that its connection is lost: one sign may be lost or late, not two. 256 streams
/// cost 128 small writes a second.
const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// Which events.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct EventsAsk {
    /// Only events of this ward.
    #[param(value_type = Option<String>)]
    ward: Option<WardId>,
}

/// Alert events as they are committed.
///
/// The first event is `ready`. `Last-Event-ID` resumes after that event; when
/// it is older than what is kept, `resync` says so and the lists must be read
/// anew. A comment comes every 2 s when nothing else does: a client that hears
/// nothing for 5 s has lost its connection. Without `Last-Event-ID` the stream
/// begins now.
#[utoipa::path(get, path = "/v1/events", tag = "alerts", security(("token" = ["see_patients"])),
    params(EventsAsk, ("Last-Event-ID" = Option<u64>, Header, description = "Resume after it")),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub(in crate::api) async fn stream(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    Asked(ask): Asked<EventsAsk>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let resume = last_event_id(&headers)?;
    let permit = Arc::clone(&state.inner.streams)
        .try_acquire_owned()
        .map_err(|_| Problem::new(Kind::TooManyStreams))?;
    let subject = ask.ward.as_ref().map_or("*", WardId::as_str).to_owned();
    state.audit_read(&caller, "stream alerts", &subject).await?;
    let beginning = Beginning {
        resume,
        ward: ask.ward,
        caller,
        _permit: permit,
    };
    let feed = Feed::new(state, beginning);
    let events = futures::stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive");
    // A buffering proxy would hold events back.
    let unbuffered = [("x-accel-buffering", "no")];
    Ok((unbuffered, Sse::new(events).keep_alive(keep_alive)).into_response())
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let id = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let id = id.ok_or_else(|| Problem::parameter("Last-Event-ID", "is not an event's id"))?;
    Ok(Some(id))
}
