//! How the engine batches and saves.

use serde::{Deserialize, Serialize};

/// Settings of section `[engine]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Inputs that may wait. The subscriber's receive maximum must be smaller.
    pub inbox_max: usize,
    /// Inputs in one commit at the most.
    pub batch_max: usize,
    /// Under load, milliseconds between two commits at the least.
    pub batch_wait_ms: u64,
    /// Journal rows a recovery may have to fold (a second folds about 300,000).
    pub fold_rows_max: u64,
    /// Milliseconds between tries while the disk is full.
    pub full_disk_retry_ms: u64,
    /// Milliseconds of wall time between two looks at the timers.
    pub tick_ms: u64,
    /// For a drill of the guard: judging this heart rate panics.
    pub dangerous_panic_at_heart_rate: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            inbox_max: 40_000,
            batch_max: 8_192,
            batch_wait_ms: 5,
            fold_rows_max: 500_000,
            full_disk_retry_ms: 500,
            tick_ms: 250,
            dangerous_panic_at_heart_rate: None,
        }
    }
}

impl Settings {
    /// Values that cannot work, each with what to do.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut check = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        check(
            (64..=1_000_000).contains(&self.inbox_max),
            "`inbox_max` must be 64 to 1,000,000",
        );
        check(
            (1..=100_000).contains(&self.batch_max),
            "`batch_max` must be 1 to 100,000",
        );
        check(
            self.batch_wait_ms <= 100,
            "`batch_wait_ms` must be at most 100: alerts wait for it",
        );
        check(
            self.fold_rows_max >= 1_000,
            "`fold_rows_max` must be at least 1,000",
        );
        check(
            (10..=60_000).contains(&self.full_disk_retry_ms),
            "`full_disk_retry_ms` must be 10 to 60,000",
        );
        check(
            (10..=60_000).contains(&self.tick_ms),
            "`tick_ms` must be 10 to 60,000",
        );
        problems
    }
}
