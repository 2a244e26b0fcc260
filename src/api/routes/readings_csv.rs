//! `/v1/patients/{id}/readings/export`: all readings of a period as a table.

use super::patients::find;
use super::readings::{Place, QualityName, ReadingView, page, query};
use crate::api::access::{Caller, SeesPatients};
use crate::api::cursor;
use crate::api::extract::At;
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::reports::{Cell, Csv, SPAN_DAYS_MAX};
use crate::api::state::ApiState;
use crate::domain::PatientId;
use crate::store::ReadingsQuery;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;

/// Readings of one step of the table: each step is one look into the store.
const STEP: usize = 5_000;
const DAY_MS: i64 = 86_400_000;
const COLUMNS: [&str; 8] = [
    "measured_at",
    "vital",
    "value",
    "unit",
    "quality",
    "quality_reason",
    "arrived_at",
    "device",
];

/// Which readings.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ExportAsk {
    /// Full names separated by commas; all vitals when left out.
    vitals: Option<String>,
    /// First measured moment; a day before `until` when left out. At most 92 days.
    from: Option<Moment>,
    /// First measured moment after; now when left out.
    until: Option<Moment>,
    /// Only what was known at that time of arrival.
    known_at: Option<Moment>,
}

/// All readings of a period as CSV, by vital, then measured time. A table that could
/// not be told to its end breaks off: the connection is closed before its end.
#[utoipa::path(get, path = "/v1/patients/{id}/readings/export", tag = "readings",
    security(("token" = ["see_patients"])), params(("id" = String, Path), ExportAsk),
    responses((status = 200, content((String = "text/csv")))))]
pub(in crate::api) async fn export(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
    Asked(ask): Asked<ExportAsk>,
) -> Result<Response, Problem> {
    let patient = find(&state, &caller, &id).await?;
    let range = (ask.vitals.as_deref(), ask.from, ask.until, ask.known_at);
    let mut query = query(patient.number, range, state.clock().clinical())?;
    if query.until.ms_since(query.from) > SPAN_DAYS_MAX * DAY_MS {
        let detail = format!("must be at most {SPAN_DAYS_MAX} days before `until`");
        return Err(Problem::parameter("from", detail));
    }
    query.limit = STEP;
    state
        .audit_read(&caller, "export readings", id.as_str())
        .await?;
    let rows = Rows {
        state,
        caller,
        query,
        next: Next::Head,
    };
    let body = Body::from_stream(stream::try_unfold(rows, Rows::step));
    Ok((headers(&id), body).into_response())
}

fn headers(id: &PatientId) -> [(header::HeaderName, HeaderValue); 2] {
    let name = format!("attachment; filename=\"readings-{}.csv\"", id.as_str());
    let named = HeaderValue::from_str(&name);
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    [
        (header::CONTENT_TYPE, kind),
        (
            header::CONTENT_DISPOSITION,
            named.unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ]
}

/// What comes next.
enum Next {
    Head,
    From(Option<Place>),
    Nothing,
}

/// A table on its way out, step by step: a client that reads slowly holds no place
/// among the reads.
struct Rows {
    state: ApiState,
    caller: Caller,
    query: ReadingsQuery,
    next: Next,
}

/// The table cannot be told to its end.
#[derive(Debug, thiserror::Error)]
#[error("the readings could not be read")]
struct BrokenOff;

impl Rows {
    async fn step(mut self) -> Result<Option<(String, Self)>, BrokenOff> {
        let place = match self.next {
            Next::Head => {
                self.next = Next::From(None);
                return Ok(Some((Csv::new(&COLUMNS).finish(), self)));
            }
            Next::From(place) => place,
            Next::Nothing => return Ok(None),
        };
        let query = self.query.clone();
        let read = self
            .state
            .read(&self.caller, move |source| page(source, query, place));
        let page = read.await.map_err(|_| BrokenOff)?;
        let next = cursor::decode(page.next.as_deref()).map_err(|_| BrokenOff)?;
        self.next = next.map_or(Next::Nothing, |place| Next::From(Some(place)));
        let mut csv = Csv::default();
        for reading in &page.items {
            csv.row(cells(reading));
        }
        Ok(Some((csv.finish(), self)))
    }
}

fn cells(reading: &ReadingView) -> [Cell<'_>; 8] {
    let reason = reading.quality_reason.as_ref();
    [
        Cell::Owned(reading.measured_at.text()),
        Cell::Text(reading.vital),
        Cell::Number(Some(reading.value)),
        Cell::Text(reading.unit),
        Cell::Text(reading.quality),
        reason.map(QualityName::text).into(),
        Cell::Owned(reading.arrived_at.text()),
        (&reading.device).into(),
    ]
}
