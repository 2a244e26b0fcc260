//! What the subscriber tells the log: never a topic, client id or payload.

use super::ConnectionEnd;
use std::error::Error;
use std::time::Duration;

/// A connection stands.
pub(super) struct Connected {
    pub(super) generation: u64,
    pub(super) session_present: bool,
}

impl Connected {
    pub(super) fn emit(self) {
        tracing::info!(
            connection.generation = self.generation,
            session.present = self.session_present,
            "connected to the broker"
        );
    }
}

/// The broker forgot the session we had: what it held for us is gone.
pub(super) struct SessionLost {
    pub(super) generation: u64,
}

impl SessionLost {
    pub(super) fn emit(self) {
        tracing::error!(
            connection.generation = self.generation,
            "the broker lost our session, messages it held may be lost"
        );
    }
}

/// The broker keeps the session shorter than asked.
pub(super) struct SessionShortened {
    pub(super) asked_seconds: u32,
    pub(super) granted_seconds: u32,
}

impl SessionShortened {
    pub(super) fn emit(self) {
        tracing::warn!(
            session.asked_s = self.asked_seconds,
            session.granted_s = self.granted_seconds,
            "the broker keeps our session shorter than asked"
        );
    }
}

/// A connection failed or broke; the next try follows.
pub(super) struct ConnectionLost<'a> {
    pub(super) end: &'a ConnectionEnd,
    pub(super) backoff: Duration,
}

impl ConnectionLost<'_> {
    pub(super) fn emit(self) {
        let cause = self.end.source().map(ToString::to_string);
        tracing::warn!(
            reason = self.end.code(),
            detail = %self.end,
            cause = cause.unwrap_or_default(),
            backoff_ms = u64::try_from(self.backoff.as_millis()).unwrap_or(u64::MAX),
            "no connection to the broker"
        );
    }
}

/// A subscription was refused: messages of these watches do not arrive.
pub(super) struct SubscriptionRefused {
    pub(super) position: usize,
    pub(super) code: String,
}

impl SubscriptionRefused {
    pub(super) fn emit(self) {
        tracing::error!(
            subscription.position = self.position,
            reason = self.code,
            "the broker refused a subscription"
        );
    }
}

/// The same over-size packet came again: it blocks the session.
pub(super) struct OversizeRepeated {
    pub(super) bytes: usize,
    pub(super) limit: u32,
}

impl OversizeRepeated {
    pub(super) fn emit(self) {
        tracing::error!(
            packet.bytes = self.bytes,
            packet.bytes_max = self.limit,
            "an over-size message came again and blocks the session: raise packet_bytes_max"
        );
    }
}

/// Orderly end.
pub(super) struct Stopped {
    pub(super) unacknowledged: usize,
}

impl Stopped {
    pub(super) fn emit(self) {
        tracing::info!(
            unacknowledged = self.unacknowledged,
            "left the broker in order"
        );
    }
}
