//! Applies commands to the registry: all of a command or nothing of it.

use super::{Command, CommandError, Registry};
use crate::domain::{
    ClinicalTime, DeviceId, DeviceNumber, EndpointId, MeasuredTime, PatientNumber, WardId,
};

use super::{AssignmentId, Note, NoteId, Withdrawal};

/// Something the registry changed and the engine must write or act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A ward's document.
    Ward(WardId),
    /// A patient's document; `context` says whether what detectors know changed.
    Patient {
        number: PatientNumber,
        context: bool,
    },
    /// A device's document.
    Device(DeviceNumber),
    /// An assignment.
    Assignment(AssignmentId),
    /// Readings of `device` measured in `[starts, ends)` move from one patient
    /// to another; `from` none: they were in quarantine; `to` none: nobody's.
    Reattributed {
        device: DeviceNumber,
        starts: MeasuredTime,
        ends: Option<MeasuredTime>,
        from: Option<PatientNumber>,
        to: Option<PatientNumber>,
    },
    /// An endpoint's document.
    Endpoint(EndpointId),
    /// A token.
    Token(String),
    /// A device's credential.
    Credential(DeviceId),
    /// An account with its sessions, by name.
    Account(String),
    /// A new note.
    NoteWritten(Box<Note>),
    /// A note that no longer holds.
    NoteWithdrawn(NoteId, Box<Withdrawal>),
}

/// What applying a command gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// Identifier of what was made or changed.
    pub id: Option<String>,
    /// What to write and act on, in order.
    pub changes: Vec<Change>,
}

impl Registry {
    /// Applies `command`, given by `author` at `now`.
    ///
    /// Commands about alerts, observations and deliveries are not the
    /// registry's; for them this returns `Ok(None)`.
    ///
    /// # Errors
    /// [`CommandError`] when the command cannot be carried out; then nothing changed.
    pub fn apply(
        &mut self,
        command: &Command,
        author: &str,
        now: ClinicalTime,
    ) -> Result<Option<Applied>, CommandError> {
        use Command as C;
        match command {
            C::PutWard { .. }
            | C::PutPatient { .. }
            | C::StartMonitoring { .. }
            | C::PauseMonitoring { .. }
            | C::Discharge { .. }
            | C::SetLimit { .. } => self.apply_to_patient(command, author, now),
            C::PutDevice { .. } | C::Assign { .. } | C::EndAssignment { .. } => {
                self.apply_to_device(command, author)
            }
            C::WriteNote { .. } | C::WithdrawNote { .. } => {
                self.apply_to_notes(command, author, now)
            }
            C::PutEndpoint { .. }
            | C::DisableEndpoint { .. }
            | C::CreateToken { .. }
            | C::RevokeToken { .. }
            | C::CreateDeviceCredential { .. }
            | C::RotateDeviceCredential { .. }
            | C::RevokeDeviceCredential { .. } => self.apply_to_access(command, author, now),
            C::PutAccount { .. }
            | C::CloseAccount { .. }
            | C::SignIn { .. }
            | C::SignOut { .. } => self.apply_to_account(command, now),
            C::Observe { .. }
            | C::Acknowledge { .. }
            | C::Resolve { .. }
            | C::Comment { .. }
            | C::Snooze { .. }
            | C::Unsnooze { .. }
            | C::AssignAlert { .. }
            | C::Reopen { .. }
            | C::CreateSilence { .. }
            | C::EndSilence { .. }
            | C::SetRotaOverrides { .. }
            | C::ReplayDeliveries { .. }
            | C::Order(_)
            | C::TestEndpoint { .. } => return Ok(None),
        }
        .map(Some)
    }
}

impl Applied {
    pub(super) fn new(id: impl Into<String>, changes: Vec<Change>) -> Self {
        Self {
            id: Some(id.into()),
            changes,
        }
    }
}
