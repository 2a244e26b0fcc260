//! A clinical team's receiver: verifies, remembers, and is not always well.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use wardlight::notify::{NewSecret, SecretKind, verify};
use wardlight::runtime::Clock;

/// Alerts that wait to be acknowledged at the most.
const WAITING_MAX: usize = 10_000;
const SLOWLY: Duration = Duration::from_millis(150);

/// One request that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The `webhook-id`.
    pub(crate) id: String,
    /// The event's type.
    pub(crate) event: String,
    pub(crate) alert: String,
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
    /// Whether it was answered 2xx (or would have been).
    pub(crate) taken: bool,
}

impl Call {
    /// Whether it tells of a true episode.
    pub(crate) fn is_fever_raised(&self) -> bool {
        self.event == "alert.raised" && self.kind == FEVER
    }
}

/// The receiver.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    pub(crate) secret: String,
    state: Arc<Book>,
}

struct Book {
    secret: String,
    calls: Mutex<Vec<Call>>,
    refused: AtomicU64,
    hold: AtomicBool,
    held: AtomicU64,
    release: Notify,
    raised: mpsc::Sender<String>,
}

impl Receiver {
    /// Starts; gives the alerts to acknowledge.
    pub(crate) async fn start() -> (Self, mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let secret = NewSecret::generate(SecretKind::Symmetric)
            .expect("randomness")
            .secret;
        let (raised, alerts) = mpsc::channel(WAITING_MAX);
        let state = Arc::new(Book {
            secret: secret.clone(),
            calls: Mutex::default(),
            refused: AtomicU64::new(0),
            hold: AtomicBool::new(false),
            held: AtomicU64::new(0),
            release: Notify::new(),
            raised,
        });
        let router = Router::new()
            .route("/hook", post(receive))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let receiver = Self {
            port,
            secret,
            state,
        };
        (receiver, alerts)
    }

    /// From now on nothing is answered.
    pub(crate) fn hold(&self) {
        self.state.hold.store(true, Ordering::SeqCst);
    }

    /// Requests that wait for an answer.
    pub(crate) fn held(&self) -> u64 {
        self.state.held.load(Ordering::SeqCst)
    }

    /// Answers again.
    pub(crate) fn release(&self) {
        self.state.hold.store(false, Ordering::SeqCst);
        self.state.release.notify_waiters();
    }

    /// Everything verified so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        let calls = self.state.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Different fevers heard of.
    pub(crate) fn heard(&self) -> u64 {
        let calls = self.calls();
        let fevers = calls.iter().filter(|call| call.is_fever_raised());
        let alerts: HashSet<&str> = fevers.map(|call| call.alert.as_str()).collect();
        alerts.len() as u64
    }

    /// Requests whose signature was wrong.
    pub(crate) fn refused(&self) -> u64 {
        self.state.refused.load(Ordering::SeqCst)
    }
}

async fn receive(State(book): State<Arc<Book>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let signature = header("webhook-signature");
    let now = Clock::real().wall();
    if verify(&book.secret, &id, &timestamp, &body, &signature, now).is_err() {
        book.refused.fetch_add(1, Ordering::SeqCst);
        return StatusCode::UNAUTHORIZED;
    }
    let (number, call) = note(&book, id, &body);
    if call.is_fever_raised() {
        let _ = book.raised.try_send(call.alert);
    }
    if book.hold.load(Ordering::SeqCst) {
        let released = book.release.notified();
        // Whoever asks is killed meanwhile: its request's task is then dropped here.
        let _count = Held::new(&book);
        let _ = tokio::time::timeout(Duration::from_secs(10), released).await;
    }
    if number % 7 == 3 {
        tokio::time::sleep(SLOWLY).await;
    }
    if call.taken {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}

/// The kind of the true episodes.
pub(crate) const FEVER: &str = "fever_on_treatment";

fn note(book: &Book, id: String, body: &[u8]) -> (usize, Call) {
    let json: Value = serde_json::from_slice(body).expect("a body is JSON");
    let text = |pointer: &str| {
        let value = json.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let mut calls = book.calls.lock().unwrap_or_else(PoisonError::into_inner);
    let number = calls.len();
    let call = Call {
        id,
        event: text("/type"),
        alert: text("/data/alert"),
        kind: text("/data/kind"),
        body: body.to_vec(),
        taken: number % 11 != 5,
    };
    calls.push(call.clone());
    (number, call)
}

struct Held<'a>(&'a Book);

impl<'a> Held<'a> {
    fn new(book: &'a Book) -> Self {
        book.held.fetch_add(1, Ordering::SeqCst);
        Self(book)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::SeqCst);
    }
}
