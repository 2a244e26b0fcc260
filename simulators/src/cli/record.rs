//! `record`: messages to a file.

use super::broker::BrokerArguments;
use super::patients::PatientArguments;
use super::{cancelled_by_interrupt, print_json};
use clap::Args;
use std::path::PathBuf;
use wardlight_simulators::fleet::Fleet;
use wardlight_simulators::physiology::MINUTE_MS;
use wardlight_simulators::record::{LiveRecording, RecordedMessage, TapeWriter, record_live};

#[derive(Debug, Args)]
pub(super) struct RecordArguments {
    /// File to write, one JSON line a message; gzip when it ends in .gz
    out: PathBuf,
    /// Do not connect: simulate so many minutes and write their messages
    #[arg(long, value_name = "MINUTES")]
    simulate: Option<i64>,
    /// Live: stop after so many messages; until Ctrl-C when absent
    #[arg(long)]
    messages: Option<u64>,
    /// Live: topic filter
    #[arg(long, default_value = "wardlight/v1/#")]
    filter: String,
    #[command(flatten)]
    broker: BrokerArguments,
    #[command(flatten)]
    patients: PatientArguments,
}

pub(super) async fn run(arguments: RecordArguments) -> anyhow::Result<()> {
    let messages = match arguments.simulate {
        Some(minutes) => simulate(&arguments, minutes)?,
        None => {
            let client_id = format!("simulate-record-{}", std::process::id());
            let recording = LiveRecording {
                broker: arguments.broker.options(&client_id)?,
                filter: arguments.filter,
                path: arguments.out,
                messages_max: arguments.messages,
            };
            record_live(recording, cancelled_by_interrupt(), || {
                tracing::info!("subscribed")
            })
            .await?
        }
    };
    print_json(&serde_json::json!({ "messages": messages }))
}

fn simulate(arguments: &RecordArguments, minutes: i64) -> anyhow::Result<u64> {
    let fleet = Fleet::new(arguments.patients.fleet()?);
    let end_ms = fleet.start_ms() + minutes * MINUTE_MS;
    let mut tape = TapeWriter::create(&arguments.out)?;
    for message in fleet.messages_until(end_ms) {
        tape.write(&RecordedMessage::from(message))?;
    }
    Ok(tape.finish()?)
}
