//! `/v1/patients/{id}/latest` and `/scores`: the newest values, never without their age.

use super::patients::find;
use super::readings::{ReadingView, devices_of};
use super::{Answer, alert_document};
use crate::api::access::{Caller, SeesPatients};
use crate::api::extract::At;
use crate::api::known;
use crate::api::moment::Moment;
use crate::api::problem::{Kind, Problem};
use crate::api::query::Asked;
use crate::api::source::{LiveSource, ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, PatientContext, PatientId, Vital};
use crate::registry::Patient;
use crate::store::LatestValue;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The newest good value of a vital, with its age.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct LatestView {
    #[serde(flatten)]
    reading: ReadingView,
    /// Seconds since it was measured.
    age_seconds: i64,
    /// Whether it may be shown as current.
    fresh: bool,
    /// The age up to which it may.
    fresh_for_seconds: i64,
}

/// The newest values of a patient.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Latest {
    /// Now, on the clinical clock: the ages count from here.
    now: Moment,
    /// A vital that was never measured is absent.
    items: Vec<LatestView>,
}

/// As of when.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct KnownAsk {
    /// What was known at this moment, by arrival; without it what is known now.
    known_at: Option<Moment>,
}

/// The patient's newest values as of `now`.
pub(super) fn newest(
    source: &dyn ReadSource,
    patient: &Patient,
    now: ClinicalTime,
    fresh_minutes: u32,
) -> Result<Vec<LatestView>, ReadError> {
    let latest = source.latest(patient.number)?;
    shown(source, patient, &latest, now, fresh_minutes)
}

fn shown(
    source: &dyn ReadSource,
    patient: &Patient,
    latest: &[LatestValue],
    now: ClinicalTime,
    fresh_minutes: u32,
) -> Result<Vec<LatestView>, ReadError> {
    let devices = devices_of(source, latest.iter().map(|value| &value.point))?;
    let show = |value: &LatestValue| {
        let age_ms = value.point.at.age_ms_at(now);
        let fresh_for_seconds = fresh_for(&patient.context, value.point.vital, fresh_minutes);
        LatestView {
            reading: ReadingView::new(&value.point, &devices),
            // A device's clock may be a little ahead; that is age zero.
            age_seconds: age_ms.max(0) / 1000,
            fresh: age_ms <= fresh_for_seconds * 1000,
            fresh_for_seconds,
        }
    };
    Ok(latest.iter().map(show).collect())
}

pub(in crate::api) fn fresh_for(context: &PatientContext, vital: Vital, fresh_minutes: u32) -> i64 {
    let expected = context
        .expected
        .iter()
        .find(|expected| expected.vital == vital);
    let three_times = expected.map_or(0, |expected| i64::from(expected.every_seconds) * 3);
    three_times.max(i64::from(fresh_minutes) * 60)
}

/// The newest good value of each vital, with its age.
#[utoipa::path(get, path = "/v1/patients/{id}/latest", tag = "readings",
    security(("token" = ["see_patients"])), params(("id" = String, Path), KnownAsk),
    responses((status = 200, body = Latest)))]
pub(in crate::api) async fn latest(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
    Asked(ask): Asked<KnownAsk>,
) -> Answer<Latest> {
    let patient = find(&state, &caller, &id).await?;
    let known_at = known::asked(&state, &caller, ask.known_at).await?;
    let now = known_at.unwrap_or_else(|| state.clock().clinical());
    let minutes = state.settings().fresh_minutes;
    let reading = move |source: &dyn ReadSource| match known_at {
        Some(at) => {
            let Some(mut then) = known::patient_then(source, &patient, at)? else {
                return Ok(None);
            };
            let latest = known::values_then(source, (&mut then, &patient), at)?;
            shown(source, &then, &latest, at, minutes).map(Some)
        }
        None => newest(source, &patient, now, minutes).map(Some),
    };
    let items = state.read(&caller, reading).await?.ok_or_else(unknown)?;
    let subject = subject(&id, known_at);
    state.audit_read(&caller, "read latest", &subject).await?;
    Ok(Json(Latest {
        now: now.into(),
        items,
    }))
}

/// Whose data, and as of when where that is not now.
fn subject(id: &PatientId, known_at: Option<ClinicalTime>) -> String {
    match known_at {
        Some(at) => format!("{} as known at {}", id.as_str(), Moment::from(at).text()),
        None => id.as_str().to_owned(),
    }
}

fn unknown() -> Problem {
    Problem::new(Kind::NotFound).with_detail("the patient was not entered by then")
}

/// NEWS2 with its lower and upper bound, the inputs, their ages, and what is missing.
/// As of a moment that has passed without `baselines`: from the newest good values of
/// then, by today's rules for the age of an input.
#[utoipa::path(get, path = "/v1/patients/{id}/scores", tag = "readings",
    security(("token" = ["see_patients"])), params(("id" = String, Path), KnownAsk),
    responses((status = 200, body = Object)))]
pub(in crate::api) async fn scores(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
    Asked(ask): Asked<KnownAsk>,
) -> Answer<serde_json::Value> {
    let patient = find(&state, &caller, &id).await?;
    let known_at = known::asked(&state, &caller, ask.known_at).await?;
    let scores = match known_at {
        Some(at) => scores_then(&state, &caller, patient, at).await?,
        None => {
            let asking = move |live: &dyn LiveSource| live.scores(patient.number);
            state.ask_live(asking).await?
        }
    };
    let subject = subject(&id, known_at);
    state.audit_read(&caller, "read scores", &subject).await?;
    let none =
        || Problem::new(Kind::NotFound).with_detail("nothing was measured of this patient yet");
    Ok(Json(alert_document::state(scores.ok_or_else(none)?)))
}

async fn scores_then(
    state: &ApiState,
    caller: &Caller,
    patient: Patient,
    at: ClinicalTime,
) -> Result<Option<serde_json::Value>, Problem> {
    let rules = Arc::clone(&state.inner.parts.rules);
    let reading = move |source: &dyn ReadSource| {
        let Some(mut then) = known::patient_then(source, &patient, at)? else {
            return Ok(None);
        };
        let latest = known::values_then(source, (&mut then, &patient), at)?;
        let scores = known::scores_then(&latest, &then.context, &rules, at);
        Ok(Some(scores))
    };
    state.read(caller, reading).await
}
