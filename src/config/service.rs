//! What concerns the service as a whole.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Section `[service]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the database and the site's keys lie.
    pub data_dir: PathBuf,
    /// How long each phase of an orderly stop may take.
    pub shutdown_phase_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("wardlight-data"),
            shutdown_phase_seconds: 10,
        }
    }
}

impl Settings {
    /// [`Self::shutdown_phase_seconds`] as a duration.
    pub fn shutdown_phase(&self) -> Duration {
        Duration::from_secs(self.shutdown_phase_seconds.into())
    }

    /// What is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.data_dir.as_os_str().is_empty() {
            problems.push("`data_dir` is empty; give a directory, it is made when missing".into());
        }
        if !(1..=300).contains(&self.shutdown_phase_seconds) {
            problems.push(format!(
                "`shutdown_phase_seconds` is {}; give 1 to 300",
                self.shutdown_phase_seconds
            ));
        }
        problems
    }

    /// What is legal but risky, each naming its key.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.data_dir.starts_with("/tmp") || self.data_dir.starts_with("/dev/shm") {
            warnings.push("`data_dir` lies where a restart of the machine deletes files".into());
        }
        if (1..3).contains(&self.shutdown_phase_seconds) {
            warnings.push(format!(
                "`shutdown_phase_seconds` is {}: deliveries under way may be cut short and repeated after the restart",
                self.shutdown_phase_seconds
            ));
        }
        warnings
    }
}
