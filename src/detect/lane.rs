//! What is kept of one vital that has minutes.
//!
//! A patient's devices send a few of the ten, so a lane begins with the first
//! reading of its vital. A vital that was never heard is one whose lane is as
//! new: no open minute, no baseline of its own, no cadence.

use super::baseline::Baseline;
use super::deviation::{BaselineRules, Course};
use super::epoch::{EPOCH_VITALS, Slots, series_of};
use super::gate::GateState;
use super::newest::NewestGood;
use super::on_demand::allocated;
use super::silence::Cadence;
use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// One vital of one patient.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Lane {
    pub(super) gate: GateState,
    /// Its open minutes.
    pub(super) open: Slots,
    pub(super) course: Course,
    pub(super) cadence: Cadence,
    pub(super) newest: NewestGood,
}

/// The lanes of a patient, in one allocation: each of its own would cost an
/// allocator's word and rounding, and a pointer for each that never began.
#[derive(Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Lanes {
    /// One bit for each place of [`EPOCH_VITALS`] whose vital was heard.
    heard: u16,
    /// Their lanes, in that order.
    lanes: Box<[Lane]>,
}

impl Clone for Lanes {
    fn clone(&self) -> Self {
        Self {
            heard: self.heard,
            lanes: self.lanes.clone(),
        }
    }

    /// Keeps the allocation of `self` if both have heard as many vitals.
    fn clone_from(&mut self, source: &Self) {
        self.heard = source.heard;
        self.lanes.clone_from(&source.lanes);
    }
}

impl Lanes {
    /// Where the lane of a vital lies, if it was heard.
    fn place(&self, vital: Vital) -> Option<usize> {
        let bit = 1_u16 << series_of(vital)?;
        (self.heard & bit != 0).then(|| self.rank(bit))
    }

    /// How many lanes lie before the one of a bit.
    fn rank(&self, bit: u16) -> usize {
        (self.heard & (bit - 1)).count_ones() as usize
    }

    /// The lane of a vital that was heard.
    pub(super) fn of(&self, vital: Vital) -> Option<&Lane> {
        self.lanes.get(self.place(vital)?)
    }

    /// The lane of a vital that was heard.
    pub(super) fn of_mut(&mut self, vital: Vital) -> Option<&mut Lane> {
        let place = self.place(vital)?;
        self.lanes.get_mut(place)
    }

    /// The lane of a vital that is heard now; none for one without minutes.
    pub(super) fn begin(&mut self, vital: Vital) -> Option<&mut Lane> {
        let bit = 1_u16 << series_of(vital)?;
        if self.heard & bit == 0 {
            let place = self.rank(bit).min(self.lanes.len());
            let mut lanes = std::mem::take(&mut self.lanes).into_vec();
            lanes.insert(place, Lane::default());
            self.lanes = lanes.into_boxed_slice();
            self.heard |= bit;
        }
        self.of_mut(vital)
    }

    /// The own normal of a vital with minutes, heard or not.
    pub(super) fn baseline(&self, vital: Vital) -> Option<Baseline> {
        series_of(vital)?;
        let lane = self.of(vital);
        Some(lane.map_or_else(Baseline::default, |lane| lane.course.baseline))
    }

    /// How many vitals are judged for departures and so share their budget.
    pub(super) fn sharing_the_budget(&self, rules: &BaselineRules) -> u8 {
        let lanes = self.heard_vitals().zip(&self.lanes);
        let judged = lanes.filter(|(vital, lane)| {
            lane.course.baseline.is_known() && rules.vitals.get(*vital).enabled
        });
        judged.count() as u8
    }

    fn heard_vitals(&self) -> impl Iterator<Item = Vital> + use<> {
        let (heard, all) = (self.heard, EPOCH_VITALS.into_iter().enumerate());
        all.filter(move |(place, _)| heard & (1 << place) != 0)
            .map(|(_, vital)| vital)
    }

    /// Vitals that were heard, with their lanes.
    pub(super) fn heard(&mut self) -> impl Iterator<Item = (Vital, &mut Lane)> {
        self.heard_vitals().zip(&mut self.lanes)
    }

    /// When the next minute is due, ms; `i64::MAX` for none.
    pub(super) fn due_ms(&self) -> i64 {
        let dues = self.lanes.iter().map(|lane| lane.open.due_ms());
        dues.min().unwrap_or(i64::MAX)
    }

    /// What the lanes take beside their own size.
    pub(super) fn heap_bytes(&self) -> usize {
        allocated(size_of_val(&*self.lanes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::deviation::Deviation;
    use super::*;

    #[test]
    fn lanes_keep_their_vital_in_whatever_order_vitals_are_heard() {
        let mut lanes = Lanes::default();
        let order = [7, 0, 9, 3, 1, 8, 2, 6, 4, 5];
        for (count, place) in order.into_iter().enumerate() {
            let vital = EPOCH_VITALS[place];
            assert_eq!(lanes.of(vital), None);
            lanes.begin(vital).unwrap().course.deviation = Deviation::begun(place as u32);
            assert_eq!(lanes.heard().count(), count + 1);
            for heard in order.iter().take(count + 1) {
                let lane = lanes.of(EPOCH_VITALS[*heard]).unwrap();
                assert_eq!(lane.course.deviation, Deviation::begun(*heard as u32));
            }
        }
        assert_eq!(lanes.begin(Vital::StepCount), None);
    }
}
