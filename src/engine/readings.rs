//! A device's message: seen before? whose? judged, journaled.

use super::core::Core;
use super::device::Seen;
use super::input::{DeviceInput, OpenExchange};
use super::judge::Poisoned;
use super::word::PatientInput;
use crate::detect::DeviceEvent;
use crate::domain::{
    ClinicalTime, DeviceMessage, DeviceNumber, PatientNumber, Quality, QualityReason,
    QuarantineReason, Reading, ReadingSource, Vital, WallTime,
};
use crate::store::{EntryHeader, JournalKind, Write, entry};

/// Where one message stands.
#[derive(Clone, Copy)]
pub(super) struct MessageContext {
    pub(super) stamp: ClinicalTime,
    pub(super) received: WallTime,
    pub(super) device: DeviceNumber,
    pub(super) header: EntryHeader,
}

impl Core {
    pub(super) fn on_device(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        input: DeviceInput,
    ) {
        self.open_exchange(input.open.clone());
        let Some(device) = self.registry.device_number(input.device.as_str()) else {
            self.quarantine_device(stamp, &input, QuarantineReason::UnknownDevice);
            return;
        };
        let message = &input.message;
        let timeless = message.times_from_arrival;
        let (session, sequence, hash) = (message.session, message.sequence, message.payload_hash);
        let Some(state) = self.devices.get_mut(device.0 as usize) else {
            return;
        };
        let mut conflict = false;
        match state.seen(session, sequence, hash, timeless, stamp) {
            Seen::Repeat => {
                self.counters.repeats.add(1);
                return;
            }
            Seen::Conflict => conflict = true,
            Seen::New | Seen::Unknown => {}
        }
        let noted = state.note(session, sequence, hash, timeless, stamp);
        let clock = state.note_clock(&message.rejected, !message.readings.is_empty());
        note_drift(state, message, stamp);
        let header = EntryHeader {
            source: ReadingSource::Watch,
            session,
            sequence,
            payload_hash: hash,
            times_from_arrival: timeless,
            original_arrival: None,
        };
        let context = MessageContext {
            stamp,
            received,
            device,
            header,
        };
        let stored = self.store_by_wearer(context, &input);
        self.quarantine_rejected(stamp, device, &input, stored);
        if conflict {
            self.counters.sequence_conflicts.add(1);
            self.device_event(context, &DeviceEvent::PayloadConflict);
        }
        self.tell_wearer(context, noted.missing, clock);
    }

    /// Journals the readings under whoever wore the device when each was
    /// measured; true when at least one row carries the message's identity.
    fn store_by_wearer(&mut self, context: MessageContext, input: &DeviceInput) -> bool {
        let mut stored = false;
        let mut homeless = false;
        let mut rest = input.message.readings.as_slice();
        while let Some(first) = rest.first() {
            let assignment = self.registry.wearer(context.device, first.at);
            let wearer = assignment.map(|assignment| assignment.patient);
            let same = |reading: &&Reading| match assignment {
                Some(assignment) => assignment.covers(reading.at),
                None => self.registry.wearer(context.device, reading.at).is_none(),
            };
            let length = rest.iter().take_while(same).count();
            let (run, later) = rest.split_at(length.max(1));
            match wearer {
                Some(patient) => stored |= self.store_run(context, patient, run, input),
                None => homeless = true,
            }
            rest = later;
        }
        if homeless {
            self.quarantine_device(context.stamp, input, QuarantineReason::Unassigned);
        }
        stored
    }

    /// Drops what was seen before, judges the rest and journals it.
    fn store_run(
        &mut self,
        context: MessageContext,
        patient: PatientNumber,
        run: &[Reading],
        input: &DeviceInput,
    ) -> bool {
        if self.all_new(context.device, run) {
            return self.judge_run(context, patient, run, &[], Some(input));
        }
        let (fresh, conflicts) = self.unseen(context.device, patient, run);
        self.counters
            .repeated_readings
            .add((run.len() - fresh.len() - conflicts.len()) as u64);
        self.counters
            .conflicting_readings
            .add(conflicts.len() as u64);
        if fresh.is_empty() && conflicts.is_empty() {
            return false;
        }
        self.judge_run(context, patient, &fresh, &conflicts, Some(input))
    }

    /// The common case: no reading can have been seen, and each is newer than
    /// the ones of its vital before it in the message. Notes them.
    fn all_new(&mut self, device: DeviceNumber, run: &[Reading]) -> bool {
        let Some(state) = self.devices.get_mut(device.0 as usize) else {
            return false;
        };
        let mut newest = [i64::MIN; Vital::COUNT];
        let all = run.iter().all(|reading| {
            let before = newest.get_mut(reading.vital.index());
            let before = before.map(|before| std::mem::replace(before, reading.at.epoch_ms()));
            before.is_some_and(|before| before < reading.at.epoch_ms())
                && state.times.is_new(reading.vital, reading.at)
        });
        if all {
            for reading in run {
                state.times.note(reading.vital, reading.at);
            }
        }
        all
    }

    /// Judges `fresh`, and journals it with `conflicts` beside it.
    pub(super) fn judge_run(
        &mut self,
        context: MessageContext,
        patient: PatientNumber,
        fresh: &[Reading],
        conflicts: &[Reading],
        input: Option<&DeviceInput>,
    ) -> bool {
        let judged = PatientInput::Readings {
            readings: fresh,
            source: context.header.source,
        };
        if let Err(Poisoned) = self.step_patient(context.stamp, patient, &judged) {
            self.poisoned(
                (context.stamp, context.received),
                patient,
                input,
                "a message",
            );
            return false;
        }
        self.counters
            .readings_stored
            .add((fresh.len() + conflicts.len()) as u64);
        let seq = if conflicts.is_empty() {
            let qualities = std::mem::take(&mut self.output.qualities);
            let seq = self.journal_readings(context, patient, fresh, &qualities);
            self.output.qualities = qualities;
            seq
        } else {
            let (readings, qualities) = beside(fresh, &self.output.qualities, conflicts);
            self.journal_readings(context, patient, &readings, &qualities)
        };
        if !self.output.events.is_empty() {
            self.publish_events(seq, context.stamp, context.received, patient, &judged);
        }
        true
    }

    pub(super) fn journal_readings(
        &mut self,
        context: MessageContext,
        patient: PatientNumber,
        readings: &[Reading],
        qualities: &[Quality],
    ) -> u64 {
        let MessageContext {
            stamp,
            device,
            header,
            ..
        } = context;
        let write = |bytes: &mut Vec<u8>| entry::encode(&header, readings, qualities, stamp, bytes);
        let seq = self.journal_patient(stamp, JournalKind::Readings, patient, Some(device), write);
        self.dirty_devices.note(device.0, seq);
        let conflict = Quality::Suspect(QualityReason::Conflict);
        let judged = readings.iter().zip(qualities);
        let first = judged.filter(|(_, quality)| **quality != conflict);
        self.recall
            .note(patient, device, first.map(|(reading, _)| reading));
        seq
    }

    /// Tells whoever wears the device now what its messages showed.
    fn tell_wearer(&mut self, context: MessageContext, missing: u32, clock: Option<bool>) {
        if missing > 0 {
            let count = u64::from(missing);
            self.counters.messages_missing.add(count);
            self.device_event(context, &DeviceEvent::MessagesMissing { count });
        }
        match clock {
            Some(true) => self.device_event(context, &DeviceEvent::ClockWrong),
            Some(false) => self.device_event(context, &DeviceEvent::ClockRight),
            None => {}
        }
    }

    /// Journals a device event under the device's wearer and judges it.
    pub(super) fn device_event(&mut self, context: MessageContext, event: &DeviceEvent) {
        let MessageContext {
            stamp,
            received,
            device,
            ..
        } = context;
        let Some(patient) = self.registry.current_wearer(device) else {
            return;
        };
        let input = PatientInput::DeviceEvent(event);
        if let Err(Poisoned) = self.step_patient(stamp, patient, &input) {
            self.poisoned((stamp, received), patient, None, "a device event");
            return;
        }
        let kind = JournalKind::DeviceEvent;
        let write = |bytes: &mut Vec<u8>| super::core::put_json(bytes, event);
        let seq = self.journal_patient(stamp, kind, patient, Some(device), write);
        self.dirty_devices.note(device.0, seq);
        self.publish_events(seq, stamp, received, patient, &input);
    }

    /// Writes a QoS 2 exchange as open, in the same commit as its message.
    pub(super) fn open_exchange(&mut self, open: Option<OpenExchange>) {
        if let Some(OpenExchange { client, packet }) = open {
            self.sessions.open_packet(&client, packet);
            self.batch.write(Write::PacketOpened { client, packet });
        }
    }
}

/// Conflicting readings stand behind the judged ones, each marked.
fn beside(
    fresh: &[Reading],
    qualities: &[Quality],
    conflicts: &[Reading],
) -> (Vec<Reading>, Vec<Quality>) {
    let marked = std::iter::repeat_n(Quality::Suspect(QualityReason::Conflict), conflicts.len());
    (
        fresh.iter().chain(conflicts).copied().collect(),
        qualities.iter().copied().chain(marked).collect(),
    )
}

/// Slowly follows the difference between the device's clock and ours.
fn note_drift(
    state: &mut super::device::DeviceState,
    message: &DeviceMessage,
    stamp: ClinicalTime,
) {
    let Some(sent) = message.sent else { return };
    let now = -sent.age_ms_at(stamp);
    state.drift_ms = Some(
        state
            .drift_ms
            .map_or(now, |before| before + (now - before) / 8),
    );
}
