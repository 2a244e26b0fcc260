//! PagerDuty Events v2: one incident an alert.

use super::message::Message;
use super::notice::Notice;
use super::request::{FormatError, HttpRequest, Told};
use crate::domain::Priority;
use crate::registry::Endpoint;
use serde_json::{Map, Value, json};

/// Longest summary.
const SUMMARY_MAX: usize = 1_024;

pub(super) fn request(
    endpoint: &Endpoint,
    told: Told<'_>,
    notice: &Notice,
) -> Result<HttpRequest, FormatError> {
    let routing_key = endpoint.secrets.first().ok_or(FormatError::Endpoint)?;
    let message = Message::new(endpoint, told, notice);
    let mut body = json!({
        "routing_key": routing_key,
        "event_action": action(notice),
        "dedup_key": notice.subject(told.id),
        "client": "Wardlight",
        "payload": {
            "summary": message.headline(SUMMARY_MAX),
            "source": told.public_url.unwrap_or("wardlight"),
            "severity": severity(message.priority),
            "timestamp": notice.timestamp,
            "component": if notice.is_system() { "wardlight" } else { "patient" },
            "class": notice.event,
            "custom_details": details(&message),
        },
    });
    let fields = body.as_object_mut().ok_or(FormatError::Document)?;
    if let Some(link) = &message.link {
        let links = json!([{ "href": link, "text": "Open in Wardlight" }]);
        fields.insert("client_url".to_owned(), link.as_str().into());
        fields.insert("links".to_owned(), links);
    }
    // PagerDuty takes pictures over TLS only.
    let chart = message.chart.as_ref();
    if let Some(chart) = chart.filter(|chart| chart.url.starts_with("https://")) {
        let images = json!([{ "src": chart.url, "alt": chart.caption }]);
        fields.insert("images".to_owned(), images);
    }
    Ok(HttpRequest::json(&endpoint.url, &body))
}

/// By how the alert stands after the event, so that no event, known here or
/// not, can open what people have closed.
fn action(notice: &Notice) -> &'static str {
    match (notice.event.as_str(), notice.data.handling.as_deref()) {
        (
            "alert.entered_in_error"
            | "system.channel_recovered"
            | "system.canary_recovered"
            | "system.canary_switched_off",
            _,
        )
        | (_, Some("resolved")) => "resolve",
        (_, Some("acknowledged")) => "acknowledge",
        _ => "trigger",
    }
}

const fn severity(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "critical",
        Priority::Medium => "warning",
        Priority::Low => "info",
    }
}

fn details(message: &Message) -> Map<String, Value> {
    let summary = message
        .summary
        .iter()
        .map(|text| ("Summary".to_owned(), text.clone()));
    let warning = message
        .warning()
        .map(|text| ("Attention".to_owned(), text.to_owned()));
    let all = warning
        .into_iter()
        .chain(summary)
        .chain(message.facts.iter().cloned());
    all.map(|(name, value)| (name, value.into())).collect()
}
