//! Waiting between tries: doubling, jittered, capped.

use std::time::Duration;

/// Doubles from `first` to `cap`; each wait is between half and all of its
/// step, so that many clients do not come back at once.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    tries: u32,
}

impl Backoff {
    /// Starts at `first`, never waits longer than `cap`.
    pub const fn new(first: Duration, cap: Duration) -> Self {
        Self {
            first,
            cap,
            tries: 0,
        }
    }

    /// The next wait. `random` is any number; all its bits are used.
    pub fn next(&mut self, random: u64) -> Duration {
        let step = self
            .first
            .saturating_mul(1 << self.tries.min(20))
            .min(self.cap);
        self.tries = self.tries.saturating_add(1);
        let share = 0.5 + 0.5 * (random as f64 / u64::MAX as f64);
        step.mul_f64(share.clamp(0.5, 1.0))
    }

    /// How many waits there were since the last success.
    pub const fn tries(&self) -> u32 {
        self.tries
    }

    /// A success: the next wait starts at `first` again.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_start_over_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        let full: Vec<u64> = (0..7).map(|_| backoff.next(u64::MAX).as_secs()).collect();
        assert_eq!(full, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(backoff.next(0), Duration::from_secs(15));
        backoff.reset();
        assert_eq!(backoff.next(u64::MAX), Duration::from_secs(1));
    }
}
