//! Slack incoming webhook: blocks, with a line for the notification.

use super::message::{Message, Picture};
use super::notice::Notice;
use super::request::{HttpRequest, Told};
use super::text::cut;
use crate::domain::Priority;
use crate::registry::Endpoint;
use serde_json::{Value, json};

/// Longest header of a block.
const HEADER_MAX: usize = 150;
/// Longest text of a block that we make; Slack takes 3,000 with its escapes.
const TEXT_MAX: usize = 1_500;
/// Most fields of one section.
const FIELDS_MAX: usize = 10;

pub(super) fn request(endpoint: &Endpoint, told: Told<'_>, notice: &Notice) -> HttpRequest {
    let message = Message::new(endpoint, told, notice);
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "emoji": true, "text": cut(&format!(
            "{} {}", symbol(message.priority), escape(&message.headline(120))
        ), HEADER_MAX) },
    })];
    blocks.extend(
        message
            .warning()
            .map(|warning| section(&format!(":warning: *{warning}*"))),
    );
    blocks.extend(
        message
            .summary
            .iter()
            .map(|summary| section(&escape(summary))),
    );
    let fields: Vec<_> = message.facts.iter().map(field).collect();
    for fields in fields.chunks(FIELDS_MAX) {
        blocks.push(json!({ "type": "section", "fields": fields }));
    }
    blocks.extend(buttons(&message));
    let pictures: Vec<_> = message.chart.iter().map(picture).collect();
    let body = json!({
        "text": escape(&message.headline(300)), "blocks": blocks, "attachments": pictures,
    });
    HttpRequest::json(&endpoint.url, &body)
}

/// An attachment, not an image block: Slack refuses the whole message when it
/// cannot fetch the picture of a block, and an alert must not hang on that.
fn picture(picture: &Picture) -> Value {
    let caption = escape(&picture.caption);
    json!({ "fallback": caption, "text": caption, "image_url": picture.url })
}

fn section(text: &str) -> Value {
    json!({
        "type": "section",
        "text": { "type": "mrkdwn", "verbatim": true, "text": text },
    })
}

fn field((name, value): &(String, String)) -> Value {
    let text = format!("*{}*\n{}", escape(name), escape(value));
    json!({ "type": "mrkdwn", "verbatim": true, "text": text })
}

fn buttons(message: &Message) -> Option<Value> {
    let button = |(words, link): (&str, &str)| {
        json!({
            "type": "button",
            "text": { "type": "plain_text", "text": words },
            "url": link,
        })
    };
    let buttons: Vec<_> = message.ways_on().map(button).collect();
    (!buttons.is_empty()).then(|| json!({ "type": "actions", "elements": buttons }))
}

const fn symbol(priority: Priority) -> &'static str {
    match priority {
        Priority::High => ":red_circle:",
        Priority::Medium => ":large_yellow_circle:",
        Priority::Low => ":large_blue_circle:",
    }
}

/// Slack's three control characters, so that nothing is read as a mention or a
/// link, and a space of no width before its marks of emphasis and what could be
/// an emoji, for which it has no escape.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = cut(text, TEXT_MAX);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let emoji = character == ':' && characters.peek().is_some_and(|c| c.is_alphabetic());
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '*' | '_' | '~' | '`' => {
                out.push('\u{200B}');
                out.push(character);
            }
            ':' if emoji => out.push_str("\u{200B}:"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_becomes_a_mention_a_link_or_emphasis() {
        let typed = "<!channel> <https://x|y> & *loud*";
        let escaped = escape(typed);
        assert!(!escaped.contains(['<', '>']), "{escaped}");
        assert!(escaped.starts_with("&lt;!channel&gt; &lt;https"));
        assert!(escaped.contains("&amp; \u{200B}*loud\u{200B}*"));
    }
}
