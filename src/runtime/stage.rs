//! Tasks that are ended together, with a deadline.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// One phase of shutdown: its tasks and the token that tells them to end.
pub struct Stage<E> {
    name: &'static str,
    cancel: CancellationToken,
    running: BTreeSet<&'static str>,
    tasks: JoinSet<(&'static str, Result<(), E>)>,
}

/// How a task ended that nobody told to.
#[derive(Debug)]
pub enum Ended<E> {
    /// It returned.
    Alone(&'static str),
    /// It failed.
    Failed(&'static str, E),
    /// It panicked.
    Panicked(JoinError),
}

impl<E: std::fmt::Display + Send + 'static> Stage<E> {
    /// A phase without tasks.
    pub fn new(name: &'static str) -> Self {
        let (running, tasks) = (BTreeSet::new(), JoinSet::new());
        Self {
            name,
            cancel: CancellationToken::new(),
            running,
            tasks,
        }
    }

    /// The token its tasks must watch.
    pub fn token(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Starts a task that ends when the token is cancelled.
    pub fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.running.insert(name);
        self.tasks.spawn(async move { (name, task.await) });
    }

    /// Waits for a task that ends on its own; for ever when there is none.
    pub async fn ended(&mut self) -> Ended<E> {
        match self.tasks.join_next().await {
            Some(Ok((name, Ok(())))) => Ended::Alone(name),
            Some(Ok((name, Err(error)))) => Ended::Failed(name, error),
            Some(Err(error)) => Ended::Panicked(error),
            None => std::future::pending().await,
        }
    }

    /// Ends the phase's tasks. Those that are late are named and left behind.
    pub async fn stop(&mut self, patience: Duration) {
        self.cancel.cancel();
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            match tokio::time::timeout_at(deadline, self.tasks.join_next()).await {
                Ok(None) => return,
                Ok(Some(Ok((name, result)))) => {
                    self.running.remove(name);
                    if let Err(error) = result {
                        tracing::warn!(phase = self.name, task = name, %error, "a task ended badly");
                    }
                }
                Ok(Some(Err(error))) => {
                    tracing::error!(phase = self.name, %error, "a task panicked while stopping");
                }
                Err(_) => {
                    let late: Vec<_> = self.running.iter().copied().collect();
                    tracing::error!(
                        phase = self.name,
                        ?late,
                        "tasks are late; going on without them"
                    );
                    self.tasks.abort_all();
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_late_task_does_not_hold_up_the_shutdown() {
        let mut stage: Stage<String> = Stage::new("test");
        let token = stage.token();
        stage.spawn("good", async move {
            token.cancelled().await;
            Ok(())
        });
        stage.spawn("late", std::future::pending());
        let before = tokio::time::Instant::now();
        stage.stop(Duration::from_secs(5)).await;
        assert_eq!(before.elapsed(), Duration::from_secs(5));
        assert!(!stage.running.contains("good") && stage.running.contains("late"));
    }

    #[tokio::test]
    async fn a_task_that_ends_on_its_own_is_noticed() {
        let mut stage: Stage<String> = Stage::new("test");
        stage.spawn("short", async { Err("broken".to_owned()) });
        assert!(matches!(stage.ended().await, Ended::Failed("short", _)));
    }
}
