//! One watch of a fleet with its patient, and what befalls them.

use super::order::{Order, OrderRefused};
use super::patients::{DeviceTruth, SimulatedPatient};
use crate::chance::Chance;
use crate::device::{DeviceChange, DeviceEffect, Watch};
use crate::fault::{FaultInjector, FaultOptions};
use crate::physiology::{MINUTE_MS, Patient};
use crate::scenario::{Scenario, ScenarioKind, Timing};

/// How long a patient takes to be well again, ms.
const RECOVERY_MS: i64 = 20 * MINUTE_MS;
/// A watch that notices an irregular pulse takes beats so often, s.
const BEATS_S: u32 = 120;

#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) watch: Watch,
    pub(super) injector: FaultInjector,
    /// What befalls the watch without any scenario.
    own: Vec<DeviceEffect>,
    scenarios: Vec<Scenario>,
}

impl Member {
    pub(super) fn new(
        patient: SimulatedPatient,
        chance: Chance,
        start_ms: i64,
        faults: FaultOptions,
    ) -> Self {
        let body = Patient::new(chance.bits(0), patient.profile, Vec::new());
        let own = patient.watch.effects.clone();
        let mut member = Self {
            watch: Watch::new(patient.watch, body, start_ms),
            injector: FaultInjector::new(faults, chance),
            own,
            scenarios: vec![patient.scenario],
        };
        member.apply();
        member
    }

    pub(super) fn truths(&self) -> impl Iterator<Item = DeviceTruth> {
        let truths = self.scenarios.iter().flat_map(|scenario| &scenario.truths);
        truths.map(|truth| DeviceTruth {
            device: self.watch.device().to_owned(),
            truth: truth.clone(),
        })
    }

    pub(super) fn order(&mut self, order: Order, at_ms: i64) -> Result<(), OrderRefused> {
        self.scenarios
            .retain(|scenario| !scenario.is_forgotten_at(at_ms));
        match order {
            Order::Play { kind, ramp_factor } => {
                let timing = Timing {
                    onset_ms: at_ms,
                    ramp_factor,
                };
                self.play(Scenario::new(kind, timing), at_ms)?;
            }
            Order::Recover => self.end(false, |one| one.recovering(at_ms, RECOVERY_MS))?,
            Order::PutOn => {
                self.end(false, |one| one.without(DeviceChange::is_off_wrist, at_ms))?;
            }
            Order::Return => {
                let was_dead = self.watch.revive();
                self.end(was_dead, |one| one.without(DeviceChange::is_unheard, at_ms))?;
            }
        }
        self.apply();
        Ok(())
    }

    fn play(&mut self, scenario: Scenario, at_ms: i64) -> Result<(), OrderRefused> {
        let runs = |one: &Scenario| one.is_like(&scenario) && one.runs_at(at_ms);
        if self.scenarios.iter().any(runs) {
            return Err(OrderRefused::RunsAlready);
        }
        // What was to come later comes now instead.
        self.scenarios
            .retain(|one| !one.is_like(&scenario) || !one.begins_after(at_ms));
        if scenario.kind == ScenarioKind::AtrialFibrillation {
            self.watch.start_beats(BEATS_S);
        }
        self.scenarios.push(scenario);
        Ok(())
    }

    fn end(
        &mut self,
        was_anything: bool,
        left: impl Fn(&Scenario) -> Option<Scenario>,
    ) -> Result<(), OrderRefused> {
        let all: Vec<Scenario> = self.scenarios.iter().filter_map(left).collect();
        if all == self.scenarios && !was_anything {
            return Err(OrderRefused::NothingToEnd);
        }
        self.scenarios = all;
        Ok(())
    }

    fn apply(&mut self) {
        let body = self.scenarios.iter().flat_map(|one| one.body.clone());
        let device = self.scenarios.iter().flat_map(|one| one.device.clone());
        let device = self.own.iter().copied().chain(device);
        self.watch.set_effects(body.collect(), device.collect());
    }
}
