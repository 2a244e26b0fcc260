//! What the engine counts, for metrics and the health page.

use crate::alert::{EpisodeEvent, EventType};
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only the engine's thread changes and anyone may read.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `by`.
    pub fn add(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// Sets it, for gauges.
    pub fn set(&self, to: u64) {
        self.0.store(to, Ordering::Relaxed);
    }

    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! counters {
    ($($(#[doc = $help:literal])+ $name:ident),+ $(,)?) => {
        /// Everything the engine counts since the process started.
        #[derive(Default)]
        pub struct Counters {
            $($(#[doc = $help])+ pub $name: Counter,)+
        }

        impl Counters {
            /// Name, help and value of each, for `/metrics`.
            pub fn all(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![$((stringify!($name), concat!($($help),+), self.$name.get()),)+]
            }
        }
    };
}

counters! {
    /// Inputs taken.
    inputs,
    /// Batches committed.
    commits,
    /// Readings stored.
    readings_stored,
    /// Messages recognised as repeats.
    repeats,
    /// Readings recognised as repeats inside new messages.
    repeated_readings,
    /// Readings kept beside a different value of the same device, vital and time.
    conflicting_readings,
    /// Messages with a known sequence and another payload.
    sequence_conflicts,
    /// Messages missing in a device's sequence: the broker or the device dropped them.
    messages_missing,
    /// Stretches of stored readings looked up to recognise repeats.
    look_ups,
    /// Values refused by type, physics or time.
    rejected_values,
    /// Payloads set aside.
    quarantined,
    /// Inputs whose judging panicked.
    poisoned,
    /// Last Wills of older sessions that were ignored.
    stale_wills,
    /// Readings moved from one patient to another.
    reattributed_readings,
    /// Snapshots written.
    snapshots,
    /// Journal rows folded at start.
    recovered_rows,
    /// Alert episodes raised.
    alerts_raised,
    /// Other events of alert episodes.
    alert_updates,
    /// Commits that found the disk full and were tried again.
    full_disk_retries,
    /// Roll-ups swapped in.
    roll_ups,
    /// Journal rows that went into chunks.
    rolled_up_rows,
    /// Journal rows pruned.
    pruned_rows,
    /// Checkpoints of the write-ahead log the engine made itself.
    checkpoints,
    /// 1 while the disk is full and intake pauses.
    disk_full,
}

impl Counters {
    pub(super) fn alert_event(&self, event: &EpisodeEvent) {
        if event.event == EventType::Raised {
            self.alerts_raised.add(1);
        } else {
            self.alert_updates.add(1);
        }
    }
}
