//! What people and programs read goes over the wire compressed.
//!
//! Whoever can have a secret compressed beside words of their own, again and again, learns
//! it from the lengths (BREACH). That needs a page that both holds a secret and can be
//! fetched by another site in the reader's name. Neither is so here:
//! - Cookies are `SameSite=Strict`, and what another site's page posts is refused: no
//!   other site has a page fetched in the name of who is signed in.
//! - No page holds what lets somebody in: the session is in a cookie, forms carry no
//!   token of their own (`CsrfLayer` asks where they come from), and a password, token or
//!   signing secret is shown once, in the answer to a POST that makes it, and never again
//!   with the same value. A signed link's page holds no more than its own address.
//!
//! Whoever adds a page with a lasting secret in it leaves it out here.

use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;

/// Text that is whole when it is answered. Pictures are compressed already, files of the
/// pages are kept so, and an event must leave at once.
const COMPRESSED: [&str; 4] = [
    "text/html",
    "text/csv",
    "application/json",
    "application/problem+json",
];

/// Compresses text for who takes it. The fastest level: the ward's page is made anew
/// whenever an alert changes, and the better ones save little of it.
pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(is_text)
}

fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let is = headers.get(header::CONTENT_TYPE);
    let is = is.and_then(|value| value.to_str().ok()).unwrap_or_default();
    COMPRESSED.iter().any(|wanted| is.starts_with(wanted))
}
