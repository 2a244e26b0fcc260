//! The page of one patient.

use super::alerts::{self, Row};
use super::record::{self, DeviceRow, LimitRow};
use super::scores::{self, Part};
use super::values::{self, Span, Table};
use crate::api::access::Caller;
use crate::api::pages::fields::Times;
use crate::api::pages::form::Form;
use crate::api::pages::frame::{Frame, Html};
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::tile::{self, Tile};
use crate::api::pages::ward::Choice;
use crate::api::pages::words::Zone;
use crate::api::problem::Problem;
use crate::api::routes::alert_document;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::PatientId;
use crate::registry::{Patient, Permission};
use crate::store::AlertFilter;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde_json::Value;

/// Alerts of the table.
const ALERTS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "patient.html")]
pub(in crate::api::pages) struct PatientPage {
    frame: Frame,
    tile: Tile,
    at: String,
    parts: Vec<Part>,
    record: Vec<record::Row>,
    limits: Vec<LimitRow>,
    devices: Vec<DeviceRow>,
    alerts: Vec<Row>,
    /// Whether there are more alerts than the table holds.
    is_cut: bool,
    spans: Vec<Choice>,
    /// The span that was chosen.
    span: &'static str,
    zone: String,
    stretch: &'static str,
    table: Table,
}

/// What the store holds of the patient.
struct Found {
    patient: Patient,
    tile: tile::Read,
    devices: Vec<DeviceRow>,
    alerts: Vec<Value>,
    table: Table,
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
    let span = Span::named(&form.text("span"));
    let page = look(&state, &caller, &id, span).await;
    let page = page.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    Ok(Html(StatusCode::OK, page))
}

async fn look(
    state: &ApiState,
    caller: &Caller,
    id: &str,
    span: Span,
) -> Result<PatientPage, Problem> {
    let none = || Problem::not_found("patient");
    let id = PatientId::new(id).map_err(|_| none())?;
    let times = Times {
        zone: Zone::named(&state.settings().zone),
        now: state.clock().clinical(),
    };
    let (of, by) = (id.clone(), times.clone());
    let found = state.read(caller, move |source| find(source, &of, span, &by));
    let found = found.await?.ok_or_else(none)?;
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
    Ok(PatientPage {
        frame: Frame::new(state, Some(caller), ""),
        at: times.zone.moment(times.now),
        parts: scores::parts(scores.as_ref()),
        record: record::rows(&found.patient, &tile.treatment, &times),
        limits: record::limits(&found.patient, &times),
        devices: found.devices,
        alerts: rows.map(|alert| alerts::row(alert, &times)).collect(),
        is_cut: found.alerts.len() > ALERTS_MAX,
        spans: span.choices(),
        span: span.name(),
        zone: state.settings().zone.clone(),
        stretch: span.stretch,
        table: found.table,
        tile,
    })
}

fn find(
    source: &dyn ReadSource,
    id: &PatientId,
    span: Span,
    times: &Times,
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
    let stretches = values::read(source, patient.number, span, times.now)?;
    Ok(Some(Found {
        tile: tile::read(source, patient.clone(), times.now)?,
        devices: record::devices(source, &patient, times)?,
        alerts: alerts.into_iter().map(alert_document::alert).collect(),
        table: Table::of(&stretches, times),
        patient,
    }))
}
