//! The live page and its files, embedded: there is no build step.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("../../../dashboards/index.html");
const STYLE: &str = include_str!("../../../dashboards/board.css");
const ICON: &str = include_str!("../../../dashboards/icon.svg");
/// The page's modules, by path.
const SCRIPTS: [(&str, &str); 5] = [
    (
        "/assets/board.js",
        include_str!("../../../dashboards/board.js"),
    ),
    (
        "/assets/connection.js",
        include_str!("../../../dashboards/connection.js"),
    ),
    (
        "/assets/words.js",
        include_str!("../../../dashboards/words.js"),
    ),
    (
        "/assets/alerts.js",
        include_str!("../../../dashboards/alerts.js"),
    ),
    (
        "/assets/patients.js",
        include_str!("../../../dashboards/patients.js"),
    ),
];

/// Routes of the page; it shows nothing of a patient by itself.
pub(in crate::api) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let router = Router::new()
        .route(
            "/",
            get(|| async { file("text/html; charset=utf-8", PAGE) }),
        )
        .route(
            "/assets/board.css",
            get(|| async { file("text/css; charset=utf-8", STYLE) }),
        )
        .route(
            "/assets/icon.svg",
            get(|| async { file("image/svg+xml", ICON) }),
        );
    SCRIPTS.into_iter().fold(router, |router, (path, script)| {
        router.route(
            path,
            get(move || async move { file("text/javascript; charset=utf-8", script) }),
        )
    })
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type)], text).into_response()
}
