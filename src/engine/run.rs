//! The engine's thread: drain, step, commit, settle, show.

use super::batch::Batch;
use super::core::Core;
use super::history::History;
use super::{Access, Counters, EngineHandle, Envelope, Input, Outcome, Rulebook, Settings};
use crate::registry::Registry;
use crate::store::{Checkpointer, CommitError, LoadError, Writer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};

/// Why the engine ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// What reached the disk is unknown: the process must end and recover.
    #[error("a sync to disk failed; nothing since the last commit was acknowledged")]
    SyncFailed(#[source] CommitError),
    /// SQLite refused a batch for a reason other than space.
    #[error("a batch cannot be committed; nothing of it was acknowledged")]
    Commit(#[source] CommitError),
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store holds something unreadable.
    #[error("the state cannot be recovered")]
    Load(#[from] LoadError),
    /// The operating system gave no thread.
    #[error("failed to start the engine's thread")]
    Thread(#[source] std::io::Error),
}

/// A running engine.
pub struct Engine {
    /// The way in.
    pub handle: EngineHandle,
    /// First journal row a recovery would need; roll-up prunes below it.
    pub oldest_needed: Arc<AtomicU64>,
    /// Set before [`Input::Stop`]: a full disk is then waited for no longer.
    pub stopping: Arc<AtomicBool>,
    /// Ends with the engine; [`Input::Stop`] ends it in order.
    pub thread: JoinHandle<Result<(), EngineError>>,
}

struct Runner {
    settings: Settings,
    writer: Writer,
    checkpointer: Option<Checkpointer>,
    core: Core,
    inbox: mpsc::Receiver<Envelope>,
    outcomes: broadcast::Sender<Outcome>,
    access: watch::Sender<Arc<Access>>,
    oldest_needed: Arc<AtomicU64>,
    stopping: Arc<AtomicBool>,
    counters: Arc<Counters>,
    committed: Instant,
}

impl Engine {
    /// Recovers the state and starts the thread.
    ///
    /// # Errors
    /// [`StartError`] when the store cannot be read back.
    pub fn start(
        settings: Settings,
        book: Rulebook,
        mut writer: Writer,
        checkpointer: Option<Checkpointer>,
        history: Box<dyn History>,
        counters: Arc<Counters>,
    ) -> Result<Self, StartError> {
        let shared = Arc::clone(&counters);
        let core = Core::recover(&mut writer, Arc::new(book), history, shared)?;
        let (inbox_tx, inbox) = mpsc::channel(settings.inbox_max);
        let (outcomes, _) = broadcast::channel(1024);
        let (access_tx, access_rx) = watch::channel(Arc::new(access_of(&core.registry)));
        let oldest_needed = Arc::new(AtomicU64::new(core.oldest_needed()));
        let stopping = Arc::new(AtomicBool::new(false));
        let handle = EngineHandle {
            inbox: inbox_tx,
            outcomes: outcomes.clone(),
            access: access_rx,
        };
        let runner = Runner {
            settings,
            writer,
            checkpointer,
            core,
            inbox,
            outcomes,
            access: access_tx,
            oldest_needed: Arc::clone(&oldest_needed),
            stopping: Arc::clone(&stopping),
            counters,
            committed: Instant::now(),
        };
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || runner.run())
            .map_err(StartError::Thread)?;
        Ok(Self {
            handle,
            oldest_needed,
            stopping,
            thread,
        })
    }
}

impl Runner {
    fn run(mut self) -> Result<(), EngineError> {
        let mut arrived = Vec::with_capacity(self.settings.batch_max);
        // What the recovery left to write goes first.
        self.commit()?;
        loop {
            let stopped = self.gather(&mut arrived)?;
            if stopped {
                self.core.save_all();
            } else {
                self.core.save_due(self.settings.fold_rows_max);
            }
            self.commit()?;
            if stopped {
                return Ok(());
            }
        }
    }

    /// Takes what waits; while the load is high it waits a little for more, so
    /// that one sync serves many. True when the engine was told to stop.
    fn gather(&mut self, arrived: &mut Vec<Envelope>) -> Result<bool, EngineError> {
        let linger = Duration::from_millis(self.settings.batch_wait_ms);
        let mut taken = 0;
        loop {
            let room = self.settings.batch_max.saturating_sub(taken).max(1);
            let count = self.inbox.blocking_recv_many(arrived, room);
            taken += count;
            let mut stop = count == 0;
            for envelope in arrived.drain(..) {
                stop |= matches!(envelope.input, Input::Stop);
                let alone = envelope.input.stands_alone();
                if alone {
                    self.commit()?;
                }
                self.core.take(envelope);
                if alone {
                    self.commit()?;
                }
            }
            let since = self.committed.elapsed();
            let full = taken >= self.settings.batch_max;
            if stop || full || self.core.batch.urgent || since >= linger {
                self.counters.inputs.add(taken as u64);
                return Ok(stop);
            }
            std::thread::sleep(linger.saturating_sub(since));
            if self.inbox.is_empty() {
                self.counters.inputs.add(taken as u64);
                return Ok(false);
            }
        }
    }

    /// Commits the batch, then settles, answers and shows it. While the disk
    /// is full the very same writes are tried again and intake pauses, for the
    /// inbox is bounded.
    fn commit(&mut self) -> Result<(), EngineError> {
        if !self.core.batch.is_empty() {
            self.commit_writes()?;
            self.counters.commits.add(1);
            if let Some(checkpointer) = &self.checkpointer {
                checkpointer.committed();
            }
            match self.writer.checkpoint_if_needed() {
                Ok(true) => self.counters.checkpoints.add(1),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the write-ahead log cannot be bounded now");
                }
            }
        }
        self.committed = Instant::now();
        self.oldest_needed
            .store(self.core.oldest_needed(), Ordering::Release);
        self.show();
        Ok(())
    }

    fn commit_writes(&mut self) -> Result<(), EngineError> {
        loop {
            let begun = Instant::now();
            match self.writer.commit(&self.core.batch.writes) {
                Ok(_) => {
                    let took = &self.counters.commit_duration_seconds;
                    took.observe(begun.elapsed());
                    if self.counters.disk_full.get() == 1 {
                        self.counters.disk_full.set(0);
                        tracing::info!("the disk has space again; intake goes on");
                    }
                    return Ok(());
                }
                Err(error @ CommitError::Full(_)) => {
                    if self.counters.disk_full.get() == 0 {
                        tracing::error!(
                            %error,
                            "intake pauses: nothing is acknowledged until there is space; free some"
                        );
                    }
                    self.counters.disk_full.set(1);
                    self.counters.full_disk_retries.add(1);
                    if self.stopping.load(Ordering::Acquire) {
                        return Err(EngineError::Commit(error));
                    }
                    std::thread::sleep(Duration::from_millis(self.settings.full_disk_retry_ms));
                }
                Err(error @ CommitError::SyncFailed(_)) => {
                    return Err(EngineError::SyncFailed(error));
                }
                Err(error) => return Err(EngineError::Commit(error)),
            }
        }
    }

    fn show(&mut self) {
        let Self {
            core,
            outcomes,
            access,
            ..
        } = self;
        let Core {
            batch, registry, ..
        } = core;
        if batch.access_changed {
            access.send_replace(Arc::new(access_of(registry)));
        }
        let batch: &mut Batch = batch;
        // Nobody listening is fine: whoever comes later reads the store.
        batch.release(|outcome| drop(outcomes.send(outcome)));
    }
}

fn access_of(registry: &Registry) -> Access {
    let tokens = registry.tokens_in_force();
    let devices = registry.credentials_in_force();
    let accounts = registry.accounts_in_force();
    let sessions = registry.accounts_in_force().flat_map(|account| {
        let name = &account.name;
        let sessions = account.sessions.iter();
        sessions.map(move |one| (one.sha256.clone(), (name.clone(), one.ends)))
    });
    Access {
        accounts: accounts
            .map(|account| (account.name.clone(), account.clone()))
            .collect(),
        sessions: sessions.collect(),
        tokens: tokens
            .map(|token| (token.sha256.clone(), token.clone()))
            .collect(),
        devices: devices
            .map(|known| (known.device.as_str().to_owned(), known.clone()))
            .collect(),
    }
}
