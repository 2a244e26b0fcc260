//! The way in through a broker: an MQTT 5 client to any broker.
//!
//! In: PUBLISH packets of a persistent session at QoS 1. Out: one
//! [`crate::engine::Envelope`] a message into the engine's inbox, and one
//! PUBACK a message after the commit that holds it.
//!
//! It speaks with `rumqttc`'s packets and codec, on a socket loop of its own
//! instead of `rumqttc`'s `EventLoop`. The `EventLoop` flushes after every
//! request, so each acknowledgement costs a system call: 71,000 writes for
//! 100,000 messages and 2.4 to 4.8 CPU-seconds per million against Debian's
//! Mosquitto, where this loop, which writes the acknowledgements of a commit
//! at once, needs 3,500 writes and 1.2. It also keeps acknowledgements it
//! could not send across a reconnect in its own queue, cannot say how large an
//! over-size message was, and has no back-off.
//!
//! Invariant: a message is acknowledged only after its commit, in the order
//! the engine settles, and only on the connection that brought it.
//! Invariant: the loop never waits for the inbox; at most the receive maximum
//! and one read of messages wait inside it.
//! Invariant: no topic, client, payload or secret reaches a log.

mod connection;
mod counters;
mod error;
mod event;
mod generation;
mod health;
mod inlet;
mod ledger;
mod packets;
mod run;
mod settings;
mod subscriptions;
mod transport;

#[cfg(test)]
mod tests;

pub use counters::{Counters, CountersSnapshot};
pub use error::ConnectionEnd;
pub use health::{Oversize, SubscriberHealth};
pub use run::{Subscriber, SubscriberHandle};
pub use settings::{Secret, SubscriberSettings, TlsSettings};
