//! The command line's way to a running service: one request over the admin socket.

use axum::body::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// Longest wait for an answer; the service itself gives up earlier.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AdminCallError {
    /// Nobody listens: the service does not run, or with another data directory.
    #[error("no service answers at {path:?}")]
    Connect {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The exchange broke off.
    #[error("the exchange with the service broke off")]
    Exchange(#[source] hyper::Error),
    /// The request cannot be written.
    #[error("the request is not valid")]
    Request(#[source] hyper::http::Error),
    /// The answer could not be read to its end.
    #[error("the answer could not be read")]
    Answer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer in time.
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    Timeout,
}

/// Sends one request to the service at `socket` and returns status and JSON
/// (`null` when the answer has no body).
///
/// # Errors
/// [`AdminCallError`]; a refusal by the service is an answer, not an error.
pub async fn call(
    socket: &Path,
    method: Method,
    uri: &str,
    json: Option<&Value>,
) -> Result<(StatusCode, Value), AdminCallError> {
    tokio::time::timeout(PATIENCE, exchange(socket, method, uri, json))
        .await
        .map_err(|_| AdminCallError::Timeout)?
}

async fn exchange(
    socket: &Path,
    method: Method,
    uri: &str,
    json: Option<&Value>,
) -> Result<(StatusCode, Value), AdminCallError> {
    let stream = UnixStream::connect(socket)
        .await
        .map_err(|source| AdminCallError::Connect {
            path: socket.to_owned(),
            source,
        })?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(AdminCallError::Exchange)?;
    let body = json.map(Value::to_string).unwrap_or_default();
    let mut request = Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "localhost");
    if json.is_some() {
        request = request.header("content-type", "application/json");
    }
    let request = request
        .body(Full::new(Bytes::from(body)))
        .map_err(AdminCallError::Request)?;
    let answer = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(AdminCallError::Exchange)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
        let bytes = body
            .collect()
            .await
            .map_err(AdminCallError::Answer)?
            .to_bytes();
        if bytes.is_empty() {
            return Ok((status, Value::Null));
        }
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| AdminCallError::Answer(Box::new(error)))?;
        Ok((status, value))
    };
    // The connection's future moves the bytes; the answer ends first.
    tokio::pin!(connection, answer);
    tokio::select! {
        answer = &mut answer => answer,
        ended = &mut connection => match ended {
            Err(error) => Err(AdminCallError::Exchange(error)),
            Ok(()) => answer.await,
        },
    }
}
