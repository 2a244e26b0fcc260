//! The bench's parent: starts Mosquitto and the children, times the null run.

use super::{cpu_seconds, number};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
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

/// Counters by name.
pub(crate) type Counted = BTreeMap<String, i64>;

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
    pub(crate) counted: Counted,
    /// Messages that the broker had acknowledged and handed on only when others
    /// came after them.
    pub(crate) held: u64,
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
        ..Run::default()
    }
}
