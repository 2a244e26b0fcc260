//! What all pages have around them.

use super::demo;
use super::past::Bar;
use crate::api::access::Caller;
use crate::api::language::{Text, current, text};
use crate::api::state::ApiState;
use crate::registry::Permission;
use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Nothing but our own files, forms to ourselves only, no frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// Where one can go: path, words, and who may.
const PLACES: [(&str, Text, Permission); 9] = [
    ("/", text!("Ward"), Permission::SeePatients),
    ("/handover", text!("Handover"), Permission::SeePatients),
    ("/burden", text!("Alarm burden"), Permission::SeeFigures),
    ("/devices", text!("Devices"), Permission::SeeDevices),
    ("/quarantine", text!("Quarantine"), Permission::SeeDevices),
    ("/channels", text!("Channels"), Permission::ManageChannels),
    ("/rules", text!("Rules"), Permission::SeeSystem),
    ("/audit", text!("Audit"), Permission::ReadAudit),
    ("/accounts", text!("Accounts"), Permission::ManageAccess),
];

/// Where patients are simulated, too.
const DEMONSTRATION: (&str, Text, Permission) =
    (demo::PATH, text!("Demonstration"), Permission::SeePatients);

/// A way to another page.
pub(super) struct Place {
    pub(super) path: &'static str,
    pub(super) words: &'static str,
    pub(super) is_here: bool,
}

/// What stands around a page's content.
pub(super) struct Frame {
    /// The tag of the pages' language.
    pub(super) language: &'static str,
    pub(super) site: String,
    pub(super) is_simulated: bool,
    pub(super) version: &'static str,
    /// Who is signed in; empty where nobody is.
    pub(super) caller: String,
    pub(super) can_sign_out: bool,
    /// Whether the caller has an account, with a password to change.
    pub(super) has_account: bool,
    pub(super) places: Vec<Place>,
    /// The moment that the page shows, where that is not now.
    pub(super) past: Option<Bar>,
}

impl Frame {
    /// The same around a page of the past.
    pub(super) fn in_the_past(self, bar: Bar) -> Self {
        Self {
            past: Some(bar),
            ..self
        }
    }

    /// Around a page at `path` that `caller` sees.
    pub(super) fn new(state: &ApiState, caller: Option<&Caller>, path: &str) -> Self {
        let may = |needed: Permission| caller.is_some_and(|caller| caller.role.may(needed));
        let demo = state.inner.parts.stage.as_ref().map(|_| &DEMONSTRATION);
        let places = PLACES.iter().chain(demo);
        let places = places.filter(|(.., needed)| may(*needed));
        let about = &state.inner.parts.about;
        Self {
            language: &current().language,
            site: state.settings().site.clone(),
            is_simulated: about.simulated,
            version: about.version,
            caller: caller.map_or_else(String::new, |caller| caller.author.clone()),
            can_sign_out: caller.is_some(),
            has_account: caller.is_some_and(Caller::has_account),
            places: places
                .map(|(to, words, _)| Place {
                    path: to,
                    words: words.said(),
                    is_here: *to == path,
                })
                .collect(),
            past: None,
        }
    }
}

/// A page on its way out.
pub(super) struct Html<T>(pub(super) StatusCode, pub(super) T);

impl<T: Template> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        let Ok(html) = self.1.render() else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let headers: [(HeaderName, HeaderValue); 2] = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            (
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(CONTENT_SECURITY_POLICY),
            ),
        ];
        (self.0, headers, html).into_response()
    }
}
