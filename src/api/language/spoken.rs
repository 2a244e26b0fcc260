//! The language that is spoken while a request is worked on.

use super::file::Language;
use crate::api::state::ApiState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

tokio::task_local! {
    static SPOKEN: &'static Language;
}

/// The language of the service whose request is worked on; elsewhere British English.
pub(in crate::api) fn current() -> &'static Language {
    SPOKEN
        .try_with(|language| *language)
        .unwrap_or_else(|_| Language::english())
}

/// Puts the service's language around the work on a request.
pub(in crate::api) async fn speak(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    SPOKEN.scope(state.inner.language, next.run(request)).await
}

/// The same around work that goes to another thread.
pub(in crate::api) fn carried<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let language = current();
    move || SPOKEN.sync_scope(language, work)
}
