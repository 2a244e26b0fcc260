//! Compresses, prunes and drops beside the engine; the engine's writer swaps in.

use super::{AppError, Parts};
use crate::domain::{ClinicalTime, PatientNumber};
use crate::engine::{Counters, EngineHandle, Envelope, Input};
use crate::runtime::{Clock, Stage};
use crate::store::rollup::{self, Harvest, Planner, Retention, SinkHold};
use crate::store::{QueryError, Reader, Settings, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Wall time between two looks when nothing is due.
const REST: Duration = Duration::from_secs(2);
/// The sink whose cursor may hold the journal.
const SINK: &str = crate::sink::SINK_NAME;

struct Worker {
    reader: Reader,
    settings: Settings,
    engine: EngineHandle,
    clock: Clock,
    counters: Arc<Counters>,
    oldest_needed: Arc<AtomicU64>,
    sink_enabled: bool,
    planner: Planner,
    retention: Retention,
    given_up: bool,
}

/// Starts the worker.
pub(super) fn spawn(stage: &mut Stage<AppError>, parts: &Parts) {
    let mut worker = Worker {
        reader: parts.reader.clone(),
        settings: parts.config.store.clone(),
        engine: parts.engine.clone(),
        clock: parts.mode.clock.clone(),
        counters: Arc::clone(&parts.counters),
        oldest_needed: Arc::clone(&parts.oldest_needed),
        sink_enabled: parts.config.influxdb.enabled,
        planner: Planner::default(),
        retention: Retention::default(),
        given_up: false,
    };
    let cancel = stage.token();
    stage.spawn("roll-up", async move {
        while !cancel.is_cancelled() {
            let (back, worked) = worker.look(&cancel).await;
            worker = back;
            if !worked {
                tokio::select! {
                    () = cancel.cancelled() => break,
                    () = tokio::time::sleep(REST) => {}
                }
            }
        }
        Ok(())
    });
}

impl Worker {
    /// One look, off the async threads; true when there may be more to do.
    async fn look(self, cancel: &CancellationToken) -> (Self, bool) {
        let cancel = cancel.clone();
        let fallback = self.empty_copy();
        let looked = tokio::task::spawn_blocking(move || {
            let mut worker = self;
            let worked = worker.round(&cancel).unwrap_or_else(|error| {
                tracing::warn!(%error, "roll-up could not read the store; trying again");
                false
            });
            (worker, worked)
        });
        looked.await.unwrap_or((fallback, false))
    }

    fn empty_copy(&self) -> Self {
        Self {
            reader: self.reader.clone(),
            settings: self.settings.clone(),
            engine: self.engine.clone(),
            clock: self.clock.clone(),
            counters: Arc::clone(&self.counters),
            oldest_needed: Arc::clone(&self.oldest_needed),
            sink_enabled: self.sink_enabled,
            planner: Planner::default(),
            retention: Retention::default(),
            given_up: self.given_up,
        }
    }

    fn round(&mut self, cancel: &CancellationToken) -> Result<bool, QueryError> {
        while self.planner.observe(&self.reader)? {
            if cancel.is_cancelled() {
                return Ok(false);
            }
        }
        let now = self.clock.clinical();
        let mut worked = false;
        while self.roll_up_jointly(cancel)? {
            worked = true;
        }
        for patient in self.planner.due(now, &self.settings) {
            if cancel.is_cancelled() {
                return Ok(false);
            }
            let write = rollup::compress(&self.reader, patient)?;
            worked |= self.roll_up(patient, write);
        }
        Ok(self.tidy(now, cancel)? || worked)
    }

    /// Rolls up all patients that one pass over the journal is worth.
    fn roll_up_jointly(&mut self, cancel: &CancellationToken) -> Result<bool, QueryError> {
        let Some(joint) = self.planner.joint(&self.settings) else {
            return Ok(false);
        };
        let mut harvest = Harvest::read(&self.reader, &joint)?;
        for (patient, _) in joint.patients {
            if cancel.is_cancelled() {
                return Ok(false);
            }
            let write = rollup::compress_harvested(&self.reader, patient, &mut harvest)?;
            self.roll_up(patient, write);
        }
        Ok(true)
    }

    fn roll_up(&mut self, patient: PatientNumber, write: Option<Write>) -> bool {
        let Some(write) = write else {
            return false;
        };
        let seq = rolled_to(&write);
        self.swap(vec![write]);
        let rows = self.planner.done(patient, seq);
        self.counters.roll_ups.add(1);
        self.counters.rolled_up_rows.add(u64::from(rows));
        true
    }

    /// Prunes the journal, drops what retention ends, gives pages back.
    fn tidy(&mut self, now: ClinicalTime, cancel: &CancellationToken) -> Result<bool, QueryError> {
        let mut worked = false;
        let below = self.prune_limit(now)?;
        while let Some(write) = rollup::prune(&self.reader, below)? {
            if cancel.is_cancelled() {
                return Ok(false);
            }
            self.swap(vec![write]);
            worked = true;
        }
        let dropped = self.retention.look(&self.reader, now, &self.settings)?;
        if !dropped.is_empty() {
            self.swap(dropped);
            worked = true;
        }
        if let Some(write) = rollup::vacuum(&self.reader)? {
            self.swap(vec![write]);
            worked = true;
        }
        Ok(worked)
    }

    fn prune_limit(&mut self, now: ClinicalTime) -> Result<u64, QueryError> {
        let oldest_snapshot = self.oldest_needed.load(Ordering::Acquire).saturating_sub(1);
        let cursor = self.reader.sink_cursor(SINK)?;
        let hold = cursor.map(|(seq, stamp)| SinkHold { seq, stamp });
        let holds: Vec<SinkHold> = hold.into_iter().filter(|_| self.sink_enabled).collect();
        let oldest_unrolled = self.planner.oldest_unrolled();
        let limit = rollup::prune_limit(
            oldest_snapshot,
            oldest_unrolled,
            &holds,
            now,
            &self.settings,
        );
        if limit.sinks_given_up > 0 && !self.given_up {
            tracing::error!(
                days = self.settings.sink_hold_days,
                "the journal no longer waits for the InfluxDB sink: what it did not copy will be missing there"
            );
        }
        self.given_up = limit.sinks_given_up > 0;
        Ok(limit.below)
    }

    /// Hands writes to the engine and waits until they are committed.
    fn swap(&self, writes: Vec<Write>) {
        let (reply, committed) = oneshot::channel();
        let input = Input::Maintenance { writes, reply };
        let (stamp, received) = (self.clock.clinical(), self.clock.wall());
        let envelope = Envelope {
            stamp,
            received,
            input,
            delivery: None,
        };
        if self.engine.inbox.blocking_send(envelope).is_ok() {
            // An engine that ends commits nothing more; then so do we.
            let _ = committed.blocking_recv();
        }
    }
}

fn rolled_to(write: &Write) -> u64 {
    match write {
        Write::Rollup(rollup) => rollup.seq,
        _ => 0,
    }
}
