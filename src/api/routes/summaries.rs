//! `/v1/patients/{id}/readings/summaries`: readings summed up in equal spans, for charts.

use super::Answer;
use super::patients::find;
use super::readings::query;
use crate::api::access::SeesPatients;
use crate::api::extract::At;
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::source::Bucket;
use crate::api::state::ApiState;
use crate::domain::{PatientId, Vital};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// Most spans in an answer, all vitals together.
const SPANS_MAX: usize = 20_000;

/// What was measured of one vital in one span.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct SummaryView {
    vital: &'static str,
    unit: &'static str,
    /// First moment of the span.
    start: Moment,
    /// Good values.
    count: u32,
    /// Smallest good value; null without one, like `max`, `mean` and `last`.
    min: Option<f64>,
    max: Option<f64>,
    mean: Option<f64>,
    /// The last good value.
    last: Option<f64>,
    /// Suspect values.
    suspect: u32,
    /// Artefacts.
    artefact: u32,
}

impl From<Bucket> for SummaryView {
    fn from(bucket: Bucket) -> Self {
        let facts = bucket.vital.facts();
        Self {
            vital: facts.name,
            unit: facts.unit,
            start: bucket.start.into(),
            count: bucket.count,
            min: bucket.min,
            max: bucket.max,
            mean: bucket.mean,
            last: bucket.last,
            suspect: bucket.suspect,
            artefact: bucket.artefact,
        }
    }
}

/// Spans by start; a span without readings is absent.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Summaries {
    items: Vec<SummaryView>,
}

/// Which readings, and how long a span is.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct SummariesAsk {
    /// Full names separated by commas; all vitals when left out.
    vitals: Option<String>,
    /// First measured moment; a day before `until` when left out.
    from: Option<Moment>,
    /// First measured moment after; now when left out.
    until: Option<Moment>,
    /// Only what was known at that time of arrival.
    known_at: Option<Moment>,
    /// Length of a span, 1 to 86400; 20,000 spans at most in an answer.
    every_seconds: u32,
}

/// Readings summed up in spans of equal length.
#[utoipa::path(get, path = "/v1/patients/{id}/readings/summaries", tag = "readings",
    security(("token" = ["see_patients"])), params(("id" = String, Path), SummariesAsk),
    responses((status = 200, body = Summaries)))]
pub(in crate::api) async fn list(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
    Asked(ask): Asked<SummariesAsk>,
) -> Answer<Summaries> {
    if !(1..=86_400).contains(&ask.every_seconds) {
        return Err(Problem::parameter("every_seconds", "must be 1 to 86400"));
    }
    let patient = find(&state, &caller, &id).await?;
    let range = (ask.vitals.as_deref(), ask.from, ask.until, ask.known_at);
    let mut query = query(patient.number, range, state.clock().clinical())?;
    let span_ms = ask.every_seconds * 1000;
    let vitals = match query.vitals.len() {
        0 => Vital::COUNT,
        some => some,
    };
    let spans = query.until.ms_since(query.from) / i64::from(span_ms) + 2;
    let most = usize::try_from(spans)
        .unwrap_or(usize::MAX)
        .saturating_mul(vitals);
    if most > SPANS_MAX {
        let detail = format!("gives {most} spans, more than {SPANS_MAX}: ask for longer ones");
        return Err(Problem::parameter("every_seconds", detail));
    }
    query.limit = SPANS_MAX;
    let (buckets, _) = state
        .read(&caller, move |source| source.bucketed(&query, span_ms))
        .await?;
    state
        .audit_read(&caller, "read readings", id.as_str())
        .await?;
    let items = buckets.into_iter().map(SummaryView::from).collect();
    Ok(Json(Summaries { items }))
}
