//! From the store back into memory: snapshots, then the journal behind them.

use super::channels::DeadLetters;
use super::core::Core;
use super::device::DeviceState;
use super::history::History;
use super::patient::PatientState;
use super::sessions::Sessions;
use super::snapshot;
use super::spans::SeenTimes;
use super::word::{AlertCommand, PatientInput, StepOutput};
use super::{Counters, Rulebook, VERSION};
use crate::alert::routing::{Router, Table};
use crate::detect::DeviceEvent;
use crate::domain::{
    ClinicalTime, DeviceNumber, PatientContext, PatientNumber, Quality, QualityReason, Reading,
    ReadingSource, WallTime,
};
use crate::registry::{Documents, Registry};
use crate::store::{
    Entry, FoldRow, JournalKind, LoadError, Loaded, LoadedState, StateOf, Write, Writer, entry,
};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Patients and devices whose snapshot another code version wrote: rebuilt
/// from stored readings.
#[derive(Default)]
struct Recovering {
    patient_seqs: Vec<u64>,
    device_seqs: Vec<u64>,
    foreign: Vec<PatientNumber>,
    foreign_devices: Vec<DeviceNumber>,
    output: StepOutput,
    rows: u64,
}

impl Core {
    /// The state machine as the last commit left it.
    ///
    /// # Errors
    /// [`LoadError`] names the damaged row.
    pub(super) fn recover(
        writer: &mut Writer,
        book: Arc<Rulebook>,
        history: Box<dyn History>,
        counters: Arc<Counters>,
    ) -> Result<Self, LoadError> {
        let loaded = writer.load()?;
        // Rows are folded with the rules that judged them. Every start saves
        // all states under its own rules, so that no fold crosses a change.
        let before = loaded
            .rulebook
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        let folding = before.map_or_else(|| Arc::clone(&book), Arc::new);
        let table = Arc::clone(&book.routing);
        let mut core = Self::loaded(loaded, folding, table, history, counters);
        let mut recovering = Recovering::default();
        recovering.patient_seqs.resize(core.patients.len(), 0);
        recovering.device_seqs.resize(core.devices.len(), 0);
        writer.states(|state| {
            core.take_snapshot(&state, &mut recovering);
            Ok(())
        })?;
        let needed = recovering
            .patient_seqs
            .iter()
            .chain(&recovering.device_seqs)
            .min();
        let from = needed.copied().unwrap_or(0) + 1;
        writer.fold(from, |row| {
            core.fold_row(&row, &mut recovering);
            Ok(())
        })?;
        core.book = book;
        core.finish_recovery(&recovering);
        core.leave_rules();
        core.begin_run();
        Ok(core)
    }

    /// Notes the rules and the code version in force from here on, and saves
    /// every state that the fold changed.
    fn begin_run(&mut self) {
        let rulebook = serde_json::to_string(&*self.book).expect("settings have finite numbers");
        let sha256 = super::quarantine::hexadecimal(&Sha256::digest(&rulebook));
        let stamp = self.clock.max(ClinicalTime::from_epoch_ms(0));
        let version = serde_json::json!({
            "version": VERSION,
            "rulebook_sha256": sha256,
            "routing": self.book.routing.version(),
        });
        self.journal_plain(stamp, JournalKind::Version, None, &version);
        self.batch.write(Write::Rulebook(rulebook));
        self.save_all();
        self.arm_channels();
    }

    fn loaded(
        loaded: Loaded,
        book: Arc<Rulebook>,
        table: Arc<Table>,
        history: Box<dyn History>,
        counters: Arc<Counters>,
    ) -> Self {
        let (router, unreadable) = Router::load(table, loaded.routing);
        if unreadable > 0 {
            tracing::error!(
                unreadable,
                "rows of routing cannot be read; what they kept back is not told"
            );
        }
        let sessions = loaded.sessions.iter();
        let sessions = sessions.map(|s| (s.client.as_str().into(), s.open_packets.clone()));
        let mut core = Self {
            book,
            sessions: Sessions::new(sessions),
            registry: Registry::new(Documents {
                wards: loaded.wards,
                patients: loaded.patients,
                devices: loaded.devices,
                assignments: loaded.assignments,
                endpoints: loaded.endpoints,
                tokens: loaded.tokens,
                accounts: loaded.accounts,
                credentials: loaded.credentials,
                notes: loaded.notes,
            }),
            patients: Vec::new(),
            heads: Vec::new(),
            devices: Vec::new(),
            timers: Default::default(),
            dirty_patients: Default::default(),
            dirty_devices: Default::default(),
            clock: loaded
                .newest_stamp
                .unwrap_or(ClinicalTime::from_epoch_ms(i64::MIN)),
            next_seq: loaded.newest_seq + 1,
            next_event: loaded.newest_alert_event + 1,
            next_delivery: loaded.newest_delivery + 1,
            scratch: PatientState::new(PatientNumber(0)),
            output: StepOutput::default(),
            batch: Default::default(),
            counters,
            history,
            recall: Default::default(),
            dead_letters: DeadLetters::default(),
            channels_again: None,
            router,
        };
        core.grow();
        core
    }

    fn take_snapshot(&mut self, stored: &LoadedState<'_>, recovering: &mut Recovering) {
        match stored.of {
            StateOf::Patient(number) => {
                let place = number.0 as usize;
                if let Some(head) = self.heads.get_mut(place) {
                    *head = stored.head;
                }
                if let Some(seq) = recovering.patient_seqs.get_mut(place) {
                    *seq = stored.seq;
                }
                match (self.patients.get_mut(place), decode_own(stored)) {
                    (Some(state), Some(known)) => *state = known,
                    _ => recovering.foreign.push(number),
                }
            }
            StateOf::Device(DeviceNumber(number)) => {
                if let Some(seq) = recovering.device_seqs.get_mut(number as usize) {
                    *seq = stored.seq;
                }
                let clock = self.clock;
                if let Some(state) = self.devices.get_mut(number as usize) {
                    *state = decode_own(stored).unwrap_or_else(|| {
                        recovering.foreign_devices.push(DeviceNumber(number));
                        DeviceState::unknown_until(clock)
                    });
                }
            }
        }
    }

    fn fold_row(&mut self, row: &FoldRow<'_>, recovering: &mut Recovering) {
        recovering.rows += 1;
        let entry = match row.kind {
            JournalKind::Readings => entry::decode(row.body, row.stamp).ok(),
            _ => None,
        };
        if let Some(device) = row.device {
            let behind = recovering
                .device_seqs
                .get(device.0 as usize)
                .copied()
                .unwrap_or(0);
            if row.seq > behind {
                self.fold_device(device, row, entry.as_ref());
                self.dirty_devices.note(device.0, row.seq);
            }
        }
        let Some(patient) = row.patient else { return };
        let place = patient.0 as usize;
        if row.seq <= recovering.patient_seqs.get(place).copied().unwrap_or(0) {
            return;
        }
        if let Some(head) = self.heads.get_mut(place) {
            *head = Some(row.seq);
        }
        self.dirty_patients.note(patient.0, row.seq);
        self.fold_patient(patient, row, entry.as_ref(), &mut recovering.output);
    }

    fn fold_device(&mut self, device: DeviceNumber, row: &FoldRow<'_>, entry: Option<&Entry>) {
        let Some(state) = self.devices.get_mut(device.0 as usize) else {
            return;
        };
        if let Some(Entry {
            header, readings, ..
        }) = entry
        {
            if header.source == ReadingSource::Watch {
                let timeless = header.times_from_arrival;
                let (session, sequence) = (header.session, header.sequence);
                state.note(session, sequence, header.payload_hash, timeless, row.stamp);
                state.note_clock(&[], true);
            }
            for reading in readings {
                state.times.note(reading.vital, reading.at);
            }
        }
        if row.kind == JournalKind::DeviceEvent {
            match serde_json::from_slice(row.body) {
                Ok(DeviceEvent::ClockWrong) => state.set_clock_wrong(true),
                Ok(DeviceEvent::ClockRight) => state.set_clock_wrong(false),
                _ => {}
            }
        }
    }

    fn fold_patient(
        &mut self,
        patient: PatientNumber,
        row: &FoldRow<'_>,
        entry: Option<&Entry>,
        output: &mut StepOutput,
    ) {
        let (book, scratch) = (Arc::clone(&self.book), &mut self.scratch);
        let Some(state) = self.patients.get_mut(patient.0 as usize) else {
            return;
        };
        let mut step = |input: &PatientInput<'_>| {
            // What panicked when it was judged was never journaled.
            let _ = super::judge::step_on(scratch, state, |copy| {
                output.clear();
                copy.step(&book, row.stamp, input, output);
            });
        };
        match row.kind {
            JournalKind::Readings => {
                let Some(entry) = entry else { return };
                let readings = judged(entry);
                let source = entry.header.source;
                step(&PatientInput::Readings {
                    readings: &readings,
                    source,
                });
            }
            JournalKind::DeviceEvent => {
                if let Ok(event) = serde_json::from_slice::<DeviceEvent>(row.body) {
                    step(&PatientInput::DeviceEvent(&event));
                }
            }
            JournalKind::Context => {
                if let Ok(context) = serde_json::from_slice::<PatientContext>(row.body) {
                    step(&PatientInput::Context(Arc::new(context)));
                }
            }
            JournalKind::AlertCommand => {
                if let Ok(command) = serde_json::from_slice::<AlertCommand>(row.body) {
                    step(&PatientInput::Alert(&command));
                }
            }
            JournalKind::Tick => step(&PatientInput::Nothing),
            JournalKind::Command
            | JournalKind::Version
            | JournalKind::DeliveryReport
            | JournalKind::Session
            | JournalKind::Quarantined
            | JournalKind::Void => {}
        }
    }

    /// Rebuilds what another version left and sets every patient's timer.
    fn finish_recovery(&mut self, recovering: &Recovering) {
        let clock = self.clock;
        let mut times = HashMap::new();
        for patient in &recovering.foreign {
            self.rebuild_foreign(*patient, clock, &mut times);
        }
        self.know_devices(recovering, times);
        // What is due already fires with the first input, so that nothing it
        // says is lost.
        for number in 0..self.patients.len() {
            self.arm(PatientNumber(u32::try_from(number).unwrap_or(u32::MAX)));
        }
        self.counters.recovered_rows.add(recovering.rows);
        tracing::info!(
            rows = recovering.rows,
            patients = self.patients.len(),
            rebuilt = recovering.foreign.len(),
            version = VERSION,
            "state recovered"
        );
    }

    /// Ends what rules raised that are not in force any more, and asks the
    /// settings in force when windows begin.
    fn leave_rules(&mut self) {
        let (clock, book) = (self.clock, Arc::clone(&self.book));
        let received = WallTime::from_epoch_ms(clock.epoch_ms());
        for number in 0..u32::try_from(self.patients.len()).unwrap_or(u32::MAX) {
            self.output.clear();
            let Some(state) = self.patients.get_mut(number as usize) else {
                continue;
            };
            let window = state.window;
            state.leave_rules(&book, clock, &mut self.output);
            let same_window = state.window == window;
            if self.output.events.is_empty() && same_window {
                continue;
            }
            let seq = self.next_seq.saturating_sub(1);
            let patient = PatientNumber(number);
            self.publish_events(seq, clock, received, patient, &PatientInput::Nothing);
            self.save_patient(number);
            self.arm(patient);
        }
    }

    /// Devices whose wearers were all rebuilt sent what these have, and nothing
    /// else: no look-up is needed for what they send next.
    fn know_devices(
        &mut self,
        recovering: &Recovering,
        mut times: HashMap<DeviceNumber, SeenTimes>,
    ) {
        let rebuilt: HashSet<_> = recovering.foreign.iter().collect();
        for device in &recovering.foreign_devices {
            let mut worn = self.registry.assignments_of(*device).iter();
            let all = worn.all(|assignment| rebuilt.contains(&assignment.patient));
            let state = self.devices.get_mut(device.0 as usize);
            if let Some(state) = state.filter(|_| all) {
                state.times = times.remove(device).unwrap_or_default();
            }
            self.save_device(*device);
        }
    }

    fn rebuild_foreign(
        &mut self,
        patient: PatientNumber,
        clock: ClinicalTime,
        times: &mut HashMap<DeviceNumber, SeenTimes>,
    ) {
        let Some(known) = self.registry.patient(patient) else {
            return;
        };
        let alerts = self.history.alerts(&known.id);
        let Some(state) = self.patients.get_mut(patient.0 as usize) else {
            return;
        };
        *state = PatientState::new(patient);
        state.context = Arc::new(known.context.clone());
        let (site, settings) = (&self.book.site, &self.book.alerts);
        state.episodes = super::restore::episodes(&alerts, site, clock, settings);
        let points = self.history.points(patient);
        for point in &points {
            let seen = times.entry(point.device).or_default();
            seen.note(point.vital, point.at);
        }
        self.rebuild(clock, patient, points);
        let received = WallTime::from_epoch_ms(clock.epoch_ms());
        let seq = self.next_seq.saturating_sub(1);
        self.publish_events(seq, clock, received, patient, &PatientInput::Rebuilt);
        self.save_patient(patient.0);
    }
}

fn decode_own<T: serde::de::DeserializeOwned>(stored: &LoadedState<'_>) -> Option<T> {
    (stored.version == VERSION)
        .then(|| snapshot::decode(stored.body))
        .flatten()
}

/// The readings that were judged: conflicts stand in the journal beside them.
fn judged(entry: &Entry) -> Vec<Reading> {
    let conflict = Quality::Suspect(QualityReason::Conflict);
    let judged = entry
        .readings
        .iter()
        .zip(&entry.qualities)
        .filter(|(_, q)| **q != conflict);
    judged.map(|(reading, _)| *reading).collect()
}
