//! Starts the log.

use super::{LogFormat, Settings};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// Why the log did not start.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The filter cannot be read; `check-config` finds this too.
    #[error("failed to read the log filter {filter:?}")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: ParseError,
    },
    /// Somebody else logs already.
    #[error("failed to become this process's log")]
    Taken(#[source] TryInitError),
}

/// Sends events to standard error; standard output belongs to the commands.
///
/// # Errors
/// [`InitError`] when the filter cannot be read or a log is running already.
pub fn init(settings: &Settings) -> Result<(), InitError> {
    let filter = EnvFilter::try_new(&settings.log_filter).map_err(|source| InitError::Filter {
        filter: settings.log_filter.clone(),
        source,
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for eyes; in a file or a journal they are noise.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => log.finish().try_init(),
        LogFormat::Json => log.json().flatten_event(true).finish().try_init(),
    }
    .map_err(InitError::Taken)
}
