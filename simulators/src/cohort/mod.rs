//! Cohorts for backtests: readings of many patients as CSV, and the labels beside them.
//!
//! Comes in: a [`Cohort`] and a seed. Goes out: one [`CohortPatient`] at a time, so that a
//! cohort of any size fits in memory.
//!
//! Invariant: readings of a patient are in time order; a patient depends on its own number
//! and the seed, not on the size of the cohort.

mod csv;
mod null_world;
mod scenario_cohort;
mod slow_illness;

use crate::chance::Chance;
use crate::scenario::{ScenarioKind, Truth};

pub use csv::{CsvError, CsvReport, write_csv};
pub use null_world::NullWorld;

/// One value of one vital, as in `patient,time,vital,value`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// When it was measured, epoch ms.
    pub time_ms: i64,
    /// Name of the vital, as on the protocol page.
    pub vital: &'static str,
    /// Value in the unit of the protocol page.
    pub value: f64,
}

/// One patient's readings and truths.
#[derive(Debug, Clone, PartialEq)]
pub struct CohortPatient {
    /// `p0000` and up.
    pub patient: String,
    /// In time order.
    pub readings: Vec<Reading>,
    /// What really happened; empty for the healthy.
    pub truths: Vec<Truth>,
}

/// What a cohort is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CohortKind {
    /// Simulated patients with a watch; the onset falls somewhere in the middle half.
    Scenario(ScenarioKind),
    /// Healthy people whose noise breaks one assumption of statistics at a time.
    Null(NullWorld),
    /// Daily resting heart rate; half of the people fall ill slowly.
    SlowIllness,
}

/// A cohort to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cohort {
    /// What happens in it.
    pub kind: CohortKind,
    /// Seed of everything.
    pub seed: u64,
    /// First moment, epoch ms.
    pub start_ms: i64,
    /// Length of each patient's record.
    pub days: u32,
    /// Seconds between readings of each vital (a slow-illness cohort is daily).
    pub every_s: u32,
}

impl Cohort {
    /// One patient by number.
    #[must_use]
    pub fn patient(&self, number: u32) -> CohortPatient {
        let chance = Chance::new(self.seed)
            .child("cohort")
            .numbered(u64::from(number));
        let (readings, truths) = match self.kind {
            CohortKind::Scenario(kind) => scenario_cohort::patient(self, kind, chance),
            CohortKind::Null(world) => (null_world::patient(self, world, chance), Vec::new()),
            CohortKind::SlowIllness => slow_illness::patient(self, chance),
        };
        CohortPatient {
            patient: format!("p{number:05}"),
            readings,
            truths,
        }
    }

    /// First moment after the record, epoch ms.
    fn end_ms(&self) -> i64 {
        self.start_ms + i64::from(self.days) * 86_400_000
    }
}
