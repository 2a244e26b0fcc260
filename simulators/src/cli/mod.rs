//! The command line: one file a subcommand.

mod broker;
mod generate;
mod list;
mod load;
mod patients;
mod record;
mod replay;
mod run;

use clap::{Parser, Subcommand};
use serde::Serialize;
use std::io::Write;
use tokio_util::sync::CancellationToken;

/// Simulated cancer patients and their watches, for Wardlight.
///
/// The same seed always gives the same patients, messages and faults.
#[derive(Debug, Parser)]
#[command(name = "wardlight-simulate", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Publish simulated patients to a broker, one MQTT connection a watch.
    Run(run::RunArguments),
    /// Write messages to a file: from a live broker, or straight from the simulator.
    Record(record::RecordArguments),
    /// Publish a recorded file at any speed.
    Replay(replay::ReplayArguments),
    /// Publish as many prepared messages as the broker takes and count acknowledgements.
    Load(load::LoadArguments),
    /// Write a cohort of readings as CSV for backtests, with labels.
    Generate(generate::GenerateArguments),
    /// List the scenarios and what is true in them.
    ListScenarios,
}

/// Runs a subcommand.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Run(arguments) => run::run(arguments).await,
        Command::Record(arguments) => record::run(arguments).await,
        Command::Replay(arguments) => replay::run(arguments).await,
        Command::Load(arguments) => load::run(arguments).await,
        Command::Generate(arguments) => generate::run(&arguments),
        Command::ListScenarios => list::run(),
    }
}

/// Writes a report as one line of JSON to standard output.
fn print_json(report: &impl Serialize) -> anyhow::Result<()> {
    let json = serde_json::to_string(report)?;
    writeln!(std::io::stdout().lock(), "{json}")?;
    Ok(())
}

/// A token that is cancelled by Ctrl-C. The task that waits ends with the process.
fn cancelled_by_interrupt() -> CancellationToken {
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            token.cancel();
        }
    });
    cancel
}
