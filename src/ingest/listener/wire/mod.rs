//! MQTT 3.1.1 and 5 packets that a server receives and sends.
//!
//! In: bytes. Out: packets that keep every rule of the standard that can be
//! judged from one packet alone, or the [`Violation`].
//!
//! Writing goes through rumqttc's codecs. Reading is our own: theirs makes a
//! `String` a message, and lets pass what a server must refuse (reserved bits,
//! packet id 0, NUL in texts, empty topics and wildcards, properties that come
//! twice, bytes after the end, flags of user name and password); it fails on a
//! v5 DISCONNECT of one or no byte and on AUTH. Tests read and write the other
//! side with their codecs, so that the two check each other.
//!
//! Invariant: no bytes panic.

mod answers;
mod connect;
mod error;
mod fields;
mod frame;
mod packet;
mod properties;
mod publish;
#[cfg(test)]
mod tests;
mod version;

pub(super) use answers::{Accepted, Ack, Answers};
pub(super) use connect::{Connect, ConnectError, Will};
pub(super) use error::{Refusal, Violation};
pub(super) use frame::{Frame, Kind, Next, next_frame};
pub(super) use packet::{Goodbye, Packet};
pub(super) use publish::Publish;
pub(super) use version::{Qos, Version};
