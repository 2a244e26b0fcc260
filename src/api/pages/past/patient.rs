//! What was known of a patient at a moment: newest values, NEWS2, alerts, treatment.

use super::Then;
use crate::api::access::Caller;
use crate::api::moment::Moment;
use crate::api::pages::fields::Times;
use crate::api::pages::filters;
use crate::api::pages::form::Form;
use crate::api::pages::frame::{Frame, Html};
use crate::api::pages::patient::{self, Part, Row};
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::tile::{self, Tile};
use crate::api::pages::zones;
use crate::api::problem::Problem;
use crate::api::source::ReadSource;
use crate::api::state::ApiState;
use crate::domain::PatientId;
use crate::registry::Permission;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "patient_then.html")]
pub(in crate::api::pages) struct PatientThen {
    frame: Frame,
    tile: Tile,
    at: String,
    parts: Vec<Part>,
    record: Vec<Row>,
}

/// The page of one patient, of now or of a moment that has passed.
pub(in crate::api::pages) async fn patient(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let asked = query.as_deref().unwrap_or_default().as_bytes();
    if Form(asked).text("at").is_empty() {
        let page = patient::patient(signed_in, State(state), Path(id), RawQuery(query));
        return Ok(page.await?.into_response());
    }
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let page = look(&state, &caller, &id, query.as_deref().unwrap_or_default()).await;
    let page = page.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    Ok(Html(StatusCode::OK, page).into_response())
}

async fn look(
    state: &ApiState,
    caller: &Caller,
    id: &str,
    query: &str,
) -> Result<PatientThen, Problem> {
    let none = || Problem::not_found("patient");
    let zone = zones::of_patient(state, caller, id).await?;
    let id = PatientId::new(id).map_err(|_| none())?;
    let then = Then::asked(state, caller, query, &zone).await?;
    let Then { at, bar } = then.ok_or_else(|| Problem::not_found("moment"))?;
    let of = id.clone();
    let reading = move |source: &dyn ReadSource| match source.patient(&of)? {
        Some(today) => tile::read_then(source, &today, at),
        None => Ok(None),
    };
    let read = state.read(caller, reading).await?.ok_or_else(none)?;
    let subject = format!("{} as known at {}", id.as_str(), Moment::from(at).text());
    state.audit_read(caller, "read patient", &subject).await?;
    let scores = read.scores(&state.inner.parts.rules, at);
    let patient = read.patient.clone();
    let minutes = state.settings().fresh_minutes;
    let tile = Tile::new(read, Some(&scores), at, &zone, minutes).in_the_past(&bar.link, true);
    let times = Times { zone, now: at };
    Ok(PatientThen {
        frame: Frame::new(state, Some(caller), "").in_the_past(bar),
        at: times.zone.moment(at),
        parts: patient::parts(Some(&scores)),
        record: patient::rows_then(&patient, &tile.treatment, &times),
        tile,
    })
}
