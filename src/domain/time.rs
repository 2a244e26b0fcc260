//! Three times, never mixed, each its own type.
//!
//! All are milliseconds since the Unix epoch; none reads a clock.

use serde::{Deserialize, Serialize};

macro_rules! time {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// The moment `epoch_ms` milliseconds after 1970-01-01T00:00:00Z.
            pub const fn from_epoch_ms(epoch_ms: i64) -> Self {
                Self(epoch_ms)
            }

            /// Milliseconds since 1970-01-01T00:00:00Z.
            pub const fn epoch_ms(self) -> i64 {
                self.0
            }

            /// This moment moved by `ms` milliseconds, stopping at the ends of the range.
            pub const fn plus_ms(self, ms: i64) -> Self {
                Self(self.0.saturating_add(ms))
            }

            /// Milliseconds from `earlier` to this moment; negative when it is not earlier.
            pub const fn ms_since(self, earlier: Self) -> i64 {
                self.0.saturating_sub(earlier.0)
            }
        }
    };
}

time! {
    /// When a value was measured, by the device's own clock.
    MeasuredTime
}
time! {
    /// When something reached the service, and when alarms are due: the
    /// clinical clock, which is real, scaled (`demo`) or virtual (tests).
    ClinicalTime
}
time! {
    /// Wall time for transport: signatures, retries, keep-alives, latency.
    WallTime
}

impl MeasuredTime {
    /// The measured time of a value that came without one: its arrival.
    pub const fn from_arrival(arrival: ClinicalTime) -> Self {
        Self(arrival.epoch_ms())
    }

    /// Milliseconds between measuring and `arrival`; negative when the device's clock is ahead.
    pub const fn age_ms_at(self, arrival: ClinicalTime) -> i64 {
        arrival.epoch_ms().saturating_sub(self.0)
    }
}
