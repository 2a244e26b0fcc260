//! Microsoft Teams workflow webhook: an Adaptive Card.
//!
//! Texts stand in `TextRun`s, which know no Markdown, so nothing has to be
//! escaped there; only the card's own `{{…}}` functions have to be broken.

use super::message::Message;
use super::notice::Notice;
use super::request::{HttpRequest, Told};
use crate::domain::Priority;
use crate::registry::Endpoint;
use serde_json::{Value, json};

pub(super) fn request(endpoint: &Endpoint, told: Told<'_>, notice: &Notice) -> HttpRequest {
    let message = Message::new(endpoint, told, notice);
    let headline = text(&message.headline(300));
    let mut body = vec![rich(vec![json!({
        "type": "TextRun", "text": headline, "size": "Large", "weight": "Bolder",
        "color": colour(message.priority),
    })])];
    body.extend(message.warning().map(|warning| {
        rich(vec![
            json!({ "type": "TextRun", "text": warning, "weight": "Bolder", "color": "Attention" }),
        ])
    }));
    body.extend(
        message
            .summary
            .iter()
            .map(|summary| rich(vec![run(summary, false)])),
    );
    body.extend(
        message
            .facts
            .iter()
            .map(|(name, value)| rich(vec![run(&format!("{name}: "), true), run(value, false)])),
    );
    if let Some(chart) = &message.chart {
        let caption = text(&chart.caption);
        body.push(json!({ "type": "Image", "url": chart.url, "altText": caption }));
        body.push(rich(vec![run(&chart.caption, false)]));
    }
    let actions: Vec<_> = message
        .ways_on()
        .map(|(words, link)| json!({ "type": "Action.OpenUrl", "title": words, "url": link }))
        .collect();
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "fallbackText": headline,
        "body": body,
        "actions": actions,
    });
    let body = json!({
        "type": "message",
        "summary": headline,
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    });
    HttpRequest::json(&endpoint.url, &body)
}

fn rich(runs: Vec<Value>) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(shown: &str, bold: bool) -> Value {
    let weight = if bold { "Bolder" } else { "Default" };
    json!({ "type": "TextRun", "text": text(shown), "weight": weight })
}

fn text(shown: &str) -> String {
    shown.replace("{{", "{\u{200B}{")
}

const fn colour(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "Attention",
        Priority::Medium => "Warning",
        Priority::Low => "Accent",
    }
}
