//! `/v1/patients/{id}/latest` and `/scores`: the newest values, never without their age.

use super::patients::find;
use super::readings::{ReadingView, devices_of};
use super::{Answer, alert_document};
use crate::api::access::SeesPatients;
use crate::api::extract::At;
use crate::api::moment::Moment;
use crate::api::problem::{Kind, Problem};
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, PatientContext, PatientId, Vital};
use crate::registry::Patient;
use axum::Json;
use axum::extract::State;
use serde::Serialize;

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

/// The patient's newest values as of `now`.
pub(super) fn newest(
    source: &dyn ReadSource,
    patient: &Patient,
    now: ClinicalTime,
    fresh_minutes: u32,
) -> Result<Vec<LatestView>, ReadError> {
    let latest = source.latest(patient.number)?;
    let devices = devices_of(source, latest.iter().map(|value| &value.point))?;
    let show = |value: &crate::store::LatestValue| {
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
    security(("token" = ["see_patients"])), params(("id" = String, Path)),
    responses((status = 200, body = Latest)))]
pub(in crate::api) async fn latest(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
) -> Answer<Latest> {
    let patient = find(&state, &caller, &id).await?;
    let now = state.clock().clinical();
    let minutes = state.settings().fresh_minutes;
    let items = state
        .read(&caller, move |source| {
            newest(source, &patient, now, minutes)
        })
        .await?;
    state
        .audit_read(&caller, "read latest", id.as_str())
        .await?;
    Ok(Json(Latest {
        now: now.into(),
        items,
    }))
}

/// NEWS2 with its lower and upper bound, the inputs, their ages, and what is missing.
#[utoipa::path(get, path = "/v1/patients/{id}/scores", tag = "readings",
    security(("token" = ["see_patients"])), params(("id" = String, Path)),
    responses((status = 200, body = Object)))]
pub(in crate::api) async fn scores(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
) -> Answer<serde_json::Value> {
    let patient = find(&state, &caller, &id).await?;
    let scores = state
        .ask_live(move |live| live.scores(patient.number))
        .await?;
    state
        .audit_read(&caller, "read scores", id.as_str())
        .await?;
    let none =
        || Problem::new(Kind::NotFound).with_detail("nothing was measured of this patient yet");
    Ok(Json(alert_document::state(scores.ok_or_else(none)?)))
}
