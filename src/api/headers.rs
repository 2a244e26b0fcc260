//! Headers of every answer, and problem documents for bare refusals.

use super::problem::{Kind, Problem};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Nothing is loaded but the program's own files, and nobody may frame them.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// Sets what keeps patient data out of caches, frames and foreign pages.
pub(super) async fn harden(request: Request, next: Next) -> Response {
    let mut response = described(next.run(request).await);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        // A page with a form says itself where it may be sent, a file of ours that
        // it may be kept.
        let is_own = name == header::CONTENT_SECURITY_POLICY || name == header::CACHE_CONTROL;
        if !is_own || !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

/// Layers (router, body limit) refuse with a bare status: give it its document,
/// keeping headers such as `Allow`.
fn described(response: Response) -> Response {
    let status = response.status();
    let says_it = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.contains("json") || text.starts_with("text/html"));
    if says_it || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut described = Problem::new(Kind::of_status(status)).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        described.headers_mut().insert(header::ALLOW, allow.clone());
    }
    described
}
