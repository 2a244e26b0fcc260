//! How fast one client may go.

use std::time::Duration;
use tokio::time::Instant;

/// A token bucket: `per_second` for long, `burst` at once.
pub(super) struct Rate {
    tokens: f64,
    per_second: f64,
    burst: f64,
    at: Instant,
}

impl Rate {
    pub(super) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst.max(1));
        Self {
            tokens: burst,
            per_second: f64::from(per_second.max(1)),
            burst,
            at: now,
        }
    }

    pub(super) fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.burst);
        self.at = now;
    }

    /// Takes one token; false when there is none.
    pub(super) fn take(&mut self) -> bool {
        let any = self.tokens >= 1.0;
        if any {
            self.tokens -= 1.0;
        }
        any
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tokens < 1.0
    }

    /// When enough tokens for a tenth of a second, or for one message, are there.
    pub(super) fn worth_waking_at(&self) -> Instant {
        let wanted = (self.per_second / 10.0).clamp(1.0, self.burst);
        let seconds = (wanted - self.tokens).max(0.0) / self.per_second;
        self.at + Duration::from_secs_f64(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_burst_and_then_goes_at_its_rate() {
        let start = Instant::now();
        let mut rate = Rate::new(200, 5, start);
        assert_eq!((0..10).filter(|_| rate.take()).count(), 5);
        assert!(rate.is_empty());
        let wake = rate.worth_waking_at();
        assert_eq!((wake - start).as_millis(), 25);
        rate.refill(wake);
        assert_eq!((0..10).filter(|_| rate.take()).count(), 5);
        rate.refill(wake + Duration::from_secs(60));
        assert_eq!((0..10).filter(|_| rate.take()).count(), 5);
    }
}
