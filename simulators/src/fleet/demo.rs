//! Twelve patients for a demonstration.

use super::patients::{FleetOptions, SimulatedPatient};
use crate::chance::Chance;
use crate::fault::FaultOptions;
use crate::physiology::{MINUTE_MS, Profile};
use crate::scenario::{Scenario, ScenarioKind, Timing};

/// When things begin in the demonstration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DemoTiming {
    /// Simulated ms from the start to the onset of fever; the others follow.
    pub onset_after_ms: i64,
    /// Simulated ms between one scenario's onset and the next.
    pub between_ms: i64,
    /// Factor on how fast illness unfolds.
    pub ramp_factor: f64,
}

impl Default for DemoTiming {
    /// At scale 60 the fever begins 20 s of wall time in and the others every 5 s.
    fn default() -> Self {
        Self {
            onset_after_ms: 20 * MINUTE_MS,
            between_ms: 5 * MINUTE_MS,
            ramp_factor: 0.4,
        }
    }
}

/// The cast: device ids and what happens to them, in the order of their onsets.
const CAST: [(&str, ScenarioKind); 12] = [
    ("watch-01", ScenarioKind::NeutropenicSepsis),
    ("watch-02", ScenarioKind::Hypoxia),
    ("watch-03", ScenarioKind::OffWrist),
    ("watch-04", ScenarioKind::SilentDevice),
    ("watch-05", ScenarioKind::AtrialFibrillation),
    ("watch-06", ScenarioKind::PulmonaryEmbolism),
    ("watch-07", ScenarioKind::DyingBattery),
    ("watch-08", ScenarioKind::BackFill),
    ("watch-09", ScenarioKind::Healthy),
    ("watch-10", ScenarioKind::Healthy),
    ("watch-11", ScenarioKind::Healthy),
    ("watch-12", ScenarioKind::Healthy),
];

/// The demonstration with its usual timing.
#[must_use]
pub fn demo_fleet(seed: u64, start_ms: i64) -> FleetOptions {
    demo_fleet_with(seed, start_ms, DemoTiming::default())
}

/// The demonstration: device ids `watch-01` to `watch-12`.
#[must_use]
pub fn demo_fleet_with(seed: u64, start_ms: i64, timing: DemoTiming) -> FleetOptions {
    let chance = Chance::new(seed).child("demo");
    let patients = (0_i64..)
        .zip(CAST)
        .map(|(number, (device, kind))| {
            let onset = Timing {
                onset_ms: start_ms + timing.onset_after_ms + number * timing.between_ms,
                ramp_factor: timing.ramp_factor,
            };
            let profile = Profile::drawn(chance.bits(number));
            let mut patient = SimulatedPatient::new(device, profile, Scenario::new(kind, onset));
            patient.watch.jitter_ms = 200;
            if kind == ScenarioKind::AtrialFibrillation {
                patient.watch.cadence.beat_intervals_s = Some(120);
            }
            patient
        })
        .collect();
    FleetOptions {
        seed,
        patients,
        start_ms,
        faults: FaultOptions::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::demo_fleet;
    use crate::fleet::Fleet;
    use crate::physiology::MINUTE_MS;

    const START_MS: i64 = 1_763_787_600_000;

    #[test]
    fn the_septic_patient_reads_38_within_ten_minutes_of_onset_and_not_before() {
        for seed in 0..10 {
            let mut fleet = Fleet::new(demo_fleet(seed, START_MS));
            let messages = fleet.next_until(START_MS + 30 * MINUTE_MS);
            let first_fever = messages
                .iter()
                .filter(|message| message.device == "watch-01")
                .filter_map(|message| message.native.as_ref())
                .flat_map(|native| &native.moments)
                .find(|moment| moment.temp.is_some_and(|temp| temp >= 38.0))
                .map(|moment| moment.t - START_MS);
            let first_fever = first_fever.expect("the fever is measured");
            assert!(
                (20 * MINUTE_MS..30 * MINUTE_MS).contains(&first_fever),
                "{first_fever} ms"
            );
        }
    }

    #[test]
    fn twelve_watches_all_speak_and_eight_have_truths() {
        let mut fleet = Fleet::new(demo_fleet(1, START_MS));
        let mut devices: Vec<String> = fleet
            .next_until(START_MS + MINUTE_MS)
            .into_iter()
            .map(|message| message.device)
            .collect();
        devices.sort();
        devices.dedup();
        assert_eq!(devices, fleet.devices());
        assert_eq!(fleet.truths().len(), 8);
    }
}
