//! The pages that a link in a message leads to: whole without a script, and
//! without the patient's name.

use crate::api::moment::Moment;
use crate::domain::OrderAction;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// Nothing runs, nothing is loaded but the style, and the form goes nowhere else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page; `body` is HTML.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) body: String,
}

impl Page {
    /// A page that only says something, in paragraphs of plain text.
    pub(super) fn saying(status: StatusCode, title: &str, words: &[&str]) -> Self {
        Self {
            status,
            title: title.to_owned(),
            body: words.iter().map(|words| paragraph(words)).collect(),
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let title = escape(&self.title);
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\">\
             <title>{title} · Wardlight</title>\
             <link rel=\"stylesheet\" href=\"../assets/board.css\"></head>\
             <body><main><div class=\"sign-in\"><h1>{title}</h1>\n{}</div></main></body></html>\n",
            self.body
        );
        let headers: [(HeaderName, HeaderValue); 2] = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            (
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(CONTENT_SECURITY_POLICY),
            ),
        ];
        (self.status, headers, html).into_response()
    }
}

/// What an alert is and how it stands, of its document in words.
pub(super) fn alert(document: &Value) -> String {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let about = text("vital").or(text("rule"));
    let about = about.map(|about| format!(" ({})", spaced(about)));
    let mut lines = String::new();
    if document.get("simulated").and_then(Value::as_bool) == Some(true) {
        lines.push_str(&paragraph("SIMULATED: not a real patient"));
    }
    lines.push_str(&paragraph(&format!(
        "The alert: {}{}, priority {}, raised at {}.",
        spaced(text("kind").unwrap_or("alert")),
        about.unwrap_or_default(),
        text("priority").unwrap_or("not known"),
        clock(text("raised_at"))
    )));
    lines.push_str(&paragraph(&format!("At present: {}.", state(document))));
    lines
}

fn state(document: &Value) -> String {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    let by = |verb: &str| {
        let by = text(&format!("/{verb}/by")).map(|by| format!(" by {by}"));
        let at = text(&format!("/{verb}/at")).map(|at| format!(" at {}", clock(Some(at))));
        format!("{verb}{}{}", by.unwrap_or_default(), at.unwrap_or_default())
    };
    let handling = match text("/handling") {
        Some("acknowledged") => by("acknowledged"),
        Some("resolved") => by("resolved"),
        _ => "not acknowledged".to_owned(),
    };
    let snoozed = text("/snoozed/until").map(|until| {
        let by = text("/snoozed/by").unwrap_or("somebody");
        format!("; snoozed until {} by {by}", clock(Some(until)))
    });
    let condition = match text("/condition") {
        Some("ended") => "; the condition has ended",
        _ => "; the condition holds",
    };
    format!("{handling}{}{condition}", snoozed.unwrap_or_default())
}

/// The form that carries out `action`, with what was wrong with the last one.
pub(super) fn form(action: OrderAction, fault: Option<&str>) -> String {
    let (happens, button) = match action {
        OrderAction::Acknowledge => (
            "the alert is acknowledged in your name, and nobody else is called.".to_owned(),
            "Acknowledge",
        ),
        OrderAction::Snooze(minutes) => (
            format!("the alert is quiet for {minutes} minutes from now, in your name."),
            "Snooze",
        ),
        OrderAction::Resolve => (
            "the alert is closed in your name, with what you write.".to_owned(),
            "Resolve",
        ),
    };
    let outcome = match action {
        OrderAction::Resolve => {
            "<label for=\"outcome\">What was found or done</label>\
             <input id=\"outcome\" name=\"outcome\" required maxlength=\"2000\">"
        }
        OrderAction::Acknowledge | OrderAction::Snooze(_) => "",
    };
    let fault = fault.map(|fault| format!("<p class=\"fault\">{}</p>\n", escape(fault)));
    format!(
        "{}{}<form method=\"post\">\
         <label for=\"name\">Your name</label>\
         <input id=\"name\" name=\"name\" required maxlength=\"80\" autocomplete=\"name\">\
         {outcome}<button type=\"submit\">{button}</button></form>\n{}",
        paragraph(&format!("What will happen: {happens}")),
        fault.unwrap_or_default(),
        paragraph("Opening this page has changed nothing.")
    )
}

pub(super) fn paragraph(words: &str) -> String {
    format!("<p>{}</p>\n", escape(words))
}

/// `fever_on_treatment` as a person writes it.
fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

fn clock(moment: Option<&str>) -> String {
    let at = moment.and_then(Moment::parse);
    let at = at.and_then(|at| jiff::Timestamp::from_millisecond(at.0).ok());
    at.map_or_else(
        || "a time not known".to_owned(),
        |at| at.strftime("%H:%M UTC on %-d %b %Y").to_string(),
    )
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
