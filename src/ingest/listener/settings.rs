//! What a site may change about the listener.

use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Settings of the listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether watches may connect to us; off where a broker takes them.
    pub enabled: bool,
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Certificate chain in PEM; with `tls_key`, connections are TLS.
    pub tls_certificate: Option<PathBuf>,
    /// Private key in PEM.
    pub tls_key: Option<PathBuf>,
    /// Most connections at once; further ones are closed at once.
    pub connections_max: usize,
    /// Seconds until CONNECT must have come and been answered.
    pub connect_timeout_seconds: u64,
    /// Longest keep-alive in seconds; a client without one gets this.
    pub keep_alive_seconds_max: u16,
    /// Longest time in seconds that a session outlives its connection.
    pub session_expiry_seconds_max: u32,
    /// Most sessions that are kept or connected.
    pub sessions_max: usize,
    /// Most unacknowledged QoS 1 and 2 messages of one connection.
    pub receive_maximum: u16,
    /// Messages a second that one client may send for long; above it, its
    /// socket is read no faster.
    pub rate_messages_per_second: u32,
    /// Messages that one client may send at once beyond that.
    pub rate_burst_messages: u32,
    /// Seconds that Wills of connections cut by a restart wait for the client.
    pub restart_grace_seconds: u32,
    /// Seconds that shutdown waits for messages that are not yet acknowledged.
    pub stop_seconds: u64,
    /// Lets clients in that give no user name, with any client id and topic.
    /// For demonstrations and tests only.
    pub dangerous_anonymous: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 1883)),
            tls_certificate: None,
            tls_key: None,
            connections_max: 100_000,
            connect_timeout_seconds: 20,
            keep_alive_seconds_max: 1200,
            session_expiry_seconds_max: 7 * 86_400,
            sessions_max: 1_000_000,
            receive_maximum: 1024,
            rate_messages_per_second: 200,
            rate_burst_messages: 1000,
            restart_grace_seconds: 30,
            stop_seconds: 5,
            dangerous_anonymous: false,
        }
    }
}

impl Settings {
    /// Everything that is wrong with the settings, for the operator.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            problems.push("`tls_certificate` and `tls_key` belong together".to_owned());
        }
        let at_least_one: [(&str, u64); 7] = [
            ("connections_max", self.connections_max as u64),
            ("connect_timeout_seconds", self.connect_timeout_seconds),
            ("keep_alive_seconds_max", self.keep_alive_seconds_max.into()),
            ("sessions_max", self.sessions_max as u64),
            ("receive_maximum", self.receive_maximum.into()),
            (
                "rate_messages_per_second",
                self.rate_messages_per_second.into(),
            ),
            ("rate_burst_messages", self.rate_burst_messages.into()),
        ];
        for (name, value) in at_least_one {
            if value == 0 {
                problems.push(format!("`{name}` must be at least 1"));
            }
        }
        problems
    }

    /// What is legal but risky, for the log at start.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if self.dangerous_anonymous {
            warnings.push("`dangerous_anonymous` lets anybody publish for any device");
        }
        if self.tls_certificate.is_none() && !self.address.ip().is_loopback() {
            warnings.push("without TLS, device passwords cross the network in the clear");
        }
        warnings
    }

    pub(super) const fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_seconds)
    }
}
