//! What a running load has done so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// Running totals over all connections of a load, to be looked at meanwhile.
#[derive(Debug, Default)]
pub struct Progress {
    given: AtomicU64,
    settled: AtomicU64,
    acknowledged: AtomicU64,
}

impl Progress {
    pub(super) fn given(&self) {
        self.given.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn settled(&self, acknowledged: bool, repeat: bool) {
        self.settled.fetch_add(1, Ordering::Relaxed);
        if acknowledged && !repeat {
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Messages in the windows: handed to a connection and not yet settled, repeats included.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        // Settled first: what settles in between must not make it negative.
        let settled = self.settled.load(Ordering::Relaxed);
        self.given.load(Ordering::Relaxed).saturating_sub(settled)
    }

    /// Different messages that were acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }
}
