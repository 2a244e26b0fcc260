//! The store's section of the configuration.

use serde::{Deserialize, Serialize};

/// How the store uses disk and memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Page cache of the writing connection, MiB.
    pub cache_mib: u32,
    /// Page cache of each reading connection, MiB.
    pub read_cache_mib: u32,
    /// Reading connections at most; a query waits for one when all are busy.
    pub read_connections: u32,
    /// The write-ahead log is copied into the database once it has so many MiB …
    pub checkpoint_mib: u32,
    /// … and the writer itself starts it afresh at this size, MiB.
    pub wal_mib_max: u32,
    /// The database file never grows beyond this, MiB; 0 for no bound.
    pub database_mib_max: u32,
    /// All of the quarantine, MiB; the oldest entries go first.
    pub quarantine_mib_max: u32,
    /// One device's share of the quarantine, KiB.
    pub quarantine_device_kib_max: u32,
    /// Readings and resolved alerts are kept so many days.
    pub retention_days: u32,
    /// A patient's readings are compressed once so many messages wait …
    pub rollup_rows_min: u32,
    /// … or the oldest has waited so many hours.
    pub rollup_hours_max: u32,
    /// So many days the journal waits for a sink that does not move.
    pub sink_hold_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cache_mib: 64,
            read_cache_mib: 4,
            read_connections: 4,
            checkpoint_mib: 8,
            wal_mib_max: 64,
            database_mib_max: 0,
            quarantine_mib_max: 64,
            quarantine_device_kib_max: 1024,
            retention_days: 400,
            rollup_rows_min: 1024,
            rollup_hours_max: 24,
            sink_hold_days: 7,
        }
    }
}

impl Settings {
    /// Everything that is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        let ranges = [
            ("cache_mib", self.cache_mib, 1..=65_536),
            ("read_cache_mib", self.read_cache_mib, 1..=4_096),
            ("read_connections", self.read_connections, 1..=64),
            ("checkpoint_mib", self.checkpoint_mib, 1..=4_096),
            ("wal_mib_max", self.wal_mib_max, 4..=65_536),
            ("quarantine_mib_max", self.quarantine_mib_max, 1..=65_536),
            (
                "quarantine_device_kib_max",
                self.quarantine_device_kib_max,
                1..=1_048_576,
            ),
            ("retention_days", self.retention_days, 1..=36_500),
            ("rollup_rows_min", self.rollup_rows_min, 16..=100_000),
            ("rollup_hours_max", self.rollup_hours_max, 1..=8_760),
            ("sink_hold_days", self.sink_hold_days, 1..=365),
        ];
        let wrong = ranges
            .into_iter()
            .filter(|(_, value, range)| !range.contains(value));
        let told = wrong.map(|(name, value, range)| {
            format!(
                "`{name}` must be {} to {}, it is {value}",
                range.start(),
                range.end()
            )
        });
        told.collect()
    }
}
