//! Counters, gauges and latencies: plain atomics, cheap on hot paths.

use std::fmt::Write as _;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Something the metrics table can hold and render.
pub trait Instrument {
    /// The Prometheus type.
    const KIND: &'static str;
    /// What a counter's name ends with, after its unit.
    const SUFFIX: &'static str;
    /// A fresh one, at zero.
    fn new() -> Self;
    /// Appends its lines. `labels` is empty or `name="value"`.
    fn write(&self, name: &str, labels: &str, out: &mut String);
}

/// Only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one.
    pub fn inc(&self) {
        self.add(1);
    }

    /// Counts `by`.
    pub fn add(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Instrument for Counter {
    const KIND: &'static str = "counter";
    const SUFFIX: &'static str = "_total";

    fn new() -> Self {
        Self::default()
    }

    fn write(&self, name: &str, labels: &str, out: &mut String) {
        line(out, name, labels, &self.get().to_string());
    }
}

/// Goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// Sets the level.
    pub fn set(&self, to: i64) {
        self.0.store(to, Ordering::Relaxed);
    }

    /// Moves the level by `by`.
    pub fn add(&self, by: i64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// The level.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Instrument for Gauge {
    const KIND: &'static str = "gauge";
    const SUFFIX: &'static str = "";

    fn new() -> Self {
        Self::default()
    }

    fn write(&self, name: &str, labels: &str, out: &mut String) {
        line(out, name, labels, &self.get().to_string());
    }
}

/// Upper bounds of the buckets, microseconds, with the text that shows them in
/// seconds. Dense where our promises lie: commits at 1 to 10 ms, 50 ms to the
/// webhook, 20 s for its timeout.
const BOUNDS: [(u64, &str); 15] = [
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (5_000_000, "5"),
    (20_000_000, "20"),
    (60_000_000, "60"),
];

/// A histogram of durations, shown in seconds.
#[derive(Debug, Default)]
pub struct Latency {
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    sum_micros: AtomicU64,
}

impl Latency {
    /// Counts one duration.
    pub fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS.partition_point(|(bound, _)| *bound < micros);
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// How many durations so far.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

impl Instrument for Latency {
    const KIND: &'static str = "histogram";
    const SUFFIX: &'static str = "";

    fn new() -> Self {
        Self::default()
    }

    fn write(&self, name: &str, labels: &str, out: &mut String) {
        let bucket = format!("{name}_bucket");
        let comma = if labels.is_empty() { "" } else { "," };
        let mut seen = 0;
        for ((_, shown), cell) in BOUNDS.iter().zip(&self.buckets) {
            seen += cell.load(Ordering::Relaxed);
            let with_bound = format!("{labels}{comma}le=\"{shown}\"");
            line(out, &bucket, &with_bound, &seen.to_string());
        }
        // Read after the buckets: concurrent observations may not make a
        // bucket larger than the total.
        let count = self.count().max(seen);
        let last = format!("{labels}{comma}le=\"+Inf\"");
        line(out, &bucket, &last, &count.to_string());
        let sum = self.sum_micros.load(Ordering::Relaxed) as f64 / 1e6;
        line(out, &format!("{name}_sum"), labels, &sum.to_string());
        line(out, &format!("{name}_count"), labels, &count.to_string());
    }
}

/// A label whose values are the variants of an enum.
pub trait Label: Copy + 'static {
    /// The label's name.
    const NAME: &'static str;
    /// All its values.
    const ALL: &'static [Self];
    /// Its place in [`Self::ALL`].
    fn index(self) -> usize;
    /// How the value shows.
    fn value(self) -> &'static str;
}

/// One instrument for each value of a label.
#[derive(Debug)]
pub struct Labelled<L, I> {
    cells: Box<[I]>,
    label: PhantomData<L>,
}

impl<L: Label, I> Labelled<L, I> {
    /// The instrument of `label`.
    ///
    /// # Panics
    /// When [`Label::index`] is not a place in [`Label::ALL`], a mistake in
    /// the label.
    pub fn of(&self, label: L) -> &I {
        self.cells
            .get(label.index())
            .expect("a label's index is a place in its list of values")
    }
}

impl<L: Label> Labelled<L, Counter> {
    /// Counts one under `label`.
    pub fn inc(&self, label: L) {
        self.of(label).inc();
    }
}

impl<L: Label, I: Instrument> Instrument for Labelled<L, I> {
    const KIND: &'static str = I::KIND;
    const SUFFIX: &'static str = I::SUFFIX;

    fn new() -> Self {
        Self {
            cells: L::ALL.iter().map(|_| I::new()).collect(),
            label: PhantomData,
        }
    }

    fn write(&self, name: &str, labels: &str, out: &mut String) {
        let comma = if labels.is_empty() { "" } else { "," };
        for label in L::ALL {
            let own = format!("{labels}{comma}{}=\"{}\"", L::NAME, label.value());
            self.of(*label).write(name, &own, out);
        }
    }
}

fn line(out: &mut String, name: &str, labels: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = if labels.is_empty() {
        writeln!(out, "{name} {value}")
    } else {
        writeln!(out, "{name}{{{labels}}} {value}")
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_counts_into_the_bucket_it_fits_and_all_above() {
        let latency = Latency::new();
        latency.observe(Duration::from_millis(10));
        latency.observe(Duration::from_millis(11));
        latency.observe(Duration::from_secs(90));
        let mut out = String::new();
        latency.write("wait_seconds", "way=\"in\"", &mut out);
        assert!(out.contains("wait_seconds_bucket{way=\"in\",le=\"0.005\"} 0\n"));
        assert!(out.contains("wait_seconds_bucket{way=\"in\",le=\"0.01\"} 1\n"));
        assert!(out.contains("wait_seconds_bucket{way=\"in\",le=\"60\"} 2\n"));
        assert!(out.contains("wait_seconds_bucket{way=\"in\",le=\"+Inf\"} 3\n"));
        assert!(out.contains("wait_seconds_count{way=\"in\"} 3\n"));
        assert!(out.contains("wait_seconds_sum{way=\"in\"} 90.021\n"));
    }

    #[test]
    fn a_gauge_goes_both_ways_and_a_counter_only_up() {
        let (gauge, counter) = (Gauge::new(), Counter::new());
        gauge.set(5);
        gauge.add(-7);
        counter.inc();
        counter.add(2);
        let mut out = String::new();
        gauge.write("level", "", &mut out);
        counter.write("seen_total", "", &mut out);
        assert_eq!(out, "level -2\nseen_total 3\n");
    }
}
