//! The pages that a link in a message leads to: whole without a script, and
//! without the patient's name.

use crate::api::language::{current, say};
use crate::api::moment::Moment;
use crate::api::pages::{Zone, catalogue, filters};
use crate::domain::OrderAction;
use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// Nothing runs, nothing is loaded but the style, and the form goes nowhere else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page: paragraphs of plain text, and perhaps a form below them. What is shown
/// is escaped by the template.
#[derive(Template)]
#[template(
    ext = "html",
    escape = "html",
    source = r#"<!DOCTYPE html>
<html lang="{{ self.language() }}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{ title }} · Wardlight</title>
<link rel="stylesheet" href="../assets/nhsuk.css">
<link rel="stylesheet" href="../assets/wardlight.css"></head>
<body><main class="wl-main"><div class="wl-card wl-narrow"><h1>{{ title }}</h1>
{% for words in paragraphs %}<p>{{ words }}</p>
{% endfor %}{% if let Some(form) = form %}<p>{{ "What will happen: {what}"|say|with("what", form.happens) }}</p>
{% if !form.fault.words.is_empty() %}<p class="wl-fault">{{ form.fault.words }}</p>
{% endif %}<form method="post">
<div class="nhsuk-form-group"><label class="nhsuk-label" for="name">{{ "Your name"|say }}</label>
<input class="nhsuk-input" id="name" name="name" required value="{{ form.fault.name }}" maxlength="80" autocomplete="name"></div>
{% if form.asks_outcome %}<div class="nhsuk-form-group"><label class="nhsuk-label" for="outcome">{{ "What was found or done"|say }}</label>
<input class="nhsuk-input" id="outcome" name="outcome" required value="{{ form.fault.outcome }}" maxlength="2000"></div>
{% endif %}<button class="nhsuk-button" type="submit">{{ form.button }}</button></form>
<p>{{ "Opening this page has changed nothing."|say }}</p>
{% endif %}</div></main></body></html>
"#
)]
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) paragraphs: Vec<String>,
    pub(super) form: Option<Form>,
}

/// The form that carries out an action; nothing is wrong with one first shown.
pub(super) struct Form {
    happens: String,
    button: &'static str,
    asks_outcome: bool,
    fault: Fault,
}

/// What was wrong with a form that was sent, and what had been typed.
#[derive(Default)]
pub(super) struct Fault {
    pub(super) words: &'static str,
    pub(super) name: String,
    pub(super) outcome: String,
}

impl Form {
    pub(super) fn of(action: OrderAction, fault: Option<Fault>) -> Self {
        let (happens, button) = match action {
            OrderAction::Acknowledge => (
                say!("the alert is acknowledged in your name, and nobody else is called.")
                    .to_owned(),
                say!("Acknowledge"),
            ),
            OrderAction::Snooze(minutes) => (
                say!(
                    "the alert is quiet for {count} minutes from now, in your name.",
                    count = minutes
                ),
                say!("Snooze"),
            ),
            OrderAction::Resolve => (
                say!("the alert is closed in your name, with what you write.").to_owned(),
                say!("Resolve"),
            ),
        };
        Self {
            happens,
            button,
            asks_outcome: matches!(action, OrderAction::Resolve),
            fault: fault.unwrap_or_default(),
        }
    }
}

impl Page {
    /// The tag of the language that it is in.
    fn language(&self) -> &'static str {
        &current().language
    }

    /// A page that only says something.
    pub(super) fn saying(status: StatusCode, title: &str, words: &[&str]) -> Self {
        Self {
            status,
            title: title.to_owned(),
            paragraphs: words.iter().map(|&words| words.to_owned()).collect(),
            form: None,
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Ok(html) = self.render() else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
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
pub(super) fn alert(document: &Value) -> Vec<String> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let simulated = document.get("simulated").and_then(Value::as_bool) == Some(true);
    let warning = simulated.then(|| say!("SIMULATED: not a real patient").to_owned());
    let kind = text("kind").unwrap_or("alert");
    let what = say!(
        "The alert: {alert}, priority {priority}, raised at {at}.",
        alert = catalogue::kind(kind, text("vital"), text("rule")),
        priority = text("priority").map_or(say!("not known").to_owned(), catalogue::named),
        at = clock(text("raised_at")),
    );
    let now = say!("At present: {state}.", state = state(document));
    warning.into_iter().chain([what, now]).collect()
}

fn state(document: &Value) -> String {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    let (who, at) = match text("/handling") {
        Some(done @ ("acknowledged" | "resolved")) => {
            (text(&format!("/{done}/by")), text(&format!("/{done}/at")))
        }
        _ => (None, None),
    };
    let who = who.unwrap_or(say!("somebody"));
    let handling = match text("/handling") {
        Some("acknowledged") => say!("acknowledged by {who} at {at}", who = who, at = clock(at)),
        Some("resolved") => say!("resolved by {who} at {at}", who = who, at = clock(at)),
        _ => say!("not acknowledged").to_owned(),
    };
    let snoozed = text("/snoozed/until").map(|until| {
        let until = clock(Some(until));
        let who = text("/snoozed/by").unwrap_or(say!("somebody"));
        say!("snoozed until {until} by {who}", until = until, who = who)
    });
    let condition = match text("/condition") {
        Some("ended") => say!("the condition has ended"),
        _ => say!("the condition holds"),
    };
    let parts = [Some(handling), snoozed, Some(condition.to_owned())];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join("; ")
}

fn clock(moment: Option<&str>) -> String {
    let at = moment.and_then(Moment::parse);
    at.map_or_else(
        || say!("a time not known").to_owned(),
        |at| Zone::named("UTC").moment(at.clinical()),
    )
}
