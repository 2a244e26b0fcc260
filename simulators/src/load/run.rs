//! Runs a load.

use super::book::Books;
use super::options::LoadOptions;
use super::progress::Progress;
use super::shots::Shots;
use crate::publish::{BrokerOptions, ConnectError, Connection, ConnectionEnd, ConnectionReport};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The figures of a load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LoadReport {
    /// Sums over the connections.
    #[serde(flatten)]
    pub connections: ConnectionReport,
    /// Second sendings with the same bytes, contained in `sent` and `acknowledged`.
    pub repeated: u64,
    /// From the first connection to the last acknowledgement, s.
    pub seconds: f64,
    /// Acknowledged messages a second; at QoS 0, messages written a second.
    pub messages_per_second: f64,
}

/// Why a load could not run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A log cannot be created.
    #[error("the log {path} cannot be created")]
    Log {
        /// Its path.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A log lost lines: it must not be trusted.
    #[error("a log could not be written to its end")]
    LogIncomplete,
    /// A connection cannot be made, and trying again does not help.
    #[error("a connection cannot be made")]
    Connect(#[source] ConnectError),
    /// A connection's task panicked.
    #[error("a connection ended abnormally")]
    Task(#[source] tokio::task::JoinError),
}

/// Sends everything and waits for every acknowledgement, or until cancelled.
///
/// # Errors
/// A log that cannot be created or written, or a broker that takes no connection.
pub async fn run(
    options: &LoadOptions,
    cancel: &CancellationToken,
) -> Result<LoadReport, LoadError> {
    run_watched(options, cancel, &Arc::default()).await
}

/// [`run`] with figures to look at meanwhile.
///
/// # Errors
/// As for [`run`].
pub async fn run_watched(
    options: &LoadOptions,
    cancel: &CancellationToken,
    progress: &Arc<Progress>,
) -> Result<LoadReport, LoadError> {
    let own_names = options.broker.wants_own_names();
    let options = &LoadOptions {
        connections: if own_names {
            options.devices
        } else {
            options.connections
        },
        ..options.clone()
    };
    let books = Books::create(options)?;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..options.connections.max(1).min(options.devices.max(1)) {
        let shots = Shots::new(options, number, books.clone(), Arc::clone(progress));
        let broker = broker_of(options, number, own_names);
        tasks.spawn(Connection::new(broker, shots).run(cancel.clone()));
    }
    let mut sums = ConnectionReport::default();
    let mut repeated = 0;
    while let Some(ended) = tasks.join_next().await {
        let ConnectionEnd {
            report,
            source: mut shots,
            given_up,
        } = ended.map_err(LoadError::Task)?;
        if let Some(error) = given_up {
            return Err(LoadError::Connect(error));
        }
        shots.books.flush();
        if shots.books.failed() {
            return Err(LoadError::LogIncomplete);
        }
        sums.add(&report);
        repeated += shots.repeated;
    }
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
    let messages_per_second = (sums.acknowledged + sums.unguarded) as f64 / seconds.max(1e-9);
    Ok(LoadReport {
        connections: sums,
        repeated,
        seconds,
        messages_per_second,
    })
}

fn broker_of(options: &LoadOptions, number: u32, own_names: bool) -> BrokerOptions {
    if own_names {
        return options
            .broker
            .for_device(&format!("{}{number}", options.device_prefix));
    }
    let mut broker = options.broker.clone();
    broker.client_id = format!("{}-{number}", broker.client_id);
    broker
}
