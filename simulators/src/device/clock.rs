//! The watch's own clock: it drifts, and effects make it jump.

/// A clock that is wrong in the ways watches are wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeviceClock {
    /// Where true time and device time agreed but for the offset, epoch ms.
    pub set_at_ms: i64,
    /// Constant error, ms.
    pub offset_ms: i64,
    /// Gain in parts per million (up to 20 in reference/physiology.md).
    pub drift_ppm: f64,
}

impl DeviceClock {
    /// A clock that is right.
    #[must_use]
    pub fn exact() -> Self {
        Self {
            set_at_ms: 0,
            offset_ms: 0,
            drift_ppm: 0.0,
        }
    }

    /// What the clock shows at a true time, epoch ms.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a drift of milliseconds over years fits"
    )]
    pub fn shows(&self, true_ms: i64) -> i64 {
        let gained = (true_ms - self.set_at_ms) as f64 * self.drift_ppm / 1e6;
        true_ms + self.offset_ms + gained.round() as i64
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceClock;

    #[test]
    fn twenty_parts_per_million_are_1_7_seconds_a_day() {
        let clock = DeviceClock {
            set_at_ms: 0,
            offset_ms: 5,
            drift_ppm: 20.0,
        };
        assert_eq!(clock.shows(86_400_000), 86_400_000 + 5 + 1_728);
        assert_eq!(DeviceClock::exact().shows(42), 42);
    }
}
