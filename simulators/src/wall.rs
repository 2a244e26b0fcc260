//! The wall clock: the one place where the simulators read the machine's time.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since the epoch by the machine's clock, for latency logs.
#[expect(
    clippy::disallowed_methods,
    reason = "the one reading of the wall clock in this crate"
)]
#[must_use]
pub fn epoch_ns() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_nanos())
}

/// Milliseconds since the epoch by the machine's clock.
#[must_use]
pub fn epoch_ms() -> i64 {
    i64::try_from(epoch_ns() / 1_000_000).unwrap_or(i64::MAX)
}
