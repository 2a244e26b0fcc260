//! What a site may change about reading messages.

use serde::{Deserialize, Serialize};

/// Settings of the wire format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What every topic begins with, without a slash at either end.
    pub topic_prefix: String,
    /// Moments measured longer than so many days before they arrive are refused.
    pub retention_days: u32,
    /// Moments measured more than so many seconds after they arrive are refused.
    pub future_tolerance_seconds: u32,
    /// Longest payload in bytes.
    pub payload_bytes_max: usize,
    /// Most moments in one message.
    pub moments_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            topic_prefix: "wardlight/v1".to_owned(),
            retention_days: 730,
            future_tolerance_seconds: 300,
            payload_bytes_max: 256 * 1024,
            moments_max: 10_000,
        }
    }
}

impl Settings {
    /// The limits in the units of the decoders.
    pub fn limits(&self) -> Limits {
        Limits {
            retention_ms: i64::from(self.retention_days) * 86_400_000,
            future_tolerance_ms: i64::from(self.future_tolerance_seconds) * 1000,
            payload_bytes_max: self.payload_bytes_max,
            moments_max: self.moments_max,
        }
    }
}

/// What the decoders hold each message to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Oldest age at arrival.
    pub retention_ms: i64,
    /// How far a device's clock may be ahead.
    pub future_tolerance_ms: i64,
    /// Longest payload.
    pub payload_bytes_max: usize,
    /// Most moments in one message.
    pub moments_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Settings::default().limits()
    }
}
