//! One line of a recording.

use crate::device::OutgoingMessage;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// One message as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedMessage {
    /// When it was sent, simulated (or wall, when recorded live) epoch ms.
    pub at_ms: i64,
    /// Where to.
    pub topic: String,
    /// The bytes.
    pub payload: Vec<u8>,
    /// Quality of service.
    pub qos: u8,
    /// Retain flag.
    pub retain: bool,
}

#[derive(Serialize, Deserialize)]
struct Line {
    at: i64,
    topic: String,
    payload: String,
    /// Present and true when `payload` is base64 of bytes that are not UTF-8.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    base64: bool,
    qos: u8,
    retain: bool,
}

/// Why a line cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("the line is not a recorded message")]
    Json(#[from] serde_json::Error),
    #[error("the payload is not base64")]
    Base64(#[from] base64::DecodeError),
}

impl RecordedMessage {
    /// The line, without its end.
    pub(super) fn to_line(&self) -> Result<String, serde_json::Error> {
        let text = std::str::from_utf8(&self.payload).ok();
        serde_json::to_string(&Line {
            at: self.at_ms,
            topic: self.topic.clone(),
            payload: text.map_or_else(|| STANDARD.encode(&self.payload), str::to_owned),
            base64: text.is_none(),
            qos: self.qos,
            retain: self.retain,
        })
    }

    /// Reads a line.
    pub(super) fn from_line(line: &str) -> Result<Self, LineError> {
        let line: Line = serde_json::from_str(line)?;
        let payload = if line.base64 {
            STANDARD.decode(&line.payload)?
        } else {
            line.payload.into_bytes()
        };
        Ok(Self {
            at_ms: line.at,
            topic: line.topic,
            payload,
            qos: line.qos,
            retain: line.retain,
        })
    }
}

impl From<OutgoingMessage> for RecordedMessage {
    /// The Will is recorded as the broker publishes it.
    fn from(message: OutgoingMessage) -> Self {
        Self {
            at_ms: message.send_at_ms,
            topic: message.topic,
            payload: message.payload,
            qos: message.qos,
            retain: message.retain,
        }
    }
}
