//! Waits for a signal, or for a part that ends on its own.

use super::{AppError, Running, Stages, StopSignals};
use crate::runtime::Ended;
use std::time::Duration;

impl Running {
    /// Runs until SIGTERM or SIGINT, or until a part fails; then ends in order.
    ///
    /// # Errors
    /// [`AppError`] of the part that failed.
    pub async fn until_signal(mut self, mut signals: StopSignals) -> Result<(), AppError> {
        let failed = tokio::select! {
            () = signals.heard() => None,
            failed = self.failure() => Some(failed),
        };
        match failed {
            None => tracing::info!("stopping in order"),
            Some(ref error) => tracing::error!(%error, "a part failed; stopping in order"),
        }
        let stopped = self.stop().await;
        match (stopped, failed) {
            // Why the engine ended says more than that it did.
            (Err(AppError::Engine(error)), _) => Err(AppError::Engine(error)),
            (_, Some(failed)) => Err(failed),
            (stopped, None) => stopped,
        }
    }

    /// Waits until any part ends on its own.
    pub async fn failure(&mut self) -> AppError {
        let mut look = tokio::time::interval(Duration::from_millis(100));
        loop {
            let Stages {
                canary,
                intake,
                outgoing,
                api,
            } = &mut self.stages;
            let ended = tokio::select! {
                ended = canary.ended() => ended,
                ended = intake.ended() => ended,
                ended = outgoing.ended() => ended,
                ended = api.ended() => ended,
                _ = look.tick() => match self.thread.is_finished() {
                    true => Ended::Alone("engine"),
                    false => continue,
                },
            };
            return match ended {
                Ended::Alone(name) => AppError::Ended { name },
                Ended::Failed(_, error) => error,
                Ended::Panicked(error) => AppError::Panicked(error),
            };
        }
    }
}
