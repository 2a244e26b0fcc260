//! States as they are stored, and whose turn it is.

use super::VERSION;
use super::core::Core;
use super::patient::PatientState;
use crate::store::{StateRow, Write};
use serde::{Serialize, de::DeserializeOwned};

/// States saved in one commit at the most, so that a commit stays short.
const SAVED_PER_COMMIT: usize = 256;

/// A state as bytes.
pub(super) fn encode(state: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(state).expect("a state is plain data")
}

/// A state from bytes of this version; none when they are of another shape.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    postcard::from_bytes(body).ok()
}

/// A snapshot as it is written.
pub(super) fn row(number: u32, seq: u64, state: &impl Serialize) -> StateRow {
    StateRow {
        number,
        seq,
        version: VERSION,
        body: encode(state),
    }
}

impl Core {
    /// Adds to the batch the snapshots of states whose first unsaved change is
    /// more than `horizon` rows ago, so that a recovery folds no more than that.
    pub(super) fn save_due(&mut self, horizon: u64) {
        let below = self.next_seq.saturating_sub(horizon);
        for _ in 0..SAVED_PER_COMMIT {
            let Some(number) = self.dirty_patients.pop_below(below) else {
                break;
            };
            self.save_patient(number);
        }
        for _ in 0..SAVED_PER_COMMIT {
            let Some(number) = self.dirty_devices.pop_below(below) else {
                break;
            };
            self.save_device(crate::domain::DeviceNumber(number));
        }
    }

    /// Adds every unsaved state to the batch: the orderly end.
    pub(super) fn save_all(&mut self) {
        while let Some(number) = self.dirty_patients.pop_below(u64::MAX) {
            self.save_patient(number);
        }
        while let Some(number) = self.dirty_devices.pop_below(u64::MAX) {
            self.save_device(crate::domain::DeviceNumber(number));
        }
    }

    pub(super) fn save_patient(&mut self, number: u32) {
        let Some(state): Option<&PatientState> = self.patients.get(number as usize) else {
            return;
        };
        let row = row(number, self.next_seq.saturating_sub(1), state);
        self.counters.snapshots.add(1);
        self.batch.write(Write::PatientState(row));
    }

    /// First journal row that a recovery from here would need.
    pub(super) fn oldest_needed(&self) -> u64 {
        let patients = self.dirty_patients.oldest();
        let devices = self.dirty_devices.oldest();
        patients
            .into_iter()
            .chain(devices)
            .min()
            .unwrap_or(self.next_seq)
    }
}
