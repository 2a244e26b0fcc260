//! Structured CloudEvents 1.0; the data is thin.

use super::request::{FormatError, HttpRequest, Told};
use super::standard;
use crate::registry::Endpoint;
use serde_json::{Value, json};

/// What the type of every event begins with.
const TYPE_PREFIX: &str = "org.wardlight.";
/// The source when no address is configured.
const SOURCE: &str = "urn:wardlight";

pub(super) fn request(endpoint: &Endpoint, told: Told<'_>) -> Result<HttpRequest, FormatError> {
    let thin = standard::thin(endpoint, told)?;
    let body: Value = serde_json::from_slice(&thin.body).map_err(|_| FormatError::Document)?;
    let event = body.get("type").and_then(Value::as_str);
    let event = event.ok_or(FormatError::Document)?;
    let data = body.get("data");
    let named = |name| data.and_then(|data| data.get(name)).and_then(Value::as_str);
    let subject = match (named("alert"), named("channel")) {
        (_, Some(channel)) => format!("webhooks/{channel}"),
        (Some(alert), None) => format!("alerts/{alert}"),
        (None, None) => told.id.to_owned(),
    };
    let event = json!({
        "specversion": "1.0",
        "id": told.id,
        "source": told.public_url.unwrap_or(SOURCE),
        "type": format!("{TYPE_PREFIX}{event}.v1"),
        "subject": subject,
        "time": body.get("timestamp"),
        "datacontenttype": "application/json",
        "data": data,
    });
    let mut request = HttpRequest::json(&endpoint.url, &event);
    request.content_type = "application/cloudevents+json";
    Ok(request)
}
