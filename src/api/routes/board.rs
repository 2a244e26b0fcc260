//! `/v1/board`: what a ward looks at, in one answer.

use super::latest::{LatestView, newest};
use super::{Answer, alert_document};
use crate::api::access::SeesPatients;
use crate::api::cursor;
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, PatientId, PatientNumber, WardId};
use crate::registry::Patient;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// Longest page: every patient costs a read of the newest values.
const PATIENTS_MAX: usize = 200;

/// Which patients.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct BoardAsk {
    /// Only of this ward.
    #[param(value_type = Option<String>)]
    ward: Option<WardId>,
    /// Page length, 1 to 200.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Whether a patient is watched.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Watch {
    /// Inside a monitoring period.
    Monitored,
    /// Inside a planned pause.
    Paused,
    /// Outside every monitoring period.
    NotMonitored,
}

/// A patient with the newest values.
#[derive(Serialize, utoipa::ToSchema)]
struct BoardPatient {
    id: String,
    label: String,
    ward: String,
    watch: Watch,
    /// When the planned pause ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_until: Option<Moment>,
    latest: Vec<LatestView>,
    /// Vitals that should keep coming; one that is not in `latest` was never heard.
    expected: Vec<&'static str>,
    /// NEWS2 bounds; null before the first score.
    #[schema(value_type = Option<Object>)]
    scores: Option<serde_json::Value>,
}

/// A page of the board.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Board {
    /// Now, on the clinical clock: the ages count from here.
    now: Moment,
    items: Vec<BoardPatient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Patients by id with their newest values, ages and scores.
#[utoipa::path(get, path = "/v1/board", tag = "readings", security(("token" = ["see_patients"])),
    params(BoardAsk), responses((status = 200, body = Board)))]
pub(in crate::api) async fn board(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    Asked(ask): Asked<BoardAsk>,
) -> Answer<Board> {
    let limit = ask.limit.unwrap_or(PATIENTS_MAX);
    if !(1..=PATIENTS_MAX).contains(&limit) {
        return Err(Problem::parameter("limit", "must be 1 to 200"));
    }
    let after: Option<PatientId> = cursor::decode(ask.cursor.as_deref())?;
    let subject = ask.ward.as_ref().map_or("*", WardId::as_str).to_owned();
    let now = state.clock().clinical();
    let minutes = state.settings().fresh_minutes;
    let reading = move |source: &dyn ReadSource| {
        let mut patients = source.patients(ask.ward.as_ref(), after.as_ref(), limit + 1)?;
        let more = patients.len() > limit;
        patients.truncate(limit);
        let next = patients
            .last()
            .filter(|_| more)
            .map(|last| cursor::encode(&last.id));
        let items = patients
            .into_iter()
            .map(|patient| show(source, patient, now, minutes));
        Ok((items.collect::<Result<Vec<_>, ReadError>>()?, next))
    };
    let (shown, next) = state.read(&caller, reading).await?;
    let items = state.ask_live(move |live| {
        let scored = shown.into_iter().map(|(number, mut patient)| {
            patient.scores = live.scores(number).map(alert_document::state);
            patient
        });
        scored.collect()
    });
    let items = items.await?;
    state.audit_read(&caller, "read board", &subject).await?;
    Ok(Json(Board {
        now: now.into(),
        items,
        next,
    }))
}

fn show(
    source: &dyn ReadSource,
    patient: Patient,
    now: ClinicalTime,
    fresh_minutes: u32,
) -> Result<(PatientNumber, BoardPatient), ReadError> {
    let latest = newest(source, &patient, now, fresh_minutes)?;
    let context = &patient.context;
    let pause = context
        .pauses
        .iter()
        .find(|pause| pause.start <= now && now < pause.end);
    let inside = context.monitoring.iter().any(|period| period.contains(now));
    let watch = match (inside, pause) {
        (true, None) => Watch::Monitored,
        (true, Some(_)) => Watch::Paused,
        (false, _) => Watch::NotMonitored,
    };
    let shown = BoardPatient {
        paused_until: pause.filter(|_| inside).map(|pause| pause.end.into()),
        watch,
        latest,
        expected: context
            .expected
            .iter()
            .map(|expected| expected.vital.name())
            .collect(),
        scores: None,
        id: patient.id.into(),
        label: patient.label,
        ward: patient.ward.into(),
    };
    Ok((patient.number, shown))
}
