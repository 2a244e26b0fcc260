//! The demonstration's page: makes things happen to simulated patients, and time pass
//! faster or slower. It exists only while patients are simulated.

use super::done::{back, notice};
use super::fields::Times;
use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::plays::{self, OFFERS};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::words::Zone;
use crate::api::access::Caller;
use crate::api::language::{Text, say, text};
use crate::api::problem::Problem;
use crate::api::source::ReadSource;
use crate::api::stage::{Running, Stage};
use crate::api::state::ApiState;
use crate::domain::PatientId;
use crate::registry::Permission;
use askama::Template;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub(super) const PATH: &str = "/demo";
/// Patients of the page.
const PATIENTS_MAX: usize = 100;
/// Clinical seconds a second that can be chosen. None is a standstill: what proves that
/// alerts reach people could not be measured in it.
const SPEEDS: [u16; 5] = [1, 10, 60, 300, 600];

#[derive(Template)]
#[template(path = "demo.html")]
pub(super) struct DemoPage {
    frame: Frame,
    notice: String,
    fault: String,
    at: String,
    speed: f64,
    speeds: Vec<(u16, bool)>,
    begins: Vec<Button>,
    ends: Vec<Button>,
    /// The one to whom the next thing is to happen.
    chosen: String,
    patients: Vec<Row>,
    is_cut: bool,
}

struct Button {
    name: &'static str,
    words: &'static str,
    promise: String,
}

/// One patient, with what happens in words.
struct Row {
    id: String,
    label: String,
    now: Vec<String>,
    soon: Vec<String>,
}

/// A refusal with its status, to be shown above the forms.
#[derive(Default)]
struct Fault {
    status: StatusCode,
    words: String,
}

/// The page.
pub(super) async fn demo(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Extension(stage): Extension<Arc<dyn Stage>>,
    RawQuery(query): RawQuery,
) -> Result<Html<DemoPage>, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let query = query.unwrap_or_default();
    let page = look(&state, &caller, &*stage, query.as_bytes(), Fault::default()).await;
    page.map_err(|problem| Refused::because(&state, &caller, &problem))
}

/// What a form of the page asks for.
pub(super) async fn change(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Extension(stage): Extension<Arc<dyn Stage>>,
    body: Bytes,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let done = carry_out(&state, &caller, &*stage, &Form(&body)).await;
    let problem = match done {
        Ok(done) => return Ok(done),
        Err(problem) => problem,
    };
    let (status, _, words) = problem.words();
    let page = look(&state, &caller, &*stage, &body, Fault { status, words }).await;
    page.map(IntoResponse::into_response)
        .map_err(|problem| Refused::because(&state, &caller, &problem))
}

async fn carry_out(
    state: &ApiState,
    caller: &Caller,
    stage: &dyn Stage,
    form: &Form<'_>,
) -> Result<Response, Problem> {
    match form.text("action").as_str() {
        "speed" => set_speed(state, caller, &form.text("speed")).await,
        _ => play(state, caller, stage, form).await,
    }
}

async fn set_speed(state: &ApiState, caller: &Caller, asked: &str) -> Result<Response, Problem> {
    let speed = SPEEDS.into_iter().find(|speed| speed.to_string() == asked);
    let speed = speed.ok_or_else(|| Problem::field("#/speed", say!("choose one of the speeds")))?;
    state
        .audit_play(caller, "set simulated speed", asked)
        .await?;
    state.clock().set_scale(f64::from(speed));
    Ok(back(PATH, "speed", u64::from(speed)))
}

async fn play(
    state: &ApiState,
    caller: &Caller,
    stage: &dyn Stage,
    form: &Form<'_>,
) -> Result<Response, Problem> {
    let name = form.text("play");
    let offer = OFFERS.into_iter().find(|offer| offer.name == name);
    let offer = offer.ok_or_else(|| Problem::field("#/play", say!("choose one of the buttons")))?;
    let none = || Problem::not_found("simulated patient");
    let id = PatientId::new(&form.text("patient")).map_err(|_| none())?;
    let of = id.clone();
    let patient = state.read(caller, move |source| source.patient(&of));
    patient.await?.ok_or_else(none)?;
    state.audit_play(caller, offer.action, id.as_str()).await?;
    stage.play(offer.play, &id).await?;
    let query = serde_urlencoded::to_string([("patient", id.as_str())]);
    let path = format!("{PATH}?{}", query.unwrap_or_default());
    Ok(back(&path, offer.name, 1))
}

/// The page, with the patient that the query or the form chose.
async fn look(
    state: &ApiState,
    caller: &Caller,
    stage: &dyn Stage,
    asked: &[u8],
    fault: Fault,
) -> Result<Html<DemoPage>, Problem> {
    let reading = |source: &dyn ReadSource| source.patients(None, None, PATIENTS_MAX + 1);
    let patients = state.read(caller, reading).await?;
    state.audit_read(caller, "list patients", "*").await?;
    let times = Times {
        zone: Zone::named(&state.settings().zone),
        now: state.clock().clinical(),
    };
    let is_cut = patients.len() > PATIENTS_MAX;
    let rows = patients
        .into_iter()
        .take(PATIENTS_MAX)
        .filter_map(|patient| {
            let running = stage.running(&patient.id)?;
            Some(row(patient.id.into(), patient.label, &running, &times))
        });
    let speed = state.clock().scale();
    let buttons = |ends: bool| {
        let chosen = OFFERS.into_iter().filter(move |offer| offer.ends == ends);
        let rules = &state.inner.parts.rules;
        let button = |offer: plays::Offer| Button {
            name: offer.name,
            words: offer.button.said(),
            promise: plays::promise(offer.play, rules, speed),
        };
        chosen.map(button).collect()
    };
    let asked_in_words = std::str::from_utf8(asked).ok();
    let page = DemoPage {
        frame: Frame::new(state, Some(caller), PATH),
        notice: notice(asked_in_words, &done_words()),
        fault: fault.words,
        at: times.zone.moment(times.now),
        speed,
        speeds: SPEEDS.map(|one| (one, f64::from(one) == speed)).into(),
        begins: buttons(false),
        ends: buttons(true),
        chosen: PatientId::new(&Form(asked).text("patient"))
            .map_or_else(|_| String::new(), String::from),
        patients: rows.collect(),
        is_cut,
    };
    Ok(Html(fault.status, page))
}

fn done_words() -> Vec<(&'static str, Text)> {
    let speed = (
        "speed",
        text!("1 second is {count} clinical seconds from now on."),
    );
    let plays = OFFERS.iter().map(|offer| (offer.name, offer.done));
    plays.chain([speed]).collect()
}

fn row(id: String, label: String, running: &[Running], times: &Times) -> Row {
    let (mut now, mut soon) = (Vec::new(), Vec::new());
    for one in running {
        if one.from > times.now {
            soon.push(say!(
                "{what} from {at}",
                what = one.words,
                at = times.zone.short(one.from)
            ));
        } else if one.until.is_none_or(|until| until > times.now) {
            let since = times.ago(one.from);
            let until = one.until.map(|until| times.zone.short(until));
            now.push(match until {
                None => say!("{what} since {since}", what = one.words, since = since),
                Some(until) => say!(
                    "{what} since {since}, until {until}",
                    what = one.words,
                    since = since,
                    until = until,
                ),
            });
        }
    }
    Row {
        id,
        label,
        now,
        soon,
    }
}
