//! The way back from the engine's thread to a connection.

use crate::engine::Settlements;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Tokens that the engine settled and the connection has not yet taken.
///
/// Bounded by the connection's unacknowledged messages.
#[derive(Default)]
pub(super) struct Settled {
    tokens: Mutex<Vec<u64>>,
    arrived: Notify,
}

impl Settlements for Settled {
    fn settle(&self, tokens: &[u64]) {
        let mut waiting = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend_from_slice(tokens);
        drop(waiting);
        self.arrived.notify_one();
    }
}

impl Settled {
    /// Swaps what has arrived into `tokens`, which is empty.
    pub(super) fn take(&self, tokens: &mut Vec<u64>) {
        let mut waiting = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *waiting, tokens);
    }

    /// Returns when tokens have arrived since the last return.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }
}
