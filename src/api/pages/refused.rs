//! A page that cannot be shown says why, and what to do.

use super::catalogue;
use super::filters;
use super::frame::{Frame, Html};
use crate::api::access::Caller;
use crate::api::language::say;
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use askama::Template;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What is shown instead of a page.
#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    frame: Frame,
    title: String,
    words: String,
}

/// An answer instead of a page.
pub(super) struct Refused(Box<Response>);

impl Refused {
    /// Asks to sign in, and to come back to the same page.
    pub(super) fn to_sign_in(parts: &Parts) -> Self {
        let back = parts.uri.path_and_query().map_or("/", |back| back.as_str());
        // What else is sent by a form has no page at its path.
        let is_page = parts.method == Method::GET || back == "/password";
        let back = if is_page { back } else { "/" };
        let query = serde_urlencoded::to_string([("next", back)]).unwrap_or_default();
        let mut answer = StatusCode::SEE_OTHER.into_response();
        if let Ok(to) = HeaderValue::from_str(&format!("/sign-in?{query}")) {
            answer.headers_mut().insert(header::LOCATION, to);
        }
        Self(Box::new(answer))
    }

    /// The role does not allow it.
    pub(super) fn not_allowed(state: &ApiState, caller: &Caller) -> Self {
        let page = RefusedPage {
            frame: Frame::new(state, Some(caller), ""),
            title: say!("This page is not for your account").to_owned(),
            words: say!(
                "Your role is {role}. Whoever manages the accounts can change that.",
                role = catalogue::named(caller.role.name())
            ),
        };
        Self(Box::new(Html(StatusCode::FORBIDDEN, page).into_response()))
    }

    /// What the API would refuse, in words.
    pub(super) fn because(state: &ApiState, caller: &Caller, problem: &Problem) -> Self {
        let (status, title, detail) = problem.words();
        let page = RefusedPage {
            frame: Frame::new(state, Some(caller), ""),
            title: title.to_owned(),
            words: as_sentence(&detail),
        };
        Self(Box::new(Html(status, page).into_response()))
    }
}

/// `there is no patient of this id` as a sentence.
fn as_sentence(detail: &str) -> String {
    let end = if detail.is_empty() || detail.ends_with('.') {
        ""
    } else {
        "."
    };
    let mut letters = detail.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str() + end
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}
