//! Lets the engine's timers fire while nothing arrives.

use super::{AppError, Parts};
use crate::engine::{Envelope, Input};
use crate::runtime::Stage;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Starts the ticker.
pub(super) fn spawn(stage: &mut Stage<AppError>, parts: &Parts) {
    let (inbox, clock) = (parts.engine.inbox.clone(), parts.mode.clock.clone());
    let every = Duration::from_millis(parts.config.engine.tick_ms);
    let cancel = stage.token();
    stage.spawn("ticker", async move {
        let mut beat = tokio::time::interval(every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = cancel.cancelled() => return Ok(()),
                _ = beat.tick() => {}
            }
            let (stamp, received) = (clock.clinical(), clock.wall());
            let tick = Envelope {
                stamp,
                received,
                input: Input::Tick,
                delivery: None,
            };
            // A full inbox moves the clock by itself.
            let _ = inbox.try_send(tick);
        }
    });
}
