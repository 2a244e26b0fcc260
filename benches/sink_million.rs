//! One million readings to a real server that is stopped twice: once in order,
//! once with kill -9 and down for a while. Afterwards none may be missing and
//! none wrong.
//!
//! `cargo bench --bench sink_million`; the server is Debian's
//! `victoria-metrics`. `SINK_READINGS` and `SINK_DOWN_SECONDS` change the
//! million and the minute.

#[path = "../src/sink/tests/victoria.rs"]
mod victoria;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use victoria::{Victoria, installed};
use wardlight::domain::{ClinicalTime, DeviceId, MeasuredTime, PatientId, Quality, Reading, Vital};
use wardlight::engine::{EngineHandle, Outcome};
use wardlight::runtime::Clock;
use wardlight::sink::{InfluxSink, SinkHealth, SinkRow, SinkSettings, SinkSource, SourceError};

const VITALS: [Vital; 5] = [
    Vital::HeartRate,
    Vital::RespiratoryRate,
    Vital::OxygenSaturation,
    Vital::SkinTemperature,
    Vital::StepCount,
];
const PATIENTS: u64 = 200;
const START: i64 = 1_763_700_000_000;

/// A journal whose rows follow from their sequence.
struct Generated {
    rows: u64,
}

impl SinkSource for Generated {
    fn journal_after(&self, seq: u64, limit: usize) -> Result<Vec<SinkRow>, SourceError> {
        let last = self.rows.min(seq + limit as u64);
        Ok((seq + 1..=last).map(row).collect())
    }

    fn cursor(&self, _: &'static str) -> Result<u64, SourceError> {
        Ok(0)
    }
}

/// When row `seq` was measured: every 5 s for a patient, jittered.
fn measured(seq: u64) -> i64 {
    START + (seq / PATIENTS) as i64 * 5000 + (seq.wrapping_mul(2_654_435_761) % 400) as i64
}

fn value(seq: u64, vital: Vital) -> f64 {
    let random = seq
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(u64::from(vital.code()));
    ((random >> 40) % 2000) as f64 / 10.0
}

fn row(seq: u64) -> SinkRow {
    let at = MeasuredTime::from_epoch_ms(measured(seq));
    let patient = seq % PATIENTS;
    SinkRow {
        seq,
        stamp: ClinicalTime::from_epoch_ms(at.epoch_ms() + 300),
        patient: PatientId::new(&format!("p-{patient}")).expect("valid"),
        device: DeviceId::new(&format!("w-{patient}")).expect("valid"),
        readings: VITALS
            .map(|vital| {
                let value = value(seq, vital);
                (Reading { at, vital, value }, Quality::Good)
            })
            .into(),
    }
}

fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn say(text: &str) {
    println!("{text}");
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    if !installed() {
        return;
    }
    let readings = number("SINK_READINGS", 1_000_000);
    let down = Duration::from_secs(number("SINK_DOWN_SECONDS", 60));
    let rows = readings / VITALS.len() as u64;
    let mut server = Victoria::start();
    let settings = SinkSettings {
        enabled: true,
        url: server.url(),
        backoff_seconds_max: 5,
        overlap_seconds: 10,
        ..SinkSettings::default()
    };
    let (inbox, mut progress) = mpsc::channel(1000);
    let drained = tokio::spawn(async move { while progress.recv().await.is_some() {} });
    let engine = EngineHandle {
        inbox,
        outcomes: broadcast::channel::<Outcome>(16).0,
        access: watch::channel(Arc::default()).1,
    };
    let source = Arc::new(Generated { rows });
    let (sink, handle) = InfluxSink::new(settings, source, engine, Clock::real());
    let cancel = CancellationToken::new();
    let began = Instant::now();
    let task = tokio::spawn(sink.run(cancel.clone()));
    let mut health = handle.health.clone();
    for (part, signal, pause) in [(3, "TERM", Duration::from_secs(2)), (2, "KILL", down)] {
        reached(&mut health, rows / part).await;
        server.end(signal);
        say(&format!(
            "{signal} at row {} of {rows}, down for {} s",
            health.borrow().acknowledged_seq,
            pause.as_secs()
        ));
        tokio::time::sleep(pause).await;
        server.start_again();
    }
    reached(&mut health, rows).await;
    let took = began.elapsed();
    cancel.cancel();
    task.await.expect("the sink ends in order");
    drained.await.expect("the inbox ends");
    let counters = handle.counters();
    let (missing, wrong) = compare(&server, rows);
    say(&format!(
        "{readings} readings in {:.1} s with both outages; {} lines sent, {} writes, {} failures, \
         {} rejected",
        took.as_secs_f64(),
        counters.lines,
        counters.writes,
        counters.failures,
        counters.rejected
    ));
    say(&format!("missing = {missing}, wrong = {wrong}"));
    assert_eq!((missing, wrong), (0, 0));
}

async fn reached(health: &mut watch::Receiver<SinkHealth>, row: u64) {
    let done = health.wait_for(|h| h.writing && h.acknowledged_seq >= row);
    let done = tokio::time::timeout(Duration::from_secs(600), done).await;
    assert!(done.is_ok_and(|seen| seen.is_ok()), "stuck before {row}");
}

/// Readings that are not there, and points that nobody sent.
fn compare(server: &Victoria, rows: u64) -> (u64, u64) {
    let (mut missing, mut wrong) = (0, 0);
    for vital in VITALS {
        let mut open: HashMap<(u64, i64), f64> = (1..=rows)
            .map(|seq| ((seq % PATIENTS, measured(seq)), value(seq, vital)))
            .collect();
        let mut seen: HashMap<(u64, i64), f64> = HashMap::new();
        server.export(
            &format!("{}_value", vital.name()),
            |(_, labels, at), got| {
                let part = |name: &str| labels.get(name)?.split_once('-')?.1.parse().ok();
                let (patient, device): (Option<u64>, Option<u64>) =
                    (part("patient"), part("device"));
                let key = (patient.unwrap_or(u64::MAX), at);
                let expected = open.remove(&key).or_else(|| seen.get(&key).copied());
                let good = labels
                    .get("quality")
                    .is_some_and(|quality| quality == "good");
                match expected {
                    Some(value) if value == got && good && patient == device => {
                        seen.insert(key, value);
                    }
                    _ => wrong += 1,
                }
            },
        );
        missing += open.len() as u64;
    }
    (missing, wrong)
}
