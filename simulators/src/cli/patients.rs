//! Options that make a fleet, shared by `run` and `record`.

use anyhow::{Context, ensure};
use clap::Args;
use std::str::FromStr;
use wardlight_simulators::chance::Chance;
use wardlight_simulators::device::{Cadence, Habits, WatchOptions};
use wardlight_simulators::fault::FaultOptions;
use wardlight_simulators::fleet::{DemoTiming, FleetOptions, SimulatedPatient, demo_fleet_with};
use wardlight_simulators::physiology::{MINUTE_MS, Profile};
use wardlight_simulators::scenario::{Scenario, ScenarioKind, Timing};
use wardlight_simulators::wall;

/// `hypoxia` or `hypoxia=3`.
#[derive(Debug, Clone, Copy)]
struct Share {
    kind: ScenarioKind,
    count: u32,
}

impl FromStr for Share {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, count) = text.split_once('=').unwrap_or((text, "1"));
        Ok(Self {
            kind: name.parse()?,
            count: count
                .parse()
                .context("after = comes the number of patients")?,
        })
    }
}

#[derive(Debug, Clone, Args)]
pub(super) struct PatientArguments {
    /// Seed of patients, noise and faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Scenario, with the number of patients: hypoxia or hypoxia=3; may be repeated.
    /// Without any: the twelve patients of the demonstration
    #[arg(long = "scenario", value_name = "NAME[=COUNT]")]
    scenarios: Vec<Share>,
    /// Simulated start, epoch milliseconds; now when absent
    #[arg(long, value_name = "MS")]
    start: Option<i64>,
    /// Simulated minutes from the start to the (first) onset
    #[arg(long, default_value_t = 20)]
    onset_minutes: i64,
    /// Factor on how fast illness unfolds; 0.5 = twice as fast
    #[arg(long, default_value_t = 1.0)]
    ramp_factor: f64,
    /// Seconds between heart rate readings (other vitals: each minute)
    #[arg(long, default_value_t = 5)]
    heart_rate_every: u32,
    /// Moments packed into one message
    #[arg(long, default_value_t = 1)]
    moments_per_message: usize,
    /// Habits drawn from the literature: charging, gaps, phone away, weekends
    #[arg(long)]
    habits: bool,
    /// Start of the device ids
    #[arg(long, default_value = "watch-")]
    device_prefix: String,
    /// Topic prefix
    #[arg(long, default_value = "wardlight/v1")]
    topic_prefix: String,
    /// Quality of service, 0 to 2
    #[arg(long, default_value_t = 1)]
    qos: u8,
    /// Chance that a message is sent twice
    #[arg(long, default_value_t = 0.0, value_name = "CHANCE")]
    duplicate: f64,
    /// Chance that a message is overtaken by later ones
    #[arg(long, default_value_t = 0.0, value_name = "CHANCE")]
    reorder: f64,
    /// Chance of a delay of minutes
    #[arg(long, default_value_t = 0.0, value_name = "CHANCE")]
    delay: f64,
    /// Chance that a message is lost before it is sent
    #[arg(long, default_value_t = 0.0, value_name = "CHANCE")]
    loss: f64,
    /// Chance, per message, that the watch's clock gets a new error
    #[arg(long, default_value_t = 0.0, value_name = "CHANCE")]
    clock_skew: f64,
    /// Chance, per message, that the watch restarts
    #[arg(long, default_value_t = 0.0, value_name = "CHANCE")]
    restart: f64,
}

impl PatientArguments {
    /// The fleet that was asked for.
    pub(super) fn fleet(&self) -> anyhow::Result<FleetOptions> {
        ensure!(self.qos <= 2, "quality of service is 0, 1 or 2");
        ensure!(
            self.heart_rate_every > 0,
            "heart rate needs at least a second between readings"
        );
        let start_ms = self.start.unwrap_or_else(wall::epoch_ms);
        let onset_after_ms = self.onset_minutes * MINUTE_MS;
        let mut fleet = if self.scenarios.is_empty() {
            let usual = DemoTiming::default();
            let timing = DemoTiming {
                onset_after_ms,
                ramp_factor: self.ramp_factor * usual.ramp_factor,
                ..usual
            };
            demo_fleet_with(self.seed, start_ms, timing)
        } else {
            let onset = Timing {
                onset_ms: start_ms + onset_after_ms,
                ramp_factor: self.ramp_factor,
            };
            self.chosen(start_ms, onset)
        };
        for patient in &mut fleet.patients {
            self.set_up(&mut patient.watch);
        }
        fleet.faults = self.faults();
        Ok(fleet)
    }

    fn chosen(&self, start_ms: i64, onset: Timing) -> FleetOptions {
        let chance = Chance::new(self.seed).child("cli");
        let kinds = self
            .scenarios
            .iter()
            .flat_map(|share| (0..share.count).map(|_| share.kind));
        let patients = (1_i64..)
            .zip(kinds)
            .map(|(number, kind)| {
                let device = format!("{}{number:02}", self.device_prefix);
                let profile = Profile::drawn(chance.bits(number));
                let mut patient =
                    SimulatedPatient::new(device, profile, Scenario::new(kind, onset));
                if self.habits {
                    patient.watch.habits = Habits::drawn(chance.child("habits").bits(number));
                }
                if kind == ScenarioKind::AtrialFibrillation {
                    patient.watch.cadence.beat_intervals_s = Some(120);
                }
                patient
            })
            .collect();
        FleetOptions {
            seed: self.seed,
            patients,
            start_ms,
            faults: FaultOptions::NONE,
        }
    }

    fn set_up(&self, watch: &mut WatchOptions) {
        watch.cadence = Cadence {
            heart_rate_s: Some(self.heart_rate_every),
            ..watch.cadence.clone()
        };
        watch.moments_per_message = self.moments_per_message;
        watch.qos = self.qos;
        watch.topic_prefix.clone_from(&self.topic_prefix);
    }

    fn faults(&self) -> FaultOptions {
        FaultOptions {
            duplicate: self.duplicate,
            reorder: self.reorder,
            delay: self.delay,
            loss: self.loss,
            clock_skew: self.clock_skew,
            restart: self.restart,
            ..FaultOptions::NONE
        }
    }
}
