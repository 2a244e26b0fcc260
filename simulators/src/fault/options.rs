//! Which faults, how often.

/// Chances are per message, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultOptions {
    /// Chance that the same bytes are sent twice.
    pub duplicate: f64,
    /// Longest wait before the second sending, ms.
    pub duplicate_within_ms: i64,
    /// Chance that a message is overtaken by later ones.
    pub reorder: f64,
    /// How far it is held back, at most, ms.
    pub reorder_within_ms: i64,
    /// Chance of a long delay.
    pub delay: f64,
    /// Mean of the long delay, exponential, ms.
    pub delay_mean_ms: f64,
    /// Chance that a message never leaves.
    pub loss: f64,
    /// Chance, at a message, that the device's clock gets a new error.
    pub clock_skew: f64,
    /// Largest new error of the clock, ± ms.
    pub clock_skew_max_ms: i64,
    /// Chance, before a message, that the device restarts: session + 1, seq from 0.
    pub restart: f64,
}

impl FaultOptions {
    /// No faults.
    pub const NONE: Self = Self {
        duplicate: 0.0,
        duplicate_within_ms: 30_000,
        reorder: 0.0,
        reorder_within_ms: 20_000,
        delay: 0.0,
        delay_mean_ms: 120_000.0,
        loss: 0.0,
        clock_skew: 0.0,
        clock_skew_max_ms: 90_000,
        restart: 0.0,
    };

    /// A rough network: 5 % twice, 5 % out of order, 2 % late, nothing lost.
    pub const ROUGH: Self = Self {
        duplicate: 0.05,
        reorder: 0.05,
        delay: 0.02,
        restart: 0.0005,
        ..Self::NONE
    };

    /// Whether nothing can happen.
    #[must_use]
    pub fn is_none(&self) -> bool {
        [
            self.duplicate,
            self.reorder,
            self.delay,
            self.loss,
            self.clock_skew,
            self.restart,
        ]
        .iter()
        .all(|chance| *chance <= 0.0)
    }
}
