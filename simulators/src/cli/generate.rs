//! `generate`: cohorts as CSV.

use super::print_json;
use anyhow::ensure;
use clap::{ArgGroup, Args};
use std::path::PathBuf;
use wardlight_simulators::cohort::{Cohort, CohortKind, NullWorld, write_csv};
use wardlight_simulators::scenario::ScenarioKind;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["scenario", "world", "slow_illness"]))]
pub(super) struct GenerateArguments {
    /// File for patient,time,vital,value (epoch milliseconds); gzip when it ends in .gz
    out: PathBuf,
    /// File for patient,kind,onset,ends,expected_alert
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Patients with drawn profiles and habits, all with this scenario (see list-scenarios)
    #[arg(long, value_name = "NAME")]
    scenario: Option<ScenarioKind>,
    /// Healthy people with one kind of noise: independent, ar-0.5, ar-0.8, ar-0.95,
    /// day-effect, heavy-tails, circadian, missing, level-shift
    #[arg(long, value_name = "NAME", value_parser = world)]
    world: Option<NullWorld>,
    /// Daily resting heart rate; half fall ill: 1.5 personal SD over three days
    #[arg(long)]
    slow_illness: bool,
    /// Number of patients
    #[arg(long, default_value_t = 100)]
    patients: u32,
    /// Days of each patient's record
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Seconds between readings of each vital
    #[arg(long, default_value_t = 300)]
    every: u32,
    /// First moment, epoch milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_767_225_600_000)]
    start: i64,
    /// Seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(arguments: &GenerateArguments) -> anyhow::Result<()> {
    ensure!(
        arguments.every > 0,
        "readings need at least a second between them"
    );
    let kind = match (arguments.scenario, arguments.world) {
        (Some(kind), _) => CohortKind::Scenario(kind),
        (None, Some(world)) => CohortKind::Null(world),
        (None, None) => CohortKind::SlowIllness,
    };
    let cohort = Cohort {
        kind,
        seed: arguments.seed,
        start_ms: arguments.start,
        days: arguments.days,
        every_s: arguments.every,
    };
    let report = write_csv(
        &cohort,
        arguments.patients,
        &arguments.out,
        arguments.labels.as_deref(),
    )?;
    print_json(&report)
}

fn world(name: &str) -> Result<NullWorld, String> {
    NullWorld::ALL
        .into_iter()
        .find(|world| world.name() == name)
        .ok_or_else(|| format!("no world is called {name:?}"))
}
