//! A number of minutes for each priority.

use crate::domain::{ClinicalTime, Priority};
use serde::{Deserialize, Serialize};

/// Minutes by priority. What 0 means, each setting says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinutesByPriority {
    /// Of high priority.
    pub high: u32,
    /// Of medium priority.
    pub medium: u32,
    /// Of low priority.
    pub low: u32,
}

impl MinutesByPriority {
    /// None for any priority.
    pub const NEVER: Self = Self::new(0, 0, 0);

    pub(super) const fn new(high: u32, medium: u32, low: u32) -> Self {
        Self { high, medium, low }
    }

    /// Those of one priority.
    pub const fn of(self, priority: Priority) -> u32 {
        match priority {
            Priority::High => self.high,
            Priority::Medium => self.medium,
            Priority::Low => self.low,
        }
    }

    /// When they are over; none for 0 minutes.
    pub(super) fn after(self, from: ClinicalTime, priority: Priority) -> Option<ClinicalTime> {
        let minutes = self.of(priority);
        (minutes > 0).then(|| from.plus_ms(i64::from(minutes) * 60_000))
    }

    pub(super) const fn each(self) -> [(&'static str, u32); 3] {
        [
            ("high", self.high),
            ("medium", self.medium),
            ("low", self.low),
        ]
    }
}
