//! What the subscriber counts. Never a patient, device or topic.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[doc = $help:literal])+ $name:ident),+ $(,)?) => {
        /// Running totals since the start, shared with the metrics page.
        #[derive(Debug, Default)]
        pub struct Counters { $(pub(super) $name: AtomicU64,)+ }

        /// The totals at one moment.
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
        pub struct CountersSnapshot { $($(#[doc = $help])+ pub $name: u64,)+ }

        impl CountersSnapshot {
            /// Name, meaning and value of each, for `/metrics`.
            pub fn each(&self) -> [(&'static str, &'static str, u64); [$(stringify!($name)),+].len()] {
                [$((stringify!($name), concat!($($help),+).trim(), self.$name)),+]
            }
        }

        impl Counters {
            /// The totals now.
            pub fn snapshot(&self) -> CountersSnapshot {
                CountersSnapshot { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }
    };
}

counters! {
    /// Messages received, of any kind.
    messages,
    /// Their payloads' bytes.
    payload_bytes,
    /// Messages at QoS 0: taken without a guarantee.
    no_guarantee,
    /// Messages at QoS 0 dropped because the inbox was full.
    no_guarantee_dropped,
    /// Retained messages: acknowledged, not judged.
    retained,
    /// Messages the broker marked as sent before.
    redelivered,
    /// Acknowledgements handed to the socket.
    acknowledged,
    /// Settlements of an earlier connection: dropped, the broker sends again.
    stale_settlements,
    /// Times reading stopped because the broker sent more than the receive maximum.
    window_breaches,
    /// Connections made.
    connections,
    /// Connections made for which the broker had no session.
    sessions_lost,
    /// Connections that failed or broke.
    connection_failures,
    /// Packets over the size limit.
    oversize,
    /// Subscriptions the broker refused or granted below QoS 1.
    subscriptions_refused,
}

impl Counters {
    pub(super) fn add(counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Ordering::Relaxed);
    }
}
