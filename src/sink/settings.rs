//! What a hospital sets about its InfluxDB.

use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Where the copies go. Off unless switched on.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct SinkSettings {
    /// Whether to copy at all.
    pub enabled: bool,
    /// `http://host:8086`, without a path.
    pub url: String,
    /// InfluxDB's organisation.
    pub org: String,
    /// InfluxDB's bucket. Its retention should be none, or longer than what is
    /// sent: a server refuses or silently drops points beyond it.
    pub bucket: String,
    /// File whose first line is the API token; none when the server asks for none.
    pub token_file: Option<PathBuf>,
    /// Whether bodies are compressed.
    pub gzip: bool,
    /// Most lines in one write.
    pub batch_lines: usize,
    /// Most bytes in one write, before compression.
    pub batch_bytes: usize,
    /// How long a partial batch waits for more.
    pub batch_wait_ms: u64,
    /// What was acknowledged less than this ago is sent again after an
    /// outage: a server that is killed loses what it acknowledged last
    /// (VictoriaMetrics: 4 s).
    pub overlap_seconds: u64,
    /// Seconds for one write.
    pub timeout_seconds: u64,
    /// Seconds for TCP and TLS of one write.
    pub connect_timeout_seconds: u64,
    /// The first wait after a failed write; it doubles up to `backoff_seconds_max`.
    pub backoff_ms_first: u64,
    /// The longest wait between two tries.
    pub backoff_seconds_max: u64,
}

impl Default for SinkSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            url: "http://localhost:8086".to_owned(),
            org: "hospital".to_owned(),
            bucket: "wardlight".to_owned(),
            token_file: None,
            gzip: true,
            batch_lines: 5_000,
            batch_bytes: 1024 * 1024,
            batch_wait_ms: 1_000,
            overlap_seconds: 60,
            timeout_seconds: 30,
            connect_timeout_seconds: 5,
            backoff_ms_first: 500,
            backoff_seconds_max: 60,
        }
    }
}

impl SinkSettings {
    /// Everything that is wrong, each as one sentence.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut require = |good: bool, problem: &str| {
            if !good {
                problems.push(problem.to_owned());
            }
        };
        let url = Url::parse(&self.url).ok();
        let usable = url.as_ref().is_some_and(|url| {
            // influxdb2 replaces the path, and panics on what is no URL.
            matches!(url.scheme(), "http" | "https")
                && url.path() == "/"
                && url.query().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        require(
            usable,
            "`url` must be http:// or https://, host and port, without path, query or user",
        );
        require(!self.bucket.is_empty(), "`bucket` is empty");
        require(
            (1..=100_000).contains(&self.batch_lines),
            "`batch_lines` must be between 1 and 100000",
        );
        require(
            (4096..=32 * 1024 * 1024).contains(&self.batch_bytes),
            "`batch_bytes` must be between 4 KiB and 32 MiB",
        );
        require(
            self.overlap_seconds <= 3600,
            "`overlap_seconds` must be at most 3600",
        );
        require(
            (1..=60_000).contains(&self.batch_wait_ms),
            "`batch_wait_ms` must be between 1 and 60000",
        );
        require(
            (1..=300).contains(&self.timeout_seconds)
                && (1..=300).contains(&self.connect_timeout_seconds),
            "`timeout_seconds` and `connect_timeout_seconds` must be between 1 and 300",
        );
        require(
            self.backoff_ms_first > 0 && (1..=3600).contains(&self.backoff_seconds_max),
            "`backoff_ms_first` must be at least 1, `backoff_seconds_max` between 1 and 3600",
        );
        problems
    }

    /// What is legal but risky, each as one sentence.
    pub fn warnings(&self) -> Vec<String> {
        let url = Url::parse(&self.url).ok();
        let risky = url.is_some_and(|url| {
            let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            url.scheme() == "http" && !local
        });
        let warning = "`url` is http:// to another machine: readings and the token cross \
                       the network in the clear";
        risky.then(|| warning.to_owned()).into_iter().collect()
    }

    pub(super) const fn overlap(&self) -> Duration {
        Duration::from_secs(self.overlap_seconds)
    }
}
