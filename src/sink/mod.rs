//! Copies of the readings to other systems: InfluxDB 2.
//!
//! In: stored rows from a [`SinkSource`], by journal sequence. Out: line
//! protocol over HTTP through `influxdb2`, and [`crate::engine::Input`]s that
//! say how far the copy is and which lines the server refused.
//!
//! Invariant: the alert path never waits for a sink; a sink that is stuck
//! costs its own copy and nothing else.
//! Invariant: progress is reported only for rows that were acknowledged longer
//! ago than the overlap; after every doubt the overlap is sent again.
//! Invariant: nothing a device or a person typed reaches the wire unescaped.

mod batch;
mod counters;
mod event;
mod influx;
mod line;
mod progress;
mod run;
mod settings;
mod source;

#[cfg(test)]
mod tests;

pub use counters::SinkCountersSnapshot;
pub use influx::{ClientError, WriteError};
pub use line::encode;
pub use run::{InfluxSink, SINK_NAME, SinkHandle, SinkHealth};
pub use settings::SinkSettings;
pub use source::{SinkRow, SinkSource, SourceError};
