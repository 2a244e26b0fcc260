//! Our own MQTT 3.1.1 and 5 endpoint for watches, when there is no broker.
//!
//! In: connections of watches, the sessions that the store kept, shutdown.
//! Out: the engine's inputs (messages with the [`Delivery`] to settle, changes
//! of durable sessions, Wills that fell due); acknowledgements once settled.
//! `statements.md` lists what of the standard applies, and the test for each.
//!
//! A connection is one task: it reads as many packets as one read brings,
//! decodes them, puts them into the engine's inbox in one go, and writes the
//! acknowledgements of one commit in one go.
//!
//! Choices the standard leaves to a server:
//! - The user name is the device. The client id is the device, or the device,
//!   a slash and anything: a slash cannot stand in a device id, so no device
//!   can take another's session. Only the first kind may keep a session.
//! - An empty client id is given one of the second kind.
//! - A publish outside the device's own topic is refused with 0x87 (5, QoS 1
//!   and 2) or ends the connection.
//! - Retained publishes are acknowledged, counted and not judged; a Will is
//!   judged whether it is retained or not.
//! - Subscriptions are refused with 0x87 (5) or 0x80 (3.1.1).
//! - After a restart, Wills of connections that the restart cut wait for a
//!   grace, so that a restart does not show every watch as offline.
//!
//! Invariant: PUBACK and PUBREC are sent only after the engine settled the
//! message, in the order received; CONNACK only after the session is stored.
//! Invariant: a client that overruns any limit costs nobody else a message.
//! Invariant: a connection that was idle for its keep-alive holds no buffer.
//!
//! [`Delivery`]: crate::engine::Delivery

mod closing;
mod connection;
mod counters;
mod credentials;
mod events;
mod exchanges;
mod handshake;
mod inbox;
mod keeper;
mod kick;
mod messages;
mod rate;
mod server;
mod sessions;
mod settings;
mod settled;
mod stream;
#[cfg(test)]
mod tests;
mod tls;
mod transport;
mod wire;

pub use counters::{Counters, Total};
pub use server::{ListenError, Listener};
pub use sessions::StoredSession;
pub use settings::Settings;
