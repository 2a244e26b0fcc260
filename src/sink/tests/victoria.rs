//! Debian's VictoriaMetrics, started in a directory of its own. Knows nothing
//! of the service: the bench includes this file too.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const VICTORIA: &str = "/usr/bin/victoria-metrics";

/// Whether it is installed; says loudly when not.
pub(crate) fn installed() -> bool {
    let there = Path::new(VICTORIA).exists();
    if !there {
        eprintln!("SKIPPED: {VICTORIA} is not installed, this shows nothing");
    }
    there
}

/// Name, labels and time of a point.
pub(crate) type Key = (String, BTreeMap<String, String>, i64);

/// One line of an export.
#[derive(serde::Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    values: Vec<f64>,
    timestamps: Vec<i64>,
}

/// A server; dies with the value.
pub(crate) struct Victoria {
    pub(crate) port: u16,
    directory: tempfile::TempDir,
    child: Child,
}

impl Victoria {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        drop(listener);
        let child = spawn(directory.path(), port);
        let server = Self {
            port,
            directory,
            child,
        };
        server.answers();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends the server: in order (`TERM`) or at once (`KILL`).
    pub(crate) fn end(&mut self, signal: &str) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(told.expect("kill runs").success());
        let _ = self.child.wait();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = spawn(self.directory.path(), self.port);
        self.answers();
    }

    /// Every point of the series with this name, in the words of `each`.
    pub(crate) fn export(&self, name: &str, mut each: impl FnMut(Key, f64)) {
        let _ = self.get("/internal/force_flush");
        let path = format!("/api/v1/export?match[]={name}&start=0&end=4102444800");
        for line in self.get(&path).lines() {
            let line = line.expect("readable");
            let Ok(series) = serde_json::from_str::<Series>(&line) else {
                continue; // the header of the answer
            };
            let mut labels = series.metric;
            let name = labels.remove("__name__").expect("a name");
            for (time, value) in series.timestamps.into_iter().zip(series.values) {
                each((name.clone(), labels.clone(), time), value);
            }
        }
    }

    fn get(&self, path: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("sent");
        let mut reader = BufReader::new(stream);
        let mut status = String::new();
        reader.read_line(&mut status).expect("an answer");
        assert!(status.contains(" 20"), "{path}: {status}");
        reader
    }

    fn answers(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "victoria-metrics does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Victoria {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(directory: &Path, port: u16) -> Child {
    Command::new(VICTORIA)
        .arg("-retentionPeriod=100y")
        .arg(format!("-storageDataPath={}", directory.display()))
        .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("victoria-metrics starts")
}
