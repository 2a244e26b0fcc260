//! The demo's webhook receiver: verifies what it gets and prints it, as an
//! integrator's would.

use crate::cli::output::say;
use crate::notify::verify;
use crate::runtime::Clock;
use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::net::TcpListener;

/// A receiver on a free port, for as long as the demo runs.
pub(super) struct Receiver {
    port: u16,
    seen: Arc<Seen>,
}

struct Seen {
    secret: String,
    clock: Clock,
    started: Instant,
    ids: Mutex<BTreeSet<String>>,
    verified: AtomicU64,
    repeats: AtomicU64,
    refused: AtomicU64,
}

/// What the receiver counted.
pub(super) struct Received {
    pub(super) verified: u64,
    pub(super) repeats: u64,
    pub(super) refused: u64,
}

impl Receiver {
    pub(super) async fn start(secret: &str, clock: Clock) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no port for the receiver")?;
        let port = listener.local_addr()?.port();
        let seen = Arc::new(Seen {
            secret: secret.to_owned(),
            clock,
            started: Instant::now(),
            ids: Mutex::default(),
            verified: AtomicU64::new(0),
            repeats: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        });
        let router = Router::new()
            .route("/", post(receive))
            .with_state(Arc::clone(&seen));
        // Ends with the runtime, after everybody who sends to it.
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { port, seen })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn received(&self) -> Received {
        Received {
            verified: self.seen.verified.load(Ordering::Relaxed),
            repeats: self.seen.repeats.load(Ordering::Relaxed),
            refused: self.seen.refused.load(Ordering::Relaxed),
        }
    }
}

async fn receive(State(seen): State<Arc<Seen>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    };
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let signature = header("webhook-signature");
    let now = seen.clock.wall();
    if let Err(error) = verify(&seen.secret, id, timestamp, &body, signature, now) {
        seen.refused.fetch_add(1, Ordering::Relaxed);
        say(format_args!("webhook REFUSED: {error}"));
        return StatusCode::UNAUTHORIZED;
    }
    let new = {
        let mut ids = seen.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(id.to_owned())
    };
    if new {
        seen.verified.fetch_add(1, Ordering::Relaxed);
        say(line(&body, seen.started.elapsed().as_secs_f64()));
    } else {
        seen.repeats.fetch_add(1, Ordering::Relaxed);
    }
    StatusCode::NO_CONTENT
}

fn line(body: &[u8], seconds: f64) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
    let data = |name: &str| text(body.get("data").and_then(|data| data.get(name)));
    let vital = data("vital");
    let kind = if vital.is_empty() {
        data("kind")
    } else {
        format!("{} {vital}", data("kind"))
    };
    format!(
        "{seconds:6.1} s  webhook verified  {:22} {:6} {:8} {kind}",
        text(body.get("type")),
        data("priority"),
        data("patient"),
    )
}
