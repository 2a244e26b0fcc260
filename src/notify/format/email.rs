//! Mail: plain text and HTML that say the same.

use super::message::Message;
use super::notice::Notice;
use super::request::{FormatError, Told};
use crate::domain::Priority;
use crate::registry::Endpoint;
use askama::Template;

/// A mail before it is put on the wire.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::notify) struct Mail {
    pub(in crate::notify) from: String,
    pub(in crate::notify) to: Vec<String>,
    pub(in crate::notify) subject: String,
    pub(in crate::notify) text: String,
    pub(in crate::notify) html: String,
    /// The same for every attempt: a mail system drops the repeat.
    pub(in crate::notify) message_id: String,
    /// What it is a further message about: mail programs keep them together.
    pub(in crate::notify) references: String,
    /// Of the event, not of the attempt; epoch seconds.
    pub(in crate::notify) date: u64,
    /// Whether it is marked as urgent.
    pub(in crate::notify) urgent: bool,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mail(…)")
    }
}

pub(super) fn mail(
    endpoint: &Endpoint,
    told: Told<'_>,
    notice: &Notice,
) -> Result<Mail, FormatError> {
    let from = told.from.ok_or(FormatError::NoMail)?;
    if endpoint.channel.recipients.is_empty() {
        return Err(FormatError::Endpoint);
    }
    let message = Message::new(endpoint, told, notice);
    let domain = from.rsplit('@').next().unwrap_or("wardlight");
    let domain = domain.trim_end_matches('>');
    let date = notice.timestamp.parse::<jiff::Timestamp>();
    let date = date.map_or(0, |at| at.as_second().max(0).unsigned_abs());
    Ok(Mail {
        from: from.to_owned(),
        to: endpoint.channel.recipients.clone(),
        subject: message.headline(200),
        text: text(&message),
        html: html(&message)?,
        message_id: format!("<{}@{domain}>", told.id),
        references: format!("<{}@{domain}>", notice.subject(told.id)),
        date,
        urgent: message.loud && message.priority == Priority::High,
    })
}

fn text(message: &Message) -> String {
    let mut out = message.headline(300);
    out.push_str("\r\n\r\n");
    let links = message.link.iter().map(|link| format!("Read on: {link}"));
    let actions = message.actions.iter();
    let actions = actions.map(|(words, link)| format!("{words}: {link}"));
    for line in message.lines().into_iter().chain(links).chain(actions) {
        out.push_str(&line);
        out.push_str("\r\n");
    }
    out
}

/// The same as a page; what is shown is escaped by the template.
#[derive(Template)]
#[template(
    ext = "html",
    escape = "html",
    source = r#"<!DOCTYPE html>
<html lang="en-GB"><body style="font-family:sans-serif">
<h1 style="font-size:1.2em;border-left:.5em solid {{ colour }};padding-left:.5em">{{ headline }}</h1>
{% if let Some(warning) = message.warning() %}<p><strong>{{ warning }}</strong></p>
{% endif %}{% if let Some(summary) = message.summary %}<p>{{ summary }}</p>
{% endif %}<table>
{% for (name, value) in message.facts %}<tr><th align="left">{{ name }}</th><td>{{ value }}</td></tr>
{% endfor %}</table>
{% if let Some(chart) = message.chart %}<p><img src="{{ chart.url }}" alt="{{ chart.caption }}"><br>{{ chart.caption }}</p>
{% endif %}{% for (words, link) in message.ways_on() %}<p><a href="{{ link }}">{{ words }}</a></p>
{% endfor %}</body></html>
"#
)]
struct Html<'a> {
    message: &'a Message,
    headline: String,
    colour: &'static str,
}

/// Lines end as mail has them.
fn html(message: &Message) -> Result<String, FormatError> {
    let html = Html {
        message,
        headline: message.headline(300),
        colour: colour(message.priority),
    };
    let page = html.render().map_err(|_| FormatError::Document)?;
    Ok(page.replace('\n', "\r\n"))
}

const fn colour(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "#d5281b",
        Priority::Medium => "#ffb81c",
        Priority::Low => "#005eb8",
    }
}
