//! Which readings of a message were seen before.
//!
//! Identity of a reading is (device, vital, measured time). In the common
//! case its time lies in no span that was seen and nothing is looked up; the
//! others are looked up in the store and in this batch's own rows, a stretch
//! of hours at once.

use super::core::Core;
use super::recall::{Identity, Place};
use crate::domain::{DeviceNumber, PatientNumber, Quality, QualityReason, Reading};
use crate::store::{JournalKind, JournalRow, entry};
use std::collections::HashMap;

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

    /// Values already there for the run's identities. Notes the run's times.
    fn known_values(
        &mut self,
        device: DeviceNumber,
        patient: PatientNumber,
        run: &[Reading],
    ) -> HashMap<Identity, f64> {
        let mut asked: Vec<Identity> = Vec::new();
        if let Some(state) = self.devices.get_mut(device.0 as usize) {
            let mut may_be_known = |r: &&Reading| !state.times.note(r.vital, r.at);
            asked.extend(
                run.iter()
                    .filter(&mut may_be_known)
                    .map(|r| (r.vital, r.at)),
            );
        }
        let mut known = HashMap::new();
        for identity in asked {
            if let Some(value) = self.known_value(device, patient, identity) {
                known.insert(identity, value);
            }
        }
        known
    }

    fn known_value(
        &mut self,
        device: DeviceNumber,
        patient: PatientNumber,
        identity: Identity,
    ) -> Option<f64> {
        let place = Place::of(patient, device, identity.1);
        if let Some(values) = self.recall.get(place) {
            return values.get(&identity).copied();
        }
        self.counters.look_ups.add(1);
        let (from, until) = place.range();
        let stored = self.history.stored(patient, device, from, until);
        let stored = stored.into_iter().map(|r| ((r.vital, r.at), r.value));
        let waiting = self.waiting_values(place);
        self.recall.keep(place, stored.chain(waiting));
        self.recall.get(place)?.get(&identity).copied()
    }

    /// Values in rows that wait for this commit, as the store would answer
    /// after it: a conflict kept beside the first value is not that value, and
    /// one form or app measures many patients.
    fn waiting_values(&self, place: Place) -> Vec<(Identity, f64)> {
        let (from, until) = place.range();
        let rows = self.batch.writes.journal.rows.iter();
        let readings = rows
            .filter(|row| row.kind == JournalKind::Readings)
            .filter(|row| row.device == Some(place.device) && row.patient == Some(place.patient));
        readings
            .filter_map(|row| self.row_readings(row))
            .flatten()
            .filter(|reading| from <= reading.at && reading.at < until)
            .map(|reading| ((reading.vital, reading.at), reading.value))
            .collect()
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
