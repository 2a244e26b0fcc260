//! What was about to be sent when the session ended, to be sent by one button.

use super::catalogue;
use super::filters;
use super::frame::{Frame, Html};
use super::kept::Kept;
use crate::api::access::Caller;
use crate::api::state::ApiState;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "send.html")]
struct SendPage {
    frame: Frame,
    kept: Kept,
    /// What was written, for the person; what was left empty is sent and not shown.
    shown: Vec<(String, String)>,
    fields: Vec<(String, String)>,
}

/// The page after signing in, where something was kept.
pub(super) fn page(state: &ApiState, caller: &Caller, kept: Kept) -> Response {
    let fields = kept.pairs();
    let shown = fields.iter().filter(|(_, text)| !text.trim().is_empty());
    let page = SendPage {
        frame: Frame::new(state, Some(caller), ""),
        shown: shown
            .map(|(name, text)| (catalogue::field(name), text.clone()))
            .collect(),
        fields,
        kept,
    };
    Html(StatusCode::OK, page).into_response()
}
