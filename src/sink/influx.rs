//! Writes to an InfluxDB 2 server through `influxdb2`.
//!
//! `influxdb2` compresses only what its own point builder wrote, and that
//! builder lets newlines and NaN through; its `gzip(false)` turns compression
//! on, and it has no time limits. Therefore the body is compressed here and the
//! header, the limits and the refusal of redirects ride in on the HTTP client
//! it is built with. It keeps the response's headers to itself, so Retry-After
//! cannot be honoured to the second: 429 and 503 wait longer instead.

use super::SinkSettings;
use flate2::Compression;
use flate2::write::GzEncoder;
use influxdb2::api::write::TimestampPrecision;
use influxdb2::{BuildError, Client, ClientBuilder, RequestError};
use reqwest_influxdb2::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use std::io::{self, Write};
use std::time::Duration;

/// Longest piece of a server's answer that is kept.
const ANSWER_MAX: usize = 200;

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The token file cannot be read.
    #[error("the token file cannot be read")]
    Token(#[source] io::Error),
    /// The HTTP client cannot be made.
    #[error("the http client cannot be made")]
    Build(#[source] BuildError),
}

/// Why a write failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The client could not be made.
    #[error("no client for the sink")]
    Client(#[from] ClientError),
    /// Nobody answered, or too late.
    #[error("the server could not be reached")]
    Unreachable(#[source] RequestError),
    /// The server is busy or broken: the same write may succeed later.
    #[error("the server answered {status}")]
    Busy {
        /// HTTP status.
        status: u16,
    },
    /// The server knows us and does not let us write: someone must act.
    #[error("the server answered {status}, it does not let us write")]
    Forbidden {
        /// HTTP status.
        status: u16,
    },
    /// The server refuses what was written: the same write never succeeds.
    #[error("the server answered {status}, it refuses the lines")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// What it said, cut.
        answer: String,
    },
    /// The body could not be compressed.
    #[error("the body could not be compressed")]
    Compress(#[source] io::Error),
}

impl WriteError {
    /// The stable code that health and metrics show.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Client(_) => "client",
            Self::Unreachable(_) => "unreachable",
            Self::Busy { .. } => "busy",
            Self::Forbidden { .. } => "forbidden",
            Self::Rejected { .. } => "rejected",
            Self::Compress(_) => "compress",
        }
    }

    pub(super) const fn status(&self) -> Option<u16> {
        match self {
            Self::Busy { status } | Self::Forbidden { status } | Self::Rejected { status, .. } => {
                Some(*status)
            }
            Self::Client(_) | Self::Unreachable(_) | Self::Compress(_) => None,
        }
    }
}

/// A client for one server.
pub(super) struct Influx {
    client: Client,
    org: String,
    bucket: String,
    gzip: bool,
}

impl Influx {
    /// Reads the token and makes the client.
    pub(super) fn new(settings: &SinkSettings) -> Result<Self, ClientError> {
        let token = match &settings.token_file {
            Some(path) => std::fs::read_to_string(path).map_err(ClientError::Token)?,
            None => String::new(),
        };
        let token = token.lines().next().unwrap_or_default().trim().to_owned();
        let mut headers = HeaderMap::new();
        if settings.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let http = reqwest_influxdb2::ClientBuilder::new()
            .default_headers(headers)
            .redirect(reqwest_influxdb2::redirect::Policy::none())
            .timeout(Duration::from_secs(settings.timeout_seconds))
            .connect_timeout(Duration::from_secs(settings.connect_timeout_seconds));
        let client = ClientBuilder::with_builder(http, &settings.url, &settings.org, token)
            .build()
            .map_err(ClientError::Build)?;
        Ok(Self {
            client,
            org: settings.org.clone(),
            bucket: settings.bucket.clone(),
            gzip: settings.gzip,
        })
    }

    /// Writes whole lines with times in milliseconds.
    pub(super) async fn write(&self, lines: &[u8]) -> Result<(), WriteError> {
        let body = if self.gzip {
            compress(lines).map_err(WriteError::Compress)?
        } else {
            lines.to_vec()
        };
        let precision = TimestampPrecision::Milliseconds;
        let written = self.client.write_line_protocol_with_precision(
            &self.org,
            &self.bucket,
            body,
            precision,
        );
        written.await.map_err(judge)
    }
}

fn compress(lines: &[u8]) -> io::Result<Vec<u8>> {
    let room = Vec::with_capacity(lines.len() / 8);
    let mut encoder = GzEncoder::new(room, Compression::fast());
    encoder.write_all(lines)?;
    encoder.finish()
}

fn judge(error: RequestError) -> WriteError {
    let RequestError::Http { status, text } = error else {
        return WriteError::Unreachable(error);
    };
    // 413: the batch as a whole is too large, halves may pass. 500 with a word
    // about retention is how InfluxDB before 2.7 refuses points that are too
    // old: trying again for ever would stop the copy.
    let about_retention = status.as_u16() == 500 && text.contains("retention");
    match status.as_u16() {
        status @ (401 | 403 | 404) => WriteError::Forbidden { status },
        status @ (400 | 413 | 422) => rejected(status, &text),
        status if about_retention => rejected(status, &text),
        status => WriteError::Busy { status },
    }
}

fn rejected(status: u16, text: &str) -> WriteError {
    let answer = text.chars().take(ANSWER_MAX).collect();
    WriteError::Rejected { status, answer }
}
