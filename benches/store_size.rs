//! What a stored reading costs: bytes in all files, and the time of a query.
//!
//! 116 patients, five vitals a message, through the writer, roll-up, pruning,
//! checkpoint and incremental vacuum; then every reading is compared with what
//! was sent, now and as known at sampled times. `cargo bench --bench
//! store_size [-- name …]`; the scale is the whole ten million readings.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench prints what it measured and may fail where it stands"
)]

use std::path::Path;
use std::time::{Duration, Instant};
use wardlight::domain::{
    ClinicalTime, DeviceNumber, MeasuredTime, PatientContext, PatientId, PatientNumber, Quality,
    QualityReason, Reading, ReadingSource, Vital, WardId,
};
use wardlight::registry::Patient;
use wardlight::store::{
    Checkpointer, EntryHeader, JournalKind, JournalRow, Reader, ReadingsQuery, Settings, Write,
    Writer, Writes, entry, rollup,
};

const PATIENTS: u32 = 116;
const START: i64 = 1_795_305_600_000; // 2026-11-22T00:00:00Z
const HOUR: i64 = 3_600_000;
const BATCH: usize = 1_000;
const VITALS: [Vital; 5] = [
    Vital::HeartRate,
    Vital::RespiratoryRate,
    Vital::OxygenSaturation,
    Vital::BodyTemperature,
    Vital::SkinTemperature,
];

struct Scenario {
    name: &'static str,
    cadence_ms: i64,
    span_ms: i64,
    jitter_ms: i64,
    /// Correlation of a sensor's error from one reading to the next at 5 s:
    /// watches average over 15 to 60 s; 0 is the worst case.
    smoothing: f64,
}

const SCENARIOS: [Scenario; 5] = [
    Scenario {
        name: "jittered",
        cadence_ms: 5_000,
        span_ms: 24 * HOUR,
        jitter_ms: 200,
        smoothing: 0.8,
    },
    Scenario {
        name: "white-noise",
        cadence_ms: 5_000,
        span_ms: 24 * HOUR,
        jitter_ms: 200,
        smoothing: 0.0,
    },
    Scenario {
        name: "regular",
        cadence_ms: 5_000,
        span_ms: 24 * HOUR,
        jitter_ms: 0,
        smoothing: 0.8,
    },
    Scenario {
        name: "minutely",
        cadence_ms: 60_000,
        span_ms: 12 * 24 * HOUR,
        jitter_ms: 200,
        smoothing: 0.0,
    },
    Scenario {
        name: "hourly",
        cadence_ms: HOUR,
        span_ms: 365 * 24 * HOUR,
        jitter_ms: 200,
        smoothing: 0.0,
    },
];

/// One message of one moment.
struct Sent {
    patient: u32,
    at: i64,
    arrival: i64,
    values: [f64; 5],
    quality: Quality,
}

struct Random(u64);

impl Random {
    /// SplitMix64: a bench needs no more.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// A first-order process with a standard deviation of one.
struct Wander {
    keep: f64,
    state: f64,
}

impl Wander {
    fn next(&mut self, random: &mut Random) -> f64 {
        let fresh = (1.0 - self.keep * self.keep).sqrt();
        self.state = self.keep * self.state + fresh * random.normal();
        self.state
    }
}

fn round_to(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

/// Slow physiology and the sensors' errors of physiology.md: heart rate 2/min,
/// respiratory rate 1.5/min, SpO2 1.5 %, skin 0.3 Cel around its wander.
fn patient(scenario: &Scenario, number: u32, sent: &mut Vec<Sent>) {
    let mut random = Random(u64::from(number) * 7_919 + 1);
    let ratio = scenario.cadence_ms as f64 / 5_000.0;
    let wander = |minutes: f64| Wander {
        keep: (-scenario.cadence_ms as f64 / (minutes * 60_000.0)).exp(),
        state: 0.0,
    };
    let error = || Wander {
        keep: scenario.smoothing.powf(ratio),
        state: 0.0,
    };
    let mut slow = [5.0, 10.0, 10.0, 120.0, 20.0].map(wander);
    let mut errors = [(); 3].map(|()| error());
    let mut skin_error = wander(8.0);
    let (base, phase) = (60.0 + 25.0 * random.unit(), random.unit());
    let halves = if number.is_multiple_of(2) { 2.0 } else { 1.0 };
    let offset = (random.unit() * scenario.cadence_ms as f64) as i64;
    let mut motion = 0_u32;
    for i in 0..scenario.span_ms / scenario.cadence_ms {
        let grid = START + offset + i * scenario.cadence_ms;
        let jitter = random.next() % (2 * scenario.jitter_ms as u64 + 1);
        let at = grid + jitter as i64 - scenario.jitter_ms;
        // Latency of a mobile network: log-normal, median 120 ms.
        let mut arrival = at + (120.0 * (0.5 * random.normal()).exp()) as i64;
        if random.unit() < 0.02 {
            // Minutes to hours late, each on its own: the hardest to compress.
            arrival += (60_000.0 * (random.unit() * 360_f64.ln()).exp()) as i64;
        }
        let day =
            ((grid % (24 * HOUR)) as f64 / (24 * HOUR) as f64 + phase) * std::f64::consts::TAU;
        let [hr, rr, spo2, temp, skin] = [0, 1, 2, 3, 4].map(|i| slow[i].next(&mut random));
        let [hr_error, rr_error, spo2_error] = [0, 1, 2].map(|i| errors[i].next(&mut random));
        let hr = base + 8.0 * day.cos() + 4.0 * hr + 2.0 * hr_error;
        let rr = 15.0 + 1.5 * day.cos() + rr + 1.5 * rr_error;
        let spo2 = (96.5 + 0.8 * spo2 + 1.5 * spo2_error).min(100.0);
        let temp = 36.6 + 0.3 * day.cos() + 0.15 * temp;
        let skin = 33.5 + 0.8 * skin + 0.3 * skin_error.next(&mut random);
        if motion == 0 && random.unit() < 0.001 {
            motion = 1 + (random.next() % 24) as u32;
        }
        motion = motion.saturating_sub(1);
        sent.push(Sent {
            patient: number,
            at,
            arrival,
            values: [
                round_to(hr, halves),
                round_to(rr, 10.0),
                round_to(spo2, 1.0),
                round_to(temp, 10.0),
                round_to(skin, 100.0),
            ],
            quality: if motion > 0 {
                Quality::Suspect(QualityReason::Motion)
            } else {
                Quality::Good
            },
        });
    }
}

fn world(scenario: &Scenario) -> Vec<Sent> {
    let mut sent = Vec::new();
    for number in 1..=PATIENTS {
        patient(scenario, number, &mut sent);
    }
    sent.sort_by_key(|message| message.arrival);
    sent
}

struct Store {
    dir: tempfile::TempDir,
    settings: Settings,
    writer: Writer,
    reader: Reader,
    planner: rollup::Planner,
    commit_time: Duration,
    commit_cpu: Duration,
    encode_time: Duration,
    rollup_time: Duration,
    rollups: usize,
}

impl Store {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings::default();
        let writer = Writer::open(dir.path(), &settings).unwrap().0;
        let reader = Reader::open(dir.path(), &settings, writer.heads()).unwrap();
        Self {
            dir,
            settings,
            writer,
            reader,
            planner: rollup::Planner::default(),
            commit_time: Duration::ZERO,
            commit_cpu: Duration::ZERO,
            encode_time: Duration::ZERO,
            rollup_time: Duration::ZERO,
            rollups: 0,
        }
    }

    fn write(&mut self, write: Write) {
        let writes = Writes {
            others: vec![write],
            ..Writes::default()
        };
        self.writer.commit(&writes).unwrap();
    }

    fn register(&mut self) {
        for number in 1..=PATIENTS {
            self.write(Write::Patient(Box::new(Patient {
                number: PatientNumber(number),
                id: PatientId::new(&format!("p-{number:04}")).unwrap(),
                label: format!("Patient {number}"),
                ward: WardId::new("ward-a").unwrap(),
                team: None,
                context: PatientContext::default(),
            })));
        }
    }

    /// Writes all messages in batches, with roll-up and checkpoints under way.
    fn fill(&mut self, sent: &[Sent]) {
        let checkpointer = Checkpointer::spawn(self.dir.path(), &self.settings).unwrap();
        let mut previous = vec![None; PATIENTS as usize + 1];
        let mut seq = 0;
        for (number, batch) in sent.chunks(BATCH).enumerate() {
            let start = Instant::now();
            let writes = journal(batch, &mut seq, &mut previous);
            self.encode_time += start.elapsed();
            let (start, cpu) = (Instant::now(), thread_cpu());
            self.writer.commit(&writes).unwrap();
            self.commit_time += start.elapsed();
            self.commit_cpu += thread_cpu().saturating_sub(cpu);
            checkpointer.committed();
            self.writer.checkpoint_if_needed().unwrap();
            if number % 200 == 199 {
                let now = ClinicalTime::from_epoch_ms(batch[batch.len() - 1].arrival);
                self.roll(Some(now));
            }
        }
    }

    fn roll(&mut self, now: Option<ClinicalTime>) {
        let start = Instant::now();
        while self.planner.observe(&self.reader).unwrap() {}
        let due = match now {
            Some(now) => self.planner.due(now, &self.settings),
            None => self.planner.waiting(),
        };
        for patient in due {
            if let Some(write) = rollup::compress(&self.reader, patient).unwrap() {
                let Write::Rollup(rollup) = write else {
                    continue;
                };
                let seq = rollup.seq;
                self.write(Write::Rollup(rollup));
                self.planner.done(patient, seq);
                self.rollups += 1;
            }
        }
        self.rollup_time += start.elapsed();
        let below = self.planner.oldest_unrolled();
        while let Some(write) = rollup::prune(&self.reader, below).unwrap() {
            self.write(write);
        }
    }

    /// Everything into chunks, the rest of the journal and free pages away.
    fn settle(&mut self) {
        self.roll(None);
        for _ in 0..1_000 {
            self.write(Write::Vacuum { pages_max: 500 });
        }
        self.writer.truncate_log().unwrap();
    }
}

fn journal(batch: &[Sent], seq: &mut u64, previous: &mut [Option<u64>]) -> Writes {
    let mut writes = Writes::default();
    for message in batch {
        *seq += 1;
        let stamp = ClinicalTime::from_epoch_ms(message.arrival);
        let header = EntryHeader {
            source: ReadingSource::Watch,
            session: Some(1),
            sequence: Some(*seq / u64::from(PATIENTS)),
            payload_hash: seq.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            times_from_arrival: false,
            original_arrival: None,
        };
        let reading = |(vital, value)| Reading {
            at: MeasuredTime::from_epoch_ms(message.at),
            vital,
            value,
        };
        let values = VITALS.into_iter().zip(message.values);
        let readings: Vec<Reading> = values.map(reading).collect();
        let journal = &mut writes.journal;
        let start = journal.bytes.len();
        entry::encode(
            &header,
            &readings,
            &[message.quality; 5],
            stamp,
            &mut journal.bytes,
        );
        journal.rows.push(JournalRow {
            seq: *seq,
            stamp,
            kind: JournalKind::Readings,
            patient: Some(PatientNumber(message.patient)),
            device: Some(DeviceNumber(message.patient + 1_000)),
            previous: previous[message.patient as usize].replace(*seq),
            body: (start, journal.bytes.len()),
        });
    }
    writes
}

/// CPU time of this thread, as Linux counts it; zero elsewhere.
fn thread_cpu() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = line.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

fn file_bytes(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum()
}

fn query(patient: u32, vitals: Vec<Vital>, from: i64, until: i64) -> ReadingsQuery {
    ReadingsQuery {
        patient: PatientNumber(patient),
        vitals,
        from: MeasuredTime::from_epoch_ms(from),
        until: MeasuredTime::from_epoch_ms(until),
        known_at: None,
        limit: 1_000_000,
    }
}

/// Compares every reading of the patient with what was sent by `known_at`.
fn verify(reader: &Reader, sent: &[Sent], patient: u32, known_at: Option<i64>) -> usize {
    let mut expected: Vec<&Sent> = sent
        .iter()
        .filter(|message| message.patient == patient)
        .filter(|message| known_at.is_none_or(|known| message.arrival <= known))
        .collect();
    expected.sort_by_key(|message| (message.at, message.arrival));
    let mut question = query(patient, Vec::new(), i64::MIN, i64::MAX);
    question.known_at = known_at.map(ClinicalTime::from_epoch_ms);
    let (points, more) = reader.readings(&question).unwrap();
    assert!(!more && points.len() == expected.len() * VITALS.len());
    for (place, point) in points.iter().enumerate() {
        let (vital, message) = (place / expected.len(), expected[place % expected.len()]);
        assert_eq!(point.vital, VITALS[vital]);
        assert_eq!(point.at.epoch_ms(), message.at);
        assert_eq!(point.arrived.epoch_ms(), message.arrival);
        assert_eq!(point.value.to_bits(), message.values[vital].to_bits());
        assert_eq!(point.quality, message.quality);
        assert_eq!(point.device, DeviceNumber(patient + 1_000));
    }
    points.len()
}

/// Milliseconds of queries for 24 hours of one vital, sorted, and their points.
fn time_queries(reader: &Reader) -> (Vec<f64>, usize) {
    let mut points = 0;
    let mut times: Vec<f64> = (0..PATIENTS * 5)
        .map(|i| {
            let vital = VITALS[(i % 5) as usize];
            let question = query(
                i % PATIENTS + 1,
                vec![vital],
                START,
                START + 24 * HOUR + 5_000,
            );
            let start = Instant::now();
            let found = reader.readings(&question).unwrap().0;
            let took = start.elapsed().as_secs_f64() * 1e3;
            points = points.max(found.len());
            took
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times, points)
}

fn run(scenario: &Scenario) {
    let sent = world(scenario);
    let readings = sent.len() * VITALS.len();
    let mut store = Store::new();
    store.register();
    store.fill(&sent);
    let before = file_bytes(store.dir.path());
    store.settle();
    let bytes = file_bytes(store.dir.path());
    println!(
        "{:<12} {:>10} readings  {:>11} bytes in all files  {:.3} bytes a reading  (peak {} MiB)",
        scenario.name,
        readings,
        bytes,
        bytes as f64 / readings as f64,
        before >> 20,
    );
    let batches = sent.len().div_ceil(BATCH);
    println!(
        "{:<12} a batch of {BATCH} messages: encode {:.2} ms, commit {:.2} ms with fsync, \
         {:.2} ms of them CPU; {} roll-ups, {:.1} ms each",
        "",
        store.encode_time.as_secs_f64() * 1e3 / batches as f64,
        store.commit_time.as_secs_f64() * 1e3 / batches as f64,
        store.commit_cpu.as_secs_f64() * 1e3 / batches as f64,
        store.rollups,
        store.rollup_time.as_secs_f64() * 1e3 / store.rollups as f64,
    );
    let mut same = 0;
    for patient in 1..=PATIENTS {
        same += verify(&store.reader, &sent, patient, None);
    }
    assert_eq!(same, readings);
    let mut known = 0;
    for sample in 1..=8_i64 {
        let at = START + scenario.span_ms * sample / 8 - 90_000;
        known += verify(
            &store.reader,
            &sent,
            1 + 14 * sample as u32 % PATIENTS,
            Some(at),
        );
    }
    println!(
        "{:<12} {same} readings identical, {known} as known at 8 sampled times",
        ""
    );
    let (times, points) = time_queries(&store.reader);
    println!(
        "{:<12} 24 hours of one vital ({points} points): median {:.2} ms, p99 {:.2} ms of {} queries",
        "",
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times.len(),
    );
}

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    for scenario in &SCENARIOS {
        if wanted.is_empty() || wanted.iter().any(|name| name == scenario.name) {
            run(scenario);
        }
    }
}
