//! The stored document, read leniently: a missing field is a missing word,
//! never a message that is not sent.

use serde::Deserialize;

/// What is told.
#[derive(Deserialize)]
pub(super) struct Notice {
    /// `alert.raised`, `system.channel_failing`, …
    #[serde(rename = "type")]
    pub(super) event: String,
    /// When it happened, RFC 3339.
    pub(super) timestamp: String,
    #[serde(default)]
    pub(super) data: Data,
    #[serde(default)]
    pub(super) detail: Detail,
}

/// What every receiver may know.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Data {
    pub(super) alert: Option<String>,
    pub(super) patient: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) vital: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) priority: Option<String>,
    pub(super) handling: Option<String>,
    pub(super) raised_at: Option<String>,
    pub(super) began_at: Option<String>,
    pub(super) simulated: bool,
    pub(super) treatment: Option<Treatment>,
    /// Of a message that stands for several: how many, and those it names.
    pub(super) count: Option<u64>,
    pub(super) alerts: Vec<Member>,
    /// Of a channel: which, what it is called, and what is wrong with it.
    pub(super) channel: Option<String>,
    pub(super) label: Option<String>,
    pub(super) format: Option<String>,
    pub(super) since: Option<String>,
    pub(super) error: Option<String>,
    /// Of the canary: when its last round trip ended.
    pub(super) last_round_trip: Option<String>,
    /// False of what went out before anything could be stored of it.
    pub(super) recorded: Option<bool>,
    pub(super) switched_off: bool,
    pub(super) dead_letters: Option<u64>,
    pub(super) event_type: Option<String>,
    pub(super) test: bool,
    pub(super) by: Option<String>,
}

/// One of several alerts.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Member {
    pub(super) patient: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) vital: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) priority: Option<String>,
}

/// Where in the treatment the alert stands.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Treatment {
    pub(super) summary: String,
}

/// What people read beside it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Detail {
    pub(super) author: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) ended_at: Option<String>,
    pub(super) time_zone: String,
    pub(super) patient_label: Option<String>,
    pub(super) ward_label: Option<String>,
    pub(super) evidence: Evidence,
}

/// Why.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Evidence {
    pub(super) summary: String,
    pub(super) values: Vec<Value>,
    pub(super) missing: Vec<String>,
}

/// One deciding value.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Value {
    pub(super) vital: String,
    pub(super) unit: String,
    pub(super) value: f64,
    pub(super) age_seconds: i64,
    pub(super) limit: Option<f64>,
}

impl Notice {
    /// Whether it is about Wardlight itself.
    pub(super) fn is_system(&self) -> bool {
        self.event.starts_with("system.")
    }

    /// What later messages about the same thing have in common: the alert, or
    /// the channel and what is told of it.
    pub(super) fn subject(&self, delivery: &str) -> String {
        let channel = self.data.channel.as_deref().unwrap_or_default();
        match (&self.data.alert, self.event.as_str()) {
            (_, "system.channel_failing" | "system.channel_recovered") => {
                format!("wardlight-channel-{channel}")
            }
            (_, name) if name.starts_with("system.canary_") => "wardlight-canary".to_owned(),
            (_, "system.dead_letter") => format!("wardlight-dead-letter-{channel}"),
            (Some(alert), _) => alert.clone(),
            (None, _) => delivery.to_owned(),
        }
    }
}
