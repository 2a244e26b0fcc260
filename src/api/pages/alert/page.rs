//! The page of one alert.

use super::course::{self, Step};
use super::offers::{Offers, Typed};
use super::picture::{Picture, pictures};
use super::standing::{self, Rows, is_unresolved};
use super::then;
use super::told::{self, Told};
use super::why::Why;
use crate::api::access::Caller;
use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, Times};
use crate::api::pages::filters;
use crate::api::pages::form::Form;
use crate::api::pages::frame::{Frame, Html};
use crate::api::pages::living::{ALERT_EVERY_MS, Living};
use crate::api::pages::past::Bar;
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::zones;
use crate::api::problem::Problem;
use crate::api::routes::alert_document;
use crate::api::source::{ReadError, ReadSource, Telling};
use crate::api::state::ApiState;
use crate::domain::{AlertId, ClinicalTime};
use crate::registry::{Patient, Permission};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde_json::Value;

/// Messages of one alert that are looked for.
const TELLINGS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "alert.html")]
pub(in crate::api::pages) struct AlertPage {
    frame: Frame,
    living: Living,
    id: String,
    patient: String,
    label: String,
    ward: String,
    title: String,
    priority: String,
    /// Whether it says that something cannot be measured.
    is_technical: bool,
    at: String,
    /// The zone of the page's times (`GMT`).
    at_zone: String,
    rows: Rows,
    why: Why,
    pictures: Vec<Picture>,
    told: Vec<Told>,
    /// Whether any message says why it was sent there or not: routing does.
    is_routed: bool,
    steps: Vec<Step>,
    /// Events before those that are shown.
    older: usize,
    offers: Offers,
    said: Said,
    /// What links to other pages end with, so that they stay at a moment of the past.
    link: String,
}

impl AlertPage {
    /// The same of a moment that has passed: nothing can be answered.
    pub(super) fn in_the_past(self, bar: Bar) -> Self {
        Self {
            offers: Offers::default(),
            link: bar.link.clone(),
            frame: self.frame.in_the_past(bar),
            ..self
        }
    }
}

/// What the page says about an answer that was given.
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) notice: &'static str,
    pub(super) fault: String,
    pub(super) typed: Typed,
    /// The answer of which the notice is to speak, where it was given.
    pub(super) done: String,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            status: StatusCode::OK,
            notice: "",
            fault: String::new(),
            typed: Typed::default(),
            done: String::new(),
        }
    }
}

/// What the store holds of the alert.
pub(super) struct Found {
    pub(super) alert: Value,
    pub(super) patient: Option<Patient>,
    pub(super) events: Vec<Value>,
    pub(super) tellings: Vec<Telling>,
}

/// The page of one alert.
pub(in crate::api::pages) async fn alert(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Html<AlertPage>, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let form = Form(query.as_deref().unwrap_or_default().as_bytes());
    let said = Said {
        done: form.text("done"),
        ..Said::default()
    };
    let query = query.as_deref().unwrap_or_default();
    let page = async {
        let id = alert_id(&id)?;
        match form.text("at").is_empty() {
            true => look(&state, &caller, id, said).await,
            false => then::look(&state, &caller, id, query).await,
        }
    };
    let page = page.await;
    page.map_err(|problem| Refused::because(&state, &caller, &problem))
}

/// The alert's id as it stands in the path; what is none is not there.
pub(super) fn alert_id(text: &str) -> Result<AlertId, Problem> {
    AlertId::new(text).map_err(|_| Problem::not_found("alert"))
}

/// The page as the alert stands now.
pub(super) async fn look(
    state: &ApiState,
    caller: &Caller,
    id: AlertId,
    said: Said,
) -> Result<Html<AlertPage>, Problem> {
    let of = id.clone();
    let found = state.read(caller, move |source| find(source, &of)).await?;
    let found = found.ok_or_else(|| Problem::not_found("alert"))?;
    state.audit_read(caller, "read alert", id.as_str()).await?;
    let times = Times {
        zone: zones::of_alert(state, caller, &id).await?,
        now: state.clock().clinical(),
    };
    let alert = Fields(&found.alert);
    let until = until(alert, times.now);
    let pictures = pictures(state, caller, (&id, alert), until, &times).await?;
    let status = said.status;
    let page = page(state, caller, &found, pictures, &times, said);
    Ok(Html(status, page))
}

pub(super) fn find(source: &dyn ReadSource, id: &AlertId) -> Result<Option<Found>, ReadError> {
    let Some(view) = source.alert(id)? else {
        return Ok(None);
    };
    let events = source.alert_events_of(id)?;
    Ok(Some(Found {
        patient: source.patient(&view.patient)?,
        events: events.iter().map(alert_document::event).collect(),
        tellings: source.tellings(id, TELLINGS_MAX)?,
        alert: alert_document::alert(view),
    }))
}

pub(super) fn page(
    state: &ApiState,
    caller: &Caller,
    found: &Found,
    pictures: Vec<Picture>,
    times: &Times,
    said: Said,
) -> AlertPage {
    let alert = Fields(&found.alert);
    let may_answer = caller.role.may(Permission::AnswerAlerts);
    let kind = alert.text("/kind");
    let (steps, older) = course::steps(&found.events, times);
    let patient = found.patient.as_ref();
    let id = alert.text("/patient");
    let told = told::told(&found.events, &found.tellings, times);
    AlertPage {
        frame: Frame::new(state, Some(caller), ""),
        living: Living {
            zone: times.zone.name().to_owned(),
            ..Living::new(
                state,
                (id, ALERT_EVERY_MS),
                times.now,
                standing::said(alert),
            )
        },
        id: alert.text("/id").to_owned(),
        patient: id.to_owned(),
        label: patient.map_or_else(|| id.to_owned(), |patient| patient.label.clone()),
        ward: patient.map_or_else(String::new, |patient| patient.ward.as_str().to_owned()),
        title: catalogue::kind(kind, alert.some("/vital"), alert.some("/rule")),
        priority: alert.text("/priority").to_owned(),
        is_technical: catalogue::is_technical(kind),
        at: times.zone.moment(times.now),
        at_zone: times.zone.abbreviation(times.now),
        rows: standing::rows(alert, &found.events, times),
        why: Why::of(alert, times),
        pictures,
        is_routed: told.iter().any(|one| !one.why.is_empty()),
        told,
        steps,
        older,
        offers: Offers::of(alert, may_answer, state.inner.parts.snooze_minutes_max),
        link: String::new(),
        said: Said {
            notice: notice(&said.done, &found.events, &caller.author),
            ..said
        },
    }
}

/// Up to when the pictures go: now, or when the alert was closed.
pub(super) fn until(alert: Fields<'_>, now: ClinicalTime) -> ClinicalTime {
    let closed = ["/resolved/at", "/updated_at"];
    let closed = closed.into_iter().find_map(|at| alert.moment(at));
    match is_unresolved(alert) {
        true => now,
        false => closed.map_or(now, |closed| closed.min(now)),
    }
}

/// What was done, where the alert's history says that the caller did it: a link
/// alone makes no page say so.
fn notice(done: &str, events: &[Value], author: &str) -> &'static str {
    let (event, words) = match done {
        "acknowledge" => (
            "alert.acknowledged",
            say!("You have acknowledged this alert."),
        ),
        "snooze" => ("alert.snoozed", say!("You have made this alert quiet.")),
        "unsnooze" => ("alert.unsnoozed", say!("You have ended the snooze.")),
        "resolve" => ("alert.resolved", say!("You have resolved this alert.")),
        "reopen" => (
            "alert.reopened",
            say!("You have taken this alert up again."),
        ),
        "assign" => (
            "alert.assigned",
            say!("You have given this alert to somebody."),
        ),
        "comment" => ("alert.commented", say!("Your remark stands below.")),
        _ => return "",
    };
    let newest = standing::newest(events, event);
    match newest.is_some_and(|event| event.text("/data/author") == author) {
        true => words,
        false => "",
    }
}
