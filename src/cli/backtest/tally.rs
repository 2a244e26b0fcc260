//! What a run counts while it goes.

use super::episodes::Episodes;
use super::gaps::Intervals;
use crate::domain::{Priority, Quality, QualityReason, Reading, RejectionReason, Vital};
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: f64 = 86_400_000.0;

/// Counts over all patients.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) patients: u64,
    pub(super) patients_alerted: u64,
    pub(super) patient_days: f64,
    pub(super) readings: u64,
    pub(super) repeated: u64,
    pub(super) rejected: BTreeMap<&'static str, u64>,
    pub(super) qualities: Qualities,
    pub(super) kinds: BTreeMap<String, OfKind>,
    pub(super) vitals: [OfVital; Vital::COUNT],
}

/// Verdicts of the gate, by reason.
#[derive(Default)]
pub(super) struct Qualities {
    pub(super) good: u64,
    pub(super) suspect: BTreeMap<&'static str, u64>,
    pub(super) artefact: BTreeMap<&'static str, u64>,
}

/// Alert episodes of one kind.
#[derive(Default)]
pub(super) struct OfKind {
    pub(super) episodes: u64,
    pub(super) patients: u64,
    pub(super) priorities: BTreeMap<Priority, u64>,
}

/// Readings of one vital.
#[derive(Clone, Default)]
pub(super) struct OfVital {
    pub(super) readings: u64,
    pub(super) intervals: Intervals,
    /// When the patient's last one was measured.
    last_ms: Option<i64>,
}

impl Tally {
    /// Counts readings with the gate's verdicts.
    pub(super) fn judged(&mut self, readings: &[Reading], qualities: &[Quality]) {
        self.readings += readings.len() as u64;
        for (reading, quality) in readings.iter().zip(qualities) {
            self.qualities.note(*quality);
            let at_ms = reading.at.epoch_ms();
            let Some(vital) = self.vitals.get_mut(reading.vital.index()) else {
                continue;
            };
            vital.readings += 1;
            if let Some(last_ms) = vital.last_ms.replace(at_ms) {
                vital.intervals.note(at_ms - last_ms);
            }
        }
    }

    /// Another value of a vital came first for the same moment.
    pub(super) fn conflicting(&mut self) {
        self.readings += 1;
        let conflict = Quality::Suspect(QualityReason::Conflict);
        self.qualities.note(conflict);
    }

    pub(super) fn rejected(&mut self, reason: RejectionReason) {
        *self.rejected.entry(reason.code()).or_default() += 1;
    }

    /// A patient's data ended after so long a time of monitoring.
    pub(super) fn patient(&mut self, monitored_ms: i64, episodes: &Episodes) {
        self.patients += 1;
        self.patient_days += monitored_ms.max(0) as f64 / DAY_MS;
        let mut alerted = BTreeSet::new();
        for episode in episodes.iter() {
            let name = episode.counted_as();
            let kind = self.kinds.entry(name.clone()).or_default();
            kind.episodes += 1;
            *kind.priorities.entry(episode.priority).or_default() += 1;
            alerted.insert(name);
        }
        self.patients_alerted += u64::from(!alerted.is_empty());
        for name in alerted {
            self.kinds.entry(name).or_default().patients += 1;
        }
        for vital in &mut self.vitals {
            vital.last_ms = None;
        }
    }
}

impl Qualities {
    fn note(&mut self, quality: Quality) {
        match quality {
            Quality::Good => self.good += 1,
            Quality::GoodLiftsPrevious => {
                self.good += 2;
                let lifted = QualityReason::RateOfChange.name();
                let suspects = self.suspect.entry(lifted).or_default();
                *suspects = suspects.saturating_sub(1);
            }
            Quality::Suspect(reason) => *self.suspect.entry(reason.name()).or_default() += 1,
            Quality::Artefact(reason) => *self.artefact.entry(reason.name()).or_default() += 1,
        }
    }
}
