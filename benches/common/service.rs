//! The bench's parent: starts the service anew for each run and times it.

use super::rig::{Counted, Mosquitto, Role, Run, START_MS, Size, load};
use super::roles::PREFILLED;
use std::path::PathBuf;
use std::time::Instant;

/// Where the service takes its messages.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// From the broker on this port.
    Broker(u16),
    /// From the watches themselves.
    Listener,
}

/// A service with a directory of its own that is started again for each run.
pub(crate) struct Service {
    directory: PathBuf,
    way: Way,
    /// Clinical time when it last stopped.
    clinical_ms: i64,
    scale: f64,
    empty: bool,
}

impl Service {
    /// Enters the patients; `scale` is the first guess.
    pub(crate) fn new(directory: PathBuf, way: Way, size: Size, scale: f64) -> Self {
        let mut service = Self {
            directory,
            way,
            clinical_ms: START_MS,
            scale: 1.0,
            empty: true,
        };
        let started = service.start(size, &[], &[]);
        service.stop(started);
        service.clinical_ms = START_MS + (PREFILLED + 1) * 5_000;
        service.scale = scale;
        service
    }

    /// Sets how fast the clinical clock goes: so that 5 s pass from message to
    /// message of a patient at `rate` messages a second.
    pub(crate) fn pace(&mut self, size: Size, rate: f64) {
        self.scale = rate / size.patients as f64 * 5.0;
    }

    fn environment(&self, more: &[(&str, String)]) -> Vec<(String, String)> {
        let (broker, listener) = match self.way {
            Way::Broker(port) => (port, false),
            Way::Listener => (1883, true),
        };
        let settings = [
            ("DATA_DIR", self.directory.display().to_string()),
            ("API__LISTEN", "127.0.0.1:0".to_owned()),
            ("TELEMETRY__LOG_FILTER", "error".to_owned()),
            ("MQTT__LISTENER__ENABLED", listener.to_string()),
            ("MQTT__LISTENER__ADDRESS", "127.0.0.1:0".to_owned()),
            // Four connections publish for all watches.
            ("MQTT__LISTENER__DANGEROUS_ANONYMOUS", "true".to_owned()),
            (
                "MQTT__LISTENER__RATE_MESSAGES_PER_SECOND",
                "10000000".to_owned(),
            ),
            ("MQTT__LISTENER__RATE_BURST_MESSAGES", "10000000".to_owned()),
            ("MQTT__SUBSCRIBER__ENABLED", (!listener).to_string()),
            ("MQTT__SUBSCRIBER__HOST", "127.0.0.1".to_owned()),
            ("MQTT__SUBSCRIBER__PORT", broker.to_string()),
            // Between its runs the broker must not keep messages for it.
            ("MQTT__SUBSCRIBER__SESSION_EXPIRY_SECONDS", "0".to_owned()),
            ("ENGINE__TICK_MS", "20".to_owned()),
            // A run much faster than the one before gets ahead of its clock;
            // refused moments would never be stored and the run never end.
            ("DECODE__FUTURE_TOLERANCE_SECONDS", "7200".to_owned()),
        ];
        let all = settings.iter().chain(more);
        all.map(|(name, value)| (format!("WARDLIGHT_{name}"), value.clone()))
            .collect()
    }

    /// Starts it; waits until it takes messages.
    pub(crate) fn start(
        &mut self,
        size: Size,
        given: &[(&str, String)],
        environment: &[(&str, String)],
    ) -> Started {
        let mut all = vec![
            ("start", self.clinical_ms.to_string()),
            ("scale", self.scale.to_string()),
            ("patients", size.patients.to_string()),
            ("empty", self.empty.to_string()),
        ];
        all.extend_from_slice(given);
        let mut role = Role::start("serve", &all, &self.environment(environment));
        let line = role.hear();
        let heard = Instant::now();
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[0], "ready");
        self.empty = false;
        Started {
            role,
            heard,
            clinical_ms: words[1].parse().unwrap(),
            scale: self.scale,
            port: match self.way {
                Way::Broker(port) => port,
                Way::Listener => words[2].parse().unwrap(),
            },
        }
    }

    /// Stops it in order; its time goes on from there.
    pub(crate) fn stop(&mut self, mut started: Started) {
        started.role.say("stop");
        let line = started.role.hear();
        let clinical = line.strip_prefix("stopped ");
        let clinical = clinical.unwrap_or_else(|| panic!("no orderly stop: {line}"));
        self.clinical_ms = clinical.parse().unwrap();
    }

    /// One run; the clock of the next one fits what this one took.
    pub(crate) fn run(&mut self, size: Size, session: u64, broker: Option<&Mosquitto>) -> Run {
        let mut started = self.start(size, &[], &[]);
        let mut publisher = load(started.port, size, session, 0.0);
        let before = started.counters();
        let broker_cpu = || broker.map_or(0.0, Mosquitto::cpu);
        let (cpu, other, begin) = (started.role.cpu(), broker_cpu(), Instant::now());
        let measured_ms = started.measured_ms();
        publisher.say(&measured_ms.to_string());
        let stored = before["readings_stored"].unsigned_abs() + size.messages * 6;
        let short = started.wait_stored(stored, &before);
        let rate = size.messages as f64 / begin.elapsed().as_secs_f64();
        assert_eq!(publisher.hear(), "done");
        if short > 0 {
            started.send_some_more(size, session, stored, &before);
        }
        let millions = size.messages as f64 / 1e6;
        let run = Run {
            rate,
            cpu: (started.role.cpu() - cpu) / millions,
            broker_cpu: (broker_cpu() - other) / millions,
            counted: difference(&before, &started.counters()),
            held: short / 6,
        };
        self.pace(size, rate);
        self.stop(started);
        // A run faster than its clock sent moments that are still to come; the
        // next one's are later than all of them, as from any watch.
        let sent_ms = (size.messages / size.patients + 2).cast_signed() * 5_000;
        self.clinical_ms = self.clinical_ms.max(measured_ms + sent_ms);
        run
    }
}

fn difference(before: &Counted, after: &Counted) -> Counted {
    let changed = |(name, value): (&String, &i64)| (name.clone(), value - before[name]);
    after.iter().map(changed).collect()
}

/// A service that takes messages.
pub(crate) struct Started {
    /// Its process.
    pub(crate) role: Role,
    /// Where to publish.
    pub(crate) port: u16,
    heard: Instant,
    clinical_ms: i64,
    scale: f64,
}

impl Started {
    /// Waits until so many readings are stored, or nothing more comes; how many
    /// are missing.
    fn wait_stored(&mut self, readings: u64, before: &Counted) -> u64 {
        self.role.say(&format!("stored {readings}"));
        let answer = self.role.hear();
        let missing = answer.strip_prefix("missing ").map(str::parse);
        match missing {
            Some(missing) => missing.expect("a number"),
            None if answer == "done" => 0,
            None => panic!("{answer}: {:?}", difference(before, &self.counters())),
        }
    }

    /// One more message a patient: what the broker still holds must come with
    /// them, or it is lost.
    fn send_some_more(&mut self, size: Size, session: u64, stored: u64, before: &Counted) {
        let more = Size {
            messages: size.patients,
            ..size
        };
        let mut publisher = load(self.port, more, session + 1_000_000, 0.0);
        publisher.say(&self.measured_ms().to_string());
        let missing = self.wait_stored(stored + more.messages * 6, before);
        let counted = difference(before, &self.counters());
        assert_eq!(
            missing, 0,
            "the broker lost what it acknowledged: {counted:?}"
        );
        assert_eq!(publisher.hear(), "done");
    }

    /// What it counted so far, and its clinical clock.
    pub(crate) fn counters(&mut self) -> Counted {
        self.role.say("counters");
        let line = self.role.hear();
        let pairs = line.split(' ').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
            .collect()
    }

    /// Measured time of a first message that is published now.
    pub(crate) fn measured_ms(&self) -> i64 {
        let passed = self.heard.elapsed().as_secs_f64() * 1000.0 * self.scale;
        self.clinical_ms + passed as i64
    }
}
