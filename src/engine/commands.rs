//! What people and integrators ask for.

use super::CommandReply;
use super::core::{Core, done};
use super::readings::MessageContext;
use super::word::{AlertCommand, PatientInput};
use crate::alert::number_of;
use crate::domain::{
    ClinicalTime, DeviceId, PatientId, PatientNumber, Reading, ReadingSource, WallTime,
};
use crate::registry::{Applied, Change, Command, CommandError, ObservedValue};
use crate::store::{EntryHeader, JournalKind, Write};
use std::sync::Arc;

impl Core {
    pub(super) fn on_command(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        command: &Command,
        author: &str,
    ) -> Result<CommandReply, CommandError> {
        if let Command::Order(order) = command {
            return self.on_order((stamp, received), order, author);
        }
        let reply = match self.registry.apply(command, author, stamp)? {
            Some(applied) => self.on_applied(stamp, received, applied),
            None => self.on_alert_or_observation(stamp, received, command, author)?,
        };
        self.audit(stamp, author, command);
        Ok(reply)
    }

    fn on_alert_or_observation(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        command: &Command,
        author: &str,
    ) -> Result<CommandReply, CommandError> {
        if let Some(answer) = AlertCommand::of(command, author) {
            return self.on_alert(stamp, received, &answer);
        }
        match command {
            Command::Observe {
                patient,
                readings,
                source,
            } => self.on_observation((stamp, received), patient, readings, source),
            Command::ReplayDeliveries {
                endpoint,
                deliveries,
                span,
            } => self.on_replay(received, endpoint, deliveries, *span),
            Command::TestEndpoint { id } => self.on_test((stamp, received), id, author),
            Command::CreateSilence { .. }
            | Command::EndSilence { .. }
            | Command::SetRotaOverrides { .. } => {
                self.on_routing((stamp, received), command, author)
            }
            _ => Ok(done(0)),
        }
    }

    /// Writes and acts on what the registry changed.
    fn on_applied(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        applied: Applied,
    ) -> CommandReply {
        self.grow_and_save();
        let mut affected = 0;
        for change in applied.changes {
            affected += self.on_change(stamp, received, change);
        }
        CommandReply {
            id: applied.id,
            affected,
        }
    }

    pub(super) fn on_change(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        change: Change,
    ) -> u64 {
        let registry = &self.registry;
        let moved = match change {
            Change::Patient { number, .. } => Some(number),
            Change::Assignment(id) => registry.assignment(id).map(|worn| worn.patient),
            _ => None,
        };
        let write = match change {
            Change::Ward(id) => registry.ward(&id).cloned().map(Write::Ward),
            Change::Patient { number, context } => {
                let patient = registry.patient(number).cloned();
                if let (true, Some(patient)) = (context, &patient) {
                    self.on_context(stamp, received, number, Arc::new(patient.context.clone()));
                }
                patient.map(|patient| Write::Patient(Box::new(patient)))
            }
            Change::Device(number) => registry.device(number).cloned().map(Write::Device),
            Change::Assignment(id) => registry.assignment(id).cloned().map(Write::Assignment),
            Change::Endpoint(id) => {
                self.batch.endpoints_changed = true;
                self.arm_channels();
                let registry = &self.registry;
                registry
                    .endpoint(&id)
                    .cloned()
                    .map(|endpoint| Write::Endpoint(Box::new(endpoint)))
            }
            Change::Token(name) => {
                self.batch.access_changed = true;
                registry.token(&name).cloned().map(Write::Token)
            }
            Change::Credential(device) => {
                self.batch.access_changed = true;
                registry.credential(&device).cloned().map(Write::Credential)
            }
            Change::Account(name) => {
                self.batch.access_changed = true;
                registry.account(&name).cloned().map(Write::Account)
            }
            Change::NoteWritten(note) => Some(Write::Note(note)),
            Change::NoteWithdrawn(note, withdrawal) => {
                Some(Write::NoteWithdrawn { note, withdrawal })
            }
            Change::Reattributed {
                device,
                starts,
                ends,
                from,
                to,
            } => {
                return self.reattribute(stamp, received, device, (starts, ends), (from, to));
            }
        };
        if let Some(write) = write {
            self.batch.write(write);
        }
        if let Some(patient) = moved {
            self.route_move((stamp, received), patient);
        }
        0
    }

    pub(super) fn on_context(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        number: PatientNumber,
        context: Arc<crate::domain::PatientContext>,
    ) {
        let input = PatientInput::Context(Arc::clone(&context));
        if self.step_patient(stamp, number, &input).is_err() {
            self.poisoned((stamp, received), number, None, "a change of context");
            return;
        }
        let write = |bytes: &mut Vec<u8>| super::core::put_json(bytes, &*context);
        let seq = self.journal_patient(stamp, JournalKind::Context, number, None, write);
        self.publish_events(seq, stamp, received, number, &input);
    }

    pub(super) fn on_alert(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        command: &AlertCommand,
    ) -> Result<CommandReply, CommandError> {
        let missing = CommandError::NotFound { what: "alert" };
        let (number, _) = number_of(&command.alert, &self.book.site).ok_or(missing)?;
        if self.registry.patient(number).is_none() {
            return Err(CommandError::NotFound { what: "alert" });
        }
        let input = PatientInput::Alert(command);
        if self.step_patient(stamp, number, &input).is_err() {
            self.poisoned((stamp, received), number, None, "an answer to an alert");
            return Err(CommandError::Internal);
        }
        let answer = self.output.answer.take();
        let changed = answer.unwrap_or(Err(CommandError::NotFound { what: "alert" }))?;
        let write = |bytes: &mut Vec<u8>| super::core::put_json(bytes, command);
        let seq = self.journal_patient(stamp, JournalKind::AlertCommand, number, None, write);
        self.publish_events(seq, stamp, received, number, &input);
        Ok(CommandReply {
            id: Some(command.alert.as_str().to_owned()),
            affected: u64::from(changed),
        })
    }

    fn on_observation(
        &mut self,
        (stamp, received): (ClinicalTime, WallTime),
        patient: &PatientId,
        observed: &[ObservedValue],
        source: &str,
    ) -> Result<CommandReply, CommandError> {
        let number = self
            .registry
            .patient_number(patient)
            .ok_or(CommandError::NotFound { what: "patient" })?;
        let id = DeviceId::new(source).map_err(|error| CommandError::Invalid {
            field: "source",
            problem: error.to_string(),
        })?;
        let device = self.registry.put_device(&id, None);
        self.grow_and_save();
        if let Some(device) = self.registry.device(device).cloned() {
            self.batch.write(Write::Device(device));
        }
        let readings: Vec<Reading> = observed.iter().copied().map(Reading::from).collect();
        let (fresh, conflicts) = self.unseen(device, number, &readings);
        if fresh.is_empty() && conflicts.is_empty() {
            return Ok(done(0));
        }
        let header = EntryHeader {
            source: ReadingSource::Staff,
            session: None,
            sequence: None,
            payload_hash: 0,
            times_from_arrival: false,
            original_arrival: None,
        };
        let context = MessageContext {
            stamp,
            received,
            device,
            header,
        };
        if !self.judge_run(context, number, &fresh, &conflicts, None) {
            return Err(CommandError::Internal);
        }
        Ok(done((fresh.len() + conflicts.len()) as u64))
    }

    /// The command joins the journal and the audit with its author. Secrets
    /// are in it only as hashes; signing secrets are left out.
    pub(super) fn audit(&mut self, stamp: ClinicalTime, author: &str, command: &Command) {
        let shown = without_secrets(command);
        let entry = serde_json::json!({ "author": author, "command": shown });
        self.journal_plain(stamp, JournalKind::Command, None, &entry);
        self.batch.write(Write::Audit {
            at: stamp,
            author: author.to_owned(),
            action: action(command),
            document: shown.to_string(),
        });
    }
}

fn without_secrets(command: &Command) -> serde_json::Value {
    let mut value = serde_json::to_value(command).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("secrets");
        fields.remove("sha256");
        fields.remove("password");
        if matches!(
            command,
            Command::WriteNote { .. } | Command::WithdrawNote { .. }
        ) {
            // Whoever reads the audit sees no patients, and the audit outlives notes.
            fields.remove("text");
            fields.remove("reason");
        }
        if let Command::PutEndpoint { channel, .. } = command
            && channel.format.address_is_secret()
        {
            fields.remove("url");
        }
    }
    value
}

/// The stable name of a command in the audit.
fn action(command: &Command) -> &'static str {
    match command {
        Command::PutWard { .. } => "put_ward",
        Command::PutPatient { .. } => "put_patient",
        Command::StartMonitoring { .. } => "start_monitoring",
        Command::PauseMonitoring { .. } => "pause_monitoring",
        Command::Discharge { .. } => "discharge",
        Command::SetLimit { .. } => "set_limit",
        Command::WriteNote { .. } => "write_note",
        Command::WithdrawNote { .. } => "withdraw_note",
        Command::PutDevice { .. } => "put_device",
        Command::Assign { .. } => "assign",
        Command::EndAssignment { .. } => "end_assignment",
        Command::Observe { .. } => "observe",
        Command::Acknowledge { .. } => "acknowledge",
        Command::Resolve { .. } => "resolve",
        Command::Comment { .. } => "comment",
        Command::Snooze { .. } => "snooze",
        Command::Unsnooze { .. } => "unsnooze",
        Command::AssignAlert { .. } => "assign_alert",
        Command::Reopen { .. } => "reopen",
        Command::Order(_) => "order",
        Command::CreateSilence { .. } => "create_silence",
        Command::EndSilence { .. } => "end_silence",
        Command::SetRotaOverrides { .. } => "set_rota_overrides",
        Command::PutEndpoint { .. } => "put_endpoint",
        Command::DisableEndpoint { .. } => "disable_endpoint",
        Command::ReplayDeliveries { .. } => "replay_deliveries",
        Command::TestEndpoint { .. } => "test_endpoint",
        Command::CreateToken { .. } => "create_token",
        Command::RevokeToken { .. } => "revoke_token",
        Command::PutAccount { .. } => "put_account",
        Command::CloseAccount { .. } => "close_account",
        Command::SignIn { .. } => "sign_in",
        Command::SignOut { .. } => "sign_out",
        Command::CreateDeviceCredential { .. } => "create_device_credential",
        Command::RotateDeviceCredential { .. } => "rotate_device_credential",
        Command::RevokeDeviceCredential { .. } => "revoke_device_credential",
    }
}
