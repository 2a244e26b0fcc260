//! The way into the engine for everybody else.

use super::{Access, CommandReply, Envelope, Input, Outcome};
use crate::domain::{ClinicalTime, WallTime};
use crate::registry::{Command, CommandError};
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Why a command got no answer of its own.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The engine is stopping.
    #[error("the service is stopping")]
    Stopping,
    /// The registry or the alert machine refused it.
    #[error(transparent)]
    Refused(#[from] CommandError),
}

/// Handle to the engine: clone it freely.
#[derive(Clone)]
pub struct EngineHandle {
    /// Bounded: awaiting a place is the back-pressure towards the listener;
    /// the subscriber uses `try_reserve` and its receive maximum.
    pub inbox: mpsc::Sender<Envelope>,
    /// What became true, after each commit.
    pub outcomes: broadcast::Sender<Outcome>,
    /// Tokens and device credentials in force.
    pub access: watch::Receiver<Arc<Access>>,
}

impl EngineHandle {
    /// Submits a command and waits for its commit.
    ///
    /// # Errors
    /// [`SubmitError::Refused`] with the reason, or [`SubmitError::Stopping`].
    pub async fn command(
        &self,
        command: Command,
        author: &str,
        stamp: ClinicalTime,
        received: WallTime,
    ) -> Result<CommandReply, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let input = Input::Command {
            command: Box::new(command),
            author: author.to_owned(),
            reply,
        };
        let envelope = Envelope {
            stamp,
            received,
            input,
            delivery: None,
        };
        self.inbox
            .send(envelope)
            .await
            .map_err(|_| SubmitError::Stopping)?;
        Ok(answer.await.map_err(|_| SubmitError::Stopping)??)
    }
}
