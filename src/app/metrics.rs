//! The text of `/metrics`: the table of the process, and what the engine, the
//! ways in and the sink count themselves.

use crate::engine::{Counters, EngineHandle};
use crate::ingest::{listener, subscriber};
use crate::sink::{SinkCountersSnapshot, SinkHealth};
use crate::telemetry::{self, Gauge, Unit};
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

/// What there is to tell of the parts that run.
pub(super) struct Told<'a> {
    pub(super) engine: &'a EngineHandle,
    pub(super) counters: &'a Counters,
    pub(super) listener: &'a listener::Counters,
    /// None while it is switched off.
    pub(super) subscriber: Option<subscriber::CountersSnapshot>,
    /// None while it is switched off.
    pub(super) sink: Option<(SinkCountersSnapshot, SinkHealth)>,
}

/// All metrics as Prometheus text.
pub(super) fn render(told: &Told<'_>) -> String {
    let mut text = telemetry::render();
    told.counters.render(&mut text);
    let inbox = &told.engine.inbox;
    let waiting = inbox.max_capacity() - inbox.capacity();
    let help = "Inputs that wait.";
    gauge(&mut text, "engine_inbox", help, waiting as u64);
    listener(&mut text, told.listener);
    for (name, help, value) in told.subscriber.iter().flat_map(|totals| totals.each()) {
        total(&mut text, "subscriber", name, help, value);
    }
    if let Some((totals, health)) = &told.sink {
        sink(&mut text, totals, health);
    }
    text
}

fn gauge(text: &mut String, name: &str, help: &str, level: u64) {
    let gauge = Gauge::default();
    gauge.set(i64::try_from(level).unwrap_or(i64::MAX));
    telemetry::write_metric(&gauge, name, Unit::Items, help, text);
}

fn listener(text: &mut String, listener: &listener::Counters) {
    let open = listener.connections_open.load(Ordering::Relaxed);
    let help = "Connections that are open now.";
    gauge(text, "listener_connections_open", help, open);
    let mut last = "";
    listener.each_total(|total| {
        let (name, kind, value) = (total.name, total.label, total.value);
        if kind.is_empty() {
            self::total(text, "listener", name, total.help, value);
            return;
        }
        // All values of a labelled counter stand below one type.
        if name != last {
            head(text, "listener", name, total.help);
        }
        last = name;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "wardlight_listener_{name}_total{{kind=\"{kind}\"}} {value}"
        );
    });
}

fn sink(text: &mut String, totals: &SinkCountersSnapshot, health: &SinkHealth) {
    for (name, help, value) in totals.each() {
        total(text, "sink", name, help, value);
    }
    let levels = [
        (
            "sink_writing",
            "1 while the last write succeeded.",
            u64::from(health.writing),
        ),
        (
            "sink_acknowledged_row",
            "Newest row of the journal that the server acknowledged.",
            health.acknowledged_seq,
        ),
        (
            "sink_safe_row",
            "Newest row of the journal that will not be sent again.",
            health.safe_seq,
        ),
    ];
    for (name, help, level) in levels {
        gauge(text, name, help, level);
    }
}

// Writing to a String cannot fail.
fn head(text: &mut String, room: &str, name: &str, help: &str) {
    let name = format!("wardlight_{room}_{name}_total");
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
}

fn total(text: &mut String, room: &str, name: &str, help: &str, value: u64) {
    head(text, room, name, help);
    let _ = writeln!(text, "wardlight_{room}_{name}_total {value}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn everything() -> String {
        let (inbox, _waiting) = tokio::sync::mpsc::channel(8);
        let engine = EngineHandle {
            inbox,
            outcomes: tokio::sync::broadcast::channel(1).0,
            access: tokio::sync::watch::channel(Default::default()).1,
        };
        let listener = listener::Counters::default();
        listener.connections.fetch_add(7, Ordering::Relaxed);
        listener.connections_open.fetch_add(2, Ordering::Relaxed);
        let copied = SinkCountersSnapshot {
            lines: 12,
            ..SinkCountersSnapshot::default()
        };
        let health = SinkHealth {
            writing: true,
            acknowledged_seq: 9,
            ..SinkHealth::default()
        };
        render(&Told {
            engine: &engine,
            counters: &Counters::default(),
            listener: &listener,
            subscriber: Some(subscriber::CountersSnapshot::default()),
            sink: Some((copied, health)),
        })
    }

    /// Kind by name, from text in which each value stands below its own HELP and TYPE.
    fn kinds(text: &str) -> HashMap<&str, &str> {
        let (mut helped, mut kinds) = ("", HashMap::new());
        for line in text.lines() {
            if let Some(declared) = line.strip_prefix("# HELP ") {
                let (name, help) = declared.split_once(' ').unwrap_or((declared, ""));
                let is_sentence = help.len() > 5 && help.ends_with('.');
                assert!(is_sentence, "{line}: no sentence");
                helped = name;
            } else if let Some(declared) = line.strip_prefix("# TYPE ") {
                let (name, kind) = declared.split_once(' ').unwrap();
                assert_eq!(name, helped, "{line}: HELP stands before TYPE");
                assert_eq!(kinds.insert(name, kind), None, "{name} stands twice");
            } else {
                let name = line.split(['{', ' ']).next().unwrap();
                let histogram = ["_bucket", "_sum", "_count"];
                let family = histogram.iter().find_map(|end| name.strip_suffix(end));
                assert_eq!(family.unwrap_or(name), helped, "{line}: not below its HELP");
                assert!(kinds.contains_key(helped), "{line}: no TYPE");
            }
        }
        kinds
    }

    #[test]
    fn every_metric_says_what_it_is_and_of_which_type() {
        let text = everything();
        let kinds = kinds(&text);
        for room in ["engine", "listener", "subscriber", "sink", "webhook"] {
            let prefix = format!("wardlight_{room}");
            assert!(kinds.keys().any(|name| name.starts_with(&prefix)), "{room}");
        }
        let refused = "# HELP wardlight_sink_rejected_total Lines refused and set aside.\n\
             # TYPE wardlight_sink_rejected_total counter\nwardlight_sink_rejected_total 0\n";
        assert!(text.contains(refused), "{text}");
    }

    #[test]
    fn what_only_grows_ends_in_total_and_only_that() {
        let text = everything();
        let kinds = kinds(&text);
        for (name, kind) in &kinds {
            assert_eq!(*kind == "counter", name.ends_with("_total"), "{name}");
        }
        let seen: Vec<&str> = text.lines().collect();
        assert!(seen.contains(&"wardlight_listener_connections_total 7"));
        assert!(seen.contains(&"wardlight_listener_messages_total{kind=\"1\"} 0"));
        assert!(seen.contains(&"wardlight_subscriber_redelivered_total 0"));
        assert!(seen.contains(&"wardlight_sink_lines_total 12"));
        assert!(seen.contains(&"wardlight_sink_acknowledged_row 9"));
        assert!(seen.contains(&"wardlight_sink_writing 1"));
        let gauges = [
            "listener_connections_open",
            "engine_inbox",
            "engine_disk_full",
            "sink_safe_row",
        ];
        for name in gauges {
            assert_eq!(kinds.get(&*format!("wardlight_{name}")), Some(&"gauge"));
        }
    }
}
