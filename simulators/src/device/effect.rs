//! What befalls a watch.

/// A change of the watch over a span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeviceEffect {
    /// First moment, epoch ms.
    pub from_ms: i64,
    /// First moment after it, epoch ms; `None` = for ever.
    pub until_ms: Option<i64>,
    /// What changes.
    pub change: DeviceChange,
}

impl DeviceEffect {
    /// Whether it acts at a time.
    #[must_use]
    pub fn acts_at(&self, time_ms: i64) -> bool {
        time_ms >= self.from_ms && self.until_ms.is_none_or(|until_ms| time_ms < until_ms)
    }
}

/// The ways a watch goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DeviceChange {
    /// Not on the wrist: no vitals, `worn: false`.
    OffWrist,
    /// On the charger: as off the wrist, and the battery fills.
    Charging,
    /// Sends nothing and stores nothing.
    Silent,
    /// Stores and sends everything at the end.
    PhoneAway,
    /// The battery falls this fast, and charging does not help.
    BatteryDrain {
        /// Fall in % points an hour.
        percent_per_hour: f64,
    },
    /// The clock is off by this much.
    ClockStep {
        /// Error, ms; positive is ahead.
        by_ms: i64,
    },
    /// The watch starts again at `from_ms`.
    Restart,
}

impl DeviceChange {
    /// Whether the watch is not on the wrist.
    #[must_use]
    pub fn is_off_wrist(self) -> bool {
        matches!(self, Self::OffWrist | Self::Charging)
    }

    /// Whether nothing is heard of it, now or once its battery is empty.
    #[must_use]
    pub fn is_unheard(self) -> bool {
        matches!(
            self,
            Self::Silent | Self::PhoneAway | Self::BatteryDrain { .. }
        )
    }
}
