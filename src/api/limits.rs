//! How many requests are worked on at once, and for how long.

use super::problem::{Kind, Problem};
use super::state::ApiState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Duration;

/// Refuses a request beyond the bound at once: waiting would only make it late.
pub(super) async fn bound_requests(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let _permit = state
        .inner
        .requests
        .try_acquire()
        .map_err(|_| Problem::new(Kind::Overloaded))?;
    Ok(next.run(request).await)
}

/// Ends the wait for an answer. An event stream has answered when it begins.
pub(super) async fn bound_time(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let longest = Duration::from_secs(state.settings().request_seconds_max);
    tokio::time::timeout(longest, next.run(request))
        .await
        .map_err(|_| {
            Problem::new(Kind::Timeout).with_detail(
                "a change may have been made all the same: read it back before a retry",
            )
        })
}
