//! What a hospital sets about its broker.

use rumqttc::v5::mqttbytes::valid_filter;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// A text that prints as a placeholder.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text. Never give it to a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How to reach the broker and what to ask it for.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct SubscriberSettings {
    /// Whether to subscribe at all. Off: watches come through the listener.
    pub enabled: bool,
    /// Name or address of the broker.
    pub host: String,
    /// Port of the broker; 8883 is usual with TLS.
    pub port: u16,
    /// Client id. It names the session that the broker keeps for us: two
    /// services with one id throw each other out.
    pub client_id: String,
    /// What to subscribe to, at QoS 1.
    pub topics: Vec<String>,
    /// What an earlier configuration subscribed to and the session must
    /// forget: a broker keeps subscriptions until they are taken back.
    pub retired_topics: Vec<String>,
    /// How long the broker keeps our session and its messages while we are away.
    pub session_expiry_seconds: u32,
    /// How many messages may be on their way, unacknowledged. Must be below
    /// the inbox's bound; it is the back-pressure towards the broker.
    pub receive_maximum: u16,
    /// Largest packet we take.
    pub packet_bytes_max: u32,
    /// Seconds of silence after which a ping is sent; at least 5.
    pub keep_alive_seconds: u16,
    /// Seconds for the whole of connecting: TCP, TLS and CONNACK.
    pub connect_timeout_seconds: u16,
    /// The first wait after a lost connection; it doubles up to 30 seconds.
    pub backoff_ms_first: u32,
    /// User name, if the broker asks for one.
    pub username: Option<String>,
    /// Password. Better from the environment or `password_file` than from here.
    pub password: Option<Secret>,
    /// File whose first line is the password; read at every connect.
    pub password_file: Option<PathBuf>,
    /// TLS, if the broker speaks it.
    pub tls: Option<TlsSettings>,
}

/// TLS towards the broker. Files are read at every connect, so that renewed
/// certificates need no restart.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// PEM file of the authorities that may sign the broker's certificate.
    pub ca_file: PathBuf,
    /// PEM file of our certificate chain, if the broker asks for one.
    pub client_certificate_file: Option<PathBuf>,
    /// PEM file of our key; needed with the certificate.
    pub client_key_file: Option<PathBuf>,
    /// Name in the broker's certificate when it is not `host`.
    pub server_name: Option<String>,
}

impl Default for SubscriberSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            host: "localhost".to_owned(),
            port: 1883,
            client_id: "wardlight".to_owned(),
            topics: vec![
                "wardlight/v1/+/vitals/#".to_owned(),
                "wardlight/v1/+/status".to_owned(),
            ],
            retired_topics: Vec::new(),
            session_expiry_seconds: 7 * 24 * 3600,
            receive_maximum: 2000,
            packet_bytes_max: 16 * 1024 * 1024,
            keep_alive_seconds: 30,
            connect_timeout_seconds: 10,
            backoff_ms_first: 500,
            username: None,
            password: None,
            password_file: None,
            tls: None,
        }
    }
}

impl SubscriberSettings {
    /// Everything that is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        let tls_pair = |tls: &TlsSettings| {
            tls.client_certificate_file.is_some() == tls.client_key_file.is_some()
        };
        let has_password = self.password.is_some() || self.password_file.is_some();
        let id_bytes = self.client_id.len();
        let checks = [
            (!self.host.is_empty(), "`host` is empty"),
            (self.port != 0, "`port` is 0"),
            (
                (1..=128).contains(&id_bytes),
                "`client_id` must have 1 to 128 bytes: the broker keeps the session under it",
            ),
            (!self.topics.is_empty(), "`topics` is empty"),
            (
                self.filters().all(valid_filter),
                "`topics` or `retired_topics` holds something that is not a topic filter",
            ),
            (
                self.receive_maximum > 0,
                "`receive_maximum` must be at least 1",
            ),
            (
                (1024..=256 * 1024 * 1024).contains(&self.packet_bytes_max),
                "`packet_bytes_max` must be between 1 KiB and 256 MiB",
            ),
            (
                self.keep_alive_seconds >= 5,
                "`keep_alive_seconds` must be at least 5",
            ),
            (
                self.connect_timeout_seconds > 0,
                "`connect_timeout_seconds` must be at least 1",
            ),
            (
                (1..=30_000).contains(&self.backoff_ms_first),
                "`backoff_ms_first` must be between 1 and 30000",
            ),
            (
                self.password.is_none() || self.password_file.is_none(),
                "`password_file`: give it or `password`, not both",
            ),
            (
                self.username.is_some() || !has_password,
                "`username` is missing: a password needs one",
            ),
            (
                self.tls.as_ref().is_none_or(tls_pair),
                "`tls.client_key_file` and `tls.client_certificate_file` belong together",
            ),
        ];
        checks
            .into_iter()
            .filter(|(holds, _)| !holds)
            .map(|(_, text)| text.to_owned())
            .collect()
    }

    /// What is legal but risky, each as one sentence.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let local = matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if self.tls.is_none() && !local {
            warnings.push(
                "`tls` is not set and the broker is on another machine: \
                 readings and the password cross the network in the clear"
                    .to_owned(),
            );
        }
        if self.session_expiry_seconds < 3600 {
            warnings.push(
                "`session_expiry_seconds` is under an hour: a longer outage of this \
                 service loses what the broker held for it"
                    .to_owned(),
            );
        }
        warnings
    }

    pub(super) fn keep_alive(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_alive_seconds.max(5)))
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.connect_timeout_seconds.max(1)))
    }

    fn filters(&self) -> impl Iterator<Item = &str> {
        self.topics
            .iter()
            .chain(&self.retired_topics)
            .map(String::as_str)
    }
}
