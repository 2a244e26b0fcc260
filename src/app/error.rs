//! Why the service did not start or ended.

use crate::engine::{EngineError, StartError};
use crate::ingest::listener;
use crate::store::{LoadError, OpenError};
use crate::{api, canary, notify, telemetry};
use std::net::SocketAddr;

/// Why the service did not start or ended on its own.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data directory cannot be used.
    #[error("the data directory cannot be used")]
    Open(#[from] OpenError),
    /// The key of the log's device tags cannot be kept.
    #[error("the key for device tags in the log cannot be kept")]
    TagKey(#[from] telemetry::TagKeyError),
    /// The engine did not start.
    #[error("the engine did not start")]
    Start(#[from] StartError),
    /// The engine ended on its own.
    #[error("the engine ended")]
    Engine(#[source] EngineError),
    /// The stored sessions cannot be read.
    #[error("the stored state cannot be read")]
    Load(#[from] LoadError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address} for {what}; is something else running there?")]
    Bind {
        /// For what.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The MQTT listener did not start or ended.
    #[error("the MQTT listener failed")]
    Listen(#[from] listener::ListenError),
    /// The notifier did not start or ended.
    #[error("webhook deliveries failed")]
    Notify(#[from] notify::NotifierError),
    /// The canary cannot be started.
    #[error("the canary cannot be started")]
    Canary(#[from] canary::HookError),
    /// The canary's webhook failed.
    #[error("the canary's webhook failed")]
    CanaryHook(#[source] std::io::Error),
    /// The admin socket cannot be opened.
    #[error("the admin socket failed")]
    Admin(#[from] api::AdminSocketError),
    /// A task ended that must not.
    #[error("the task `{name}` ended on its own")]
    Ended {
        /// Which.
        name: &'static str,
    },
    /// A task panicked.
    #[error("a task panicked")]
    Panicked(#[source] tokio::task::JoinError),
}
