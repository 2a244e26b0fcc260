//! A service for one test, with the ways to speak to it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use wardlight::app::{self, Mode, Running};
use wardlight::config::{self, Config, Sources};
use wardlight::domain::{ClinicalTime, DeviceId, MeasuredTime, PatientId, Period, WardId};
use wardlight::registry::{Command, Role, WardScope};
use wardlight::runtime::Clock;

/// 2026-11-22T00:00:00Z.
pub(crate) const START: i64 = 1_795_305_600_000;
pub(crate) const TOKEN: &str = "token of the test's nurse";

pub(crate) struct Service {
    pub(crate) running: Running,
    pub(crate) clock: Clock,
    http: reqwest::Client,
}

pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

pub(crate) fn config(data: &Path, more: &[(&str, &str)]) -> Config {
    let mut environment = vec![
        ("WARDLIGHT_DATA_DIR", data.to_str().expect("a plain path")),
        ("WARDLIGHT_API__LISTEN", "127.0.0.1:0"),
        ("WARDLIGHT_MQTT__LISTENER__ADDRESS", "127.0.0.1:0"),
        ("WARDLIGHT_ENGINE__TICK_MS", "10"),
        ("WARDLIGHT_MQTT__LISTENER__STOP_SECONDS", "1"),
    ];
    environment.extend(more);
    let environment = environment
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let sources = Sources {
        file: None,
        environment,
    };
    config::load(&sources).expect("a good configuration")
}

pub(crate) fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn password(device: &str) -> String {
    format!("password of {device}")
}

impl Service {
    /// A service whose clock stands still until the test moves it.
    pub(crate) async fn start(data: &Path, more: &[(&str, &str)]) -> Self {
        Self::start_at(data, more, START).await
    }

    pub(crate) async fn start_at(data: &Path, more: &[(&str, &str)], at: i64) -> Self {
        let clock = Clock::manual(ClinicalTime::from_epoch_ms(at));
        let mode = Mode::simulated(clock.clone());
        let running = app::start(config(data, more), mode).await.expect("starts");
        Self {
            running,
            clock,
            http: reqwest::Client::new(),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.clinical().epoch_ms()
    }

    pub(crate) fn mqtt(&self) -> SocketAddr {
        self.running.mqtt_address.expect("the listener is on")
    }

    pub(crate) async fn order(&self, command: Command) -> Option<String> {
        let (clinical, wall) = (self.clock.clinical(), self.clock.wall());
        let answer = self
            .running
            .engine
            .command(command, "setup", clinical, wall);
        answer.await.expect("accepted").id
    }

    /// A ward with monitored patients on treatment, each wearing the watch
    /// `watch-{patient}`, and a nurse's token.
    pub(crate) async fn enter(&self, patients: &[&str]) {
        let ward = WardId::new("oncology").expect("valid");
        self.order(Command::PutWard {
            time_zone: None,
            id: ward.clone(),
            label: "Oncology".to_owned(),
        })
        .await;
        self.order(Command::CreateToken {
            name: "Nurse Joy".to_owned(),
            sha256: sha256(TOKEN),
            role: Role::WardAdministrator,
            wards: WardScope::All,
        })
        .await;
        for name in patients {
            self.enter_patient(name, &ward).await;
        }
    }

    async fn enter_patient(&self, name: &str, ward: &WardId) {
        let id = PatientId::new(name).expect("valid");
        self.enter_wearing_nothing(&id, ward).await;
        let device = DeviceId::new(&format!("watch-{name}")).expect("valid");
        self.order(Command::Assign {
            device,
            patient: id,
            start: MeasuredTime::from_epoch_ms(START - 86_400_000),
            end: None,
        })
        .await;
        self.credential(&format!("watch-{name}")).await;
    }

    /// A monitored patient on treatment.
    pub(crate) async fn enter_wearing_nothing(&self, id: &PatientId, ward: &WardId) {
        let now = self.clock.clinical();
        self.order(Command::PutPatient {
            id: id.clone(),
            label: Some(id.as_str().to_uppercase()),
            ward: Some(ward.clone()),
            team: None,
            time_zone: None,
            spo2_scale: None,
            oxygen: None,
            treatment: Some(vec![Period {
                start: now,
                end: None,
            }]),
            neutropenia: None,
            post_infusion: None,
            administrations: None,
            expected: None,
        })
        .await;
        let patient = id.clone();
        self.order(Command::StartMonitoring {
            patient,
            start: now,
        })
        .await;
    }

    pub(crate) async fn credential(&self, device: &str) {
        self.order(Command::CreateDeviceCredential {
            device: DeviceId::new(device).expect("valid"),
            sha256: sha256(&password(device)),
        })
        .await;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let address = self.running.api_address.expect("the API is on");
        format!("http://{address}{path}")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, self.url(path));
        request.header("authorization", format!("Bearer {TOKEN}"))
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.expect("answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        (
            status,
            serde_json::from_str(&text).unwrap_or(json!({ "text": text })),
        )
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// One number of `/metrics`, 0 when it is not there.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let body = self.get("/metrics").await;
        let text = body["text"].as_str().unwrap_or_default();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.trim().parse().expect("a number"))
    }

    /// Moves both clocks on, and waits until the engine has seen it.
    pub(crate) async fn pass(&self, minutes: u64) {
        for _ in 0..minutes.div_ceil(10) {
            self.clock
                .advance(Duration::from_secs(60 * minutes.min(10)));
            self.settle().await;
        }
    }

    /// Waits until all that was sent before is committed.
    pub(crate) async fn settle(&self) {
        use wardlight::engine::{Envelope, Input};
        let (reply, done) = tokio::sync::oneshot::channel();
        let envelope = Envelope {
            stamp: self.clock.clinical(),
            received: self.clock.wall(),
            input: Input::Maintenance {
                writes: Vec::new(),
                reply,
            },
            delivery: None,
        };
        let sent = self.running.engine.inbox.send(envelope).await;
        assert!(sent.is_ok(), "the engine runs");
        done.await.expect("committed");
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.expect("ends in order");
    }
}

/// Waits for a condition, at most twenty seconds.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        // Looking all the time would take a core from what is waited for.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
