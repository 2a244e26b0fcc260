//! What the engine counts, for metrics and the health page.

use crate::alert::{EpisodeEvent, EventType};
use crate::telemetry::{Counter, Gauge, Latency, Unit, write_metric};

macro_rules! counters {
    ($($(#[doc = $help:literal])+ $name:ident: $kind:ty),+ $(,)?) => {
        /// Everything the engine counts since the process started. Only its
        /// thread changes them; anyone may read.
        #[derive(Default)]
        pub struct Counters {
            $($(#[doc = $help])+ pub $name: $kind,)+
        }

        impl Counters {
            /// Appends the Prometheus text of each, for `/metrics`.
            pub fn render(&self, out: &mut String) {
                $(write_metric(
                    &self.$name,
                    concat!("engine_", stringify!($name)),
                    Unit::Items,
                    concat!($($help),+).trim(),
                    out,
                );)+
            }
        }
    };
}

counters! {
    /// Inputs taken.
    inputs: Counter,
    /// Batches committed.
    commits: Counter,
    /// How long commits took, the sync to disk included; waiting for a full disk is not.
    commit_duration_seconds: Latency,
    /// Readings stored.
    readings_stored: Counter,
    /// Messages recognised as repeats.
    repeats: Counter,
    /// Readings recognised as repeats inside new messages.
    repeated_readings: Counter,
    /// Readings kept beside a different value of the same device, vital and time.
    conflicting_readings: Counter,
    /// Messages with a known sequence and another payload.
    sequence_conflicts: Counter,
    /// Messages missing in a device's sequence: the broker or the device dropped them.
    messages_missing: Counter,
    /// Stretches of stored readings looked up to recognise repeats.
    look_ups: Counter,
    /// Values refused by type, physics or time.
    rejected_values: Counter,
    /// Payloads set aside.
    quarantined: Counter,
    /// Inputs whose judging panicked.
    poisoned: Counter,
    /// Last Wills of older sessions that were ignored.
    stale_wills: Counter,
    /// Readings moved from one patient to another.
    reattributed_readings: Counter,
    /// Snapshots written.
    snapshots: Counter,
    /// Journal rows folded at start.
    recovered_rows: Counter,
    /// Alert episodes raised.
    alerts_raised: Counter,
    /// Other events of alert episodes.
    alert_updates: Counter,
    /// Commits that found the disk full and were tried again.
    full_disk_retries: Counter,
    /// Roll-ups swapped in.
    roll_ups: Counter,
    /// Journal rows that went into chunks.
    rolled_up_rows: Counter,
    /// Checkpoints of the write-ahead log the engine made itself.
    checkpoints: Counter,
    /// Seconds by which the machine's clock is behind the newest time that was
    /// stored: until it has caught up no timer fires and readings count as old.
    clock_behind_seconds: Gauge,
    /// 1 while the disk is full and intake pauses.
    disk_full: Gauge,
}

/// A clock that is so far behind is a fault and no jitter.
const CLOCK_BEHIND_SECONDS: i64 = 30;

impl Counters {
    /// Whether alarms wait because the machine's clock was set back.
    pub fn is_clock_behind(&self) -> bool {
        self.clock_behind_seconds.get() >= CLOCK_BEHIND_SECONDS
    }

    pub(super) fn alert_event(&self, event: &EpisodeEvent) {
        if event.event == EventType::Raised {
            self.alerts_raised.add(1);
        } else {
            self.alert_updates.add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_grows_is_a_counter_and_the_full_disk_a_gauge() {
        let counters = Counters::default();
        counters.inputs.add(3);
        counters.disk_full.set(1);
        let mut text = String::new();
        counters.render(&mut text);
        let inputs = "# HELP wardlight_engine_inputs_total Inputs taken.\n\
             # TYPE wardlight_engine_inputs_total counter\nwardlight_engine_inputs_total 3\n";
        assert!(text.starts_with(inputs), "{text}");
        let gauges: Vec<&str> = text.lines().filter(|l| l.ends_with(" gauge")).collect();
        let expected = ["clock_behind_seconds", "disk_full"];
        let expected = expected.map(|name| format!("# TYPE wardlight_engine_{name} gauge"));
        assert_eq!(gauges, expected);
        assert!(text.ends_with("wardlight_engine_disk_full 1\n"), "{text}");
    }
}
