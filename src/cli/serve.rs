//! `wardlight serve`.

use crate::app;
use crate::config::{self, Config};
use crate::telemetry;
use anyhow::Context;
use std::path::Path;

/// Reads the configuration: defaults, then the file, then the environment.
pub(super) fn load(file: Option<&Path>) -> anyhow::Result<Config> {
    Ok(config::load(&config::Sources::of_process(
        file.map(Path::to_path_buf),
    ))?)
}

/// Runs the service until it is told to stop.
pub(super) fn run(file: Option<&Path>) -> anyhow::Result<()> {
    let config = load(file)?;
    telemetry::init(&config.telemetry)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Runtime::new().context("failed to start the runtime")?;
    runtime.block_on(async {
        let signals = app::StopSignals::listen().context("failed to listen for signals")?;
        let running = app::start(config, app::Mode::service()).await?;
        running.until_signal(signals).await?;
        Ok(())
    })
}
