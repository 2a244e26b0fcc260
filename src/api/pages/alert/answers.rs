//! What people answer to an alert by the page's forms: the same as through the API.

use super::offers::Typed;
use super::page::{self, Said};
use crate::api::access::{AnswersAlerts, Caller};
use crate::api::extract::{At, Body, parse};
use crate::api::language::say;
use crate::api::moment::Moment;
use crate::api::pages::catalogue;
use crate::api::pages::form::Form;
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::words::Zone;
use crate::api::pages::zones;
use crate::api::problem::Problem;
use crate::api::routes::{alert_answers, alert_care};
use crate::api::state::ApiState;
use crate::domain::AlertId;
use crate::registry::Permission;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Takes an answer; back to the page, which says what was done or why not.
pub(in crate::api::pages) async fn answer(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::AnswerAlerts, &state)?;
    let because = |problem: Problem| Refused::because(&state, &caller, &problem);
    let id = page::alert_id(&id).map_err(because)?;
    let form = Form(&body);
    let Err(problem) = submit(&state, &caller, id.clone(), &form).await else {
        return Ok(back(&id, &form.text("answer")));
    };
    let (status, _, words) = problem.words();
    if !matches!(
        status,
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
    ) {
        return Err(because(problem));
    }
    let said = Said {
        status,
        fault: say!(
            "Nothing was changed. {what}: {why}.",
            what = catalogue::sentence(&catalogue::named(&form.text("answer"))),
            why = words,
        ),
        typed: Typed::of(&form),
        ..Said::default()
    };
    let page = page::look(&state, &caller, id, said).await;
    Ok(page.map_err(because)?.into_response())
}

/// To the page, which looks whether it is so before it says it.
fn back(id: &AlertId, answer: &str) -> Response {
    let mut reply = StatusCode::SEE_OTHER.into_response();
    let to = format!("/alerts/{}?done={answer}", id.as_str());
    if let Ok(to) = HeaderValue::from_str(&to) {
        reply.headers_mut().insert(header::LOCATION, to);
    }
    reply
}

async fn submit(
    state: &ApiState,
    caller: &Caller,
    id: AlertId,
    form: &Form<'_>,
) -> Result<(), Problem> {
    let (by, at) = (AnswersAlerts(caller.clone()), At(id));
    let to = State(state.clone());
    let comment = || json!({ "comment": written(form, "comment") });
    let done = match form.text("answer").as_str() {
        "acknowledge" => alert_answers::acknowledge(by, to, at, body(comment())?).await,
        "unsnooze" => alert_care::unsnooze(by, to, at, body(comment())?).await,
        "reopen" => alert_care::reopen(by, to, at, body(comment())?).await,
        "snooze" => {
            let zone = zones::of_alert(state, caller, &at.0).await?;
            alert_care::snooze(by, to, at, body(snooze(state, &zone, form)?)?).await
        }
        "resolve" => alert_answers::resolve(by, to, at, body(resolve(form)?)?).await,
        "assign" => {
            let whom = needed(form, "to", say!("say who takes care of it"))?;
            let given = json!({ "to": whom, "comment": written(form, "comment") });
            alert_care::assign(by, to, at, body(given)?).await
        }
        "comment" => {
            let text = needed(form, "text", say!("write a remark"))?;
            alert_answers::comment(by, to, at, body(json!({ "text": text }))?).await
        }
        _ => {
            return Err(Problem::field(
                "#/answer",
                say!("this page has no such form"),
            ));
        }
    };
    done.map(drop)
}

/// As the API would read it.
fn body<T: DeserializeOwned>(given: Value) -> Result<Body<T>, Problem> {
    parse(given.to_string().as_bytes()).map(Body)
}

/// What was typed, none where nothing was. Browsers end lines with two characters.
fn written(form: &Form<'_>, field: &str) -> Option<String> {
    let text = form.text(field).replace("\r\n", "\n");
    Some(text).filter(|text| !text.is_empty())
}

fn needed(form: &Form<'_>, field: &str, words: &str) -> Result<String, Problem> {
    let missing = || Problem::field(format!("#/{field}"), words);
    written(form, field).ok_or_else(missing)
}

fn resolve(form: &Form<'_>) -> Result<Value, Problem> {
    let outcome = needed(form, "outcome", say!("say what was found or done"))?;
    let usefulness = written(form, "usefulness");
    Ok(json!({ "outcome": outcome, "usefulness": usefulness }))
}

fn snooze(state: &ApiState, zone: &Zone, form: &Form<'_>) -> Result<Value, Problem> {
    let minutes = form.text("for");
    let until = match minutes.as_str() {
        "custom" => {
            let wrong = || Problem::field("#/until", say!("give the day and the time until when"));
            zone.local(&form.text("until")).ok_or_else(wrong)?
        }
        minutes => {
            let wrong = || Problem::field("#/for", say!("choose for how long"));
            let minutes: u16 = minutes.parse().map_err(|_| wrong())?;
            let now = state.clock().clinical();
            now.plus_ms(i64::from(minutes) * 60_000)
        }
    };
    let until = Moment::from(until).text();
    Ok(json!({ "until": until, "reason": written(form, "reason") }))
}
