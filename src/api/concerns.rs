//! On which wards a command must be looked for before it is sent.

use super::problem::{Kind, Problem};
use super::scope::Scoped;
use super::source::{ReadError, ReadSource};
use crate::domain::{AlertId, DeviceId, EndpointId, PatientId, SilenceScope, WardId};
use crate::registry::{AssignmentId, Command};

/// What a command is about: looked for on the caller's wards before it is sent.
pub(super) enum About {
    /// Nothing that belongs to one ward.
    Nothing,
    Ward(WardId),
    Patient(PatientId),
    /// A patient who may be new, and the ward the patient comes to.
    Enrolled(PatientId, Option<WardId>),
    Alert(AlertId),
    Worn(DeviceId, PatientId),
    Assignment(AssignmentId),
    Silence(SilenceScope),
    SilenceId(String),
    Endpoint(EndpointId),
    /// An endpoint that may be new, and the wards it hears of.
    Hears(EndpointId, Vec<WardId>),
    /// The whole installation.
    Installation,
}

impl About {
    pub(super) fn of(command: &Command) -> Self {
        use Command as C;
        match command {
            C::PutDevice { .. } => Self::Nothing,
            C::PutWard { id, .. } => Self::Ward(id.clone()),
            C::PutPatient { id, ward, .. } => Self::Enrolled(id.clone(), ward.clone()),
            C::StartMonitoring { patient, .. }
            | C::PauseMonitoring { patient, .. }
            | C::Discharge { patient, .. }
            | C::SetLimit { patient, .. }
            | C::WriteNote { patient, .. }
            | C::WithdrawNote { patient, .. }
            | C::Observe { patient, .. } => Self::Patient(patient.clone()),
            C::Assign {
                device, patient, ..
            } => Self::Worn(device.clone(), patient.clone()),
            C::EndAssignment { assignment, .. } => Self::Assignment(*assignment),
            C::Acknowledge { alert, .. }
            | C::Resolve { alert, .. }
            | C::Comment { alert, .. }
            | C::Snooze { alert, .. }
            | C::Unsnooze { alert, .. }
            | C::AssignAlert { alert, .. }
            | C::Reopen { alert, .. } => Self::Alert(alert.clone()),
            C::Order(order) => Self::Alert(order.alert.clone()),
            C::CreateSilence { scope, .. } => Self::Silence(scope.clone()),
            C::EndSilence { id } => Self::SilenceId(id.clone()),
            C::PutEndpoint { id, wards, .. } => Self::Hears(id.clone(), wards.clone()),
            C::DisableEndpoint { id, .. } | C::TestEndpoint { id } => Self::Endpoint(id.clone()),
            C::ReplayDeliveries { endpoint, .. } => Self::Endpoint(endpoint.clone()),
            C::SetRotaOverrides { .. }
            | C::CreateToken { .. }
            | C::RevokeToken { .. }
            | C::PutAccount { .. }
            | C::CloseAccount { .. }
            | C::SignIn { .. }
            | C::SignOut { .. }
            | C::CreateDeviceCredential { .. }
            | C::RotateDeviceCredential { .. }
            | C::RevokeDeviceCredential { .. } => Self::Installation,
        }
    }

    /// What is wrong with it for somebody who sees these wards only.
    pub(super) fn fault(&self, seen: &Scoped<'_>) -> Result<Option<Problem>, ReadError> {
        let missing = |is_there: bool, what: &str| (!is_there).then(|| Problem::not_found(what));
        Ok(match self {
            Self::Nothing => None,
            Self::Ward(id) => missing(seen.holds(id), "ward"),
            Self::Patient(id) => missing(seen.patient(id)?.is_some(), "patient"),
            Self::Enrolled(id, ward) => enrolled(seen, id, ward.as_ref())?,
            Self::Alert(id) => missing(seen.holds_alert(id)?, "alert"),
            Self::Worn(device, patient) => match seen.patient(patient)? {
                None => Some(Problem::not_found("patient")),
                Some(_) if seen.may_see_device(device)? => None,
                Some(_) => Some(elsewhere("the device is worn on a ward that is not yours")),
            },
            Self::Assignment(id) => missing(seen.assignment(*id)?.is_some(), "assignment"),
            Self::Silence(scope) => match seen.holds_silence(scope)? {
                true => None,
                false => Some(elsewhere("name a ward of yours, or a patient on one")),
            },
            Self::SilenceId(id) => {
                let is_there = seen.silences()?.iter().any(|silence| silence.id == *id);
                missing(is_there, "silence")
            }
            Self::Endpoint(id) => missing(seen.endpoint(id)?.is_some(), "webhook"),
            Self::Hears(id, wards) => hears(seen, id, wards)?,
            Self::Installation => Some(elsewhere("this concerns all wards, and you have some")),
        })
    }
}

fn enrolled(
    seen: &Scoped<'_>,
    id: &PatientId,
    ward: Option<&WardId>,
) -> Result<Option<Problem>, ReadError> {
    let is_elsewhere = seen.patient(id)?.is_none() && seen.source.patient(id)?.is_some();
    Ok(match ward {
        _ if is_elsewhere => Some(Problem::not_found("patient")),
        Some(ward) if !seen.holds(ward) => Some(elsewhere("`ward` is not one of yours")),
        Some(_) | None => None,
    })
}

fn hears(
    seen: &Scoped<'_>,
    id: &EndpointId,
    wards: &[WardId],
) -> Result<Option<Problem>, ReadError> {
    let is_elsewhere = seen.endpoint(id)?.is_none() && seen.source.endpoint(id)?.is_some();
    let is_ours = !wards.is_empty() && wards.iter().all(|ward| seen.holds(ward));
    Ok(match (is_elsewhere, is_ours) {
        (true, _) => Some(Problem::not_found("webhook")),
        (false, false) => Some(elsewhere("`wards` must name wards of yours, and no others")),
        (false, true) => None,
    })
}

fn elsewhere(detail: &str) -> Problem {
    Problem::new(Kind::Forbidden).with_detail(detail)
}
