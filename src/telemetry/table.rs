//! The table of all metrics.

use super::{AttemptResult, Counter, Gauge, Instrument, Labelled, Latency};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// What a metric counts in; part of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Items,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
}

impl Unit {
    /// What the name ends with.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Items => "",
            Self::Seconds => "_seconds",
            Self::Bytes => "_bytes",
        }
    }
}

/// A line: `field: type, "name without unit", unit, "help";`
macro_rules! table {
    ($($field:ident: $kind:ty, $name:literal, $unit:expr, $help:literal;)+) => {
        /// Every metric of the service, one field each.
        #[derive(Debug)]
        pub struct Metrics {
            $(#[doc = $help] pub $field: $kind,)+
        }

        impl Metrics {
            fn new() -> Self {
                Self { $($field: <$kind>::new(),)+ }
            }

            /// The Prometheus text of all metrics.
            fn render(&self) -> String {
                let mut out = String::with_capacity(4096);
                $(write_metric(&self.$field, $name, $unit, $help, &mut out);)+
                out
            }
        }
    };
}

table! {
    webhook_attempts: Labelled<AttemptResult, Counter>, "webhook_attempts", Unit::Items,
        "Attempts to deliver a webhook, by what became of them.";
    webhook_attempt_duration: Latency, "webhook_attempt_duration", Unit::Seconds,
        "How long attempts took, from the start of the request to the answer's status.";
    webhooks_in_flight: Gauge, "webhooks_in_flight", Unit::Items,
        "Attempts under way now.";
    webhook_endpoints: Gauge, "webhook_endpoints", Unit::Items,
        "Endpoints that are switched on.";
    webhook_endpoints_failing: Gauge, "webhook_endpoints_failing", Unit::Items,
        "Endpoints that have failed for longer than the configured limit.";
    webhook_store_errors: Counter, "webhook_store_errors", Unit::Items,
        "Times that the list of deliveries could not be read.";
    canary_round_trip: Latency, "canary_round_trip", Unit::Seconds,
        "How long the canary's readings took from the watch to the verified webhook.";
    canary_last_round_trip: Gauge, "canary_last_round_trip_timestamp", Unit::Seconds,
        "When the canary's last round trip ended, Unix time; 0 before the first.";
    canary_late: Gauge, "canary_late", Unit::Items,
        "1 while a round trip of the canary is late.";
    canary_failures: Counter, "canary_failures", Unit::Items,
        "Readings of the canary that the way in did not take.";
}

/// Appends one metric as `wardlight_{name}`, with its unit and, for a counter,
/// `_total` at the end.
pub fn write_metric<I: Instrument>(
    metric: &I,
    name: &str,
    unit: Unit,
    help: &str,
    out: &mut String,
) {
    let name = format!("wardlight_{name}{}{}", unit.suffix(), I::SUFFIX);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {}", I::KIND);
    metric.write(&name, "", out);
}

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// The metrics of this process.
pub fn metrics() -> &'static Metrics {
    &METRICS
}

/// The Prometheus text exposition (version 0.0.4) of all metrics.
pub fn render() -> String {
    metrics().render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_metric_has_a_name_of_its_own_with_unit_and_help() {
        let text = Metrics::new().render();
        let mut names = HashSet::new();
        for line in text.lines().filter_map(|l| l.strip_prefix("# HELP ")) {
            let (name, help) = line.split_once(' ').expect("name and help");
            assert!(names.insert(name.to_owned()), "{name} stands twice");
            assert!(name.starts_with("wardlight_") && help.ends_with('.'));
        }
        assert!(names.contains("wardlight_webhook_attempt_duration_seconds"));
        assert!(names.contains("wardlight_webhook_attempts_total"));
    }

    #[test]
    fn a_label_renders_every_value_from_the_start() {
        let metrics = Metrics::new();
        metrics.webhook_attempts.inc(AttemptResult::Gone);
        let text = metrics.render();
        assert!(text.contains("wardlight_webhook_attempts_total{result=\"gone\"} 1\n"));
        assert!(text.contains("wardlight_webhook_attempts_total{result=\"delivered\"} 0\n"));
    }
}
