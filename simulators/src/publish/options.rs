//! How to reach a broker and how to behave there.

use super::frames::Protocol;
use super::passwords::DevicePasswords;
use std::path::PathBuf;
use std::time::Duration;

/// A Last Will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Will {
    /// Where the broker publishes it.
    pub topic: String,
    /// What it publishes.
    pub payload: Vec<u8>,
    /// Quality of service, 0 to 2.
    pub qos: u8,
}

/// Encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsOptions {
    /// PEM file with the certificates to trust.
    pub ca_file: PathBuf,
    /// Name in the broker's certificate; the host when absent.
    pub server_name: Option<String>,
}

/// Connection and conduct. `{device}` in user name and password becomes the device id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerOptions {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// MQTT version.
    pub protocol: Protocol,
    /// Client identifier.
    pub client_id: String,
    /// User name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// Passwords of devices that have their own; the others use the one above.
    pub device_passwords: DevicePasswords,
    /// Encryption; `None` = plain TCP.
    pub tls: Option<TlsOptions>,
    /// Keep-alive.
    pub keep_alive: Duration,
    /// Whether the broker shall forget the session of an earlier connection.
    pub clean_session: bool,
    /// Last Will.
    pub will: Option<Will>,
    /// Messages sent and not yet acknowledged, at most.
    pub window: u16,
    /// What a broker without our session means for unacknowledged messages: `true` drops
    /// them (as many client libraries do), `false` sends them again.
    pub discard_unacknowledged_when_session_absent: bool,
    /// First wait after a lost connection; it doubles each time.
    pub retry_first: Duration,
    /// Longest wait after a lost connection.
    pub retry_most: Duration,
    /// Give up a connection attempt after this.
    pub connect_timeout: Duration,
}

impl BrokerOptions {
    /// Plain MQTT 3.1.1 with a persistent session that sends again what was not acknowledged.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16, client_id: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            protocol: Protocol::V4,
            client_id: client_id.into(),
            username: None,
            password: None,
            device_passwords: DevicePasswords::default(),
            tls: None,
            keep_alive: Duration::from_secs(30),
            clean_session: false,
            will: None,
            window: 256,
            discard_unacknowledged_when_session_absent: false,
            retry_first: Duration::from_millis(50),
            retry_most: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(5),
        }
    }

    /// Whether each device connects under its own name.
    #[must_use]
    pub fn wants_own_names(&self) -> bool {
        let user = self.username.as_ref();
        user.is_some_and(|user| user.contains("{device}"))
    }

    /// The same broker for one device: client id, user name and password made its own.
    #[must_use]
    pub fn for_device(&self, device: &str) -> Self {
        let own =
            |text: &Option<String>| text.as_ref().map(|text| text.replace("{device}", device));
        let password = self.device_passwords.of(device).map(str::to_owned);
        Self {
            client_id: device.to_owned(),
            username: own(&self.username),
            password: password.or_else(|| own(&self.password)),
            ..self.clone()
        }
    }
}
