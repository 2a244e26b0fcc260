//! The text of `/metrics`: the table of the process, and what the engine and
//! the ways in count themselves.

use crate::engine::{Counters, EngineHandle};
use crate::ingest::{listener, subscriber};
use crate::telemetry::{self, Gauge, Unit};
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

/// All metrics as Prometheus text.
pub(super) fn render(
    engine: &EngineHandle,
    counters: &Counters,
    listener: &listener::Counters,
    subscriber: Option<subscriber::CountersSnapshot>,
) -> String {
    let mut text = telemetry::render();
    counters.render(&mut text);
    let waiting = engine.inbox.max_capacity() - engine.inbox.capacity();
    gauge(
        &mut text,
        "engine_inbox",
        "Inputs that wait.",
        waiting as u64,
    );
    let open = listener.connections_open.load(Ordering::Relaxed);
    let help = "Connections that are open now.";
    gauge(&mut text, "listener_connections_open", help, open);
    listener_totals(&mut text, listener);
    for (name, value) in subscriber.iter().flat_map(|totals| totals.each()) {
        total_type(&mut text, "subscriber", name);
        total(&mut text, "subscriber", name, "", value);
    }
    text
}

fn gauge(text: &mut String, name: &str, help: &str, level: u64) {
    let gauge = Gauge::default();
    gauge.set(i64::try_from(level).unwrap_or(i64::MAX));
    telemetry::write_metric(&gauge, name, Unit::Items, help, text);
}

fn listener_totals(text: &mut String, listener: &listener::Counters) {
    let mut last = "";
    listener.each_total(|name, label, value| {
        // All values of a labelled counter stand below one type.
        if name != last {
            total_type(text, "listener", name);
        }
        last = name;
        total(text, "listener", name, label, value);
    });
}

// Writing to a String cannot fail.
fn total_type(text: &mut String, room: &str, name: &str) {
    let _ = writeln!(text, "# TYPE wardlight_{room}_{name}_total counter");
}

fn total(text: &mut String, room: &str, name: &str, label: &str, value: u64) {
    let _ = match label {
        "" => writeln!(text, "wardlight_{room}_{name}_total {value}"),
        kind => writeln!(
            text,
            "wardlight_{room}_{name}_total{{kind=\"{kind}\"}} {value}"
        ),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_grows_ends_in_total_and_only_that() {
        let (inbox, _waiting) = tokio::sync::mpsc::channel(8);
        let engine = EngineHandle {
            inbox,
            outcomes: tokio::sync::broadcast::channel(1).0,
            access: tokio::sync::watch::channel(Default::default()).1,
        };
        let listener = listener::Counters::default();
        listener.connections.fetch_add(7, Ordering::Relaxed);
        listener.connections_open.fetch_add(2, Ordering::Relaxed);
        let subscriber = Some(subscriber::CountersSnapshot::default());
        let text = render(&engine, &Counters::default(), &listener, subscriber);
        let (mut types, mut seen) = (std::collections::HashMap::new(), Vec::new());
        for line in text.lines().filter(|line| !line.starts_with("# HELP ")) {
            if let Some(declared) = line.strip_prefix("# TYPE ") {
                let (name, kind) = declared.split_once(' ').unwrap();
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                assert_eq!(types.insert(name, kind), None, "{name} stands twice");
                continue;
            }
            seen.push(line);
            let name = line.split(['{', ' ']).next().unwrap();
            let histogram = ["_bucket", "_sum", "_count"];
            let family = histogram.iter().find_map(|end| name.strip_suffix(end));
            assert!(types.contains_key(family.unwrap_or(name)), "{line}");
        }
        assert!(seen.contains(&"wardlight_listener_connections_total 7"));
        assert!(seen.contains(&"wardlight_listener_messages_total{kind=\"1\"} 0"));
        assert!(seen.contains(&"wardlight_subscriber_redelivered_total 0"));
        let gauges = [
            "listener_connections_open",
            "engine_inbox",
            "engine_disk_full",
        ];
        for name in gauges {
            assert_eq!(types.get(&*format!("wardlight_{name}")), Some(&"gauge"));
        }
    }
}
