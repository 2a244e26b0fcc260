//! `/v1/patients`: who is monitored.

use super::Answer;
use super::changed::Changed;
use super::patient_view::{PatientView, PutPatient};
use crate::api::access::{Caller, ManagesPatients, SeesPatients};
use crate::api::cursor::{self, Page};
use crate::api::extract::{At, Body};
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::state::ApiState;
use crate::domain::{PatientId, WardId};
use crate::registry::Patient;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;

/// Which patients.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct PatientsAsk {
    /// Only of this ward.
    #[param(value_type = Option<String>)]
    ward: Option<WardId>,
    /// Page length, 1 to 1000.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Patients by id.
#[utoipa::path(get, path = "/v1/patients", tag = "patients", security(("token" = ["see_patients"])),
    params(PatientsAsk), responses((status = 200, body = Page<PatientView>)))]
pub(in crate::api) async fn list(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    Asked(ask): Asked<PatientsAsk>,
) -> Answer<Page<PatientView>> {
    let limit = cursor::limit(ask.limit)?;
    let after: Option<PatientId> = cursor::decode(ask.cursor.as_deref())?;
    let subject = ask.ward.as_ref().map_or("*", WardId::as_str).to_owned();
    let reading = move |source: &dyn crate::api::ReadSource| {
        source.patients(ask.ward.as_ref(), after.as_ref(), limit + 1)
    };
    let patients = state.read(&caller, reading).await?;
    state.audit_read(&caller, "list patients", &subject).await?;
    let now = state.clock().clinical();
    let show = |patient| PatientView::new(patient, now);
    Ok(Json(cursor::page(
        patients,
        limit,
        |last: &Patient| last.id.clone(),
        show,
    )))
}

/// One patient.
#[utoipa::path(get, path = "/v1/patients/{id}", tag = "patients",
    security(("token" = ["see_patients"])), params(("id" = String, Path)),
    responses((status = 200, body = PatientView)))]
pub(in crate::api) async fn one(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
) -> Answer<PatientView> {
    let patient = find(&state, &caller, &id).await?;
    state
        .audit_read(&caller, "read patient", id.as_str())
        .await?;
    Ok(Json(PatientView::new(patient, state.clock().clinical())))
}

/// Makes a patient, or changes what is given.
#[utoipa::path(put, path = "/v1/patients/{id}", tag = "patients",
    security(("token" = ["manage_patients"])), params(("id" = String, Path)),
    request_body = PutPatient, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn put(
    ManagesPatients(caller): ManagesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
    Body(body): Body<PutPatient>,
) -> Answer<Changed> {
    let command = body.command(id)?;
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// The patient, or the problem that there is none.
pub(super) async fn find(
    state: &ApiState,
    caller: &Caller,
    id: &PatientId,
) -> Result<Patient, Problem> {
    let id = id.clone();
    let found = state
        .read(caller, move |source| source.patient(&id))
        .await?;
    found.ok_or_else(|| Problem::not_found("patient"))
}
