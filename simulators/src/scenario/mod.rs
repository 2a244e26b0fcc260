//! Scenarios: what befalls a patient and a watch, and the truth about it.
//!
//! Comes in: a [`ScenarioKind`] and a [`Timing`]. Goes out: a [`Scenario`]: effects on the
//! body, effects on the device, and the [`Truth`]s that a test counts alerts against.
//! A scenario is data; one file a family.
//!
//! Invariant: a scenario that makes a patient ill or a device fail names it as a truth.

mod decline;
mod device_trouble;
mod ending;
mod heart_and_lungs;
mod infection;
mod kind;
mod truth;

use crate::device::DeviceEffect;
use crate::physiology::BodyEffect;

pub use kind::{ScenarioKind, UnknownScenario};
pub use truth::{Truth, TruthKind};

/// When a scenario begins and how fast it unfolds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// Onset, epoch ms.
    pub onset_ms: i64,
    /// Factor on every ramp; 1 = as in the literature, 0.5 = twice as fast.
    pub ramp_factor: f64,
}

impl Timing {
    /// Onset at a time, unfolding as in the literature.
    #[must_use]
    pub fn at(onset_ms: i64) -> Self {
        Self {
            onset_ms,
            ramp_factor: 1.0,
        }
    }

    /// A ramp of so many minutes, after the factor, ms.
    #[expect(clippy::cast_possible_truncation, reason = "ramps are days at most")]
    fn ramp_ms(&self, minutes: f64) -> i64 {
        (minutes * 60_000.0 * self.ramp_factor).round() as i64
    }
}

/// One course of events for one patient and one watch.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Which one.
    pub kind: ScenarioKind,
    /// What happens to the body.
    pub body: Vec<BodyEffect>,
    /// What happens to the watch.
    pub device: Vec<DeviceEffect>,
    /// What really happened; empty when all is well.
    pub truths: Vec<Truth>,
}

impl Scenario {
    /// Builds a scenario.
    #[must_use]
    pub fn new(kind: ScenarioKind, timing: Timing) -> Self {
        match kind {
            ScenarioKind::Healthy => Self::uneventful(kind),
            ScenarioKind::NeutropenicSepsis => infection::neutropenic_sepsis(timing),
            ScenarioKind::FeverAfterInfusion => infection::fever_after_infusion(timing),
            ScenarioKind::CytokineRelease => infection::cytokine_release(timing),
            ScenarioKind::Hypoxia => heart_and_lungs::hypoxia(timing),
            ScenarioKind::PulmonaryEmbolism => heart_and_lungs::pulmonary_embolism(timing),
            ScenarioKind::AtrialFibrillation => heart_and_lungs::atrial_fibrillation(timing),
            ScenarioKind::SlowIllness => decline::slow_illness(timing),
            ScenarioKind::SlowDecline => decline::slow_decline(timing),
            ScenarioKind::Dehydration => decline::dehydration(timing),
            ScenarioKind::OffWrist => device_trouble::off_wrist(timing),
            ScenarioKind::SilentDevice => device_trouble::silent_device(timing),
            ScenarioKind::DyingBattery => device_trouble::dying_battery(timing),
            ScenarioKind::ClockJump => device_trouble::clock_jump(timing),
            ScenarioKind::BackFill => device_trouble::back_fill(timing),
            ScenarioKind::DeviceRestart => device_trouble::device_restart(timing),
        }
    }

    fn uneventful(kind: ScenarioKind) -> Self {
        Self {
            kind,
            body: Vec::new(),
            device: Vec::new(),
            truths: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scenario, ScenarioKind, Timing, TruthKind};
    use crate::physiology::{HOUR_MS, MINUTE_MS, Patient, Profile};

    const ONSET_MS: i64 = 1_000 * HOUR_MS;

    #[test]
    fn every_scenario_but_healthy_has_a_truth_at_its_onset() {
        for kind in ScenarioKind::ALL {
            let scenario = Scenario::new(kind, Timing::at(ONSET_MS));
            assert_eq!(scenario.kind, kind);
            assert_eq!(scenario.truths.is_empty(), kind == ScenarioKind::Healthy);
            assert!(
                scenario
                    .truths
                    .iter()
                    .all(|truth| truth.onset_ms == ONSET_MS),
                "{kind}"
            );
        }
    }

    #[test]
    fn names_round_trip() {
        for kind in ScenarioKind::ALL {
            assert_eq!(kind.name().parse::<ScenarioKind>().ok(), Some(kind));
        }
        assert!("plague".parse::<ScenarioKind>().is_err());
    }

    #[test]
    fn sepsis_passes_38_within_minutes_of_onset_and_the_heart_follows() {
        let mut rises = Vec::new();
        for seed in 0..20 {
            let scenario = Scenario::new(ScenarioKind::NeutropenicSepsis, Timing::at(ONSET_MS));
            let patient = Patient::new(seed, Profile::drawn(seed), scenario.body);
            let before = patient.at(ONSET_MS);
            let after = patient.at(ONSET_MS + 12 * MINUTE_MS);
            assert!(
                before.core_temperature < 38.0,
                "{}",
                before.core_temperature
            );
            assert!(
                after.core_temperature > 38.0,
                "seed {seed}: {}",
                after.core_temperature
            );
            rises.push(after.heart_rate - before.heart_rate);
        }
        // One patient may have been walking at onset; together they show the fever.
        assert!(rises.iter().sum::<f64>() / 20.0 > 12.0, "{rises:?}");
    }

    #[test]
    fn a_shorter_ramp_brings_the_fever_sooner() {
        let core_after_three_minutes = |ramp_factor: f64| {
            let timing = Timing {
                onset_ms: ONSET_MS,
                ramp_factor,
            };
            let scenario = Scenario::new(ScenarioKind::NeutropenicSepsis, timing);
            Patient::new(1, Profile::default(), scenario.body)
                .at(ONSET_MS + 3 * MINUTE_MS)
                .core_temperature
        };
        assert!(core_after_three_minutes(0.3) > core_after_three_minutes(1.0) + 0.5);
    }

    #[test]
    fn hypoxia_falls_below_88_and_embolism_has_no_fever() {
        let at_plateau = |kind: ScenarioKind| {
            let scenario = Scenario::new(kind, Timing::at(ONSET_MS));
            Patient::new(2, Profile::default(), scenario.body).at(ONSET_MS + HOUR_MS)
        };
        assert!(at_plateau(ScenarioKind::Hypoxia).oxygen_saturation < 88.0);
        let embolism = at_plateau(ScenarioKind::PulmonaryEmbolism);
        assert!(embolism.core_temperature < 37.8);
        assert!(embolism.heart_rate > 95.0);
    }

    #[test]
    fn truths_name_illness_or_device() {
        let truths = |kind| Scenario::new(kind, Timing::at(ONSET_MS)).truths;
        let kinds = |kind| {
            truths(kind)
                .iter()
                .map(|truth| truth.kind)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            kinds(ScenarioKind::CytokineRelease),
            [TruthKind::Fever, TruthKind::Hypoxia]
        );
        assert_eq!(kinds(ScenarioKind::OffWrist), [TruthKind::NotWorn]);
    }
}
