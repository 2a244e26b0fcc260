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
use super::on_demand::OnDemand;
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

/// The lanes of a patient, in the order of [`EPOCH_VITALS`].
#[derive(Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Lanes([OnDemand<Lane>; EPOCH_VITALS.len()]);

impl Clone for Lanes {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }

    fn clone_from(&mut self, source: &Self) {
        self.0.clone_from(&source.0);
    }
}

impl Lanes {
    /// The lane of a vital that was heard.
    pub(super) fn of(&self, vital: Vital) -> Option<&Lane> {
        self.0.get(series_of(vital)?)?.get()
    }

    /// The lane of a vital that was heard.
    pub(super) fn of_mut(&mut self, vital: Vital) -> Option<&mut Lane> {
        self.0.get_mut(series_of(vital)?)?.get_mut()
    }

    /// The lane of a vital that is heard now; none for one without minutes.
    pub(super) fn begin(&mut self, vital: Vital) -> Option<&mut Lane> {
        Some(self.0.get_mut(series_of(vital)?)?.begin())
    }

    /// The own normal of a vital with minutes, heard or not.
    pub(super) fn baseline(&self, vital: Vital) -> Option<Baseline> {
        let lane = self.0.get(series_of(vital)?)?.get();
        Some(lane.map_or_else(Baseline::default, |lane| lane.course.baseline))
    }

    /// How many vitals are judged for departures and so share their budget.
    pub(super) fn sharing_the_budget(&self, rules: &BaselineRules) -> u8 {
        let lanes = EPOCH_VITALS.into_iter().zip(&self.0);
        let judged = lanes.filter(|(vital, lane)| {
            let known = lane
                .get()
                .is_some_and(|lane| lane.course.baseline.is_known());
            known && rules.vitals.get(*vital).enabled
        });
        judged.count() as u8
    }

    /// Vitals that were heard, with their lanes.
    pub(super) fn heard(&mut self) -> impl Iterator<Item = (Vital, &mut Lane)> {
        let lanes = EPOCH_VITALS.into_iter().zip(&mut self.0);
        lanes.filter_map(|(vital, lane)| Some((vital, lane.get_mut()?)))
    }

    /// When the next minute is due, ms; `i64::MAX` for none.
    pub(super) fn due_ms(&self) -> i64 {
        let lanes = self.0.iter().filter_map(OnDemand::get);
        let dues = lanes.map(|lane| lane.open.due_ms());
        dues.min().unwrap_or(i64::MAX)
    }

    /// What the lanes take beside the pointers.
    pub(super) fn heap_bytes(&self) -> usize {
        self.0.iter().map(OnDemand::heap_bytes).sum()
    }
}
