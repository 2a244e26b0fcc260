//! Options of the broker, shared by the subcommands.

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;
use wardlight_simulators::publish::{BrokerOptions, DevicePasswords, Protocol, TlsOptions};

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
    /// File of device:password lines, one a watch, for watches that have their own; the
    /// user name is then {device}
    #[arg(long, value_name = "FILE")]
    device_password_file: Option<PathBuf>,
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
        options.username = self.username()?;
        options.password = self.password()?;
        options.device_passwords = self.device_passwords()?;
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

    fn username(&self) -> anyhow::Result<Option<String>> {
        if self.device_password_file.is_none() {
            return Ok(self.username.clone());
        }
        let username = self.username.as_deref().unwrap_or("{device}");
        ensure!(
            username.contains("{device}"),
            "with --device-password-file each watch has its own name: leave --username out, or \
             write {{device}} where the watch's id belongs"
        );
        Ok(Some(username.to_owned()))
    }

    fn password(&self) -> anyhow::Result<Option<String>> {
        let Some(file) = &self.password_file else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("the password file {} cannot be read", file.display()))?;
        Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
    }

    fn device_passwords(&self) -> anyhow::Result<DevicePasswords> {
        let file = self.device_password_file.as_deref();
        let read = file.map(DevicePasswords::read).transpose()?;
        Ok(read.unwrap_or_default())
    }

    /// Refuses a fleet of which some watch has no password, before anything is sent.
    pub(super) fn check_devices(
        &self,
        options: &BrokerOptions,
        devices: impl Iterator<Item = String>,
    ) -> anyhow::Result<()> {
        let Some(file) = &self.device_password_file else {
            return Ok(());
        };
        let unknown = |device: &String| options.for_device(device).password.is_none();
        let missing: Vec<String> = devices.filter(unknown).collect();
        let Some(first) = missing.first() else {
            return Ok(());
        };
        bail!(
            "{} has no line for {} of the simulated watches, the first is {first}; add \
             {first}:PASSWORD, or let --password-file serve those without a line",
            file.display(),
            missing.len()
        )
    }
}
