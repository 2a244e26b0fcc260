//! `replay`: a recording to a broker.

use super::broker::BrokerArguments;
use super::{cancelled_by_interrupt, print_json};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use wardlight_simulators::record::{ReplayOptions, ShiftTo, replay};

/// Where to move a recording.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shift {
    /// Keep the recorded times
    Recorded,
    /// The first message is sent now (use with --speed 1)
    Now,
    /// The last message is sent now, all others lie in the past
    LastNow,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Recording: JSON lines, plain or .gz
    file: PathBuf,
    #[command(flatten)]
    broker: BrokerArguments,
    /// 1 = as recorded, 60 = sixty times as fast, 0 = as fast as possible
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Move the recording in time, rewriting t and sent of the native JSON
    #[arg(long, value_enum, default_value = "recorded")]
    shift_to: Shift,
}

pub(super) async fn run(arguments: ReplayArguments) -> anyhow::Result<()> {
    let client_id = format!("simulate-replay-{}", std::process::id());
    let options = ReplayOptions {
        path: arguments.file,
        broker: arguments.broker.options(&client_id)?,
        speed: arguments.speed,
        shift: match arguments.shift_to {
            Shift::Recorded => ShiftTo::Recorded,
            Shift::Now => ShiftTo::FirstNow,
            Shift::LastNow => ShiftTo::LastNow,
        },
    };
    let report = replay(options, cancelled_by_interrupt()).await?;
    print_json(&report)
}
