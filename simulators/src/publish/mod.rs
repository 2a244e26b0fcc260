//! Publishing over real MQTT, knowing exactly what was acknowledged.
//!
//! Comes in: [`Publication`]s, or any [`Source`]. Goes out: MQTT 3.1.1 or 5 frames, encoded
//! and read with rumqttc's codecs, and one [`Outcome`] for each message.
//!
//! The codecs and not rumqttc's client: the client does not say which message an
//! acknowledgement belongs to across a reconnect, and drops its window silently when the
//! broker has no session. Here both are decided by [`BrokerOptions`] and counted.
//!
//! Invariant: a message has exactly one outcome; until then it is in the window.
//! Invariant: a client that was connected once tries again for ever; one that never was
//! gives up when only a person can help (a wrong password, an untrusted certificate).

mod connection;
mod frames;
mod options;
mod passwords;
mod publisher;
mod refusal;
mod source;
mod transport;
mod window;

pub use connection::{Connection, ConnectionEnd, ConnectionReport};
pub use frames::{FrameError, Protocol, PublishFrame, encode_publish};
pub use options::{BrokerOptions, TlsOptions, Will};
pub use passwords::{DevicePasswords, DevicePasswordsError};
pub use publisher::{Publication, Publisher, PublisherStopped, Settled};
pub use refusal::{Distrust, Refusal};
pub use source::{Next, Outcome, Source};
pub use transport::ConnectError;
pub(crate) use transport::client_config;
pub use window::{Reconnected, Window};
