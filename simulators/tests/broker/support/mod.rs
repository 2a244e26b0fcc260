//! A Mosquitto of our own for each test: a free port, a temporary folder, no files kept.

mod secured;

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const MOSQUITTO: &str = "/usr/sbin/mosquitto";

/// A running broker; killed when dropped.
pub(crate) struct Broker {
    pub(crate) port: u16,
    pub(crate) folder: tempfile::TempDir,
    child: Child,
}

impl Broker {
    /// Starts a broker, or says loudly that there is none and gives `None`.
    pub(crate) fn start() -> Option<Self> {
        if !Path::new(MOSQUITTO).exists() {
            eprintln!("SKIPPED: {MOSQUITTO} is missing, this test proved nothing");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        Some(Self::start_with(folder, "allow_anonymous true\n"))
    }

    /// Starts the broker with more lines of configuration, in a folder that holds what
    /// they name.
    fn start_with(folder: tempfile::TempDir, more: &str) -> Self {
        let port = free_port();
        let config = folder.path().join("mosquitto.conf");
        let text =
            format!("listener {port} 127.0.0.1\npersistence false\nmax_queued_messages 0\n{more}");
        std::fs::write(&config, text).expect("written");
        let child = spawn(&config);
        wait_for_port(port);
        Self {
            port,
            folder,
            child,
        }
    }

    /// Kills the broker as a power cut would, and starts it again without any memory.
    pub(crate) fn kill_and_restart(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("waited for");
        self.child = spawn(&self.folder.path().join("mosquitto.conf"));
        wait_for_port(self.port);
    }

    /// A path in the broker's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(config: &Path) -> Child {
    let log = File::create(config.with_extension("log")).expect("a log file");
    Command::new(MOSQUITTO)
        .arg("-c")
        .arg(config)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("mosquitto starts")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn wait_for_port(port: u16) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            Instant::now() < deadline,
            "the broker does not listen on {port}"
        );
        std::thread::yield_now();
    }
}

/// Waits until something is true, or fails after half a minute.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::task::yield_now().await;
    }
}
