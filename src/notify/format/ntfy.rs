//! ntfy, published as JSON: texts in other alphabets need no encoding there,
//! and nothing typed can become a header.

use super::message::Message;
use super::notice::Notice;
use super::request::{FormatError, HttpRequest, Told};
use super::text::cut;
use crate::domain::Priority;
use crate::registry::Endpoint;
use serde_json::{Value, json};
use url::Url;

/// Longest message; ntfy takes 4,096 bytes.
const MESSAGE_MAX: usize = 1_000;
/// Most buttons that ntfy shows.
const ACTIONS_MAX: usize = 3;

pub(super) fn request(
    endpoint: &Endpoint,
    told: Told<'_>,
    notice: &Notice,
) -> Result<HttpRequest, FormatError> {
    let (server, topic) = split(&endpoint.url).ok_or(FormatError::Endpoint)?;
    let message = Message::new(endpoint, told, notice);
    let mut body = json!({
        "topic": topic,
        "title": message.headline(200),
        "message": cut(&message.lines().join("\n"), MESSAGE_MAX),
        "priority": urgency(&message),
        "tags": tags(&message),
    });
    let fields = body.as_object_mut().ok_or(FormatError::Document)?;
    let chart = message.chart.as_ref().map(|chart| chart.url.clone());
    for (name, link) in [("click", &message.link), ("attach", &chart)] {
        fields.extend(
            link.iter()
                .map(|link| (name.to_owned(), link.as_str().into())),
        );
    }
    if !message.actions.is_empty() {
        fields.insert("actions".to_owned(), buttons(&message));
    }
    let mut request = HttpRequest::json(&server, &body);
    let token = endpoint.secrets.first();
    request.authorization = token.map(|token| format!("Bearer {token}"));
    Ok(request)
}

/// `view` opens the page that asks; ntfy could also call it by itself, but
/// nobody would have said who they are.
fn buttons(message: &Message) -> Value {
    let shown = message.actions.iter().take(ACTIONS_MAX);
    shown
        .map(|(words, link)| json!({ "action": "view", "label": words, "url": link }))
        .collect()
}

/// `https://ntfy.example/ward` is the topic `ward` of `https://ntfy.example/`.
fn split(url: &str) -> Option<(String, String)> {
    let mut url = Url::parse(url).ok()?;
    let topic = url.path_segments()?.next_back()?.to_owned();
    url.path_segments_mut().ok()?.pop();
    url.set_query(None);
    url.set_fragment(None);
    (!topic.is_empty()).then(|| (url.to_string(), topic))
}

/// 5 rings through silence; what only tells how it went on stays below.
const fn urgency(message: &Message) -> u8 {
    match (message.loud, message.priority) {
        (true, Priority::High) => 5,
        (true, Priority::Medium) => 4,
        (true, Priority::Low) => 3,
        (false, _) => 2,
    }
}

fn tags(message: &Message) -> Vec<&'static str> {
    let symbol = match message.priority {
        Priority::High => "red_circle",
        Priority::Medium => "yellow_circle",
        Priority::Low => "large_blue_circle",
    };
    let simulated = message.simulated.then_some("simulated");
    std::iter::once(symbol).chain(simulated).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_the_address_is_the_topic() {
        let pair = |server: &str, topic: &str| Some((server.to_owned(), topic.to_owned()));
        assert_eq!(
            split("https://ntfy.sh/ward"),
            pair("https://ntfy.sh/", "ward")
        );
        let below = split("https://example.org/push/ward?x=1");
        assert_eq!(below, pair("https://example.org/push", "ward"));
        assert_eq!(split("https://ntfy.sh/"), None);
    }
}
