//! Debian's Mosquitto, started by the test in a directory of its own.

use super::PATIENCE;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(super) const MOSQUITTO: &str = "/usr/sbin/mosquitto";

/// Whether a program is installed; says loudly when a test is skipped for it.
pub(super) fn installed(program: &str) -> bool {
    let there = Path::new(program).exists();
    if !there {
        eprintln!("SKIPPED: {program} is not installed, this test shows nothing");
    }
    there
}

pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// A broker; dies with the value.
pub(super) struct Broker {
    pub(super) port: u16,
    pub(super) directory: tempfile::TempDir,
    child: Child,
}

/// Persistence as the shipped configuration has it, a log of every packet.
pub(super) const DURABLE: &str = "persistence true\nmax_queued_messages 0\n";

impl Broker {
    /// Starts with `extra` lines of configuration; `{dir}` is its directory.
    pub(super) async fn start(extra: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let port = free_port();
        let configuration = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n\
             persistence_location {{dir}}/\n{extra}"
        );
        Self::start_with(directory, port, &configuration).await
    }

    /// Starts with exactly `configuration`.
    pub(super) async fn start_with(
        directory: tempfile::TempDir,
        port: u16,
        configuration: &str,
    ) -> Self {
        let place = directory.path().to_str().expect("utf-8").to_owned();
        let configuration = configuration.replace("{dir}", &place);
        std::fs::write(directory.path().join("mosquitto.conf"), configuration).expect("written");
        let child = spawn(directory.path());
        let broker = Self {
            port,
            directory,
            child,
        };
        broker.answers().await;
        broker
    }

    /// Ends the broker as `systemctl restart` does, and starts it again.
    pub(super) async fn restart(&mut self) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill runs").success());
        let _ = self.child.wait();
        self.child = spawn(self.directory.path());
        self.answers().await;
    }

    /// Lines of the log that contain all of `words`.
    pub(super) fn logged(&self, words: &[&str]) -> usize {
        let has = |line: &&str| words.iter().all(|word| line.contains(word));
        self.log().lines().filter(has).count()
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(log_file(self.directory.path())).unwrap_or_default()
    }

    async fn answers(&self) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port))
            .await
            .is_err()
        {
            let late = tokio::time::Instant::now() >= deadline;
            assert!(!late, "mosquitto does not start: {}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn log_file(directory: &Path) -> PathBuf {
    directory.join("log")
}

fn spawn(directory: &Path) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(log_file(directory))
        .expect("a log file");
    Command::new(MOSQUITTO)
        .args(["-v", "-c"])
        .arg(directory.join("mosquitto.conf"))
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .stdin(Stdio::null())
        .spawn()
        .expect("mosquitto starts")
}
