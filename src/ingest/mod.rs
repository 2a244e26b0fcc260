//! The ways in: `listener` (our own MQTT endpoint for watches), `subscriber`
//! (any broker).
//!
//! In: MQTT messages. Out: the engine's inputs with the delivery to settle;
//! [`to_input`] is the one way from topic and payload to an input.
//!
//! Invariant: a message is acknowledged only after the engine settled it.

mod intake;
pub mod listener;
pub mod subscriber;

pub use intake::to_input;
