//! Judges one input on a copy of the patient's state, under a guard.

use super::core::Core;
use super::patient::PatientState;
use super::word::{PatientInput, StepOutput};
use crate::domain::{ClinicalTime, DeviceNumber, PatientNumber, WallTime};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An input that made a detector panic; the patient's state is as before.
pub(super) struct Poisoned;

impl Core {
    /// Steps the patient. On success `self.output` holds what it gave and
    /// `self.scratch` the state before.
    pub(super) fn step_patient(
        &mut self,
        stamp: ClinicalTime,
        patient: PatientNumber,
        input: &PatientInput<'_>,
    ) -> Result<(), Poisoned> {
        let Self {
            patients,
            scratch,
            output,
            book,
            ..
        } = self;
        let Some(state) = patients.get_mut(patient.0 as usize) else {
            return Err(Poisoned);
        };
        step_on(scratch, state, |copy| {
            output.clear();
            copy.step(book, stamp, input, output);
        })?;
        self.timers.arm(patient, self.due(patient));
        Ok(())
    }

    fn due(&self, patient: PatientNumber) -> Option<ClinicalTime> {
        self.patients
            .get(patient.0 as usize)
            .and_then(|state| state.next_due())
    }

    /// Sets the deadline of a patient whose state was loaded or rebuilt.
    pub(super) fn arm(&mut self, patient: PatientNumber) {
        self.timers.arm(patient, self.due(patient));
    }

    /// Fires what is due for a patient at `due`. It is journaled when it has
    /// an outcome; without one it follows from the clock alone.
    pub(super) fn fire(&mut self, due: ClinicalTime, received: WallTime, patient: PatientNumber) {
        match self.step_patient(due, patient, &PatientInput::Nothing) {
            Ok(()) if self.output.events.is_empty() => {}
            Ok(()) => {
                let kind = crate::store::JournalKind::Tick;
                let seq = self.journal_patient(due, kind, patient, None, |_| {});
                self.publish_events(seq, due, received, patient, &PatientInput::Nothing);
            }
            Err(Poisoned) => self.poisoned((due, received), patient, None, "a timer"),
        }
    }

    /// Makes room for every patient of the registry, and saves what is new at
    /// once: a state without a snapshot would make a recovery fold from the
    /// first row.
    pub(super) fn grow_and_save(&mut self) {
        let (patients, devices) = (self.patients.len(), self.devices.len());
        self.grow();
        for number in patients..self.patients.len() {
            self.save_patient(u32::try_from(number).unwrap_or(u32::MAX));
        }
        for number in devices..self.devices.len() {
            self.save_device(DeviceNumber(u32::try_from(number).unwrap_or(u32::MAX)));
        }
    }

    /// Makes room for every patient of the registry.
    pub(super) fn grow(&mut self) {
        while self.patients.len() < self.registry.patient_count() {
            let number = u32::try_from(self.patients.len()).unwrap_or(u32::MAX);
            self.patients.push(PatientState::new(PatientNumber(number)));
        }
        self.devices
            .resize_with(self.registry.device_count(), Default::default);
        self.heads
            .resize(self.patients.len().max(self.heads.len()), None);
    }
}

/// Runs one judgement; a panic in it costs that input only.
pub(super) fn guarded(judge: impl FnOnce()) -> Result<(), Poisoned> {
    // The copy a panic leaves half-changed is thrown away, so nothing that
    // outlives the closure can be seen in a broken state.
    catch_unwind(AssertUnwindSafe(judge)).map_err(|_| Poisoned)
}

/// Steps a state on a copy that is written over `scratch`. On success `scratch`
/// holds the state before; else it means nothing.
pub(super) fn step_on(
    scratch: &mut PatientState,
    state: &mut PatientState,
    step: impl FnOnce(&mut PatientState),
) -> Result<(), Poisoned> {
    scratch.clone_from(state);
    guarded(|| step(scratch))?;
    std::mem::swap(state, scratch);
    Ok(())
}

/// A step whose outputs nobody wants: rebuilding one patient.
pub(super) fn step_silently(
    state: &mut PatientState,
    book: &super::Rulebook,
    stamp: ClinicalTime,
    input: &PatientInput<'_>,
    output: &mut StepOutput,
) -> Result<(), Poisoned> {
    output.clear();
    let mut copy = state.clone();
    guarded(|| copy.step(book, stamp, input, output))?;
    *state = copy;
    Ok(())
}
