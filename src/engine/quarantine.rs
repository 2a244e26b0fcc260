//! What cannot be judged is set aside with its reason, and acknowledged.

use super::core::Core;
use super::input::{DeviceInput, Whole};
use super::judge::Poisoned;
use super::word::PatientInput;
use crate::detect::{DeviceEvent, Monitor};
use crate::domain::{
    ClinicalTime, DeviceId, DeviceNumber, PatientNumber, QuarantineReason, WallTime,
};
use crate::store::{JournalKind, QuarantineRow, Write};

impl Core {
    /// Sets a payload aside.
    pub(super) fn quarantine(
        &mut self,
        stamp: ClinicalTime,
        device: Option<DeviceId>,
        topic: String,
        reason: QuarantineReason,
        payload: &[u8],
        whole: Whole,
    ) {
        self.counters.quarantined.add(1);
        let code = reason.code();
        let number = device
            .as_ref()
            .and_then(|id| self.registry.device_number(id.as_str()));
        let body = serde_json::json!({ "reason": code, "length": whole.length });
        self.journal_plain(stamp, JournalKind::Quarantined, number, &body);
        self.batch.write(Write::Quarantine(QuarantineRow {
            stamp,
            device,
            topic,
            reason: code,
            length: whole.length,
            sha256: hexadecimal(&whole.sha256),
            payload: payload.to_vec(),
        }));
    }

    /// Sets a whole device message aside.
    pub(super) fn quarantine_device(
        &mut self,
        stamp: ClinicalTime,
        input: &DeviceInput,
        reason: QuarantineReason,
    ) {
        let device = Some(input.device.clone());
        let topic = input.format.to_owned();
        self.quarantine(
            stamp,
            device,
            topic,
            reason,
            &input.payload,
            Whole::of(&input.payload),
        );
    }

    /// Keeps the original bytes when a part of the message was refused, and
    /// the message's identity when no row carries it.
    pub(super) fn quarantine_rejected(
        &mut self,
        stamp: ClinicalTime,
        device: DeviceNumber,
        input: &DeviceInput,
        stored: bool,
    ) {
        let message = &input.message;
        if let Some(first) = message.rejected.first() {
            self.counters
                .rejected_values
                .add(message.rejected.len() as u64);
            self.quarantine_device(stamp, input, QuarantineReason::Rejected(first.reason));
        }
        // What no row carries (an identity, refused times) must survive a crash.
        if !stored || !message.rejected.is_empty() {
            let seq = self.next_seq.saturating_sub(1);
            self.dirty_devices.note(device.0, seq);
            self.save_device(device);
        }
    }

    /// An input that made a detector panic costs that input only.
    pub(super) fn poisoned(
        &mut self,
        (stamp, received): (ClinicalTime, WallTime),
        patient: PatientNumber,
        input: Option<&DeviceInput>,
        what: &'static str,
    ) {
        self.counters.poisoned.add(1);
        tracing::error!(
            input = what,
            "judging an input failed inside Wardlight; it is in quarantine and the ward is told"
        );
        if let Some(input) = input {
            self.quarantine_device(stamp, input, QuarantineReason::InternalError);
        }
        if self.tell_internal_error(stamp, received, patient).is_err() {
            // Time itself panics for this patient: only a fresh monitor can go on.
            self.reset_monitor(patient);
            tracing::error!("a patient's baselines were reset after repeated internal errors");
            let _ = self.tell_internal_error(stamp, received, patient);
        }
    }

    fn tell_internal_error(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        patient: PatientNumber,
    ) -> Result<(), Poisoned> {
        let event = DeviceEvent::InternalError;
        let input = PatientInput::DeviceEvent(&event);
        self.step_patient(stamp, patient, &input)?;
        let write = |bytes: &mut Vec<u8>| super::core::put_json(bytes, &event);
        let seq = self.journal_patient(stamp, JournalKind::DeviceEvent, patient, None, write);
        self.publish_events(seq, stamp, received, patient, &input);
        Ok(())
    }

    fn reset_monitor(&mut self, patient: PatientNumber) {
        if let Some(state) = self.patients.get_mut(patient.0 as usize) {
            state.monitor = Monitor::default();
        }
        self.save_patient(patient.0);
    }
}

/// Lowercase hexadecimal digits of `bytes`.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
