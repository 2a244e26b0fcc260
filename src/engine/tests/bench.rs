//! A store in a directory, an engine on it, and what a test says to it.

use crate::decode::{self, Format, Limits};
use crate::domain::{
    AlertId, ClinicalTime, DeliveryId, DeviceId, DeviceMessage, DeviceNumber, ExpectedVital,
    MeasuredTime, PatientId, PatientNumber, Period, Reading, Vital, WallTime, WardId,
};
use crate::engine::{
    CommandReply, Counters, Delivery, DeviceInput, Engine, EngineError, Envelope, History, Input,
    Rulebook, Settings, Settlements,
};
use crate::registry::{Command, CommandError};
use crate::store::{
    AlertFilter, AlertView, Fault, PointView, QuarantineView, Reader, ReadingsQuery, Writer,
};
use bytes::Bytes;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// 2026-11-22T00:00:00Z.
pub(super) const START: i64 = 1_795_305_600_000;
pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;

/// The engine's look-ups, as the app answers them.
pub(super) struct StoreHistory(pub(super) Reader);

impl History for StoreHistory {
    fn stored(
        &self,
        patient: PatientNumber,
        device: DeviceNumber,
        from: MeasuredTime,
        until: MeasuredTime,
    ) -> Vec<Reading> {
        let stored = self.0.stored(patient, device, from, until);
        stored.expect("reads")
    }

    fn points(&self, patient: PatientNumber) -> Vec<PointView> {
        points(&self.0, patient, None)
    }

    fn alerts(&self, patient: &PatientId) -> Vec<(AlertId, String)> {
        let filter = AlertFilter {
            patient: Some(patient.clone()),
            limit: 1_000,
            ..AlertFilter::default()
        };
        let found = self.0.alerts(&filter).expect("reads").into_iter();
        found.map(|alert| (alert.id, alert.document)).collect()
    }

    fn delivery_of(&self, delivery: &DeliveryId) -> Option<crate::store::DeliveryOrigin> {
        self.0.delivery_of(delivery).expect("reads")
    }

    fn order_of(
        &self,
        endpoint: &crate::domain::EndpointId,
        key: &str,
    ) -> Result<Option<crate::store::OrderRow>, crate::registry::CommandError> {
        Ok(self.0.order_of(endpoint, key).expect("reads"))
    }

    fn replayable(&self, range: &crate::store::ReplayRange, limit: usize) -> u64 {
        self.0.replayable(range, limit).expect("reads")
    }

    fn quarantined(&self, device: &DeviceId) -> Vec<(i64, DeviceMessage)> {
        let mut held = self.0.quarantine(None, 1_000, Some(device)).expect("reads");
        held.retain(|row| matches!(row.reason.as_str(), "unknown_device" | "unassigned"));
        held.reverse();
        let message = |row: QuarantineView| {
            let payload = self.0.quarantine_payload(row.id).expect("reads")?;
            Some((row.id, decoded(&payload, row.stamp)))
        };
        held.into_iter().filter_map(message).collect()
    }
}

pub(super) fn decoded(payload: &[u8], arrival: ClinicalTime) -> DeviceMessage {
    decode::decode_vitals(Format::Native, payload, arrival, &Limits::default()).expect("readable")
}

/// A patient's points that belong to it as known at `known_at`.
pub(super) fn points(
    reader: &Reader,
    patient: PatientNumber,
    known_at: Option<ClinicalTime>,
) -> Vec<PointView> {
    let query = ReadingsQuery {
        patient,
        vitals: Vec::new(),
        from: MeasuredTime::from_epoch_ms(i64::MIN),
        until: MeasuredTime::from_epoch_ms(i64::MAX),
        known_at,
        limit: 1_000_000,
    };
    reader.readings(&query).expect("reads").0
}

/// What was settled, in order.
#[derive(Default)]
pub(super) struct Settled(Mutex<Vec<u64>>);

impl Settlements for Settled {
    fn settle(&self, tokens: &[u64]) {
        self.0.lock().expect("not poisoned").extend(tokens);
    }
}

impl Settled {
    pub(super) fn all(&self) -> Vec<u64> {
        self.0.lock().expect("not poisoned").clone()
    }
}

/// One input that can be said again after a crash.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) at: i64,
    pub(super) what: What,
}

#[derive(Clone)]
pub(super) enum What {
    /// A payload of a device.
    Message(&'static str, String),
    Order(Command),
    Tick,
}

/// Ms after the start.
pub(super) fn clinical(at: i64) -> ClinicalTime {
    ClinicalTime::from_epoch_ms(START + at)
}

pub(super) fn measured(at: i64) -> MeasuredTime {
    MeasuredTime::from_epoch_ms(START + at)
}

/// A message of one moment measured `t` ms after the start.
pub(super) fn message(device: &'static str, at: i64, seq: u64, t: i64, values: &str) -> Said {
    let payload = format!(r#"{{"session":1,"seq":{seq},"t":{},{values}}}"#, START + t);
    Said {
        at,
        what: What::Message(device, payload),
    }
}

pub(super) fn order(at: i64, command: Command) -> Said {
    Said {
        at,
        what: What::Order(command),
    }
}

pub(super) fn tick(at: i64) -> Said {
    Said {
        at,
        what: What::Tick,
    }
}

pub(super) fn device(id: &str) -> DeviceId {
    DeviceId::new(id).expect("valid")
}

pub(super) fn patient(id: &str) -> PatientId {
    PatientId::new(id).expect("valid")
}

pub(super) fn assign(at: i64, watch: &str, wearer: &str, start: i64, end: Option<i64>) -> Said {
    let command = Command::Assign {
        device: device(watch),
        patient: patient(wearer),
        start: measured(start),
        end: end.map(measured),
    };
    order(at, command)
}

/// A ward and its patients, all monitored and on treatment, each told which
/// vitals to expect.
pub(super) fn ward(patients: &[&str], expected: &[(Vital, u32)]) -> Vec<Said> {
    let ward = WardId::new("oncology").expect("valid");
    let label = "Oncology".to_owned();
    let id = ward.clone();
    let mut said = vec![order(
        0,
        Command::PutWard {
            id,
            label,
            time_zone: None,
        },
    )];
    let expected: Vec<ExpectedVital> = expected
        .iter()
        .map(|(vital, every_seconds)| ExpectedVital {
            vital: *vital,
            every_seconds: *every_seconds,
        })
        .collect();
    for name in patients {
        let command = Command::PutPatient {
            id: patient(name),
            label: None,
            ward: Some(ward.clone()),
            team: None,
            time_zone: None,
            spo2_scale: None,
            oxygen: None,
            treatment: Some(vec![Period {
                start: clinical(0),
                end: None,
            }]),
            neutropenia: None,
            post_infusion: None,
            administrations: None,
            expected: Some(expected.clone()),
        };
        said.push(order(0, command));
        let (patient, start) = (patient(name), clinical(0));
        said.push(order(0, Command::StartMonitoring { patient, start }));
    }
    said
}

pub(super) type Answer = Result<CommandReply, CommandError>;

/// How an engine runs.
#[derive(Clone)]
pub(super) struct How {
    pub(super) batch_max: usize,
    pub(super) fold_rows_max: u64,
    /// The sync fails at this commit, counted from 0.
    pub(super) crash_at: Option<u32>,
    pub(super) panic_at: Option<f64>,
    pub(super) rules: crate::detect::Rules,
    pub(super) routing: Arc<crate::alert::routing::Table>,
}

impl Default for How {
    fn default() -> Self {
        Self {
            batch_max: 8_192,
            fold_rows_max: 500_000,
            crash_at: None,
            panic_at: None,
            rules: Default::default(),
            routing: Arc::default(),
        }
    }
}

/// A data directory on which engines run one after the other.
pub(super) struct Bench {
    pub(super) dir: TempDir,
    store: crate::store::Settings,
}

/// A running engine, what it settled and counted.
pub(super) struct Live {
    pub(super) engine: Engine,
    pub(super) settled: Arc<Settled>,
    pub(super) counters: Arc<Counters>,
    pub(super) reader: Reader,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a temporary directory"),
            store: crate::store::Settings::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn writer(&self) -> Writer {
        Writer::open(self.path(), &self.store).expect("opens").0
    }

    pub(super) fn reader(&self, writer: &Writer) -> Reader {
        Reader::open(self.path(), &self.store, writer.heads()).expect("opens")
    }

    pub(super) fn start(&self, how: &How) -> Live {
        let mut writer = self.writer();
        writer.inject_fault(how.crash_at.map(crash_after));
        self.start_on(writer, how)
    }

    pub(super) fn start_on(&self, writer: Writer, how: &How) -> Live {
        let reader = self.reader(&writer);
        let counters = Arc::new(Counters::default());
        let settings = Settings {
            batch_max: how.batch_max,
            fold_rows_max: how.fold_rows_max,
            full_disk_retry_ms: 10,
            batch_wait_ms: 1,
            ..Settings::default()
        };
        let history = Box::new(StoreHistory(reader.clone()));
        let shared = Arc::clone(&counters);
        let engine = Engine::start(settings, book(how), writer, None, history, shared);
        Live {
            engine: engine.expect("starts"),
            settled: Arc::default(),
            counters,
            reader,
        }
    }

    /// Says everything and stops in order.
    pub(super) fn run(&self, how: &How, said: &[Said]) -> Vec<Answer> {
        let live = self.start(how);
        let answers = live.say(said, 0);
        live.stop();
        answers.into_iter().map(answered).collect()
    }
}

/// The store is new in every test but its site is part of alert ids.
pub(super) fn book(how: &How) -> Rulebook {
    Rulebook {
        rules: how.rules.clone(),
        alerts: Default::default(),
        simulated: true,
        routing: Arc::clone(&how.routing),
        site: "0badcafe".to_owned(),
        failing_again_minutes: 60,
        dangerous_panic_at_heart_rate: how.panic_at,
    }
}

/// Lets so many commits pass; the sync of the next one fails.
fn crash_after(mut left: u32) -> Fault {
    Box::new(move || match left.checked_sub(1) {
        Some(fewer) => {
            left = fewer;
            None
        }
        None => Some(rusqlite::ffi::SQLITE_IOERR_FSYNC),
    })
}

pub(super) fn answered(answer: oneshot::Receiver<Answer>) -> Answer {
    answer.blocking_recv().expect("answered")
}

impl Live {
    /// Says everything; the token of each is its place, counted from `first`.
    /// Gives the ways back of the orders. What an engine that ended does not
    /// take is dropped, as a closed connection would.
    pub(super) fn say(&self, said: &[Said], first: u64) -> Vec<oneshot::Receiver<Answer>> {
        let mut answers = Vec::new();
        for (token, said) in (first..).zip(said) {
            let to: Arc<dyn Settlements> = Arc::<Settled>::clone(&self.settled);
            let delivery = Some(Delivery::new(to, token));
            let stamp = clinical(said.at);
            let envelope = Envelope {
                stamp,
                received: WallTime::from_epoch_ms(stamp.epoch_ms()),
                input: input(said, stamp, &mut answers),
                delivery,
            };
            if self.engine.handle.inbox.blocking_send(envelope).is_err() {
                break;
            }
        }
        answers
    }

    /// Says one thing and waits until it is settled.
    pub(super) fn one(&self, said: Said) -> Option<Answer> {
        let mut answers = self.say(&[said], 9_999_999);
        self.quiet();
        answers.pop().map(answered)
    }

    /// Waits until all that was said before is committed.
    pub(super) fn quiet(&self) {
        let (reply, done) = oneshot::channel();
        let input = Input::Maintenance {
            writes: Vec::new(),
            reply,
        };
        self.send(input);
        done.blocking_recv().expect("committed");
    }

    pub(super) fn send(&self, input: Input) {
        self.send_stamped(ClinicalTime::from_epoch_ms(i64::MIN), input);
    }

    /// Sends an input that arrives `at` ms after the start.
    pub(super) fn send_at(&self, at: i64, input: Input) {
        self.send_stamped(clinical(at), input);
    }

    fn send_stamped(&self, stamp: ClinicalTime, input: Input) {
        let envelope = Envelope {
            stamp,
            received: WallTime::from_epoch_ms(START),
            input,
            delivery: None,
        };
        // An engine that has ended takes nothing.
        let _ = self.engine.handle.inbox.blocking_send(envelope);
    }

    pub(super) fn stop(self) {
        self.send(Input::Stop);
        self.ended().expect("ends in order");
    }

    pub(super) fn ended(self) -> Result<(), EngineError> {
        drop(self.engine.handle);
        self.engine.thread.join().expect("does not panic")
    }

    pub(super) fn points(&self, number: u32) -> Vec<PointView> {
        points(&self.reader, PatientNumber(number), None)
    }

    /// Values of a patient in the order of time: minutes after the start, value.
    pub(super) fn values(&self, number: u32, vital: Vital) -> Vec<(i64, f64)> {
        let points = self.points(number).into_iter();
        let of_vital = points.filter(|point| point.vital == vital);
        of_vital
            .map(|point| ((point.at.epoch_ms() - START) / MINUTE, point.value))
            .collect()
    }

    pub(super) fn alerts(&self) -> Vec<(String, serde_json::Value)> {
        alerts(&self.reader)
    }
}

/// All alerts by id, with their documents.
pub(super) fn alerts(reader: &Reader) -> Vec<(String, serde_json::Value)> {
    let filter = AlertFilter {
        limit: 1_000,
        ..AlertFilter::default()
    };
    let mut alerts: Vec<AlertView> = reader.alerts(&filter).expect("reads");
    alerts.sort_by(|one, other| one.id.cmp(&other.id));
    let shown = |alert: AlertView| {
        let document = serde_json::from_str(&alert.document).expect("JSON");
        (alert.id.as_str().to_owned(), document)
    };
    alerts.into_iter().map(shown).collect()
}

/// Events of all alerts: type, kind and minutes after the start, in order.
pub(super) fn events(reader: &Reader) -> Vec<String> {
    let events = reader.alert_events_after(0, 1_000).expect("reads");
    let shown = events.iter().map(|event| {
        let document: serde_json::Value = serde_json::from_str(&event.document).expect("JSON");
        let word = |key: &str| document[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", event.event_type, word("patient"), word("kind"))
    });
    shown.collect()
}

fn input(said: &Said, stamp: ClinicalTime, answers: &mut Vec<oneshot::Receiver<Answer>>) -> Input {
    match &said.what {
        What::Message(watch, payload) => Input::Device(DeviceInput {
            device: device(watch),
            message: decoded(payload.as_bytes(), stamp),
            payload: Bytes::from(payload.clone()),
            format: "vitals",
            open: None,
        }),
        What::Order(command) => {
            let (reply, answer) = oneshot::channel();
            answers.push(answer);
            Input::Command {
                command: Box::new(command.clone()),
                author: "nurse".to_owned(),
                reply,
            }
        }
        What::Tick => Input::Tick,
    }
}
