//! What can be configured about the API.

use super::language::Language;
use crate::alert::MinutesByPriority;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// A week.
const TARGET_MINUTES_MAX: u32 = 10_080;

/// Most reverse proxies.
const PROXIES_MAX: usize = 16;

/// Section `[api]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where it listens. TLS is the reverse proxy's; listen on loopback without one.
    pub listen: SocketAddr,
    /// What this installation is called on the page and in `/v1/about`.
    pub site: String,
    /// The time zone in which pages show times (`Europe/London`); they name it. A ward
    /// may have its own.
    pub zone: String,
    /// The file of what the pages say; empty: British English.
    pub words: PathBuf,
    /// Whether `/metrics` answers without a token.
    pub metrics_open: bool,
    /// Largest request body, bytes.
    pub body_bytes_max: usize,
    /// Longest time for an answer, seconds; event streams are not bound by it.
    pub request_seconds_max: u64,
    /// Requests worked on at once; more are answered 503.
    pub requests_at_once: usize,
    /// Of one client without a token, refused requests (wrong links or
    /// signatures) a minute; more are answered 429 for a while.
    pub refusals_per_minute: u32,
    /// Reverse proxies that say for whom they ask (`X-Forwarded-For`).
    pub trusted_proxies: Vec<IpAddr>,
    /// Reads of the store at once; more wait.
    pub reads_at_once: usize,
    /// Event streams at once; more are answered 503.
    pub streams_at_once: usize,
    /// A value older than this is shown as old, minutes; a vital that is
    /// expected more seldom gets three times its own interval.
    pub fresh_minutes: u32,
    /// The same person reading the same data again within this time makes no
    /// second line in the audit, seconds.
    pub audit_repeat_seconds: u32,
    /// A session at the pages lasts so long, hours.
    pub session_hours: u32,
    /// The same for the role `viewer`: a display on a wall stays signed in.
    pub display_session_hours: u32,
    /// An alert that a person answers within so many minutes counts as
    /// acknowledged in time in the reports; 0: no target.
    pub acknowledge_minutes: MinutesByPriority,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            site: String::from("Wardlight"),
            zone: String::from("Europe/London"),
            words: PathBuf::new(),
            metrics_open: false,
            body_bytes_max: 64 * 1024,
            request_seconds_max: 15,
            requests_at_once: 256,
            refusals_per_minute: 60,
            trusted_proxies: Vec::new(),
            reads_at_once: 8,
            streams_at_once: 256,
            fresh_minutes: 10,
            audit_repeat_seconds: 600,
            session_hours: 12,
            display_session_hours: 720,
            // An engineering choice: IEC 60601-1-8 names no minutes. To be set
            // with the clinical safety officer.
            acknowledge_minutes: MinutesByPriority {
                high: 10,
                medium: 60,
                low: 480,
            },
        }
    }
}

impl Settings {
    /// Everything that cannot work, in words for the operator.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if jiff::tz::TimeZone::get(&self.zone).is_err() {
            let given = &self.zone;
            problems.push(format!(
                "`zone` must be a time zone such as `Europe/London`, it is `{given}`"
            ));
        }
        if let Err(fault) = Language::of(&self.words) {
            let path = self.words.display();
            problems.push(format!("`words` names {path}, which {fault}"));
        }
        let bounds = [
            ("body_bytes_max", self.body_bytes_max, 1024, 1 << 20),
            ("requests_at_once", self.requests_at_once, 1, 10_000),
            ("reads_at_once", self.reads_at_once, 1, 64),
            // Streams must leave connections for requests.
            ("streams_at_once", self.streams_at_once, 1, 512),
        ];
        let outside = bounds
            .into_iter()
            .filter(|(_, value, least, most)| value < least || value > most);
        problems.extend(outside.map(|(name, value, least, most)| {
            format!("`{name}` must be {least} to {most}, it is {value}")
        }));
        if !(1..=300).contains(&self.request_seconds_max) {
            let given = self.request_seconds_max;
            problems.push(format!(
                "`request_seconds_max` must be 1 to 300, it is {given}"
            ));
        }
        for (name, hours, most) in [
            ("session_hours", self.session_hours, 168),
            ("display_session_hours", self.display_session_hours, 8760),
        ] {
            if !(1..=most).contains(&hours) {
                problems.push(format!("`{name}` must be 1 to {most}, it is {hours}"));
            }
        }
        if !(1..=10_000).contains(&self.refusals_per_minute) {
            let given = self.refusals_per_minute;
            problems.push(format!(
                "`refusals_per_minute` must be 1 to 10000, it is {given}"
            ));
        }
        if self.trusted_proxies.len() > PROXIES_MAX {
            problems.push(format!(
                "`trusted_proxies` holds {} addresses; give at most {PROXIES_MAX}",
                self.trusted_proxies.len()
            ));
        }
        let MinutesByPriority { high, medium, low } = self.acknowledge_minutes;
        for (name, minutes) in [("high", high), ("medium", medium), ("low", low)] {
            if minutes > TARGET_MINUTES_MAX {
                problems.push(format!(
                    "`acknowledge_minutes.{name}` must be 0 to {TARGET_MINUTES_MAX}, it is {minutes}"
                ));
            }
        }
        problems
    }

    /// What the pages say. The file was read before, when these settings were checked.
    pub(super) fn language(&self) -> &'static Language {
        Language::of(&self.words).unwrap_or_else(|fault| {
            tracing::error!(fault, "the file of words is left out, pages are in English");
            Language::english()
        })
    }
}
