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
    /// Everything that is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let prefix = &self.topic_prefix;
        if prefix.is_empty()
            || prefix.starts_with('/')
            || prefix.ends_with('/')
            || prefix.contains(['+', '#'])
        {
            problems.push(
                "`topic_prefix` must be levels such as wardlight/v1, without wildcards and without a slash at either end".to_owned(),
            );
        }
        let mut range = |name: &str, value: usize, range: std::ops::RangeInclusive<usize>| {
            if !range.contains(&value) {
                problems.push(format!(
                    "`{name}` must be {} to {}, it is {value}",
                    range.start(),
                    range.end()
                ));
            }
        };
        range("retention_days", self.retention_days as usize, 1..=36_500);
        range(
            "future_tolerance_seconds",
            self.future_tolerance_seconds as usize,
            0..=86_400,
        );
        range(
            "payload_bytes_max",
            self.payload_bytes_max,
            1_024..=16 * 1024 * 1024,
        );
        range("moments_max", self.moments_max, 1..=100_000);
        problems
    }

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
