//! How often somebody may try to sign in: passwords are not for guessing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Failures in a row that a name may have in [`WINDOW_MS`].
const FAILURES_MAX: u32 = 10;
/// After so long a name starts anew.
const WINDOW_MS: i64 = 15 * 60_000;
/// Most names remembered; beyond it every name that failed waits, until the oldest
/// windows are over: whoever floods names must not wash one out of the memory.
const NAMES_MAX: usize = 4096;

/// Failed attempts by name. It is of this run: a restart begins anew.
#[derive(Default)]
pub(super) struct SignInLimits {
    failed: Mutex<HashMap<String, (u32, i64)>>,
}

impl SignInLimits {
    /// How many seconds `name` has to wait before another attempt.
    pub(super) fn wait_seconds(&self, name: &str, now_ms: i64) -> Option<i64> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= NAMES_MAX {
            failed.retain(|_, (_, since)| now_ms.saturating_sub(*since) < WINDOW_MS);
        }
        let is_full = failed.len() >= NAMES_MAX;
        let (count, since) = failed.get(name).copied().unwrap_or((0, now_ms));
        let left = WINDOW_MS - now_ms.saturating_sub(since);
        let has_to = left > 0 && (count >= FAILURES_MAX || is_full && count > 0);
        has_to.then_some(left.max(0) / 1000 + 1)
    }

    /// Notes what became of an attempt.
    pub(super) fn note(&self, name: &str, succeeded: bool, now_ms: i64) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if succeeded {
            failed.remove(name);
            return;
        }
        if failed.len() >= NAMES_MAX && !failed.contains_key(name) {
            return;
        }
        let (count, since) = failed.entry(name.to_owned()).or_insert((0, now_ms));
        if now_ms.saturating_sub(*since) >= WINDOW_MS {
            (*count, *since) = (0, now_ms);
        }
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_wait_out_their_quarter_of_an_hour_and_a_success_forgets_them() {
        let limits = SignInLimits::default();
        for at in 0..10 {
            assert_eq!(limits.wait_seconds("ann", at), None);
            limits.note("ann", false, at);
        }
        assert_eq!(limits.wait_seconds("ann", 60_000), Some(14 * 60 + 1));
        assert_eq!(limits.wait_seconds("zoe", 60_000), None);
        assert_eq!(limits.wait_seconds("ann", WINDOW_MS), None);
        limits.note("ann", false, WINDOW_MS);
        assert_eq!(limits.wait_seconds("ann", WINDOW_MS + 1), None);
        limits.note("ann", true, WINDOW_MS + 1);
        assert!(limits.failed.lock().unwrap().is_empty());
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_washes_none_out() {
        let limits = SignInLimits::default();
        for _ in 0..10 {
            limits.note("ann", false, 0);
        }
        for number in 0..2 * NAMES_MAX {
            limits.note(&number.to_string(), false, 1);
        }
        assert!(limits.failed.lock().unwrap().len() <= NAMES_MAX);
        assert!(limits.wait_seconds("ann", 2).is_some());
    }
}
