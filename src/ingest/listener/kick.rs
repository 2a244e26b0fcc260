//! Ends a connection from outside.

use std::sync::OnceLock;
use tokio_util::sync::CancellationToken;

/// Why a connection must end though its client did nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum KickReason {
    /// A newer connection has the same client id.
    TakenOver {
        /// Whether it starts clean, so that this session ends.
        clean: bool,
    },
    /// Its credential was revoked or replaced.
    Revoked,
}

/// The handle to end one connection. The first reason counts.
#[derive(Default)]
pub(super) struct Kick {
    reason: OnceLock<KickReason>,
    wake: CancellationToken,
}

impl Kick {
    pub(super) fn kick(&self, reason: KickReason) {
        // A second reason changes nothing: the connection is ending.
        let _ = self.reason.set(reason);
        self.wake.cancel();
    }

    /// Returns the reason once there is one.
    pub(super) async fn kicked(&self) -> KickReason {
        self.wake.cancelled().await;
        *self.reason.get().unwrap_or(&KickReason::Revoked)
    }
}
