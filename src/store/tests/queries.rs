//! Queries over chunks and tail against a model that keeps every row.

use super::support::{Bench, START};
use crate::domain::QualityReason::RateOfChange;
use crate::domain::{ClinicalTime, DeviceNumber, MeasuredTime, PatientNumber, Quality, Vital};
use crate::store::rollup::{self, Harvest, Planner};
use crate::store::{
    JournalKind, LatestValue, PointView, Reader, ReadingsQuery, Settings, VoidRow, Write, Writes,
};
use proptest::prelude::*;

const VITALS: [Vital; 3] = [
    Vital::HeartRate,
    Vital::OxygenSaturation,
    Vital::SkinTemperature,
];

#[derive(Clone, Debug)]
enum Step {
    /// Device, delay, moments (seconds before, vital, value, quality).
    Message(u32, i64, Vec<(i64, usize, i64, Quality)>),
    /// Device, seconds back to the start, length when it ends.
    Void(u32, i64, Option<i64>),
    Rollup,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let quality = prop_oneof![
        4 => Just(Quality::Good),
        1 => Just(Quality::GoodLiftsPrevious),
        2 => Just(Quality::Suspect(RateOfChange)),
        1 => (0_u8..48).prop_filter_map("not a quality", Quality::from_code),
    ];
    let delay = prop_oneof![5 => 100_i64..400, 1 => 0_i64..600_000];
    let moment = (0_i64..30, 0..3_usize, 600_i64..1_000, quality);
    prop_oneof![
        12 => (1_u32..3, delay, proptest::collection::vec(moment, 1..5))
            .prop_map(|(device, delay, moments)| Step::Message(device, delay, moments)),
        1 => (1_u32..3, 0_i64..600, proptest::option::of(1_i64..600))
            .prop_map(|(device, back, length)| Step::Void(device, back, length)),
        1 => Just(Step::Rollup),
        4 => (0_i64..30).prop_map(Step::Wait),
    ]
}

struct Row {
    seq: u64,
    point: PointView,
}

#[derive(Default)]
struct Model {
    rows: Vec<Row>,
    voids: Vec<(u64, i64, u32, i64, i64)>,
}

impl Model {
    fn answer(&self, query: &ReadingsQuery) -> Vec<PointView> {
        let known = query.known_at.map_or(i64::MAX, |known| known.epoch_ms());
        let visible = |row: &&Row| {
            let at = row.point.at.epoch_ms();
            let voided = |void: &&(u64, i64, u32, i64, i64)| {
                void.1 <= known
                    && row.seq < void.0
                    && row.point.device.0 == void.2
                    && void.3 <= at
                    && at < void.4
            };
            row.point.arrived.epoch_ms() <= known && !self.voids.iter().any(|v| voided(&v))
        };
        let mut points = Vec::new();
        for vital in Vital::ALL {
            let of_vital = self.rows.iter().filter(|row| row.point.vital == vital);
            let mut here: Vec<PointView> = of_vital.filter(visible).map(|row| row.point).collect();
            here.sort_by_key(|point| (point.at, point.arrived));
            for index in 0..here.len() {
                let lifter = here[index];
                if lifter.quality != Quality::GoodLiftsPrevious {
                    continue;
                }
                let before = (index.saturating_sub(16)..index).rev();
                let mut before = before.filter(|i| here[*i].arrived <= lifter.arrived);
                let previous = before.next();
                let suspect = Quality::Suspect(RateOfChange);
                if let Some(previous) = previous.filter(|i| here[*i].quality == suspect) {
                    here[previous].quality = Quality::Good;
                }
            }
            here.retain(|point| query.from <= point.at && point.at < query.until);
            points.extend(here);
        }
        points
    }
}

impl Model {
    /// The newest good point of each vital.
    fn newest(&self, query: &ReadingsQuery) -> Vec<PointView> {
        let mut newest: Vec<PointView> = Vec::new();
        let all = self.answer(query).into_iter();
        for point in all.filter(|point| point.quality.is_good()) {
            newest.retain(|old| old.vital != point.vital);
            newest.push(point);
        }
        newest
    }
}

/// Plays steps into a store and a model.
fn play(bench: &mut Bench, reader: &Reader, steps: &[Step]) -> (Model, i64) {
    let mut model = Model::default();
    let mut planner = Planner::default();
    let mut now = START;
    for step in steps {
        match step {
            Step::Wait(seconds) => now += seconds * 1000,
            Step::Message(device, delay, moments) => {
                let reading = |&(back, vital, tenths, quality): &(i64, usize, i64, Quality)| {
                    let at = now - delay - back * 1000;
                    (at, VITALS[vital], tenths as f64 / 10.0, quality)
                };
                let readings: Vec<_> = moments.iter().map(reading).collect();
                let mut writes = Writes::default();
                let seq = bench.readings(&mut writes, 1, *device, now, &readings);
                bench.commit(&writes);
                model
                    .rows
                    .extend(readings.iter().map(|&(at, vital, value, quality)| Row {
                        seq,
                        point: PointView {
                            vital,
                            at: MeasuredTime::from_epoch_ms(at),
                            arrived: ClinicalTime::from_epoch_ms(now),
                            value,
                            quality,
                            device: DeviceNumber(*device),
                        },
                    }));
            }
            Step::Void(device, back, length) => {
                let starts = now - back * 1000;
                let ends = length.map(|length| starts + length * 1000);
                void(bench, *device, now, starts, ends);
                let ends = ends.unwrap_or(i64::MAX);
                model.voids.push((bench.seq, now, *device, starts, ends));
            }
            Step::Rollup => roll(bench, reader, &mut planner),
        }
    }
    (model, now)
}

fn void(bench: &mut Bench, device: u32, now: i64, starts: i64, ends: Option<i64>) {
    let mut writes = Writes::default();
    let seq = bench.push(
        &mut writes,
        JournalKind::Void,
        Some(1),
        Some(device),
        now,
        b"{}",
    );
    writes.others.push(Write::Void(VoidRow {
        seq,
        stamp: ClinicalTime::from_epoch_ms(now),
        patient: PatientNumber(1),
        device: DeviceNumber(device),
        starts: MeasuredTime::from_epoch_ms(starts),
        ends: ends.map(MeasuredTime::from_epoch_ms),
    }));
    bench.commit(&writes);
}

/// Rolls everything up: in turns by one pass over the journal and patient by
/// patient.
pub(super) fn roll(bench: &mut Bench, reader: &Reader, planner: &mut Planner) {
    while planner.observe(reader).expect("observes") {}
    if bench.seq.is_multiple_of(2) {
        let settings = Settings {
            rollup_rows_min: 1,
            ..bench.settings.clone()
        };
        if let Some(joint) = planner.joint(&settings) {
            let mut harvest = Harvest::read(reader, &joint).expect("reads");
            for (patient, _) in joint.patients {
                let write = rollup::compress_harvested(reader, patient, &mut harvest);
                swap(bench, planner, patient, write.expect("compresses"));
            }
        }
    }
    for patient in planner.waiting() {
        let write = rollup::compress(reader, patient).expect("compresses");
        swap(bench, planner, patient, write);
    }
    let below = planner.oldest_unrolled();
    while let Some(write) = rollup::prune(reader, below).expect("prunes") {
        bench.write(vec![write]);
    }
}

fn swap(bench: &mut Bench, planner: &mut Planner, patient: PatientNumber, write: Option<Write>) {
    let Some(Write::Rollup(rollup)) = write else {
        panic!("there are rows");
    };
    let seq = rollup.seq;
    bench.write(vec![Write::Rollup(rollup)]);
    planner.done(patient, seq);
}

fn query(from: i64, until: i64, known_at: Option<i64>) -> ReadingsQuery {
    ReadingsQuery {
        patient: PatientNumber(1),
        vitals: Vec::new(),
        from: MeasuredTime::from_epoch_ms(from),
        until: MeasuredTime::from_epoch_ms(until),
        known_at: known_at.map(ClinicalTime::from_epoch_ms),
        limit: 100_000,
    }
}

fn shown(points: &[PointView]) -> Vec<String> {
    let show = |p: &PointView| {
        format!(
            "{:?} {:?} {:?} {} {:?} {:?}",
            p.vital, p.at, p.arrived, p.value, p.quality, p.device
        )
    };
    points.iter().map(show).collect()
}

fn values(latest: &[LatestValue]) -> Vec<String> {
    let points: Vec<_> = latest.iter().map(|latest| latest.point).collect();
    shown(&points)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_answer_equals_the_model_now_and_as_known_at_any_time(
        steps in proptest::collection::vec(step(), 1..120),
        from in 0_i64..1_000,
        length in 1_i64..2_000,
        known in 0_i64..1_000,
    ) {
        let mut bench = Bench::new();
        let heads = bench.writer().heads();
        let reader = Reader::open(bench.dir.path(), &bench.settings, heads).expect("opens");
        let (model, now) = play(&mut bench, &reader, &steps);
        let start = START - 700_000;
        let span = now - start + 1;
        let from = start + from * span / 1_000;
        let questions = [
            query(START - 1_000_000, now + 1, None),
            query(from, from + length * span / 1_000, None),
            query(START - 1_000_000, now + 1, Some(START + known * (now - START) / 1_000)),
            query(from, from + length * span / 1_000, Some(START + known * (now - START) / 1_000)),
        ];
        for question in questions {
            let (found, more) = reader.readings(&question).expect("answers");
            prop_assert!(!more);
            prop_assert_eq!(shown(&found), shown(&model.answer(&question)));
        }
        let offline = Reader::offline(&crate::store::database_path(bench.dir.path()), &bench.settings);
        let all = query(START - 1_000_000, now + 1, None);
        let (found, _) = offline.expect("opens").readings(&all).expect("answers");
        prop_assert_eq!(shown(&found), shown(&model.answer(&all)));
        let latest = reader.latest(PatientNumber(1)).expect("answers");
        prop_assert_eq!(values(&latest), shown(&model.newest(&all)));
        let known = START + known * (now - START) / 1_000;
        let then = query(START - 1_000_000, i64::MAX, Some(known));
        let known = ClinicalTime::from_epoch_ms(known);
        let latest = reader.latest_known(PatientNumber(1), known).expect("answers");
        prop_assert_eq!(values(&latest), shown(&model.newest(&then)));
    }
}

/// Forty minutes of heart rate at 5 s, half of it in a chunk.
fn regular() -> (Bench, Reader) {
    let mut bench = Bench::new();
    let heads = bench.writer().heads();
    let reader = Reader::open(bench.dir.path(), &bench.settings, heads).expect("opens");
    let mut planner = Planner::default();
    for i in 0..480 {
        let mut writes = Writes::default();
        let at = START + i * 5_000;
        let value = 60.0 + (i % 12) as f64;
        let reading = (at, Vital::HeartRate, value, Quality::Good);
        bench.readings(&mut writes, 1, 1, at + 200, &[reading]);
        bench.commit(&writes);
        if i == 239 {
            roll(&mut bench, &reader, &mut planner);
        }
    }
    (bench, reader)
}

#[test]
fn a_limit_cuts_the_answer_and_says_so() {
    let (_bench, reader) = regular();
    let mut question = query(START, START + 480 * 5_000, None);
    question.limit = 479;
    let (points, more) = reader.readings(&question).expect("answers");
    assert_eq!((points.len(), more), (479, true));
    question.limit = 480;
    let (points, more) = reader.readings(&question).expect("answers");
    assert_eq!((points.len(), more), (480, false));
}

#[test]
fn buckets_hold_what_lies_in_their_minute() {
    let (_bench, reader) = regular();
    let question = query(START, START + 480 * 5_000, None);
    let (buckets, more) = reader.bucketed(&question, 60_000).expect("answers");
    assert_eq!((buckets.len(), more), (40, false));
    for (minute, bucket) in buckets.iter().enumerate() {
        assert_eq!(bucket.start.epoch_ms(), START + minute as i64 * 60_000);
        let stats = (
            bucket.count,
            bucket.min,
            bucket.max,
            bucket.mean,
            bucket.last,
        );
        assert_eq!(stats, (12, Some(60.0), Some(71.0), Some(65.5), Some(71.0)));
    }
}

#[test]
fn a_repeat_is_found_in_chunk_and_tail_by_device_vital_and_time() {
    let (_bench, reader) = regular();
    let patient = PatientNumber(1);
    let at = |i: i64| MeasuredTime::from_epoch_ms(START + i * 5_000);
    let stored = |device, from, until| {
        let found = reader.stored(patient, DeviceNumber(device), at(from), at(until));
        let rates = found.expect("answers").into_iter();
        let rates = rates.filter(|reading| reading.vital == Vital::HeartRate);
        rates.map(|r| (r.at, r.value)).collect::<Vec<_>>()
    };
    assert_eq!(stored(1, 239, 241), [(at(239), 71.0), (at(240), 60.0)]);
    assert_eq!(stored(1, 479, 490), [(at(479), 71.0)]);
    assert_eq!(stored(1, 0, 480).len(), 480);
    assert_eq!(stored(2, 0, 480), []);
}

#[test]
fn small_roll_ups_are_merged_into_few_chunks() {
    let mut bench = Bench::new();
    let heads = bench.writer().heads();
    let reader = Reader::open(bench.dir.path(), &bench.settings, heads).expect("opens");
    let mut planner = Planner::default();
    for i in 0..200 {
        let mut writes = Writes::default();
        let at = START + i * 3_600_000 / 4;
        let reading = (at, Vital::HeartRate, 60.0 + (i % 12) as f64, Quality::Good);
        bench.readings(&mut writes, 1, 1, at + 200, &[reading]);
        bench.commit(&writes);
        roll(&mut bench, &reader, &mut planner);
    }
    let chunks: u64 = reader
        .read(|conn| Ok(conn.query_row("SELECT count(*) FROM chunk", [], |row| row.get(0))?))
        .expect("counts");
    assert!(chunks <= 8, "{chunks} chunks");
    let (points, _) = reader
        .readings(&query(START, i64::MAX, None))
        .expect("answers");
    assert_eq!(points.len(), 200);
    assert_eq!(reader.counts().expect("counts").readings, 200);
}

#[test]
fn what_came_in_the_same_millisecond_stays_in_order_when_only_the_first_is_rolled_up() {
    let mut bench = Bench::new();
    let heads = bench.writer().heads();
    let reader = Reader::open(bench.dir.path(), &bench.settings, heads).expect("opens");
    let message = |tenths| Step::Message(1, 100, vec![(0, 0, tenths, Quality::Good)]);
    let steps = [
        message(956),
        Step::Rollup,
        message(801),
        Step::Rollup,
        message(700),
    ];
    let (model, now) = play(&mut bench, &reader, &steps);
    let question = query(START - 1_000_000, now + 1, None);
    let (found, _) = reader.readings(&question).expect("answers");
    assert_eq!(shown(&found), shown(&model.answer(&question)));
}
