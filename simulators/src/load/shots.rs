//! The messages of one connection: six vitals, counted, timed and paced.

use super::book::Books;
use super::options::LoadOptions;
use super::progress::Progress;
use crate::chance::Chance;
use crate::publish::{FrameError, Next, Outcome, Protocol, PublishFrame, Source, encode_publish};
use crate::wall;
use bytes::BytesMut;
use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Different sets of values; consecutive messages of a device never share one.
const BODIES: u64 = 251;
/// Messages between the first and the second sending of a repeat.
const REPEAT_AFTER: u64 = 50;

/// One message, small enough to wait in a window by the thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shot {
    device: u32,
    sequence: u64,
    repeat: bool,
}

/// What one connection sends.
#[derive(Debug)]
pub(super) struct Shots {
    protocol: Protocol,
    qos: u8,
    session: u32,
    start_ms: i64,
    step_ms: i64,
    topics: Vec<String>,
    devices: Vec<String>,
    bodies: Vec<Vec<u8>>,
    next: u64,
    total: u64,
    repeats: f64,
    chance: Chance,
    again: VecDeque<(u64, Shot)>,
    per_second: f64,
    started: Instant,
    payload: Vec<u8>,
    progress: Arc<Progress>,
    /// The logs.
    pub(super) books: Books,
    /// Second sendings made.
    pub(super) repeated: u64,
}

impl Shots {
    /// The share of connection `number`: every device whose number has this remainder.
    pub(super) fn new(
        options: &LoadOptions,
        number: u32,
        books: Books,
        progress: Arc<Progress>,
    ) -> Self {
        let connections = options.connections.max(1);
        let devices = options.devices.max(1);
        let owned: Vec<u32> = (0..devices)
            .filter(|device| device % connections == number)
            .collect();
        let chance = Chance::new(options.seed)
            .child("load")
            .numbered(u64::from(number));
        let total = owned
            .iter()
            .map(|&device| messages_of(device, devices, options.messages))
            .sum();
        let (devices_owned, topics) = names(options, &owned);
        Self {
            protocol: options.broker.protocol,
            qos: options.qos,
            session: options.session,
            start_ms: options.start_ms,
            step_ms: options.step_ms,
            topics,
            devices: devices_owned,
            bodies: (0..BODIES.cast_signed())
                .map(|index| body(chance, index))
                .collect(),
            next: 0,
            total,
            repeats: options.repeats,
            chance,
            again: VecDeque::new(),
            per_second: options.rate / f64::from(connections.min(devices)),
            started: Instant::now(),
            payload: Vec::with_capacity(256),
            progress,
            books,
            repeated: 0,
        }
    }

    fn due(&self) -> Option<Instant> {
        #[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
        let seconds = self.next as f64 / self.per_second;
        (self.per_second > 0.0).then(|| self.started + Duration::from_secs_f64(seconds))
    }

    fn index(shot: Shot) -> usize {
        usize::try_from(shot.device).unwrap_or(usize::MAX)
    }

    /// Writes `{"session":..,"seq":..,"t":..,` and a prepared body.
    fn write_payload(&mut self, shot: Shot) {
        let time_ms = self.start_ms + shot.sequence.cast_signed() * self.step_ms;
        let which = (shot.sequence + u64::from(shot.device) * 7) % BODIES;
        self.payload.clear();
        // Writing to memory cannot fail.
        let _ = write!(
            self.payload,
            "{{\"session\":{},\"seq\":{},\"t\":{time_ms}",
            self.session, shot.sequence
        );
        let body = usize::try_from(which)
            .ok()
            .and_then(|which| self.bodies.get(which));
        self.payload
            .extend_from_slice(body.map_or(b"}".as_slice(), Vec::as_slice));
    }

    /// Books a message whose payload was just written.
    fn note_written(&mut self, shot: Shot) {
        let Some(device) = self.devices.get(Self::index(shot)) else {
            return;
        };
        let (session, sequence) = (self.session, shot.sequence);
        if self.books.published.is_open() {
            let now = wall::epoch_ns();
            let line = format_args!("{device},{session},{sequence},{now}");
            self.books.published.line(line);
        }
        if self.books.payloads.is_open() {
            let payload = String::from_utf8_lossy(&self.payload);
            self.books.payloads.line(format_args!("{device},{payload}"));
        }
    }
}

impl Source for Shots {
    type Message = Shot;

    fn next(&mut self) -> Next<Shot> {
        let ended = self.next >= self.total;
        if let Some(&(at, shot)) = self.again.front()
            && (ended || at <= self.next)
        {
            self.again.pop_front();
            self.repeated += 1;
            self.progress.given();
            return Next::Message(shot);
        }
        if ended {
            return Next::End;
        }
        if self.due().is_some_and(|due| due > Instant::now()) {
            return Next::Later;
        }
        let count = u64::try_from(self.devices.len()).unwrap_or(1).max(1);
        let number = self.next;
        self.next += 1;
        let device = u32::try_from(number % count).unwrap_or(0);
        let shot = Shot {
            device,
            sequence: number / count,
            repeat: false,
        };
        if self.repeats > 0.0 && self.chance.uniform(number.cast_signed()) < self.repeats {
            self.again.push_back((
                number + REPEAT_AFTER,
                Shot {
                    repeat: true,
                    ..shot
                },
            ));
        }
        self.progress.given();
        Next::Message(shot)
    }

    async fn ready(&mut self) {
        if let Some(due) = self.due() {
            tokio::time::sleep_until(due).await;
        }
    }

    fn qos(&self, _: &Shot) -> u8 {
        self.qos
    }

    fn write(
        &mut self,
        shot: &Shot,
        packet_id: u16,
        duplicate: bool,
        out: &mut BytesMut,
    ) -> Result<(), FrameError> {
        self.write_payload(*shot);
        let topic = self
            .topics
            .get(Self::index(*shot))
            .map_or("", String::as_str);
        let frame = PublishFrame {
            topic,
            payload: &self.payload,
            qos: self.qos,
            packet_id,
            duplicate,
            retain: false,
        };
        encode_publish(self.protocol, &frame, out)?;
        if !duplicate && !shot.repeat {
            self.note_written(*shot);
        }
        Ok(())
    }

    fn settled(&mut self, shot: Shot, outcome: Outcome) {
        self.progress
            .settled(outcome == Outcome::Acknowledged, shot.repeat);
        if self.books.acknowledged.is_open()
            && outcome == Outcome::Acknowledged
            && !shot.repeat
            && let Some(device) = self.devices.get(Self::index(shot))
        {
            let (session, sequence) = (self.session, shot.sequence);
            let line = format_args!("{device},{session},{sequence}");
            self.books.acknowledged.line(line);
        }
    }
}

/// Device ids and their topics.
fn names(options: &LoadOptions, numbers: &[u32]) -> (Vec<String>, Vec<String>) {
    numbers
        .iter()
        .map(|number| {
            let device = format!("{}{number}", options.device_prefix);
            let topic = format!("{}/{device}/vitals", options.topic_prefix);
            (device, topic)
        })
        .unzip()
}

/// How many of all messages are this device's: even shares, the first ones take the rest.
fn messages_of(device: u32, devices: u32, messages: u64) -> u64 {
    let devices = u64::from(devices);
    messages / devices + u64::from(u64::from(device) < messages % devices)
}

/// `,"hr":..` to the closing brace: six vitals of a well person.
fn body(chance: Chance, index: i64) -> Vec<u8> {
    let value = |label: &str, mean: f64, spread: f64| {
        mean + spread * chance.child(label).normal(index).clamp(-2.0, 2.0)
    };
    format!(
        ",\"hr\":{:.1},\"rr\":{:.1},\"spo2\":{:.0},\"temp\":{:.1},\"skin\":{:.2},\"steps\":{:.0}}}",
        value("hr", 72.0, 4.0),
        value("rr", 15.0, 1.0),
        value("spo2", 97.0, 0.5),
        value("temp", 36.7, 0.1),
        value("skin", 33.5, 0.3),
        value("steps", 6.0, 3.0).max(0.0),
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Shot, Shots};
    use crate::load::LoadOptions;
    use crate::load::book::Books;
    use crate::publish::{BrokerOptions, Next, Source};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn shots(options: &LoadOptions, number: u32) -> Shots {
        let books = Books::create(options).expect("no file");
        Shots::new(options, number, books, Arc::default())
    }

    fn options(messages: u64) -> LoadOptions {
        let broker = BrokerOptions::new("localhost", 1, "test");
        LoadOptions {
            devices: 7,
            connections: 3,
            ..LoadOptions::new(broker, messages, 1_000)
        }
    }

    fn all(mut shots: Shots) -> Vec<(String, Shot)> {
        let mut taken = Vec::new();
        while let Next::Message(shot) = shots.next() {
            let device = shots
                .devices
                .get(Shots::index(shot))
                .cloned()
                .unwrap_or_default();
            taken.push((device, shot));
        }
        taken
    }

    #[test]
    fn the_connections_share_out_every_message_once() {
        let options = options(100);
        let mut highest: BTreeMap<String, u64> = BTreeMap::new();
        let mut count = 0;
        for (device, shot) in (0..3).flat_map(|number| all(shots(&options, number))) {
            count += 1;
            let next = highest.entry(device).or_insert(0);
            assert_eq!(shot.sequence, *next);
            *next += 1;
        }
        assert_eq!((count, highest.len()), (100, 7));
        assert!(highest.values().all(|&next| next == 14 || next == 15));
    }

    #[test]
    fn a_repeat_has_the_same_bytes_as_its_first_sending() {
        let mut options = options(3_000);
        options.repeats = 0.05;
        let taken = all(shots(&options, 0));
        let repeats: Vec<Shot> = taken
            .iter()
            .map(|(_, shot)| *shot)
            .filter(|shot| shot.repeat)
            .collect();
        assert!((30..110).contains(&repeats.len()), "{}", repeats.len());
        let mut shots = shots(&options, 0);
        for shot in repeats {
            shots.write_payload(Shot {
                repeat: false,
                ..shot
            });
            let first = shots.payload.clone();
            shots.write_payload(shot);
            assert_eq!(first, shots.payload);
        }
    }

    #[test]
    fn the_payload_is_native_json_with_six_vitals() {
        let mut shots = shots(&options(10), 1);
        shots.write_payload(Shot {
            device: 1,
            sequence: 3,
            repeat: false,
        });
        let json: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&shots.payload).expect("JSON");
        assert_eq!(json.get("t"), Some(&serde_json::json!(1_000 + 3 * 5_000)));
        assert_eq!(json.get("seq"), Some(&serde_json::json!(3)));
        for key in ["session", "hr", "rr", "spo2", "temp", "skin", "steps"] {
            assert!(json.contains_key(key), "{key}");
        }
    }
}
