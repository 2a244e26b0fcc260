//! The way in through a broker: an MQTT 5 client to any broker.
//!
//! In: PUBLISH packets of a persistent session at QoS 1. Out: one
//! [`crate::engine::Envelope`] a message into the engine's inbox, and one
//! PUBACK a message after the commit that holds it.
//!
//! It speaks with `rumqttc`'s packets and codec, on a socket loop of its own
//! instead of `rumqttc`'s `EventLoop`. The `EventLoop` flushes after every
//! request, so each manual acknowledgement costs a system call. Measured
//! against Debian's Mosquitto, counting and acknowledging only, two shared
//! cores: `EventLoop` with manual acknowledgements 2.1 to 4.8 CPU-seconds per
//! million messages, the codec on a bare socket, acknowledging after each
//! read, 1.2 to 3.5; under `strace` 70,952 and 3,541 writes for 100,000
//! messages. Here the acknowledgements of a whole commit leave in one write.
//! The loop also keeps a hard bound where Mosquitto 2.0.11 ignores the receive
//! maximum, knows how large an over-size message was, and backs off.
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
mod publish;
mod run;
mod settings;
mod subscriptions;
mod transport;

#[cfg(test)]
mod tests;

pub use counters::{Counters, CountersSnapshot};
pub use error::ConnectionEnd;
pub use health::{Oversize, SubscriberHealth};
pub use publish::publish_once;
pub use run::{Subscriber, SubscriberHandle};
pub use settings::{Secret, SubscriberSettings, TlsSettings};
