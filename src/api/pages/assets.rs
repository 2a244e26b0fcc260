//! Files of the pages, embedded: there is no build step, and none is loaded from
//! elsewhere. `dashboards/vendor/README.md` says where each comes from.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::Write as _;
use std::sync::LazyLock;

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! files {
    ($(($path:literal, $type:expr, $file:literal)),* $(,)?) => {
        [$((concat!("/assets/", $path), $type,
            include_str!(concat!("../../../dashboards/", $file)))),*]
    };
}

/// Path, media type, text.
const FILES: [(&str, &str, &str); 10] = files![
    ("wardlight.css", CSS, "wardlight.css"),
    (
        "nhsuk.css",
        CSS,
        "vendor/nhsuk-frontend/nhsuk-frontend-10.6.1.min.css"
    ),
    ("uplot.css", CSS, "vendor/uplot/uplot-1.6.32.min.css"),
    ("uplot.js", JS, "vendor/uplot/uplot-1.6.32.iife.min.js"),
    ("chart.js", JS, "chart.js"),
    ("icon.svg", SVG, "icon.svg"),
    ("connection.js", JS, "connection.js"),
    ("page.js", JS, "page.js"),
    ("ward.js", JS, "ward.js"),
    ("sign_in.js", JS, "sign_in.js"),
];

/// A file as it goes over the wire.
struct Packed {
    path: &'static str,
    media_type: &'static str,
    plain: &'static str,
    gzip: Vec<u8>,
    tag: String,
}

static PACKED: LazyLock<Vec<Packed>> = LazyLock::new(|| FILES.map(packed).into());

fn packed((path, media_type, plain): (&'static str, &'static str, &'static str)) -> Packed {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to a vector does not fail; a client gets the plain text where it did.
    let gzip = encoder
        .write_all(plain.as_bytes())
        .and_then(|()| encoder.finish());
    let digest = Sha256::digest(plain.as_bytes());
    let tag = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
    Packed {
        path,
        media_type,
        plain,
        gzip: gzip.unwrap_or_default(),
        tag: format!("\"{}\"", tag.collect::<String>()),
    }
}

/// Routes of the files.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    PACKED.iter().fold(Router::new(), |router, file| {
        router.route(
            file.path,
            get(move |headers: HeaderMap| async move { file.answer(&headers) }),
        )
    })
}

impl Packed {
    /// The file; nothing where the client has it already.
    fn answer(&self, headers: &HeaderMap) -> Response {
        let has = |name, wanted: &str| {
            let given = headers.get(name).and_then(|value| value.to_str().ok());
            given.is_some_and(|given| given.contains(wanted))
        };
        let mut answer = match has(header::IF_NONE_MATCH, &self.tag) {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false if has(header::ACCEPT_ENCODING, "gzip") && !self.gzip.is_empty() => {
                let gzip = HeaderValue::from_static("gzip");
                ([(header::CONTENT_ENCODING, gzip)], self.gzip.clone()).into_response()
            }
            false => self.plain.into_response(),
        };
        let more = answer.headers_mut();
        more.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.media_type),
        );
        more.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // Kept, but asked for anew each time: another version of the program shows.
        more.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            more.insert(header::ETAG, tag);
        }
        answer
    }
}
