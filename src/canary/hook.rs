//! Where the canary's alerts arrive: a webhook receiver on this machine alone.

use super::events;
use crate::domain::ClinicalTime;
use crate::notify::{NewSecret, SecretKind, verify};
use crate::runtime::Clock;
use crate::telemetry::Event as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A thin webhook has less than one.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Arrivals that wait for the canary to look; one more than enough is lost.
const ARRIVALS_MAX: usize = 64;
const PATH: &str = "/canary";

/// The receiver could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// No port on the loopback address.
    #[error("no port for the canary's webhook")]
    Bind(#[from] io::Error),
    /// No random bytes for its secret.
    #[error("no random bytes for the canary's secrets")]
    Random(#[from] getrandom::Error),
}

/// The receiver, bound and not yet listening.
pub struct Hook {
    listener: TcpListener,
    address: SocketAddr,
    secret: String,
}

/// What the receiver's requests share.
struct Shared {
    secret: String,
    clock: Clock,
    arrived: mpsc::Sender<ClinicalTime>,
}

/// All that is read of a body.
#[derive(Deserialize)]
struct Body {
    timestamp: jiff::Timestamp,
}

impl Hook {
    /// Takes a free port of the loopback address and draws a signing secret.
    ///
    /// # Errors
    /// [`HookError`] when there is neither.
    pub async fn bind() -> Result<Self, HookError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let secret = NewSecret::generate(SecretKind::Symmetric)?.secret;
        Ok(Self {
            listener,
            address,
            secret,
        })
    }

    /// `host:port`, the one private address that the notifier may dial for it.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Where the webhook is sent.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// What signs it. Never give it to a log.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Answers until cancelled; each verified alert's time goes to the canary.
    pub(super) fn serve(
        self,
        clock: Clock,
        cancel: CancellationToken,
    ) -> (
        mpsc::Receiver<ClinicalTime>,
        impl Future<Output = io::Result<()>>,
    ) {
        let (arrived, arrivals) = mpsc::channel(ARRIVALS_MAX);
        let shared = Shared {
            secret: self.secret,
            clock,
            arrived,
        };
        let router = Router::new()
            .route(PATH, post(take))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(Arc::new(shared));
        let serving = async move {
            tokio::select! {
                served = async { axum::serve(self.listener, router).await } => served,
                () = cancel.cancelled() => Ok(()),
            }
        };
        (arrivals, serving)
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    };
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let signature = header("webhook-signature");
    let now = shared.clock.wall();
    if verify(&shared.secret, id, timestamp, &body, signature, now).is_err() {
        events::NotBelieved.emit();
        return StatusCode::UNAUTHORIZED;
    }
    if let Ok(body) = serde_json::from_slice::<Body>(&body) {
        let raised = ClinicalTime::from_epoch_ms(body.timestamp.as_millisecond());
        // A canary that does not look has enough of them already.
        let _ = shared.arrived.try_send(raised);
    }
    StatusCode::NO_CONTENT
}
