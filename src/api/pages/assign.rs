//! Saying who wears a device: the form, and what it asks for.

use super::form::Form;
use super::words::Zone;
use crate::api::access::Caller;
use crate::api::language::say;
use crate::api::problem::Problem;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, DeviceId, MeasuredTime, PatientId};
use crate::registry::{AssignmentId, Command, Permission};

/// Patients who are offered; others are typed by their id.
const OFFERED_MAX: usize = 500;

/// The form, with what stands in it.
pub(super) struct AssignForm {
    pub(super) device: String,
    pub(super) patient: String,
    /// A `datetime-local`; empty: now.
    pub(super) start: String,
    pub(super) zone: String,
    /// Ids and labels of patients of the own wards.
    pub(super) patients: Vec<(String, String)>,
}

impl AssignForm {
    /// The form with what was typed into it.
    pub(super) fn typed(form: &Form<'_>, zone: &Zone) -> Self {
        Self {
            device: form.text("device"),
            patient: form.text("patient"),
            start: form.text("start"),
            zone: zone.name().to_owned(),
            patients: Vec::new(),
        }
    }

    /// The same for who may use it, with the patients to choose from.
    pub(super) fn offered(self, caller: &Caller, patients: Vec<(String, String)>) -> Option<Self> {
        let may = caller.role.may(Permission::ManagePatients);
        may.then_some(Self { patients, ..self })
    }
}

/// Patients of the own wards for the form's list; nobody for who may not assign.
pub(super) fn offered(
    source: &dyn ReadSource,
    may_assign: bool,
) -> Result<Vec<(String, String)>, ReadError> {
    if !may_assign {
        return Ok(Vec::new());
    }
    let patients = source.patients(None, None, OFFERED_MAX)?;
    let named = patients
        .into_iter()
        .map(|patient| (String::from(patient.id), patient.label));
    Ok(named.collect())
}

/// Carries out what a form asks for: what was done, and how many readings were
/// given to another patient by it.
pub(super) async fn carry_out(
    state: &ApiState,
    caller: &Caller,
    form: &Form<'_>,
) -> Result<(&'static str, u64), Problem> {
    let zone = Zone::named(&state.settings().zone);
    let (done, command) = match form.text("action").as_str() {
        "assign" => ("assigned", assign(state, form, &zone)?),
        "end" => ("ended", end(state, form, &zone)?),
        _ => {
            return Err(Problem::field(
                "#/action",
                say!("choose one of the buttons"),
            ));
        }
    };
    let reply = state.command(caller, command).await?;
    Ok((done, reply.affected))
}

fn assign(state: &ApiState, form: &Form<'_>, zone: &Zone) -> Result<Command, Problem> {
    let device = DeviceId::new(&form.text("device"));
    let device = device
        .map_err(|error| Problem::field("#/device", say!("Device: {fault}", fault = error)))?;
    let patient = PatientId::new(&form.text("patient"));
    let patient = patient
        .map_err(|error| Problem::field("#/patient", say!("Patient: {fault}", fault = error)))?;
    Ok(Command::Assign {
        device,
        patient,
        start: moment(state, &form.text("start"), zone)?,
        end: None,
    })
}

fn end(state: &ApiState, form: &Form<'_>, zone: &Zone) -> Result<Command, Problem> {
    let assignment = form.text("assignment").parse().map(AssignmentId);
    Ok(Command::EndAssignment {
        assignment: assignment.map_err(|_| Problem::not_found("assignment"))?,
        end: moment(state, &form.text("end"), zone)?,
    })
}

/// What was typed; now where nothing was.
fn moment(state: &ApiState, typed: &str, zone: &Zone) -> Result<MeasuredTime, Problem> {
    let now = state.clock().clinical();
    let at = match typed.is_empty() {
        true => Some(now),
        false => zone.typed(typed),
    };
    let wrong = || Problem::field("#/start", say!("the moment must be a day and a time"));
    at.map(ClinicalTime::epoch_ms)
        .map(MeasuredTime::from_epoch_ms)
        .ok_or_else(wrong)
}
