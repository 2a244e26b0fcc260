//! Readings that turn out to be another patient's.
//!
//! Nothing is deleted: the readings are void for one patient, entered for the
//! other as retrospective, both states are rebuilt, and alerts that rested on
//! them are marked as entered in error.

use super::core::Core;
use super::input::Whole;
use super::judge::step_silently;
use super::patient::PatientState;
use super::readings::MessageContext;
use super::word::{PatientInput, StepOutput};
use crate::alert;
use crate::domain::{
    ClinicalTime, DeviceNumber, EvidenceValue, MeasuredTime, PatientNumber, Quality, QualityReason,
    QuarantineReason, Reading, ReadingSource, Vital, WallTime,
};
use crate::registry::Assignment;
use crate::store::{EntryHeader, JournalKind, PointView, VoidRow, Write};
use std::collections::HashSet;
use std::sync::Arc;

/// Readings of one message that waits in quarantine: well below 256 KiB.
const MOVED_PER_MESSAGE: usize = 2_000;

impl Core {
    /// Moves readings; gives how many were moved.
    pub(super) fn reattribute(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        device: DeviceNumber,
        (starts, ends): (MeasuredTime, Option<MeasuredTime>),
        (from, to): (Option<PatientNumber>, Option<PatientNumber>),
    ) -> u64 {
        let Some(from) = from else {
            return to.map_or(0, |_| self.release_quarantine(stamp, received, device));
        };
        let inside = |at: MeasuredTime| starts <= at && ends.is_none_or(|end| at < end);
        let mut points = self.points_of(from);
        let moved: Vec<PointView> = points
            .iter()
            .filter(|p| p.device == device && inside(p.at))
            .copied()
            .collect();
        points.retain(|point| point.device != device || !inside(point.at));
        self.void(stamp, from, device, (starts, ends));
        let staffs = self.measured_by_staff(&points);
        self.rebuild(stamp, from, points);
        let rests_on_moved = |value: &EvidenceValue| {
            value.is_within(starts, ends) && !staffs.contains(&(value.vital, value.measured))
        };
        self.mark_in_error(stamp, received, from, &rests_on_moved);
        self.save_patient(from.0);
        match to {
            Some(to) => self.enter(stamp, received, device, to, &moved),
            None => self.set_moved_aside(stamp, device, moved.clone()),
        }
        self.counters.reattributed_readings.add(moved.len() as u64);
        moved.len() as u64
    }

    fn void(
        &mut self,
        stamp: ClinicalTime,
        patient: PatientNumber,
        device: DeviceNumber,
        (starts, ends): (MeasuredTime, Option<MeasuredTime>),
    ) {
        self.recall.clear();
        let body = serde_json::json!({ "starts": starts, "ends": ends });
        let write = |bytes: &mut Vec<u8>| super::core::put_json(bytes, &body);
        let seq = self.journal_patient(stamp, JournalKind::Void, patient, Some(device), write);
        self.batch.write(Write::Void(VoidRow {
            seq,
            stamp,
            patient,
            device,
            starts,
            ends,
        }));
    }

    /// Enters the readings for the other patient, message by message.
    fn enter(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        device: DeviceNumber,
        to: PatientNumber,
        moved: &[PointView],
    ) {
        let mut points = self.points_of(to);
        points.extend_from_slice(moved);
        for message in messages(moved) {
            let Some(first) = message.first() else {
                continue;
            };
            let readings: Vec<Reading> = message.iter().map(PointView::reading).collect();
            let qualities: Vec<_> = message.iter().map(|point| point.quality).collect();
            let header = EntryHeader {
                source: ReadingSource::Retrospective,
                session: None,
                sequence: None,
                payload_hash: 0,
                times_from_arrival: false,
                original_arrival: Some(first.arrived),
            };
            let context = MessageContext {
                stamp,
                received,
                device,
                header,
            };
            self.journal_readings(context, to, &readings, &qualities);
        }
        self.rebuild(stamp, to, points);
        self.publish_events(
            self.next_seq - 1,
            stamp,
            received,
            to,
            &PatientInput::Rebuilt,
        );
        self.save_patient(to.0);
    }

    /// What belongs to nobody waits in quarantine like any message from outside
    /// an assignment, so that a later assignment brings it in.
    fn set_moved_aside(
        &mut self,
        stamp: ClinicalTime,
        device: DeviceNumber,
        mut moved: Vec<PointView>,
    ) {
        let Some(id) = self.registry.device(device).map(|device| device.id.clone()) else {
            return;
        };
        let conflict = Quality::Suspect(QualityReason::Conflict);
        moved.retain(|point| point.quality != conflict);
        moved.sort_by_key(|point| (point.at, point.vital));
        for part in moved.chunks(MOVED_PER_MESSAGE) {
            let payload = native_message(part);
            let topic = "vitals".to_owned();
            let reason = QuarantineReason::Unassigned;
            let whole = Whole::of(&payload);
            self.quarantine(stamp, Some(id.clone()), topic, reason, &payload, whole);
        }
    }

    /// Stored points of a patient, those of this batch's rows included.
    fn points_of(&self, patient: PatientNumber) -> Vec<PointView> {
        let mut points = self.history.points(patient);
        points.extend(self.waiting_points(patient));
        points
    }

    /// Folds the patient's readings anew into a fresh state, in the order they
    /// arrived. The caller saves it in this commit, so that a recovery never
    /// folds across the re-attribution. What people did to alerts stays.
    pub(super) fn rebuild(
        &mut self,
        stamp: ClinicalTime,
        patient: PatientNumber,
        mut points: Vec<PointView>,
    ) {
        let conflict = Quality::Suspect(QualityReason::Conflict);
        points.retain(|point| point.quality != conflict); // it was never judged
        points.sort_by_key(|point| (heard(point), point.at, point.vital));
        let Some(before) = self.patients.get(patient.0 as usize).cloned() else {
            return;
        };
        let mut state = PatientState::new(patient);
        state.context = Arc::clone(&before.context);
        let mut output = StepOutput::default();
        // Monitoring and its timers begin with what is known first.
        let first = points.first().map_or(stamp, heard).min(stamp);
        let context = PatientInput::Context(Arc::clone(&before.context));
        let _ = step_silently(&mut state, &self.book, first, &context, &mut output);
        for message in messages(&points) {
            let Some(first) = message.first() else {
                continue;
            };
            let readings: Vec<Reading> = message.iter().map(PointView::reading).collect();
            let input = PatientInput::Readings {
                readings: &readings,
                source: self.source(first.device),
            };
            // A message that panicked when it first came panics again: it is left out again.
            let _ = step_silently(&mut state, &self.book, heard(first), &input, &mut output);
        }
        let _ = step_silently(
            &mut state,
            &self.book,
            stamp,
            &PatientInput::Nothing,
            &mut output,
        );
        output.clear();
        state.keep_episodes(before.episodes.clone(), &self.book, stamp, &mut output);
        self.scratch = before;
        if let Some(place) = self.patients.get_mut(patient.0 as usize) {
            *place = state;
        }
        self.output = output;
        self.arm(patient);
    }

    fn mark_in_error(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        number: PatientNumber,
        rests_on_moved: &dyn Fn(&EvidenceValue) -> bool,
    ) {
        let Self {
            patients,
            book,
            output,
            ..
        } = self;
        let Some(state) = patients.get_mut(number.0 as usize) else {
            return;
        };
        let patient = alert::Patient {
            number,
            site: &book.site,
        };
        let author = "re-attribution";
        let events = &mut output.events;
        state
            .episodes
            .entered_in_error(&patient, rests_on_moved, stamp, author, events);
        self.publish_events(
            self.next_seq - 1,
            stamp,
            received,
            number,
            &PatientInput::Rebuilt,
        );
        self.arm(number);
    }

    /// What people measured of the patient: it stays when a watch moves.
    fn measured_by_staff(&self, points: &[PointView]) -> HashSet<(Vital, MeasuredTime)> {
        let by_staff = |point: &&PointView| self.source(point.device) == ReadingSource::Staff;
        let staffs = points.iter().filter(by_staff);
        staffs.map(|point| (point.vital, point.at)).collect()
    }

    fn source(&self, device: DeviceNumber) -> ReadingSource {
        Assignment::source(self.registry.assignments_of(device))
    }

    /// Judges what the quarantine holds of a device whose wearer is now known.
    fn release_quarantine(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        device: DeviceNumber,
    ) -> u64 {
        let Some(id) = self.registry.device(device).map(|device| device.id.clone()) else {
            return 0;
        };
        let held = self.history.quarantined(&id);
        let before = self.counters.readings_stored.get();
        let mut taken = Vec::new();
        for (row, message) in held {
            let runs = self.runs_of_wearers(device, &message.readings);
            if runs.is_empty() {
                continue;
            }
            for (patient, run) in runs {
                let header = EntryHeader {
                    source: ReadingSource::Retrospective,
                    session: message.session,
                    sequence: message.sequence,
                    payload_hash: message.payload_hash,
                    times_from_arrival: message.times_from_arrival,
                    original_arrival: None,
                };
                let context = MessageContext {
                    stamp,
                    received,
                    device,
                    header,
                };
                let (fresh, conflicts) = self.unseen(device, patient, &run);
                if !fresh.is_empty() || !conflicts.is_empty() {
                    self.judge_run(context, patient, &fresh, &conflicts, None);
                }
            }
            taken.push(row);
        }
        self.batch.write(Write::QuarantineTaken { ids: taken });
        self.counters.readings_stored.get() - before
    }

    fn runs_of_wearers(
        &self,
        device: DeviceNumber,
        readings: &[Reading],
    ) -> Vec<(PatientNumber, Vec<Reading>)> {
        let mut runs: Vec<(PatientNumber, Vec<Reading>)> = Vec::new();
        for reading in readings {
            let Some(wearer) = self.registry.wearer(device, reading.at) else {
                continue;
            };
            match runs.last_mut() {
                Some((patient, run)) if *patient == wearer.patient => run.push(*reading),
                _ => runs.push((wearer.patient, vec![*reading])),
            }
        }
        runs
    }
}

/// When a reading counts as heard in a rebuilt state: what came hours late is
/// taken as if it had come in time, for its place in the baseline is known now.
fn heard(point: &PointView) -> ClinicalTime {
    const LATE_MS: i64 = 60 * 60 * 1000;
    if point.at.age_ms_at(point.arrived) > LATE_MS {
        ClinicalTime::from_epoch_ms(point.at.epoch_ms())
    } else {
        point.arrived
    }
}

/// Runs of points that arrived together from one device.
fn messages(points: &[PointView]) -> impl Iterator<Item = &[PointView]> {
    points.chunk_by(|one, other| heard(one) == heard(other) && one.device == other.device)
}

/// The points as the message a watch would send them in.
fn native_message(points: &[PointView]) -> Vec<u8> {
    let moments = points.chunk_by(|one, other| one.at == other.at);
    let samples = moments.filter_map(|moment| {
        let values = moment
            .iter()
            .map(|point| (point.vital.facts().key.to_owned(), native_value(point)));
        let mut sample: serde_json::Map<_, _> = values.collect();
        sample.insert("t".to_owned(), moment.first()?.at.epoch_ms().into());
        Some(serde_json::Value::Object(sample))
    });
    let samples: Vec<_> = samples.collect();
    serde_json::json!({ "samples": samples })
        .to_string()
        .into_bytes()
}

fn native_value(point: &PointView) -> serde_json::Value {
    match point.vital {
        Vital::Worn | Vital::SupplementalOxygen => (point.value != 0.0).into(),
        Vital::BeatIntervals => serde_json::json!([point.value]),
        Vital::Consciousness => {
            let letters = ["A", "C", "V", "P", "U"];
            letters.get(point.value as usize).copied().into()
        }
        _ => point.value.into(),
    }
}
