//! Into the engine's inbox.

use super::counters::{Counters, add};
use crate::engine::Envelope;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

/// Most envelopes for which places are reserved in one go.
const RESERVE_MAX: usize = 256;

/// The engine has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EngineGone;

/// Puts `batch` into the inbox in order. While the inbox is full, this waits:
/// that is the back-pressure towards the client. Messages that nobody waits
/// for (QoS 0) are then dropped and counted.
pub(super) async fn submit(
    inbox: &Sender<Envelope>,
    batch: &mut Vec<Envelope>,
    counters: &Counters,
) -> Result<(), EngineGone> {
    while !batch.is_empty() {
        let permits = match inbox.try_reserve_many(count(inbox, batch)) {
            Ok(permits) => permits,
            Err(TrySendError::Closed(())) => return Err(EngineGone),
            Err(TrySendError::Full(())) => {
                drop_unacknowledged(batch, counters);
                add(&counters.inbox_pauses, 1);
                let permits = inbox.reserve_many(count(inbox, batch)).await;
                permits.map_err(|_| EngineGone)?
            }
        };
        let places = permits.len();
        for (permit, envelope) in permits.zip(batch.drain(..places)) {
            permit.send(envelope);
        }
    }
    Ok(())
}

fn count(inbox: &Sender<Envelope>, batch: &[Envelope]) -> usize {
    batch.len().min(RESERVE_MAX).min(inbox.max_capacity())
}

fn drop_unacknowledged(batch: &mut Vec<Envelope>, counters: &Counters) {
    let before = batch.len();
    batch.retain(|envelope| envelope.delivery.is_some());
    add(&counters.messages_dropped, (before - batch.len()) as u64);
}
