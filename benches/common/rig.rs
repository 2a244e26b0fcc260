//! The bench's parent: starts Mosquitto and the children, times them.

use super::roles::PREFILLED;
use super::{cpu_seconds, number};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const SHIPPED: &str = include_str!("../../deploy/mosquitto/mosquitto.conf");
/// 2025-11-22T05:20:00Z: measured times do not depend on the day.
pub(crate) const START_MS: i64 = 1_763_788_800_000;

/// How much is sent.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// Messages of one run.
    pub(crate) messages: u64,
    /// Patients, one watch each.
    pub(crate) patients: u64,
    /// Pairs of runs.
    pub(crate) pairs: u64,
}

impl Size {
    /// From the environment; `BENCH_SMOKE=1` only shows that all of it runs.
    pub(crate) fn of_environment() -> Self {
        let smoke = number("BENCH_SMOKE", 0) > 0;
        let or = |whole, small| if smoke { small } else { whole };
        Self {
            messages: number("BENCH_MESSAGES", or(1_000_000, 6_000)),
            patients: number("BENCH_PATIENTS", or(2_000, 100)),
            pairs: number("BENCH_PAIRS", or(7, 1)),
        }
    }
}

/// A child process of the bench that is spoken with line by line.
pub(crate) struct Role {
    child: Child,
    words: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Role {
    /// Starts `role` with arguments and environment; waits for nothing.
    pub(crate) fn start(
        role: &str,
        given: &[(&str, String)],
        environment: &[(String, String)],
    ) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        command.args(["child", role]);
        command.args(given.iter().map(|(name, value)| format!("{name}={value}")));
        command.envs(environment.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("this very program starts");
        let words = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            words,
            answers,
        }
    }

    /// Says a line.
    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.words, "{line}").expect("the child lives");
    }

    /// Waits for the next line.
    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the child ended");
        line.trim().to_owned()
    }

    /// CPU seconds so far.
    pub(crate) fn cpu(&self) -> f64 {
        cpu_seconds(self.child.id())
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // One that was asked to end has ended; a counter has nothing to lose.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Debian's Mosquitto with the shipped configuration, but without its access
/// control and TLS.
pub(crate) struct Mosquitto {
    child: Child,
    /// Where it listens.
    pub(crate) port: u16,
}

impl Mosquitto {
    /// Starts it; none when it is not installed.
    pub(crate) fn start(directory: &Path) -> Option<Self> {
        let program = Path::new("/usr/sbin/mosquitto");
        if !program.exists() {
            return None;
        }
        let port = free_port();
        let place = directory.join("mosquitto");
        std::fs::create_dir_all(&place).unwrap();
        let kept = SHIPPED.split("# --- Listeners").next().unwrap().lines();
        let access = ["allow_anonymous", "password_file", "acl_file"];
        let mut text: String = kept
            .filter(|line| !access.iter().any(|word| line.starts_with(word)))
            .flat_map(|line| [line, "\n"])
            .collect();
        text = text.replace("/var/lib/mosquitto/", &format!("{}/", place.display()));
        text += &format!("user root\nallow_anonymous true\nlistener {port} 127.0.0.1\n");
        let path = place.join("mosquitto.conf");
        std::fs::write(&path, text).unwrap();
        let child = Command::new(program).arg("-c").arg(path).spawn().unwrap();
        wait_for(port);
        Some(Self { child, port })
    }

    /// CPU seconds so far.
    pub(crate) fn cpu(&self) -> f64 {
        cpu_seconds(self.child.id())
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn wait_for(port: u16) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "nothing listens on {port}");
        std::thread::yield_now();
    }
}

/// A port nobody has.
pub(crate) fn free_port() -> u16 {
    let bound = TcpListener::bind("127.0.0.1:0").unwrap();
    bound.local_addr().unwrap().port()
}

/// What one run showed.
#[derive(Clone, Default)]
pub(crate) struct Run {
    /// Messages a second, from the first published to the last taken.
    pub(crate) rate: f64,
    /// CPU seconds per million messages of the one who takes them.
    pub(crate) cpu: f64,
    /// The same of the broker.
    pub(crate) broker_cpu: f64,
    /// What the service counted in the run.
    pub(crate) counted: BTreeMap<String, i64>,
}

/// The publisher, prepared.
pub(crate) fn load(port: u16, size: Size, session: u64, rate: f64) -> Role {
    let given = [
        ("port", port.to_string()),
        ("messages", size.messages.to_string()),
        ("patients", size.patients.to_string()),
        ("session", session.to_string()),
        ("rate", rate.to_string()),
    ];
    let mut load = Role::start("load", &given, &[]);
    assert_eq!(load.hear(), "ready");
    load
}

/// One run of the subscriber that only counts and acknowledges.
pub(crate) fn run_null(broker: &Mosquitto, size: Size, session: u64) -> Run {
    let given = [
        ("port", broker.port.to_string()),
        ("messages", size.messages.to_string()),
    ];
    let mut null = Role::start("null", &given, &[]);
    assert_eq!(null.hear(), "ready");
    let mut publisher = load(broker.port, size, session, 0.0);
    let (cpu, broker_cpu, started) = (null.cpu(), broker.cpu(), Instant::now());
    publisher.say(&START_MS.to_string());
    assert_eq!(null.hear(), "done");
    let rate = size.messages as f64 / started.elapsed().as_secs_f64();
    let millions = size.messages as f64 / 1e6;
    Run {
        rate,
        cpu: (null.cpu() - cpu) / millions,
        broker_cpu: (broker.cpu() - broker_cpu) / millions,
        counted: BTreeMap::new(),
    }
}

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
        let clinical = line.strip_prefix("stopped ").expect("an orderly stop");
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
        started.role.say(&format!("stored {stored}"));
        let answer = started.role.hear();
        let mut counted = || format!("{:?}", difference(&before, &started.counters()));
        assert_eq!(answer, "done", "{}", counted());
        let rate = size.messages as f64 / begin.elapsed().as_secs_f64();
        assert_eq!(publisher.hear(), "done");
        let millions = size.messages as f64 / 1e6;
        let run = Run {
            rate,
            cpu: (started.role.cpu() - cpu) / millions,
            broker_cpu: (broker_cpu() - other) / millions,
            counted: difference(&before, &started.counters()),
        };
        self.pace(size, rate);
        self.stop(started);
        // A run faster than its clock sent moments that are still to come; the
        // next one's are later than all of them, as from any watch.
        let sent_ms = (size.messages / size.patients + 1).cast_signed() * 5_000;
        self.clinical_ms = self.clinical_ms.max(measured_ms + sent_ms);
        run
    }
}

fn difference(
    before: &BTreeMap<String, i64>,
    after: &BTreeMap<String, i64>,
) -> BTreeMap<String, i64> {
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
    /// What it counted so far, and its clinical clock.
    pub(crate) fn counters(&mut self) -> BTreeMap<String, i64> {
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
