//! `/v1/assignments`: who wore which device, by the time of measurement.

use super::Answer;
use super::changed::{Changed, created};
use crate::api::access::{ManagesPatients, SeesDevices};
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::source::{AssignmentsOf, ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{DeviceId, MeasuredTime, PatientId};
use crate::registry::{Assignment, AssignmentId, Command};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

/// Who wore a device from `start` until before `end`.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct AssignmentView {
    id: u64,
    device: String,
    patient: String,
    /// First measured moment that belongs to the patient.
    start: Moment,
    /// First measured moment that does not; null while it lasts.
    end: Option<Moment>,
    author: String,
}

/// Assignments by start.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Assignments {
    items: Vec<AssignmentView>,
}

/// Whose assignments: of a patient or of a device.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct AssignmentsAsk {
    /// The patient.
    #[param(value_type = Option<String>)]
    patient: Option<PatientId>,
    /// The device.
    #[param(value_type = Option<String>)]
    device: Option<DeviceId>,
}

/// Who wears a device from when on.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Assign {
    #[schema(value_type = String)]
    device: DeviceId,
    #[schema(value_type = String)]
    patient: PatientId,
    /// First measured moment that belongs to the patient; now when left out.
    start: Option<Moment>,
    /// First measured moment that does not.
    end: Option<Moment>,
}

/// When an assignment ends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct EndAssignment {
    /// First measured moment after; now when left out.
    end: Option<Moment>,
}

/// Assignments of one patient or one device.
#[utoipa::path(get, path = "/v1/assignments", tag = "devices", security(("token" = ["see_devices"])),
    params(AssignmentsAsk), responses((status = 200, body = Assignments)))]
pub(in crate::api) async fn list(
    SeesDevices(caller): SeesDevices,
    State(state): State<ApiState>,
    Asked(ask): Asked<AssignmentsAsk>,
) -> Answer<Assignments> {
    let (found, subject) = match (ask.patient, ask.device) {
        (Some(id), None) => {
            let subject = id.as_str().to_owned();
            (
                state
                    .read(&caller, move |source| of_patient(source, &id))
                    .await?,
                subject,
            )
        }
        (None, Some(id)) => {
            let subject = id.as_str().to_owned();
            (
                state
                    .read(&caller, move |source| of_device(source, &id))
                    .await?,
                subject,
            )
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::parameter(
                "patient",
                "give either `patient` or `device`",
            ));
        }
    };
    state
        .audit_read(&caller, "list assignments", &subject)
        .await?;
    Ok(Json(
        found.ok_or_else(|| Problem::not_found("patient or device"))?,
    ))
}

fn of_patient(source: &dyn ReadSource, id: &PatientId) -> Result<Option<Assignments>, ReadError> {
    let Some(patient) = source.patient(id)? else {
        return Ok(None);
    };
    named(source, AssignmentsOf::Patient(patient.number)).map(Some)
}

fn of_device(source: &dyn ReadSource, id: &DeviceId) -> Result<Option<Assignments>, ReadError> {
    let Some(device) = source.device(id)? else {
        return Ok(None);
    };
    named(source, AssignmentsOf::Device(device.number)).map(Some)
}

/// The assignments with identifiers for the store's numbers.
fn named(source: &dyn ReadSource, of: AssignmentsOf) -> Result<Assignments, ReadError> {
    let name = |assignment: Assignment| {
        let device = source.device_by_number(assignment.device)?;
        let patient = source.patient_by_number(assignment.patient)?;
        Ok(AssignmentView {
            id: assignment.id.0,
            device: device.map(|device| device.id.into()).unwrap_or_default(),
            patient: patient.map(|patient| patient.id.into()).unwrap_or_default(),
            start: assignment.start.into(),
            end: assignment.end.map(Moment::from),
            author: assignment.author,
        })
    };
    let items = source
        .assignments(of)?
        .into_iter()
        .map(name)
        .collect::<Result<_, _>>()?;
    Ok(Assignments { items })
}

/// Says who wears a device. What overlaps an earlier assignment is
/// re-attributed: taken from one patient and entered for the other.
#[utoipa::path(post, path = "/v1/assignments", tag = "devices",
    security(("token" = ["manage_patients"])), request_body = Assign,
    responses((status = 201, body = Changed)))]
pub(in crate::api) async fn assign(
    ManagesPatients(caller): ManagesPatients,
    State(state): State<ApiState>,
    Body(body): Body<Assign>,
) -> Result<Response, Problem> {
    let start = body.start.map_or_else(|| now(&state), Moment::measured);
    let command = Command::Assign {
        device: body.device,
        patient: body.patient,
        start,
        end: body.end.map(Moment::measured),
    };
    let reply = state.command(&caller, command).await?;
    Ok(created(None, Changed::from(reply)))
}

/// Ends an assignment; readings measured after it belong to nobody until assigned.
#[utoipa::path(post, path = "/v1/assignments/{id}/end", tag = "devices",
    security(("token" = ["manage_patients"])), params(("id" = u64, Path)),
    request_body = EndAssignment, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn end(
    ManagesPatients(caller): ManagesPatients,
    State(state): State<ApiState>,
    At(id): At<u64>,
    Body(body): Body<EndAssignment>,
) -> Answer<Changed> {
    let command = Command::EndAssignment {
        assignment: AssignmentId(id),
        end: body.end.map_or_else(|| now(&state), Moment::measured),
    };
    Ok(Json(state.command(&caller, command).await?.into()))
}

fn now(state: &ApiState) -> MeasuredTime {
    MeasuredTime::from_arrival(state.clock().clinical())
}
