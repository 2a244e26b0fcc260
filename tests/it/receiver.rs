//! A hospital's webhook receiver: keeps what it got.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use std::sync::{Arc, Mutex};
use wardlight::domain::WallTime;
use wardlight::notify::{VerifyError, verify};

#[derive(Clone)]
pub(crate) struct Got {
    pub(crate) id: String,
    timestamp: String,
    signature: String,
    pub(crate) body: Bytes,
}

impl Got {
    pub(crate) fn verify(&self, secret: &str, now: WallTime) -> Result<(), VerifyError> {
        verify(
            secret,
            &self.id,
            &self.timestamp,
            &self.body,
            &self.signature,
            now,
        )
    }

    /// The three headers of Standard Webhooks.
    pub(crate) fn headers(&self) -> serde_json::Value {
        serde_json::json!({
            "webhook-id": self.id,
            "webhook-timestamp": self.timestamp,
            "webhook-signature": self.signature,
        })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

type Kept = Arc<Mutex<Vec<Got>>>;

pub(crate) struct Receiver {
    pub(crate) port: u16,
    got: Kept,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        Self::start_at(0).await
    }

    pub(crate) async fn start_at(port: u16) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let got = Kept::default();
        let router = Router::new()
            .route("/hook", post(take))
            .with_state(Arc::clone(&got));
        // Ends with the test's runtime.
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, got }
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().expect("not poisoned").clone()
    }
}

async fn take(State(kept): State<Kept>, headers: HeaderMap, body: Bytes) {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let got = Got {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body,
    };
    kept.lock().expect("not poisoned").push(got);
}
