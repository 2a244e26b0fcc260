//! The deterministic state machine: inputs in, writes out.

use super::batch::{Batch, Reply, RowHead};
use super::channels::DeadLetters;
use super::device::DeviceState;
use super::dirty::Dirty;
use super::history::History;
use super::patient::PatientState;
use super::recall::Recall;
use super::sessions::Sessions;
use super::timers::Timers;
use super::word::StepOutput;
use super::{CommandReply, Envelope, Input, Rulebook};
use crate::alert::routing::Router;
use crate::domain::{ClinicalTime, DeviceNumber, PatientNumber, WallTime};
use crate::registry::Registry;
use crate::store::{JournalKind, Write};
use std::sync::Arc;

/// All state that matters. It has no lock, no socket and no clock.
pub(super) struct Core {
    pub(super) book: Arc<Rulebook>,
    pub(super) registry: Registry,
    pub(super) patients: Vec<PatientState>,
    /// Newest journal row of each patient: where the chain of `previous` begins.
    pub(super) heads: Vec<Option<u64>>,
    pub(super) devices: Vec<DeviceState>,
    pub(super) sessions: Sessions,
    pub(super) timers: Timers,
    pub(super) dirty_patients: Dirty,
    pub(super) dirty_devices: Dirty,
    pub(super) clock: ClinicalTime,
    pub(super) next_seq: u64,
    pub(super) next_event: u64,
    pub(super) next_delivery: u64,
    /// The copy each input is judged on; afterwards the state before it.
    pub(super) scratch: PatientState,
    pub(super) output: StepOutput,
    pub(super) batch: Batch,
    pub(super) counters: Arc<super::Counters>,
    pub(super) history: Box<dyn History>,
    pub(super) recall: Recall,
    pub(super) dead_letters: DeadLetters,
    /// When a channel that goes on failing is told of again.
    pub(super) channels_again: Option<ClinicalTime>,
    pub(super) router: Router,
}

impl Core {
    /// Takes one input. Nothing is shown before the batch is committed.
    pub(super) fn take(&mut self, envelope: Envelope) {
        let Envelope {
            stamp: said,
            received,
            input,
            delivery,
        } = envelope;
        let stamp = self.tick(said, received);
        match input {
            Input::Device(device) => self.on_device(stamp, received, device),
            Input::Status {
                device,
                status,
                open,
            } => {
                self.open_exchange(open);
                self.on_status(stamp, received, &device, &status);
            }
            Input::Unreadable {
                device,
                topic,
                reason,
                payload,
                whole,
                open,
            } => {
                self.open_exchange(open);
                self.quarantine(stamp, device, topic, reason, &payload, whole);
            }
            Input::Session(input) => self.on_session(input),
            Input::Command {
                command,
                author,
                reply,
            } => {
                let answer = self.on_command(stamp, received, &command, &author);
                self.batch.replies.push(Reply::Command(reply, answer));
                self.batch.urgent = true;
            }
            Input::DeliveryReport { report, reply } => {
                self.on_delivery_report(stamp, received, report);
                self.batch.replies.push(Reply::Committed(reply));
            }
            Input::Channel { endpoint, change } => {
                self.on_channel((stamp, received), &endpoint, change);
            }
            Input::Canary { change, reply } => self.on_canary((stamp, received), change, reply),
            Input::SinkProgress { sink, seq } => self.on_sink_progress(stamp, sink, seq),
            Input::SinkRejected { sink, reason, line } => {
                self.on_sink_rejected(received, sink, reason, line);
            }
            Input::AuditRead {
                author,
                action,
                subject,
            } => self.on_audit_read(stamp, author, action, &subject),
            Input::Maintenance { writes, reply } => {
                self.on_maintenance(writes);
                self.batch.replies.push(Reply::Committed(reply));
            }
            Input::Scores { patient, reply } => {
                let scores = self.scores(patient, stamp);
                self.batch.replies.push(Reply::Scores(reply, scores));
                self.batch.urgent = true;
            }
            Input::Tick => self.note_clock(said),
            Input::Stop => {}
        }
        self.batch.deliveries.extend(delivery);
    }

    /// Moves the clock to `stamp` and fires everything that is due on the way.
    /// Stamps are made monotone here.
    fn tick(&mut self, stamp: ClinicalTime, received: WallTime) -> ClinicalTime {
        let stamp = stamp.max(self.clock);
        loop {
            let routing = self.router.next_due().filter(|due| *due <= stamp);
            if let Some((due, patient)) = self.timers.pop(routing.unwrap_or(stamp)) {
                self.clock = self.clock.max(due);
                self.fire(due.max(self.clock), received, patient);
            } else if let Some(due) = routing {
                self.clock = self.clock.max(due);
                self.advance_routing(received);
            } else {
                break;
            }
        }
        self.clock = stamp;
        if self.channels_again.is_some_and(|due| due <= stamp) {
            self.tell_again_of_channels((stamp, received));
        }
        stamp
    }

    /// What retention drops from the store is not remembered either.
    fn on_maintenance(&mut self, writes: Vec<Write>) {
        for write in &writes {
            if let Write::DropNotes { before } = write {
                self.registry.forget_notes(*before);
            }
        }
        self.batch.writes.others.extend(writes);
    }

    /// A clock that was ahead and is set right leaves times behind that are yet
    /// to come. Nothing goes back, so alarms wait for them: that is said aloud.
    fn note_clock(&self, said: ClinicalTime) {
        let behind = self.clock.ms_since(said) / 1_000;
        let was_behind = self.counters.is_clock_behind();
        self.counters.clock_behind_seconds.set(behind);
        if self.counters.is_clock_behind() && !was_behind {
            tracing::error!(
                behind_seconds = behind,
                "the clock is behind the times that are stored: no timer fires and new readings \
                 count as old until it has caught up; set the clock right"
            );
        }
    }

    /// The next journal row's place.
    pub(super) fn take_seq(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }

    /// Appends a journal row that changes no patient's state.
    pub(super) fn journal_plain(
        &mut self,
        stamp: ClinicalTime,
        kind: JournalKind,
        device: Option<DeviceNumber>,
        body: &impl serde::Serialize,
    ) -> u64 {
        let seq = self.take_seq();
        let head = RowHead {
            seq,
            stamp,
            kind,
            patient: None,
            device,
            previous: None,
        };
        self.batch.journal(head, |bytes| put_json(bytes, body));
        seq
    }

    /// Appends a journal row to a patient's chain.
    pub(super) fn journal_patient(
        &mut self,
        stamp: ClinicalTime,
        kind: JournalKind,
        patient: PatientNumber,
        device: Option<DeviceNumber>,
        write_body: impl FnOnce(&mut Vec<u8>),
    ) -> u64 {
        let seq = self.take_seq();
        let place = patient.0 as usize;
        if self.heads.len() <= place {
            self.heads.resize(place + 1, None);
        }
        let previous = self.heads.get_mut(place).and_then(|head| head.replace(seq));
        let head = RowHead {
            seq,
            stamp,
            kind,
            patient: Some(patient),
            device,
            previous,
        };
        self.batch.journal(head, write_body);
        self.batch.heads.push((patient, seq));
        self.dirty_patients.note(patient.0, seq);
        seq
    }
}

/// An answer without an id.
pub(super) fn done(affected: u64) -> CommandReply {
    CommandReply { id: None, affected }
}

/// Appends a value as JSON. Our own documents always serialise.
pub(super) fn put_json(bytes: &mut Vec<u8>, value: &impl serde::Serialize) {
    serde_json::to_writer(bytes, value)
        .expect("our own documents have string keys and finite numbers");
}
