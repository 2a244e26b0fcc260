//! `/actions/{token}`: where links in messages lead.
//!
//! Open to whoever has the link, which is signed, bound to one alert, one action
//! and one endpoint, and expires. Invariant: GET changes nothing, for mail
//! scanners and previews fetch links; the form's POST does it.

use super::action_page::{self, Fault, Form, Page};
use super::alert_document;
use super::text::REMARK_MAX;
use crate::api::language::{Text, say, text};
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::domain::{LinkRefused, LinkedAction, Order, OrderAction, OrderWay};
use crate::engine::SubmitError;
use crate::registry::{Command, CommandError};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// Longest name that a person may enter, characters.
pub(super) const NAME_MAX: usize = 80;
/// Longest form: the fields' lengths with every letter as three escapes of four bytes.
const FORM_BYTES_MAX: usize = 32 * 1024;
/// Fields of a form that are looked at.
const FIELDS_MAX: usize = 8;
/// What to do instead.
const INSTEAD: Text =
    text!("Open the newest message about this alert, or open the alert in Wardlight.");

/// Why nothing further is done: a page that says it.
pub(in crate::api) struct Halt(Response);

impl From<Page> for Halt {
    fn from(page: Page) -> Self {
        Self(page.into_response())
    }
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self(problem.into_response())
    }
}

impl IntoResponse for Halt {
    fn into_response(self) -> Response {
        self.0
    }
}

/// The page of a link in a message. It says what the alert is, how it stands
/// and what will happen, and asks for a name. Changes nothing.
#[utoipa::path(get, path = "/actions/{token}", tag = "webhooks",
    params(("token" = String, Path)),
    responses((status = 200, content_type = "text/html", body = String),
        (status = 403, content_type = "text/html", description = "Not a genuine link, or its channel may not answer", body = String),
        (status = 410, content_type = "text/html", description = "The link has expired", body = String)))]
pub(in crate::api) async fn ask(
    State(state): State<ApiState>,
    Path(token): Path<String>,
) -> Result<Response, Halt> {
    let link = follow(&state, &token).await?;
    let document = present(&state, &link).await?;
    state.audit_link("read alert", link.alert.as_str()).await?;
    Ok(question(&document, link.action, None).into_response())
}

/// Carries out what the link stands for, in the name of the channel and the
/// person; fields `name` and, to resolve, `outcome`. The same link does so once.
#[utoipa::path(post, path = "/actions/{token}", tag = "webhooks",
    params(("token" = String, Path)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, content_type = "text/html", description = "Done, or it was so already", body = String),
        (status = 403, content_type = "text/html", description = "Not a genuine link, or its channel may not answer", body = String),
        (status = 409, content_type = "text/html", description = "The alert's state does not allow it", body = String),
        (status = 410, content_type = "text/html", description = "The link has expired", body = String),
        (status = 422, content_type = "text/html", description = "A field is missing or too long", body = String)))]
pub(in crate::api) async fn carry_out(
    State(state): State<ApiState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Halt> {
    let link = follow(&state, &token).await?;
    if !is_form(&headers) || body.len() > FORM_BYTES_MAX {
        let words = [say!("Send the form that the link shows."), INSTEAD.said()];
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Page::saying(status, say!("That was not the form"), &words).into());
    }
    let said = match said(&body, link.action) {
        Ok(said) => said,
        Err(fault) => {
            let document = present(&state, &link).await?;
            return Ok(question(&document, link.action, Some(fault)).into_response());
        }
    };
    let answer = submit(&state, &link, said).await;
    let document = present(&state, &link).await?;
    Ok(outcome(answer, &document).into_response())
}

/// What a genuine link stands for, where its channel may still answer.
async fn follow(state: &ApiState, token: &str) -> Result<LinkedAction, Halt> {
    let now = state.clock().clinical().epoch_ms().div_euclid(1000);
    let checked = state.inner.parts.signatures.link(token, now);
    let link = checked.map_err(|refused| match refused {
        LinkRefused::Expired => {
            let words = [say!("This link was good for a while only."), INSTEAD.said()];
            Page::saying(StatusCode::GONE, say!("The link has expired"), &words)
        }
        LinkRefused::NotGenuine => {
            let words = [
                say!("It was not made by this installation, or it was changed or cut on its way."),
                INSTEAD.said(),
            ];
            Page::saying(
                StatusCode::FORBIDDEN,
                say!("This link cannot be used"),
                &words,
            )
        }
    })?;
    let id = link.endpoint.clone();
    let endpoint = state.read_all(move |source| source.endpoint(&id)).await?;
    let allowed = endpoint.is_some_and(|known| known.disabled.is_none() && known.channel.actions);
    if !allowed {
        let words = [
            say!("Its channel may no longer answer alerts."),
            INSTEAD.said(),
        ];
        let page = Page::saying(
            StatusCode::FORBIDDEN,
            say!("This link cannot be used"),
            &words,
        );
        return Err(page.into());
    }
    Ok(link)
}

/// The alert as it stands.
async fn present(state: &ApiState, link: &LinkedAction) -> Result<Value, Halt> {
    let id = link.alert.clone();
    let found = state.read_all(move |source| source.alert(&id)).await?;
    let found = found.ok_or_else(|| {
        let words = [say!("It is no longer kept."), INSTEAD.said()];
        Page::saying(
            StatusCode::NOT_FOUND,
            say!("There is no such alert"),
            &words,
        )
    })?;
    Ok(alert_document::alert(found))
}

fn question(document: &Value, action: OrderAction, fault: Option<Fault>) -> Page {
    let handling = document.get("handling").and_then(Value::as_str);
    let is_open = match action {
        OrderAction::Acknowledge => handling == Some("open"),
        OrderAction::Snooze(_) | OrderAction::Resolve => handling != Some("resolved"),
    };
    let title = match (is_open, action) {
        (false, _) => say!("Nothing is left to do").to_owned(),
        (true, OrderAction::Acknowledge) => say!("Acknowledge this alert?").to_owned(),
        (true, OrderAction::Snooze(minutes)) => {
            say!("Snooze this alert for {count} minutes?", count = minutes)
        }
        (true, OrderAction::Resolve) => say!("Resolve this alert?").to_owned(),
    };
    let status = match fault {
        Some(_) if is_open => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    Page {
        status,
        title,
        paragraphs: action_page::alert(document),
        form: is_open.then(|| Form::of(action, fault)),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok());
    let media_type = given.and_then(|text| text.split(';').next());
    media_type.is_some_and(|text| text.trim() == "application/x-www-form-urlencoded")
}

/// The person's name, and the outcome where one is needed; what was typed is shown
/// again where something is wrong with it.
fn said(body: &[u8], action: OrderAction) -> Result<(String, Option<String>), Fault> {
    let (name, outcome) = (typed(body, "name"), typed(body, "outcome"));
    let asks_outcome = matches!(action, OrderAction::Resolve);
    let words = match (is_fine(&name, NAME_MAX), is_fine(&outcome, REMARK_MAX)) {
        (false, _) => say!("Enter your name, at most 80 characters."),
        (true, false) if asks_outcome => {
            say!("Say what was found or done, at most 2000 characters.")
        }
        (true, _) => return Ok((name, asks_outcome.then_some(outcome))),
    };
    Err(Fault {
        words,
        name,
        outcome,
    })
}

/// A field of the form; empty where it is not there.
fn typed(body: &[u8], asked: &str) -> String {
    let mut fields = url::form_urlencoded::parse(body).take(FIELDS_MAX);
    let found = fields.find(|(name, _)| name == asked);
    found.map_or_else(String::new, |(_, text)| text.trim().to_owned())
}

fn is_fine(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Whether it changed anything.
async fn submit(
    state: &ApiState,
    link: &LinkedAction,
    (name, text): (String, Option<String>),
) -> Result<bool, SubmitError> {
    let order = Order {
        endpoint: link.endpoint.clone(),
        way: OrderWay::Link,
        // A message's link for one action is used once, whoever follows it.
        key: format!("link {} {} {}", link.alert.as_str(), link.action, link.at),
        alert: link.alert.clone(),
        action: link.action,
        text,
    };
    let (stamp, received) = (state.clock().clinical(), state.clock().wall());
    let command = Command::Order(order);
    let reply = state.engine().command(command, &name, stamp, received);
    Ok(reply.await?.affected > 0)
}

fn outcome(answer: Result<bool, SubmitError>, document: &Value) -> Page {
    let (status, title, words) = match answer {
        Ok(true) => (StatusCode::OK, say!("Done"), None),
        Ok(false) => (
            StatusCode::OK,
            say!("Nothing was changed"),
            Some(say!("It was so already, or this link has done its work.").to_owned()),
        ),
        Err(SubmitError::Stopping) => (
            StatusCode::SERVICE_UNAVAILABLE,
            say!("Wardlight is just stopping"),
            Some(say!("Nothing was changed. Try again in a minute.").to_owned()),
        ),
        Err(SubmitError::Refused(refusal)) => {
            let (status, words) = refused(&refusal);
            (status, say!("Nothing was changed"), Some(words))
        }
    };
    let mut paragraphs = action_page::alert(document);
    paragraphs.extend(words);
    Page {
        status,
        title: title.to_owned(),
        paragraphs,
        form: None,
    }
}

fn refused(refusal: &CommandError) -> (StatusCode, String) {
    let instead = INSTEAD.said();
    match refusal {
        CommandError::Internal => (
            StatusCode::INTERNAL_SERVER_ERROR,
            say!(
                "Something failed inside Wardlight. {instead}",
                instead = instead
            ),
        ),
        CommandError::Invalid { problem, .. } => (
            StatusCode::CONFLICT,
            say!(
                "Its end {problem}. {instead}",
                problem = problem,
                instead = instead
            ),
        ),
        other => (
            StatusCode::CONFLICT,
            say!(
                "Why: {problem}. {instead}",
                problem = other,
                instead = instead
            ),
        ),
    }
}
