//! `wardlight demo` as a person runs it: its page makes things happen, and nothing is
//! left of it afterwards.

use crate::service::directory;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Several clinical hours at the speed that is chosen, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running demonstration, killed when dropped.
struct Demo {
    child: Child,
    http: Client,
    /// `127.0.0.1:port`.
    address: String,
    token: String,
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Ended already, when the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    /// Started with a directory for what it keeps while it runs.
    fn start(place: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wardlight"))
            .args(["demo", "--port", "0"])
            .env("TMPDIR", place)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut said = BufReader::new(child.stdout.take().expect("piped"));
        let link = loop {
            let mut line = String::new();
            let length = said.read_line(&mut line).expect("text");
            assert!(length > 0, "it ended before it said where it is");
            if let Some((_, link)) = line.trim_end().split_once("http://") {
                break link.to_owned();
            }
        };
        // What else it says must not fill the pipe.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        let (address, token) = link.split_once("/sign-in#token=").expect("a link");
        // The HTTP client wants one, though nothing here is encrypted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            child,
            http: Client::new(),
            address: address.to_owned(),
            token: token.to_owned(),
        }
    }

    async fn ask(&self, method: Method, path: &str, form: &'static str) -> (StatusCode, String) {
        let url = format!("http://{}{path}", self.address);
        let request = self.http.request(method, url).body(form);
        let request = request
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.expect("answers");
        (answer.status(), answer.text().await.expect("text"))
    }

    /// Sends a form of the page, which says what was done.
    async fn press(&self, form: &'static str, done: &str) {
        let (status, page) = self.ask(Method::POST, "/demo", form).await;
        assert_eq!(status, StatusCode::OK, "{form}: {page}");
        assert!(page.contains(done), "{form}: {page}");
    }

    async fn get(&self, path: &str) -> Value {
        let (status, text) = self.ask(Method::GET, path, "").await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Waits until there is an alert of this kind about a patient.
    async fn told(&self, patient: &str, kind: &str) {
        let path = format!("/v1/alerts?patient={patient}&kind={kind}");
        let deadline = Instant::now() + PATIENCE;
        while self.get(&path).await["items"][0].is_null() {
            assert!(Instant::now() < deadline, "never: {kind} of {patient}");
            tokio::task::yield_now().await;
        }
    }

    /// Ends it by a signal: in order, and at once.
    fn end(mut self, signal: &str) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args([signal, &id]).status();
        assert!(told.expect("kill runs").success());
        let status = self.child.wait().expect("a child of ours");
        assert!(status.success(), "{signal}: {status}");
        let free = TcpListener::bind(&self.address);
        assert!(free.is_ok(), "{signal}: its port is taken still");
    }
}

/// Milliseconds of the moments at which a vital of a patient is stored.
async fn measured(demo: &Demo, patient: &str, from: &str) -> Vec<i64> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!(
            "/v1/patients/{patient}/readings?vitals=heart_rate&limit=1000&from={from}{after}"
        );
        let page = demo.get(&path).await;
        let items = page["items"].as_array().expect("a list").iter();
        all.extend(items.map(|item| {
            let at = item["measured_at"].as_str().expect("a moment");
            let at: jiff::Timestamp = at.parse().expect("a moment");
            at.as_millisecond()
        }));
        match page["next"].as_str() {
            Some(next) => after = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demonstrations_page_makes_a_fever_a_watch_off_and_a_silence_that_is_filled_later() {
    let place = directory();
    let demo = Demo::start(place.path());
    let (_, page) = demo.ask(Method::GET, "/demo", "").await;
    assert!(
        page.contains("<strong class=\"wl-sim\">SIMULATED</strong>"),
        "{page}"
    );
    demo.press("action=speed&speed=300", "1 second is 300 clinical seconds")
        .await;
    let about = demo.get("/v1/about").await;
    assert_eq!(about["time_scale"], 300.0);
    let before = about["now"].as_str().expect("a moment");
    demo.press(
        "action=play&play=off&patient=sim-10",
        "The watch is off the wrist.",
    )
    .await;
    demo.press(
        "action=play&play=silent&patient=sim-11",
        "The watch sends nothing",
    )
    .await;
    demo.press("action=play&play=fever&patient=sim-09", "The fever begins.")
        .await;
    demo.told("sim-09", "fever_on_treatment").await;
    demo.told("sim-11", "device_silent").await;
    demo.press(
        "action=play&play=return&patient=sim-11",
        "The watch is heard again",
    )
    .await;
    let back = demo.get("/v1/about").await;
    let back: jiff::Timestamp = back["now"]
        .as_str()
        .expect("a moment")
        .parse()
        .expect("one");
    let deadline = Instant::now() + PATIENCE;
    let all = loop {
        let all = measured(&demo, "sim-11", before).await;
        if all
            .last()
            .is_some_and(|last| *last >= back.as_millisecond())
        {
            break all;
        }
        assert!(Instant::now() < deadline, "it was not heard again");
    };
    let gap = all.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(
        gap < Some(6_000),
        "something was lost: {gap:?} ms without a value"
    );
    demo.told("sim-10", "not_worn").await;
    demo.end("-TERM");
    let left = std::fs::read_dir(place.path()).expect("reads").count();
    assert_eq!(left, 0, "something is left in {}", place.path().display());
}

#[test]
fn a_demonstration_that_is_ended_by_hand_leaves_nothing_behind() {
    let place = directory();
    Demo::start(place.path()).end("-INT");
    let left = std::fs::read_dir(place.path()).expect("reads").count();
    assert_eq!(left, 0, "something is left in {}", place.path().display());
}
