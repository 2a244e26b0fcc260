//! The sink against Debian's VictoriaMetrics, and against a scripted server
//! for what that cannot be made to answer.

mod scripted;
mod server;
mod victoria;

use super::*;
use crate::domain::{
    ClinicalTime, DeviceId, MeasuredTime, PatientId, Quality, QualityReason, Reading, Vital,
};
use crate::engine::{EngineHandle, Envelope, Input, Outcome};
use crate::runtime::Clock;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nothing in these tests may take longer.
const PATIENCE: Duration = Duration::from_secs(60);
const START: i64 = 1_763_787_600_000;

/// A journal in memory.
#[derive(Default)]
struct Journal {
    rows: Mutex<Vec<SinkRow>>,
    cursor: u64,
}

impl SinkSource for Journal {
    fn journal_after(&self, seq: u64, limit: usize) -> Result<Vec<SinkRow>, SourceError> {
        let rows = self.rows.lock().expect("not poisoned");
        let after = rows.iter().filter(|row| row.seq > seq);
        Ok(after.take(limit).cloned().collect())
    }

    fn cursor(&self, _: &'static str) -> Result<u64, SourceError> {
        Ok(self.cursor)
    }
}

/// Row `seq`: two vitals of one of ten patients.
fn row(seq: u64) -> SinkRow {
    let at = MeasuredTime::from_epoch_ms(START + i64::try_from(seq).expect("small") * 1000);
    let reading = |vital, value| Reading { at, vital, value };
    SinkRow {
        seq,
        stamp: ClinicalTime::from_epoch_ms(at.epoch_ms() + 250),
        patient: PatientId::new(&format!("p-{}", seq % 10)).expect("valid"),
        device: DeviceId::new("w.1_a-b").expect("valid"),
        readings: vec![
            (
                reading(Vital::HeartRate, (600 + seq % 97) as f64 / 10.0),
                Quality::Good,
            ),
            (
                reading(
                    Vital::SkinTemperature, // VictoriaMetrics keeps some 15 decimal digits, a watch sends three.
                    (3000 + seq % 31) as f64 / 100.0,
                ),
                Quality::Suspect(QualityReason::Motion),
            ),
        ],
    }
}

fn journal(rows: u64) -> Arc<Journal> {
    let rows = Mutex::new((1..=rows).map(row).collect());
    Arc::new(Journal { rows, cursor: 0 })
}

fn settings(url: String) -> SinkSettings {
    SinkSettings {
        enabled: true,
        url,
        batch_wait_ms: 1,
        backoff_ms_first: 50,
        backoff_seconds_max: 1,
        ..SinkSettings::default()
    }
}

struct Running {
    handle: SinkHandle,
    inbox: mpsc::Receiver<Envelope>,
    outcomes: broadcast::Sender<Outcome>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

fn run(settings: SinkSettings, journal: &Arc<Journal>) -> Running {
    let (inbox, seen) = mpsc::channel(1000);
    let engine = EngineHandle {
        inbox,
        outcomes: broadcast::channel(16).0,
        access: watch::channel(Arc::default()).1,
    };
    let outcomes = engine.outcomes.clone();
    assert_eq!(settings.problems(), Vec::<String>::new());
    let (sink, handle) = InfluxSink::new(settings, Arc::clone(journal), engine, Clock::real());
    let cancel = CancellationToken::new();
    let task = tokio::spawn(sink.run(cancel.clone()));
    Running {
        handle,
        inbox: seen,
        outcomes,
        cancel,
        task,
    }
}

impl Running {
    async fn acknowledged(&self, seq: u64) {
        self.health("acknowledged", |h| h.acknowledged_seq == seq && h.writing)
            .await;
    }

    async fn health(&self, what: &str, is: impl FnMut(&SinkHealth) -> bool) {
        let mut health = self.handle.health.clone();
        let seen = tokio::time::timeout(PATIENCE, health.wait_for(is)).await;
        assert!(seen.is_ok(), "{what}: {:?}", self.handle.health.borrow());
    }

    async fn input(&mut self) -> Input {
        let next = tokio::time::timeout(PATIENCE, self.inbox.recv()).await;
        next.expect("in time").expect("the sink lives").input
    }
}
