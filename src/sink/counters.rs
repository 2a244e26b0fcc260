//! What the sink counts. Never a patient, device or value.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[doc = $help:literal])+ $name:ident),+ $(,)?) => {
        /// Running totals since the start.
        #[derive(Debug, Default)]
        pub(super) struct Counters { $(pub(super) $name: AtomicU64,)+ }

        /// Running totals of the sink since the start.
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
        pub struct SinkCountersSnapshot { $($(#[doc = $help])+ pub $name: u64,)+ }

        impl SinkCountersSnapshot {
            /// Name, meaning and value of each, for `/metrics`.
            pub fn each(&self) -> [(&'static str, &'static str, u64); [$(stringify!($name)),+].len()] {
                [$((stringify!($name), concat!($($help),+).trim(), self.$name)),+]
            }
        }

        impl Counters {
            /// The totals now.
            pub(super) fn snapshot(&self) -> SinkCountersSnapshot {
                SinkCountersSnapshot { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }
    };
}

counters! {
    /// Lines acknowledged by the server, repeats included.
    lines,
    /// Writes acknowledged.
    writes,
    /// Writes that failed and were, or will be, tried again.
    failures,
    /// Lines refused and set aside.
    rejected,
}
