//! Which readings of a message were seen before.
//!
//! Identity of a reading is (device, vital, measured time). In the common
//! case each is newer than all before and nothing is looked up; the others are
//! looked up in this batch's own rows and, all in one question, in the store.

use super::core::Core;
use crate::domain::{
    DeviceNumber, MeasuredTime, PatientNumber, Quality, QualityReason, Reading, Vital,
};
use crate::store::{JournalKind, JournalRow, entry};
use std::collections::HashMap;

type Identity = (Vital, MeasuredTime);

impl Core {
    /// The readings never seen, and those whose value differs from a stored one.
    pub(super) fn unseen(
        &mut self,
        device: DeviceNumber,
        patient: PatientNumber,
        run: &[Reading],
    ) -> (Vec<Reading>, Vec<Reading>) {
        let mut known = self.known_values(device, patient, run);
        let (mut fresh, mut conflicts) = (Vec::new(), Vec::new());
        for reading in run {
            match known.get(&(reading.vital, reading.at)) {
                None => {
                    known.insert((reading.vital, reading.at), reading.value);
                    fresh.push(*reading);
                }
                Some(value) if value.to_bits() == reading.value.to_bits() => {}
                Some(_) => conflicts.push(*reading),
            }
        }
        (fresh, conflicts)
    }

    /// Values already there for the run's identities. Notes the newest times.
    fn known_values(
        &mut self,
        device: DeviceNumber,
        patient: PatientNumber,
        run: &[Reading],
    ) -> HashMap<Identity, f64> {
        let mut asked: Vec<Identity> = Vec::new();
        if let Some(state) = self.devices.get_mut(device.0 as usize) {
            let mut is_newest = |r: &&Reading| !state.is_newest(r.vital, r.at);
            asked.extend(run.iter().filter(&mut is_newest).map(|r| (r.vital, r.at)));
        }
        let mut known = self.waiting_values(device, patient, &asked);
        asked.retain(|identity| !known.contains_key(identity));
        if !asked.is_empty() {
            let stored = self.history.stored(patient, device, &asked);
            let found = asked
                .iter()
                .zip(stored)
                .filter_map(|(at, value)| Some((*at, value?)));
            known.extend(found);
        }
        known
    }

    /// Values in rows that wait for this commit, as the store would answer
    /// after it: a conflict kept beside the first value is not that value, and
    /// one form or app measures many patients.
    fn waiting_values(
        &self,
        device: DeviceNumber,
        patient: PatientNumber,
        asked: &[Identity],
    ) -> HashMap<Identity, f64> {
        let mut found = HashMap::new();
        if asked.is_empty() {
            return found;
        }
        let rows = self.batch.writes.journal.rows.iter();
        let readings = rows
            .filter(|row| row.kind == JournalKind::Readings)
            .filter(|row| row.device == Some(device) && row.patient == Some(patient));
        for reading in readings.filter_map(|row| self.row_readings(row)).flatten() {
            let identity = (reading.vital, reading.at);
            if asked.contains(&identity) {
                found.entry(identity).or_insert(reading.value);
            }
        }
        found
    }

    fn row_readings(&self, row: &JournalRow) -> Option<Vec<Reading>> {
        let body = self
            .batch
            .writes
            .journal
            .bytes
            .get(row.body.0..row.body.1)?;
        let entry = entry::decode(body, row.stamp).ok()?;
        let conflict = Quality::Suspect(QualityReason::Conflict);
        let judged = entry.readings.iter().zip(&entry.qualities);
        let first = judged.filter(|(_, quality)| **quality != conflict);
        Some(first.map(|(reading, _)| *reading).collect())
    }
}
