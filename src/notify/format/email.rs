//! Mail: plain text and HTML that say the same.

use super::message::Message;
use super::notice::Notice;
use super::request::{FormatError, Told};
use crate::domain::Priority;
use crate::registry::Endpoint;
use std::fmt::Write as _;

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
        html: html(&message),
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

fn html(message: &Message) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\r\n<html lang=\"en-GB\"><body style=\"font-family:sans-serif\">\r\n<h1 style=\"font-size:1.2em;border-left:.5em solid {};padding-left:.5em\">{}</h1>\r\n",
        colour(message.priority),
        escape(&message.headline(300))
    );
    // Writing to a String cannot fail.
    if let Some(warning) = message.warning() {
        let _ = write!(out, "<p><strong>{warning}</strong></p>\r\n");
    }
    if let Some(summary) = &message.summary {
        let _ = write!(out, "<p>{}</p>\r\n", escape(summary));
    }
    out.push_str("<table>\r\n");
    for (name, value) in &message.facts {
        let (name, value) = (escape(name), escape(value));
        let _ = write!(
            out,
            "<tr><th align=\"left\">{name}</th><td>{value}</td></tr>\r\n"
        );
    }
    out.push_str("</table>\r\n");
    if let Some(chart) = &message.chart {
        let (url, caption) = (escape(&chart.url), escape(&chart.caption));
        let _ = write!(
            out,
            "<p><img src=\"{url}\" alt=\"{caption}\"><br>{caption}</p>\r\n"
        );
    }
    for (words, link) in message.ways_on() {
        let (words, link) = (escape(words), escape(link));
        let _ = write!(out, "<p><a href=\"{link}\">{words}</a></p>\r\n");
    }
    out.push_str("</body></html>\r\n");
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

const fn colour(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "#d5281b",
        Priority::Medium => "#ffb81c",
        Priority::Low => "#005eb8",
    }
}
