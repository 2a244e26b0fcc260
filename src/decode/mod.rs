//! Bytes to readings: topics, the native JSON, status messages.
//!
//! In: a topic, a payload, its arrival. Out: a [`Topic`], a
//! [`DeviceMessage`](crate::domain::DeviceMessage), a
//! [`DeviceStatus`](crate::domain::DeviceStatus), or why there is none.
//! Runs on the threads of `ingest`; one file per payload format.
//!
//! Invariant: pure; it reads no clock and keeps nothing.
//! Invariant: no payload, however broken, panics or takes memory beyond a
//! fixed multiple of its length.
//! Invariant: every value that leaves is finite and inside the limits of physics.

mod error;
mod native;
mod settings;
mod status;
#[cfg(test)]
mod tests;
mod topic;
mod vitals;

pub use error::{DecodeError, TopicError};
pub use settings::{Limits, Settings};
pub use status::decode_status;
pub use topic::{Format, Topic, TopicKind, device_of, parse_topic};
pub use vitals::decode_vitals;
