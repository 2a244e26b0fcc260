//! What happens in the listener: each event logs and counts together.
//!
//! No event carries a device, a client id, a topic or an address of a client.

use super::counters::{Counters, add};
use super::wire::{Refusal, Violation};
use std::net::SocketAddr;

/// The listener takes connections.
pub(super) struct Listening {
    pub(super) address: SocketAddr,
    pub(super) tls: bool,
    pub(super) sessions: usize,
}

impl Listening {
    pub(super) fn emit(self) {
        tracing::info!(
            listener.address = %self.address,
            listener.tls = self.tls,
            listener.sessions_stored = self.sessions,
            "listening for watches"
        );
    }
}

/// A CONNECT was refused.
pub(super) struct ConnectRefused(pub(super) Refusal);

impl ConnectRefused {
    pub(super) fn emit(self, counters: &Counters) {
        counters.refused(self.0);
        tracing::warn!(reason = self.0.code(), "connect refused");
    }
}

/// A client broke a rule and its connection ends.
pub(super) struct Violated(pub(super) Violation);

impl Violated {
    pub(super) fn emit(self, counters: &Counters) {
        counters.violated(self.0);
        tracing::warn!(reason = self.0.code(), "connection ended by us");
    }
}

/// No CONNECT came in time.
pub(super) struct ConnectTimedOut;

impl ConnectTimedOut {
    pub(super) fn emit(self, counters: &Counters) {
        add(&counters.connect_timeouts, 1);
        tracing::debug!("no connect in time");
    }
}

/// There are too many connections.
pub(super) struct OverLimit;

impl OverLimit {
    pub(super) fn emit(self, counters: &Counters) {
        add(&counters.connections_over_limit, 1);
        tracing::warn!("connection closed: there are too many");
    }
}

/// The system gave no connection.
pub(super) struct AcceptFailed(pub(super) std::io::Error);

impl AcceptFailed {
    pub(super) fn emit(self) {
        tracing::error!(error = %self.0, "accepting connections fails");
    }
}

/// A newer connection took a session over.
pub(super) struct TakenOver;

impl TakenOver {
    pub(super) fn emit(self, counters: &Counters) {
        add(&counters.takeovers, 1);
        tracing::debug!("session taken over");
    }
}

/// A Will was published.
pub(super) struct WillPublished;

impl WillPublished {
    pub(super) fn emit(self, counters: &Counters) {
        add(&counters.wills, 1);
        tracing::debug!("will published");
    }
}

/// A stored Will could not be read back.
pub(super) struct WillUnreadable;

impl WillUnreadable {
    pub(super) fn emit(self) {
        tracing::error!("a stored will is unreadable and was dropped");
    }
}

/// Connections that did not end within the shutdown's deadline were cut.
pub(super) struct StopLate {
    pub(super) connections: usize,
}

impl StopLate {
    pub(super) fn emit(self) {
        let connections = self.connections;
        tracing::warn!(
            listener.connections = connections,
            "connections cut at shutdown"
        );
    }
}
