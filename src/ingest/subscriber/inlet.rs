//! The door to the engine's inbox: pushes in batches, never waits.

use super::ConnectionEnd;
use crate::engine::Envelope;
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// Messages decoded and not yet in the inbox, in the order received.
///
/// The inbox is shared with other ways in, so it can be full although the
/// receive maximum is below its bound. What does not fit waits here and the
/// broker sends no more than the receive maximum allows.
pub(super) struct Inlet {
    inbox: mpsc::Sender<Envelope>,
    waiting: VecDeque<Envelope>,
    bound: usize,
}

impl Inlet {
    pub(super) fn new(inbox: mpsc::Sender<Envelope>, bound: usize) -> Self {
        Self {
            inbox,
            waiting: VecDeque::new(),
            bound,
        }
    }

    /// Takes a message that will be acknowledged; the receive maximum bounds these.
    pub(super) fn take(&mut self, envelope: Envelope) {
        self.waiting.push_back(envelope);
    }

    /// Takes a message without a guarantee, or drops it when the bound is reached.
    #[must_use]
    pub(super) fn take_or_drop(&mut self, envelope: Envelope) -> bool {
        let room = self.waiting.len() < self.bound;
        if room {
            self.waiting.push_back(envelope);
        }
        room
    }

    /// Moves as many messages into the inbox as it has room for.
    pub(super) fn flush(&mut self) -> Result<(), ConnectionEnd> {
        while !self.waiting.is_empty() {
            let batch = self.waiting.len().min(self.inbox.capacity()).max(1);
            match self.inbox.try_reserve_many(batch) {
                Ok(places) => {
                    for (place, envelope) in places.zip(self.waiting.drain(..batch)) {
                        place.send(envelope);
                    }
                }
                Err(mpsc::error::TrySendError::Closed(())) => {
                    return Err(ConnectionEnd::EngineStopped);
                }
                // Another way in took the room since we looked: at one it is full.
                Err(mpsc::error::TrySendError::Full(())) if batch == 1 => return Ok(()),
                Err(mpsc::error::TrySendError::Full(())) => {}
            }
        }
        Ok(())
    }

    /// Waits for room for the oldest message and moves it.
    pub(super) async fn flush_one(&mut self) -> Result<(), ConnectionEnd> {
        let place = self.inbox.reserve().await;
        let place = place.map_err(|_| ConnectionEnd::EngineStopped)?;
        if let Some(envelope) = self.waiting.pop_front() {
            place.send(envelope);
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Forgets what the broker will send again after a reconnect.
    pub(super) fn forget_acknowledgeable(&mut self) {
        self.waiting.retain(|envelope| envelope.delivery.is_none());
    }
}
