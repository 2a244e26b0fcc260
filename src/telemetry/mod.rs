//! Logs, metrics and tags: what the service tells its operators.
//!
//! In: [`Event`]s from every room that has a shell. Out: log lines on standard
//! error, and [`render`], the Prometheus text for `/metrics`.
//!
//! Invariant: no patient or device identifier, measured value, token or body
//! reaches a log; a device appears as its [`Tag`], a keyed hash.
//! Invariant: every metric stands in one table, here or in the room that
//! counts it; labels come from enums, so their number is bounded.

mod event;
mod instrument;
mod labels;
mod logs;
mod settings;
mod table;
mod tag;

pub use event::Event;
pub use instrument::{Counter, Gauge, Instrument, Label, Labelled, Latency};
pub use labels::AttemptResult;
pub use logs::{InitError, init};
pub use settings::{LogFormat, Settings};
pub use table::{Metrics, Unit, metrics, render, write_metric};
pub use tag::{Tag, TagKey, TagKeyError, device_tag, install_tag_key, tag};
