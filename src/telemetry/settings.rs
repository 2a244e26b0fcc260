//! What of the logs can be configured.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// Section `[telemetry]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Lines for people or for machines.
    pub log_format: LogFormat,
    /// Which events are logged, in `tracing`'s filter syntax.
    pub log_filter: String,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            log_format: LogFormat::Text,
            log_filter: "info".to_owned(),
        }
    }
}

impl Settings {
    /// What is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        match EnvFilter::try_new(&self.log_filter) {
            Ok(_) => Vec::new(),
            Err(error) => vec![format!(
                "`log_filter` is not a filter ({error}); write a level or `target=level` pairs, such as `info,wardlight::notify=debug`"
            )],
        }
    }

    /// What is legal but risky, each naming its key.
    pub fn warnings(&self) -> Vec<String> {
        let filter = self.log_filter.to_ascii_lowercase();
        let mut warnings = Vec::new();
        if filter == "off" || filter == "error" {
            warnings.push(format!(
                "`log_filter` is `{filter}`: warnings about lost connections and refused readings are not logged"
            ));
        }
        if filter.contains("trace") {
            warnings.push(
                "`log_filter` contains `trace`: libraries may log whole packets at that level"
                    .to_owned(),
            );
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_cannot_be_read_is_a_problem_that_says_what_to_write() {
        let settings = Settings {
            log_filter: "wardlight=loud".to_owned(),
            ..Settings::default()
        };
        let problems = settings.problems();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("`log_filter`"), "{problems:?}");
        assert_eq!(Settings::default().problems(), Vec::<String>::new());
    }

    #[test]
    fn a_filter_that_hides_warnings_is_risky() {
        let settings = Settings {
            log_filter: "error".to_owned(),
            ..Settings::default()
        };
        assert_eq!(settings.warnings().len(), 1);
        assert!(Settings::default().warnings().is_empty());
    }
}
