//! Simulated patients, watches and faults, and publishers over real MQTT.
//!
//! Comes in: a seed, profiles and scenarios. Goes out: the messages that watches send
//! (the native JSON of the protocol page), over MQTT, to a recording, or as CSV.
//!
//! Invariant: nothing here imports the service, so that a mistake in its decoder
//! cannot hide in our encoder.
//! Invariant: everything outside `publish`, `load`, `record::live`, `record::replay` and
//! `fleet::driver` is pure: the same seed gives the same bytes.

pub mod chance;
pub mod cohort;
pub mod device;
pub mod fault;
pub mod fleet;
pub mod load;
mod output;
pub mod physiology;
pub mod publish;
pub mod record;
pub mod scenario;
pub mod wall;
