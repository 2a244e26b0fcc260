//! Standard Webhooks 1.0.0: thin as stored, or with the evidence.

use super::notice::Notice;
use super::request::{FormatError, HttpRequest, Told};
use crate::registry::Endpoint;
use serde_json::Value;

/// The key under which the engine keeps what thin receivers do not get.
const DETAIL: &str = "detail";

/// Identifiers only: the bytes as they were stored, unless the endpoint had
/// another format when they were.
pub(super) fn thin(endpoint: &Endpoint, told: Told<'_>) -> Result<HttpRequest, FormatError> {
    let mut body: Value =
        serde_json::from_slice(told.document).map_err(|_| FormatError::Document)?;
    let had_more = body
        .as_object_mut()
        .and_then(|body| body.remove(DETAIL))
        .is_some();
    let mut request = HttpRequest::json(&endpoint.url, &body);
    if !had_more {
        request.body = told.document.to_vec();
    }
    Ok(request)
}

/// With the evidence: its values, ages and limits, who answered and what was said.
pub(super) fn full(
    endpoint: &Endpoint,
    told: Told<'_>,
    _: &Notice,
) -> Result<HttpRequest, FormatError> {
    let mut body: Value =
        serde_json::from_slice(told.document).map_err(|_| FormatError::Document)?;
    let fields = body.as_object_mut().ok_or(FormatError::Document)?;
    let detail = fields.remove(DETAIL);
    if let (Some(data), Some(Value::Object(detail))) = (
        fields.get_mut("data").and_then(Value::as_object_mut),
        detail,
    ) {
        data.extend(detail);
        if let Some(chart) = told.chart() {
            data.insert("chart".to_owned(), chart.url.into());
        }
    }
    Ok(HttpRequest::json(&endpoint.url, &body))
}
