//! The page of one patient.

use super::alerts::{self, Row};
use super::course::Course;
use super::notes;
use super::period::Period;
use super::record::{self, DeviceRow, LimitRow};
use super::scores::{self, Part};
use super::values;
use crate::api::access::Caller;
use crate::api::language::say;
use crate::api::pages::fields::Times;
use crate::api::pages::filters;
use crate::api::pages::form::Form;
use crate::api::pages::frame::{Frame, Html};
use crate::api::pages::living::{Living, PATIENT_EVERY_MS};
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::tile::{self, Extent, Tile};
use crate::api::pages::zones;
use crate::api::problem::Problem;
use crate::api::routes::alert_document;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::detect::Rules;
use crate::domain::PatientId;
use crate::registry::{Note, Patient, Permission};
use crate::store::AlertFilter;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde_json::Value;
use std::sync::Arc;

/// Alerts of the table.
const ALERTS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "patient.html")]
pub(in crate::api::pages) struct PatientPage {
    frame: Frame,
    living: Living,
    tile: Tile,
    at: String,
    parts: Vec<Part>,
    record: Vec<record::Row>,
    limits: Vec<LimitRow>,
    devices: Vec<DeviceRow>,
    alerts: Vec<Row>,
    /// Whether there are more alerts than the table holds.
    is_cut: bool,
    zone: String,
    course: Course,
    notes: Vec<notes::Row>,
    /// Whether there are more notes than are shown.
    are_notes_cut: bool,
    may_write: bool,
    said: Said,
}

/// What the page says about a note that was sent.
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) notice: &'static str,
    pub(super) fault: String,
    /// What was typed and not taken.
    pub(super) typed: String,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            status: StatusCode::OK,
            notice: "",
            fault: String::new(),
            typed: String::new(),
        }
    }
}

/// What the store holds of the patient.
struct Found {
    patient: Patient,
    tile: tile::Read,
    devices: Vec<DeviceRow>,
    alerts: Vec<Value>,
    notes: Vec<Note>,
    course: Course,
}

/// The page of one patient.
pub(in crate::api::pages) async fn patient(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Html<PatientPage>, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let form = Form(query.as_deref().unwrap_or_default().as_bytes());
    let page = async { look(&state, &caller, patient_id(&id)?, &form, Said::default()).await };
    let page = page.await;
    page.map_err(|problem| Refused::because(&state, &caller, &problem))
}

/// The patient's id as it stands in the path; what is none is not there.
pub(super) fn patient_id(text: &str) -> Result<PatientId, Problem> {
    PatientId::new(text).map_err(|_| Problem::not_found("patient"))
}

/// The page as it stands now, for what its query asks.
pub(super) async fn look(
    state: &ApiState,
    caller: &Caller,
    id: PatientId,
    query: &Form<'_>,
    said: Said,
) -> Result<Html<PatientPage>, Problem> {
    let times = Times {
        zone: zones::of_patient(state, caller, id.as_str()).await?,
        now: state.clock().clinical(),
    };
    let period = Period::asked(query, &times.zone, times.now);
    let (of, by) = (id.clone(), times.clone());
    let (rules, late_ms) = (Arc::clone(&state.inner.parts.rules), values::late_ms(state));
    let found = move |source: &dyn ReadSource| find(source, &of, &period, &by, (&rules, late_ms));
    let found = state.read(caller, found);
    let found = found.await?.ok_or_else(|| Problem::not_found("patient"))?;
    state
        .audit_read(caller, "read patient", id.as_str())
        .await?;
    let (minutes, by) = (state.settings().fresh_minutes, times.clone());
    let (number, tile) = (found.patient.number, found.tile);
    let asking = move |live: &dyn crate::api::LiveSource| {
        let scores = live.scores(number).map(alert_document::state);
        let tile = Tile::new(tile, scores.as_ref(), by.now, &by.zone, minutes);
        (tile, scores)
    };
    let (tile, scores) = state.ask_live(asking).await?;
    let rows = found.alerts.iter().take(ALERTS_MAX);
    let shown = found.notes.iter().take(notes::SHOWN_MAX);
    let notice = notes::notice(&query.text("done"), &found.notes, &caller.author);
    let status = said.status;
    let page = PatientPage {
        frame: Frame::new(state, Some(caller), ""),
        living: Living {
            zone: times.zone.name().to_owned(),
            ..Living::new(
                state,
                (id.as_str(), PATIENT_EVERY_MS),
                times.now,
                said_of(&tile),
            )
        },
        at: times.zone.moment(times.now),
        parts: scores::parts(scores.as_ref()),
        record: record::rows(&found.patient, &tile.treatment, &times),
        limits: record::limits(&found.patient, &times),
        devices: found.devices,
        alerts: rows.map(|alert| alerts::row(alert, &times)).collect(),
        is_cut: found.alerts.len() > ALERTS_MAX,
        zone: times.zone.name().to_owned(),
        course: found.course,
        notes: shown.map(|note| notes::row(note, &times)).collect(),
        are_notes_cut: found.notes.len() > notes::SHOWN_MAX,
        may_write: caller.role.may(Permission::WriteNotes),
        said: Said { notice, ..said },
        tile,
    };
    Ok(Html(status, page))
}

fn find(
    source: &dyn ReadSource,
    id: &PatientId,
    period: &Period,
    times: &Times,
    by: (&Rules, i64),
) -> Result<Option<Found>, ReadError> {
    let Some(patient) = source.patient(id)? else {
        return Ok(None);
    };
    let filter = AlertFilter {
        patient: Some(patient.id.clone()),
        limit: ALERTS_MAX + 1,
        ..AlertFilter::default()
    };
    let alerts = source.alerts(&filter)?;
    Ok(Some(Found {
        tile: tile::read(source, patient.clone(), times.now, Extent::Whole)?,
        devices: record::devices(source, &patient, times)?,
        alerts: alerts.into_iter().map(alert_document::alert).collect(),
        notes: notes::newest(source, patient.number)?,
        course: Course::read(source, &patient, period, times, by)?,
        patient,
    }))
}

/// Which alerts are open, without a time, to be said aloud when it changes.
fn said_of(tile: &Tile) -> String {
    let lines = tile.alerts.iter().chain(&tile.cannot);
    let alerts: Vec<_> = lines
        .map(|line| format!("{}, {}", line.words, line.handling))
        .collect();
    match alerts.is_empty() {
        true => say!("No alert is open now.").to_owned(),
        false => say!("Open alerts now: {alerts}.", alerts = alerts.join("; ")),
    }
}
