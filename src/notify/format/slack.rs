//! Slack incoming webhook: blocks, with a line for the notification.

use super::message::{Message, Picture};
use super::notice::Notice;
use super::request::{HttpRequest, Told};
use crate::domain::Priority;
use crate::registry::Endpoint;
use serde_json::{Value, json};

/// Longest header of a block that we make; Slack takes 150 with the symbol.
const HEADER_MAX: usize = 120;
/// Longest text of a block that we make; Slack takes 3,000 with its escapes.
const TEXT_MAX: usize = 2_900;
/// The same for a field and its name; Slack takes 2,000.
const FIELD_MAX: usize = 1_800;
/// Most fields of one section.
const FIELDS_MAX: usize = 10;

pub(super) fn request(endpoint: &Endpoint, told: Told<'_>, notice: &Notice) -> HttpRequest {
    let message = Message::new(endpoint, told, notice);
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "emoji": true, "text": format!(
            "{} {}", symbol(message.priority), escaped(&message.headline(120), HEADER_MAX)
        ) },
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
    let (name, value) = (escaped(name, 150), escaped(value, FIELD_MAX));
    let text = format!("*{name}*\n{value}");
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
    escaped(text, TEXT_MAX)
}

/// At most `max` characters with its escapes: Slack refuses a message whole when
/// one text is too long, and half an escape would be shown as it is.
fn escaped(text: &str, max: usize) -> String {
    let (mut out, mut length) = (String::with_capacity(text.len()), 0);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let emoji = character == ':' && characters.peek().is_some_and(|c| c.is_alphabetic());
        let piece = match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '*' | '_' | '~' | '`' => format!("\u{200B}{character}"),
            ':' if emoji => "\u{200B}:".to_owned(),
            other => other.to_string(),
        };
        length += piece.chars().count();
        if length >= max {
            out.push('…');
            break;
        }
        out.push_str(&piece);
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

    #[test]
    fn a_text_of_signs_alone_is_cut_between_two_and_stays_within_what_slack_takes() {
        let typed = "<".repeat(500);
        let field = field(&("Answer".to_owned(), typed.clone()));
        let text = field["text"].as_str().unwrap();
        assert!(
            (1_700..2_000).contains(&text.chars().count()),
            "{}",
            text.len()
        );
        let signs = text.strip_prefix("*Answer*\n").unwrap();
        let signs = signs.strip_suffix('…').unwrap();
        assert_eq!(signs.replace("&lt;", ""), "");
        assert_eq!(escaped("<<<", 10), "&lt;&lt;…");
        assert_eq!(escaped("abc", 4), "abc");
    }
}
