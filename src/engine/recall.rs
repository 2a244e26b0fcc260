//! Stretches of a device's stored readings, kept for a while after a look-up.
//!
//! A device that sends its whole memory again, or hours of it in any order,
//! asks for one stretch thousands of times; the store is asked once.

use crate::domain::{DeviceNumber, MeasuredTime, PatientNumber, Reading, Vital};
use std::collections::{HashMap, VecDeque};

/// What names a reading of a known device.
pub(super) type Identity = (Vital, MeasuredTime);

/// Length of a stretch: at one message in 5 s, 1,440 of them.
const STRETCH_MS: i64 = 2 * 3_600_000;
/// Stretches kept at the most; the longest unasked goes first.
const STRETCHES_MAX: usize = 64;
/// Values kept at the most in all stretches but the newest: 16 MiB.
const VALUES_MAX: usize = 500_000;

/// Which stretch: whose readings, from which device, which two hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) patient: PatientNumber,
    pub(super) device: DeviceNumber,
    block: i64,
}

impl Place {
    pub(super) fn of(patient: PatientNumber, device: DeviceNumber, at: MeasuredTime) -> Self {
        let block = at.epoch_ms().div_euclid(STRETCH_MS);
        Self {
            patient,
            device,
            block,
        }
    }

    /// First measured time inside, and first after.
    pub(super) fn range(self) -> (MeasuredTime, MeasuredTime) {
        let edge = |block: i64| MeasuredTime::from_epoch_ms(block.saturating_mul(STRETCH_MS));
        (edge(self.block), edge(self.block.saturating_add(1)))
    }
}

struct Stretch {
    place: Place,
    values: HashMap<Identity, f64>,
}

/// The stretches asked for last, newest first.
#[derive(Default)]
pub(super) struct Recall {
    stretches: VecDeque<Stretch>,
}

impl Recall {
    /// The stretch, when it is kept; it counts as asked for.
    pub(super) fn get(&mut self, place: Place) -> Option<&HashMap<Identity, f64>> {
        let found = self.stretches.iter().position(|s| s.place == place)?;
        if found > 0
            && let Some(stretch) = self.stretches.remove(found)
        {
            self.stretches.push_front(stretch);
        }
        self.stretches.front().map(|stretch| &stretch.values)
    }

    /// Keeps a stretch as the store has it: the first value of each identity.
    pub(super) fn keep(&mut self, place: Place, stored: impl IntoIterator<Item = (Identity, f64)>) {
        let mut values = HashMap::new();
        for (identity, value) in stored {
            values.entry(identity).or_insert(value);
        }
        self.stretches.push_front(Stretch { place, values });
        let count = |stretches: &VecDeque<Stretch>| {
            let older = stretches.iter().skip(1);
            older.map(|stretch| stretch.values.len()).sum::<usize>()
        };
        while self.stretches.len() > STRETCHES_MAX || count(&self.stretches) > VALUES_MAX {
            self.stretches.pop_back();
        }
    }

    /// Takes in what is journaled now, so that a stretch stays true.
    pub(super) fn note<'a>(
        &mut self,
        patient: PatientNumber,
        device: DeviceNumber,
        readings: impl IntoIterator<Item = &'a Reading>,
    ) {
        if self.stretches.is_empty() {
            return;
        }
        for reading in readings {
            let place = Place::of(patient, device, reading.at);
            let mut kept = self.stretches.iter_mut();
            if let Some(stretch) = kept.find(|stretch| stretch.place == place) {
                let identity = (reading.vital, reading.at);
                stretch.values.entry(identity).or_insert(reading.value);
            }
        }
    }

    /// Forgets all: readings changed their owner.
    pub(super) fn clear(&mut self) {
        self.stretches.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: MeasuredTime = MeasuredTime::from_epoch_ms(-1);

    fn place(device: u32) -> Place {
        Place::of(PatientNumber(1), DeviceNumber(device), AT)
    }

    #[test]
    fn a_stretch_holds_the_times_it_is_named_for() {
        let (from, until) = place(1).range();
        assert!(from <= AT && AT < until);
        assert_eq!(until.epoch_ms() - from.epoch_ms(), STRETCH_MS);
    }

    #[test]
    fn the_first_value_counts_and_journaled_ones_come_in() {
        let mut recall = Recall::default();
        let identity = (Vital::HeartRate, AT);
        recall.keep(place(1), [(identity, 70.0), (identity, 71.0)]);
        let later = Reading {
            vital: Vital::SkinTemperature,
            at: AT,
            value: 33.0,
        };
        recall.note(PatientNumber(1), DeviceNumber(1), [&later]);
        let values = recall.get(place(1)).unwrap();
        assert_eq!(values.get(&identity), Some(&70.0));
        assert_eq!(values.get(&(Vital::SkinTemperature, AT)), Some(&33.0));
    }

    #[test]
    fn the_longest_unasked_stretch_goes_first() {
        let mut recall = Recall::default();
        let devices = u32::try_from(STRETCHES_MAX).unwrap();
        (0..devices).for_each(|device| recall.keep(place(device), []));
        assert!(recall.get(place(0)).is_some());
        recall.keep(place(devices), []);
        assert!(recall.get(place(0)).is_some());
        assert!(recall.get(place(1)).is_none());
    }

    #[test]
    fn many_values_make_room() {
        let mut recall = Recall::default();
        let many = |n: usize| {
            let times = 0..i64::try_from(n).unwrap();
            times.map(|ms| ((Vital::HeartRate, MeasuredTime::from_epoch_ms(ms)), 1.0))
        };
        recall.keep(place(1), many(VALUES_MAX));
        recall.keep(place(2), many(1));
        assert!(recall.get(place(1)).is_some());
        recall.keep(place(3), many(1));
        assert!(recall.get(place(2)).is_none(), "the longest unasked");
    }
}
