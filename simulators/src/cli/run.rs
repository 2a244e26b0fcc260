//! `run`: scenarios to a broker.

use super::broker::BrokerArguments;
use super::patients::PatientArguments;
use super::{cancelled_by_interrupt, print_json};
use anyhow::ensure;
use clap::Args;
use std::io::Write;
use wardlight_simulators::fleet::{Fleet, FleetRun, run as run_fleet, scaled_clock};
use wardlight_simulators::physiology::MINUTE_MS;

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    broker: BrokerArguments,
    #[command(flatten)]
    patients: PatientArguments,
    /// Simulated seconds a second. The service must run at the same scale, or it will
    /// call the readings future ones; see --behind-now
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Simulated minutes to run; until Ctrl-C when absent
    #[arg(long, value_name = "MINUTES")]
    minutes: Option<i64>,
    /// Start so far in the past that the run ends now: for a service at scale 1
    #[arg(long, requires = "minutes")]
    behind_now: bool,
}

pub(super) async fn run(arguments: RunArguments) -> anyhow::Result<()> {
    ensure!(
        arguments.speed > 0.0 && arguments.speed.is_finite(),
        "speed is a number above 0"
    );
    let broker = arguments.broker.options("simulator")?;
    let mut options = arguments.patients.fleet()?;
    let length_ms = arguments.minutes.map(|minutes| minutes * MINUTE_MS);
    if let (true, Some(length_ms)) = (arguments.behind_now, length_ms) {
        shift(&mut options, -length_ms);
    }
    let fleet = Fleet::new(options);
    let devices = fleet.devices().into_iter();
    arguments.broker.check_devices(&broker, devices)?;
    for truth in fleet.truths() {
        let line = serde_json::json!({"device": truth.device, "truth": truth.truth});
        writeln!(std::io::stdout().lock(), "{line}")?;
    }
    let start_ms = fleet.start_ms();
    let options = FleetRun {
        broker,
        clock: scaled_clock(start_ms, arguments.speed),
        end_ms: length_ms.map(|length_ms| start_ms + length_ms),
    };
    let report = run_fleet(fleet, options, cancelled_by_interrupt()).await?;
    print_json(&report)
}

/// Moves a fleet with everything that happens in it.
fn shift(options: &mut wardlight_simulators::fleet::FleetOptions, by_ms: i64) {
    options.start_ms += by_ms;
    for patient in &mut options.patients {
        let scenario = &mut patient.scenario;
        for effect in &mut scenario.body {
            effect.course.onset_ms += by_ms;
        }
        for effect in &mut scenario.device {
            effect.from_ms += by_ms;
            effect.until_ms = effect.until_ms.map(|until_ms| until_ms + by_ms);
        }
        for truth in &mut scenario.truths {
            truth.onset_ms += by_ms;
            truth.ends_ms = truth.ends_ms.map(|ends_ms| ends_ms + by_ms);
        }
    }
}
