//! Options of the broker, shared by the subcommands.

use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;
use wardlight_simulators::publish::{BrokerOptions, Protocol, TlsOptions};

/// MQTT version on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Version {
    /// MQTT 3.1.1
    #[value(name = "3.1.1", alias = "4")]
    V311,
    /// MQTT 5
    #[value(name = "5")]
    V5,
}

#[derive(Debug, Clone, Args)]
pub(super) struct BrokerArguments {
    /// Host of the broker or of Wardlight's own listener
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// TCP port
    #[arg(long, default_value_t = 1883)]
    port: u16,
    /// MQTT version
    #[arg(long, value_enum, default_value = "3.1.1")]
    mqtt: Version,
    /// User name; {device} becomes the device's id where there is one connection a device
    #[arg(long)]
    username: Option<String>,
    /// File whose first line is the password ({device} as above)
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Encrypt, and trust the certificates in this PEM file
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Name in the broker's certificate, when it is not the host
    #[arg(long, requires = "tls_ca")]
    tls_server_name: Option<String>,
    /// Messages sent and not yet acknowledged, per connection
    #[arg(long, default_value_t = 256)]
    window: u16,
    /// Ask the broker to forget the session at each connect
    #[arg(long)]
    clean_session: bool,
    /// Drop unacknowledged messages when the broker says it has no session (session
    /// present = 0), as many client libraries do; otherwise they are sent again
    #[arg(long)]
    discard_unacknowledged_when_session_absent: bool,
    /// Longest wait between attempts to reconnect, milliseconds
    #[arg(long, default_value_t = 2_000)]
    retry_most_ms: u64,
}

impl BrokerArguments {
    /// The options, with a client id.
    pub(super) fn options(&self, client_id: &str) -> anyhow::Result<BrokerOptions> {
        let mut options = BrokerOptions::new(&self.host, self.port, client_id);
        options.protocol = match self.mqtt {
            Version::V311 => Protocol::V4,
            Version::V5 => Protocol::V5,
        };
        options.username.clone_from(&self.username);
        options.password = self.password()?;
        options.tls = self.tls_ca.clone().map(|ca_file| TlsOptions {
            ca_file,
            server_name: self.tls_server_name.clone(),
        });
        options.window = self.window;
        options.clean_session = self.clean_session;
        options.discard_unacknowledged_when_session_absent =
            self.discard_unacknowledged_when_session_absent;
        options.retry_most = Duration::from_millis(self.retry_most_ms);
        options.retry_first = options.retry_first.min(options.retry_most);
        Ok(options)
    }

    fn password(&self) -> anyhow::Result<Option<String>> {
        let text = self
            .password_file
            .as_ref()
            .map(std::fs::read_to_string)
            .transpose()?;
        Ok(text.map(|text| text.lines().next().unwrap_or_default().to_owned()))
    }
}
