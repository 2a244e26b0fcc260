//! What of the canary can be configured.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Section `[canary]`. All times are wall time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether there is one.
    pub enabled: bool,
    /// A reading is sent so often.
    pub every_seconds: u32,
    /// A round trip that takes longer is told of.
    pub late_after_seconds: u32,
    /// So much longer for the first after a start.
    pub start_grace_seconds: u32,
    /// What messages about it are headed with.
    pub label: String,
    /// User name at a broker; none: the subscriber's.
    pub username: Option<String>,
    /// File whose first line is the password that goes with it.
    pub password_file: Option<PathBuf>,
    /// The name in the listener's certificate, where the listener speaks TLS.
    pub server_name: Option<String>,
    /// Authorities that may sign that certificate; none: the certificate's own
    /// file.
    pub ca_file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: false,
            every_seconds: 60,
            late_after_seconds: 30,
            start_grace_seconds: 60,
            label: "Round trip of a test reading".to_owned(),
            username: None,
            password_file: None,
            server_name: None,
            ca_file: None,
        }
    }
}

impl Settings {
    /// What is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        let label = self.label.chars().count();
        let checks = [
            (
                (5..=3_600).contains(&self.every_seconds),
                "`every_seconds` must be 5 to 3600",
            ),
            (
                (5..=3_600).contains(&self.late_after_seconds),
                "`late_after_seconds` must be 5 to 3600",
            ),
            (
                self.start_grace_seconds <= 3_600,
                "`start_grace_seconds` must be at most 3600",
            ),
            (
                (1..=120).contains(&label),
                "`label` must have 1 to 120 characters",
            ),
            (
                self.username.is_some() == self.password_file.is_some(),
                "`username` and `password_file` must be given together",
            ),
        ];
        let wrong = checks.into_iter().filter(|(holds, _)| !holds);
        wrong.map(|(_, problem)| problem.to_owned()).collect()
    }

    /// What is legal but risky, each naming its key.
    pub fn warnings(&self) -> Vec<String> {
        let slow = self.enabled && self.every_seconds + self.late_after_seconds > 600;
        let text = "`every_seconds` and `late_after_seconds`: Wardlight may be out of order for \
                    ten minutes before anybody is told";
        slow.then(|| text.to_owned()).into_iter().collect()
    }
}
