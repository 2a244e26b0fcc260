//! The sink's life: read, write, wait, begin again from what is safe.

use super::batch::{Batch, halves};
use super::counters::{Counters, SinkCountersSnapshot};
use super::event;
use super::influx::Influx;
use super::progress::Progress;
use super::{SinkRow, SinkSettings, SinkSource, SourceError, WriteError};
use crate::engine::{EngineHandle, Envelope, Input, Outcome};
use crate::runtime::{Backoff, Clock};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// The name under which the store keeps this sink's cursor.
pub const SINK_NAME: &str = "influxdb2";
/// Rows read from the journal at once.
const ROWS_MAX: usize = 2_000;
/// How long nothing may be looked for when nobody says that there is more.
const IDLE: Duration = Duration::from_secs(5);
/// The first wait when the server itself asks for patience.
const BUSY_FIRST: Duration = Duration::from_secs(5);

/// The state of the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SinkHealth {
    /// Whether the last write succeeded.
    pub writing: bool,
    /// The newest journal row that the server acknowledged.
    pub acknowledged_seq: u64,
    /// The newest journal row that counts as safe.
    pub safe_seq: u64,
    /// Code of the last failure, none after a success.
    pub last_error: Option<&'static str>,
    /// How long the current wait before the next try is.
    pub backoff: Option<Duration>,
}

/// What others see of the sink.
#[derive(Clone)]
pub struct SinkHandle {
    /// The state of the copy.
    pub health: watch::Receiver<SinkHealth>,
    counters: Arc<Counters>,
}

impl SinkHandle {
    /// The running totals.
    pub fn counters(&self) -> SinkCountersSnapshot {
        self.counters.snapshot()
    }
}

/// Copies stored readings to an InfluxDB 2 server.
pub struct InfluxSink<S> {
    settings: SinkSettings,
    source: Arc<S>,
    engine: EngineHandle,
    outcomes: broadcast::Receiver<Outcome>,
    clock: Clock,
    client: Option<Influx>,
    health: watch::Sender<SinkHealth>,
    counters: Arc<Counters>,
    reported: u64,
}

/// Why a round ended early.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("the engine stopped")]
    EngineStopped,
}

impl<S: SinkSource> InfluxSink<S> {
    /// A sink that reads from `source`. Check [`SinkSettings::problems`] first:
    /// a URL that is none panics inside `influxdb2`.
    pub fn new(
        settings: SinkSettings,
        source: Arc<S>,
        engine: EngineHandle,
        clock: Clock,
    ) -> (Self, SinkHandle) {
        let (health, seen) = watch::channel(SinkHealth::default());
        let counters = Arc::<Counters>::default();
        let handle = SinkHandle {
            health: seen,
            counters: Arc::clone(&counters),
        };
        let outcomes = engine.outcomes.subscribe();
        let sink = Self {
            settings,
            source,
            engine,
            outcomes,
            clock,
            client: None,
            health,
            counters,
            reported: 0,
        };
        (sink, handle)
    }

    /// Runs until `cancel`, or until the engine ends. A write under way is
    /// given up: what is not safe is sent again at the next start.
    pub async fn run(mut self, cancel: CancellationToken) {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.copy() => {}
        }
    }

    async fn copy(&mut self) {
        let first = Duration::from_millis(self.settings.backoff_ms_first);
        let most = Duration::from_secs(self.settings.backoff_seconds_max);
        let mut backoff = Backoff::new(first, most);
        let Some(mut progress) = self.begin(&mut backoff).await else {
            return;
        };
        loop {
            match self.round(&mut progress).await {
                Ok(more) => {
                    if backoff.tries() > 0 {
                        let again_from_seq = progress.safe();
                        event::Recovered { again_from_seq }.emit();
                        backoff.reset();
                    }
                    if !more {
                        self.wait_for_more().await;
                    }
                }
                Err(RoundError::EngineStopped) => return,
                Err(RoundError::Write(error)) => {
                    // What the server acknowledged last may be lost with it.
                    progress.on_failed();
                    self.client = None;
                    self.wait_after(&error, &mut backoff).await;
                }
                Err(RoundError::Source(error)) => {
                    event::SourceFailed { error: &error }.emit();
                    sleep(backoff.next(random())).await;
                }
            }
        }
    }

    /// Finds where the copy stood; none when the engine ended meanwhile.
    async fn begin(&mut self, backoff: &mut Backoff) -> Option<Progress> {
        loop {
            let source = Arc::clone(&self.source);
            match blocking(move || source.cursor(SINK_NAME)).await {
                Ok(cursor) => {
                    self.reported = cursor;
                    backoff.reset();
                    return Some(Progress::new(self.settings.overlap(), cursor));
                }
                Err(error) => {
                    event::SourceFailed { error: &error }.emit();
                    sleep(backoff.next(random())).await;
                }
            }
            if self.engine.inbox.is_closed() {
                return None;
            }
        }
    }

    /// Copies what one read of the journal gives; says whether there is more.
    async fn round(&mut self, progress: &mut Progress) -> Result<bool, RoundError> {
        let rows = self.rows_after(progress.sent()).await?;
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let mut batch = Batch::default();
            let settings = &self.settings;
            let taken = batch.fill(rest, settings.batch_lines, settings.batch_bytes);
            rest = rest.get(taken..).unwrap_or_default();
            self.write(&batch).await?;
            progress.on_acknowledged(batch.last_seq, Instant::now());
            self.show_success(progress);
        }
        progress.settle(Instant::now());
        self.report(progress).await?;
        Ok(rows.len() == ROWS_MAX)
    }

    async fn rows_after(&self, seq: u64) -> Result<Vec<SinkRow>, SourceError> {
        let source = Arc::clone(&self.source);
        blocking(move || source.journal_after(seq, ROWS_MAX)).await
    }

    /// Writes a batch; halves it until the lines that the server refuses stand
    /// alone, sets those aside and goes on.
    async fn write(&mut self, batch: &Batch) -> Result<(), RoundError> {
        let mut parts = vec![batch.bytes.as_slice()];
        while let Some(lines) = parts.pop() {
            if lines.is_empty() {
                continue; // VictoriaMetrics calls an empty write a success.
            }
            match self.write_lines(lines).await {
                Ok(()) => {
                    let count = lines.iter().filter(|byte| **byte == b'\n').count();
                    self.counters
                        .lines
                        .fetch_add(count as u64, Ordering::Relaxed);
                    self.counters.writes.fetch_add(1, Ordering::Relaxed);
                }
                Err(WriteError::Rejected { status, answer }) => match halves(lines) {
                    Some((first, second)) => parts.extend([second, first]),
                    None => self.set_aside(lines, status, answer).await?,
                },
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn write_lines(&mut self, lines: &[u8]) -> Result<(), WriteError> {
        if self.client.is_none() {
            // The token file is read again after every failure.
            self.client = Some(Influx::new(&self.settings)?);
        }
        match &self.client {
            Some(client) => client.write(lines).await,
            None => Ok(()),
        }
    }

    async fn set_aside(&self, line: &[u8], status: u16, reason: String) -> Result<(), RoundError> {
        self.counters.rejected.fetch_add(1, Ordering::Relaxed);
        event::LineRejected { status }.emit();
        self.send(Input::SinkRejected {
            sink: SINK_NAME,
            reason,
            line: line.to_vec(),
        })
        .await
    }

    async fn report(&mut self, progress: &Progress) -> Result<(), RoundError> {
        let seq = progress.safe();
        if seq == self.reported {
            return Ok(());
        }
        self.send(Input::SinkProgress {
            sink: SINK_NAME,
            seq,
        })
        .await?;
        self.reported = seq;
        self.health.send_modify(|health| health.safe_seq = seq);
        Ok(())
    }

    async fn send(&self, input: Input) -> Result<(), RoundError> {
        let envelope = Envelope {
            stamp: self.clock.clinical(),
            received: self.clock.wall(),
            input,
            delivery: None,
        };
        let sent = self.engine.inbox.send(envelope).await;
        sent.map_err(|_| RoundError::EngineStopped)
    }

    /// Waits until the journal grew, then a little longer so that a batch is
    /// worth its write; never longer than [`IDLE`].
    async fn wait_for_more(&mut self) {
        let outcomes = &mut self.outcomes;
        let grew = async {
            loop {
                match outcomes.recv().await {
                    Ok(Outcome::Journal { .. }) | Err(broadcast::error::RecvError::Lagged(_)) => {
                        return;
                    }
                    Ok(Outcome::AlertEvents { .. } | Outcome::Endpoints | Outcome::Deliveries) => {}
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        if timeout(IDLE, grew).await.is_ok() {
            sleep(Duration::from_millis(self.settings.batch_wait_ms)).await;
        }
    }

    async fn wait_after(&self, error: &WriteError, backoff: &mut Backoff) {
        let mut wait = backoff.next(random());
        if matches!(error.status(), Some(429 | 503)) {
            let most = Duration::from_secs(self.settings.backoff_seconds_max);
            wait = wait.max(BUSY_FIRST.min(most));
        }
        self.counters.failures.fetch_add(1, Ordering::Relaxed);
        event::WriteFailed {
            error,
            backoff: wait,
            tries: backoff.tries(),
        }
        .emit();
        self.health.send_modify(|health| {
            health.writing = false;
            health.last_error = Some(error.code());
            health.backoff = Some(wait);
        });
        sleep(wait).await;
    }

    fn show_success(&self, progress: &Progress) {
        let acknowledged = progress.sent();
        self.health.send_modify(|health| {
            health.writing = true;
            health.acknowledged_seq = acknowledged;
            health.last_error = None;
            health.backoff = None;
        });
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| Err(SourceError(Box::new(panic))))
}

fn random() -> u64 {
    getrandom::u64().unwrap_or(u64::MAX)
}
