//! The way back from the engine to one connection.

use super::Counters;
use crate::engine::Settlements;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// One connection's mailbox for settled deliveries.
///
/// A packet id means something only on the connection that brought it: after
/// a reconnect the broker may give the same id to another message. Therefore
/// each connection has its own mailbox, it dies with the connection, and each
/// token carries the connection's number besides.
pub(super) struct Generation {
    number: u64,
    open: AtomicBool,
    settled: Mutex<Vec<u16>>,
    wake: Notify,
    counters: Arc<Counters>,
}

impl Generation {
    pub(super) fn new(number: u64, counters: Arc<Counters>) -> Self {
        Self {
            number,
            open: AtomicBool::new(true),
            settled: Mutex::new(Vec::new()),
            wake: Notify::new(),
            counters,
        }
    }

    /// The token of a message of this connection.
    pub(super) const fn token(&self, packet: u16) -> u64 {
        (self.number << 16) | packet as u64
    }

    /// From now on every settlement is stale.
    pub(super) fn close(&self) {
        self.open.store(false, Ordering::Release);
    }

    /// Waits until something was settled.
    pub(super) async fn settled(&self) {
        self.wake.notified().await;
    }

    /// Swaps what was settled into `taken`, which must be empty.
    pub(super) fn take(&self, taken: &mut Vec<u16>) {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *settled, taken);
    }
}

impl Settlements for Generation {
    fn settle(&self, tokens: &[u64]) {
        let mine = |token: u64| token >> 16 == self.number & (u64::MAX >> 16);
        if !self.open.load(Ordering::Acquire) {
            Counters::add(&self.counters.stale_settlements, tokens.len() as u64);
            return;
        }
        let mut stale = 0;
        {
            let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
            for token in tokens {
                match mine(*token) {
                    true => settled.push((token & 0xffff) as u16),
                    false => stale += 1,
                }
            }
        }
        Counters::add(&self.counters.stale_settlements, stale);
        self.wake.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(generation: &Generation) -> Vec<u16> {
        let mut taken = Vec::new();
        generation.take(&mut taken);
        taken
    }

    #[test]
    fn settlements_come_back_in_the_order_they_were_given() {
        let generation = Generation::new(3, Arc::default());
        generation.settle(&[generation.token(9), generation.token(2)]);
        generation.settle(&[generation.token(65_535)]);
        assert_eq!(taken(&generation), [9, 2, 65_535]);
        assert!(taken(&generation).is_empty());
    }

    #[test]
    fn settlements_of_a_closed_connection_and_of_another_generation_are_dropped_and_counted() {
        let counters = Arc::<Counters>::default();
        let old = Generation::new(1, Arc::clone(&counters));
        let new = Generation::new(2, Arc::clone(&counters));
        old.close();
        old.settle(&[old.token(7)]);
        new.settle(&[old.token(7), new.token(8)]);
        assert!(taken(&old).is_empty());
        assert_eq!(taken(&new), [8]);
        assert_eq!(counters.snapshot().stale_settlements, 2);
    }
}
