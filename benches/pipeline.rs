//! Decode, detect, commit: readings a second through the whole service but
//! its sockets.
//!
//! `cargo bench --bench pipeline`. One thread decodes bytes as the ways in do;
//! the engine's own thread judges, journals and commits with an fsync a batch;
//! the checkpoint thread copies the log. `PIPELINE_MESSAGES`,
//! `PIPELINE_PATIENTS`, `PIPELINE_RUNS` and `PIPELINE_DIR` change it.

#[expect(dead_code, reason = "each bench uses its own part")]
mod common;

use bytes::Bytes;
use common::{enter_patients, median, number, say, say_machine, thread_cpu_seconds};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use wardlight::decode;
use wardlight::domain::{
    AlertId, ClinicalTime, DeliveryId, DeviceId, DeviceMessage, DeviceNumber, EndpointId,
    MeasuredTime, PatientId, PatientNumber, Reading, WallTime,
};
use wardlight::engine::{Counters, Engine, Envelope, History, Input, Rulebook, Settings};
use wardlight::ingest::to_input;
use wardlight::registry::CommandError;
use wardlight::runtime::Clock;
use wardlight::store::{
    self, Checkpointer, DeliveryOrigin, OrderRow, PointView, ReplayRange, Writer,
};

/// 2025-11-22T05:20:00Z, so that runs are alike.
const START: ClinicalTime = ClinicalTime::from_epoch_ms(1_763_788_800_000);
const STEP_MS: i64 = 5_000;
/// Bytes decoded out of one buffer, as from a socket.
const READ_BYTES: usize = 64 * 1024;
/// Messages handed over at once, as the subscriber does after a read.
const HANDED: usize = 256;

/// Nothing here is ever looked up: no reading can have been seen.
struct NoHistory;

impl History for NoHistory {
    fn stored(
        &self,
        _: PatientNumber,
        _: DeviceNumber,
        _: MeasuredTime,
        _: MeasuredTime,
    ) -> Vec<Reading> {
        Vec::new()
    }

    fn points(&self, _: PatientNumber) -> Vec<PointView> {
        Vec::new()
    }

    fn alerts(&self, _: &PatientId) -> Vec<(AlertId, String)> {
        Vec::new()
    }

    fn delivery_of(&self, _: &DeliveryId) -> Option<DeliveryOrigin> {
        None
    }

    fn order_of(&self, _: &EndpointId, _: &str) -> Result<Option<OrderRow>, CommandError> {
        Ok(None)
    }

    fn replayable(&self, _: &ReplayRange, _: usize) -> u64 {
        0
    }

    fn quarantined(&self, _: &DeviceId) -> Vec<(i64, DeviceMessage)> {
        Vec::new()
    }
}

/// Every message's bytes in the order they arrive, in buffers as read.
fn messages(patients: u64, count: u64) -> Vec<Bytes> {
    let (mut found, mut buffer, mut ends) = (Vec::new(), String::new(), Vec::new());
    for index in 0..count {
        let (patient, tick) = (index % patients, index / patients);
        let at = START.epoch_ms() + tick.cast_signed() * STEP_MS;
        let noise = ((tick * 7_919 + patient * 31) % 101) as f64 / 50.0 - 1.0;
        write!(
            buffer,
            r#"{{"session":1,"seq":{tick},"t":{at},"hr":{:.1},"rr":{:.1},"spo2":{:.0},"temp":{:.1},"skin":{:.2},"steps":{:.0}}}"#,
            74.0 + 4.0 * noise,
            16.0 + noise,
            97.0 + 0.5 * noise,
            36.8 + 0.1 * noise,
            33.4 + 0.2 * noise,
            (2.0 + noise).floor(),
        )
        .ok();
        ends.push(buffer.len());
        if buffer.len() >= READ_BYTES || index + 1 == count {
            let whole = Bytes::from(std::mem::take(&mut buffer));
            let mut begin = 0;
            for end in ends.drain(..) {
                found.push(whole.slice(begin..end));
                begin = end;
            }
        }
    }
    found
}

struct Run {
    seconds: f64,
    cpu: Vec<(String, f64)>,
    counters: Arc<Counters>,
}

fn run(directory: &Path, payloads: &[Bytes], patients: u64) -> Run {
    let settings = store::Settings::default();
    let (writer, opened) = Writer::open(directory, &settings).expect("a directory of its own");
    let checkpointer = Checkpointer::spawn(directory, &settings).expect("a thread");
    let book = Rulebook {
        rules: Default::default(),
        alerts: Default::default(),
        simulated: true,
        routing: Default::default(),
        failing_again_minutes: 0,
        site: opened.site,
        dangerous_panic_at_heart_rate: None,
    };
    let counters = Arc::new(Counters::default());
    let engine = Engine::start(
        Settings::default(),
        book,
        writer,
        Some(checkpointer),
        Box::new(NoHistory),
        Arc::clone(&counters),
    )
    .expect("an empty store");
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().expect("a runtime");
    let clock = Clock::manual(START);
    let wearers = u32::try_from(patients).expect("few");
    runtime.block_on(enter_patients(&engine.handle, &clock, "w", wearers));

    let topics: Vec<String> = (0..patients)
        .map(|number| format!("wardlight/v1/w{number}/vitals"))
        .collect();
    let decode = decode::Settings::default();
    let before = thread_cpu_seconds();
    let started = Instant::now();
    let inbox = engine.handle.inbox;
    for (batch, handed) in payloads.chunks(HANDED).enumerate() {
        let first = batch * HANDED;
        let tick = (first / topics.len()) as i64;
        let stamp = START.plus_ms(tick * STEP_MS + 300);
        let received = WallTime::from_epoch_ms(stamp.epoch_ms());
        let envelope = |(index, payload): (usize, &Bytes)| {
            let place = index % topics.len();
            let topic = topics.get(place).expect("a remainder is below its divisor");
            let input = to_input(&decode, topic, None, payload.clone(), stamp, None);
            Envelope {
                stamp,
                received,
                input,
                delivery: None,
            }
        };
        let decoded: Vec<Envelope> = (first..).zip(handed).map(envelope).collect();
        let places = inbox.reserve_many(decoded.len());
        let places = runtime.block_on(places).expect("the engine runs");
        for (place, envelope) in places.zip(decoded) {
            place.send(envelope);
        }
    }
    let all = payloads.len() as u64 * 6;
    while counters.readings_stored.get() < all && !engine.thread.is_finished() {
        std::thread::yield_now();
    }
    let after = thread_cpu_seconds();
    let stop = Envelope {
        stamp: START,
        received: WallTime::from_epoch_ms(0),
        input: Input::Stop,
        delivery: None,
    };
    inbox.blocking_send(stop).ok();
    engine.thread.join().expect("no panic").expect("committed");
    // The orderly end, with the last commit and every state saved, counts.
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(counters.readings_stored.get(), all, "all are stored");
    let cpu = after
        .into_iter()
        .map(|(name, seconds)| {
            let used = seconds - before.get(&name).unwrap_or(&0.0);
            (name, used)
        })
        .collect();
    Run {
        seconds,
        cpu,
        counters,
    }
}

fn main() {
    let patients = number("PIPELINE_PATIENTS", 2_000);
    let count = number("PIPELINE_MESSAGES", 1_000_000);
    let runs = number("PIPELINE_RUNS", 3);
    let base = std::env::var_os("PIPELINE_DIR").map_or_else(std::env::temp_dir, Into::into);
    say_machine();
    say(format_args!(
        "{count} messages of six vitals, {patients} patients, 5 s apart; a commit is synced"
    ));
    let payloads = messages(patients, count);
    let mut rates = Vec::new();
    for number in 1..=runs {
        let directory = base.join(format!("wardlight-pipeline-{}", std::process::id()));
        let run = run(&directory, &payloads, patients);
        std::fs::remove_dir_all(&directory).ok();
        let rate = count as f64 * 6.0 / run.seconds;
        rates.push(rate);
        let mut cpu = String::new();
        for (name, seconds) in &run.cpu {
            if *seconds >= 0.05 {
                let micros = seconds * 1e6 / count as f64;
                write!(cpu, " {name} {micros:.2}").ok();
            }
        }
        let counters = &run.counters;
        say(format_args!(
            "run {number}: {:.0} readings/s; CPU microseconds a message:{cpu}; {} commits, {} snapshots, {} checkpoints by the writer, {} alerts",
            rate,
            counters.commits.get(),
            counters.snapshots.get(),
            counters.checkpoints.get(),
            counters.alerts_raised.get(),
        ));
    }
    say(format_args!("median {:.0} readings/s", median(&rates)));
}
