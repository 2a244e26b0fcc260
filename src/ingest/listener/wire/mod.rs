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

pub(super) use answers::{Accepted, Ack, Answers};
pub(super) use connect::{Connect, ConnectError, Will};
pub(super) use error::{Refusal, Violation};
pub(super) use frame::{Frame, Kind, Next, next_frame};
pub(super) use packet::{Goodbye, Packet};
pub(super) use publish::Publish;

/// The two versions that are spoken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Version {
    /// MQTT 3.1.1.
    V4,
    /// MQTT 5.
    V5,
}

/// Quality of service of a publish.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Qos {
    /// No guarantee.
    Zero,
    /// Acknowledged with PUBACK.
    One,
    /// Acknowledged with PUBREC and PUBCOMP.
    Two,
}

impl Qos {
    const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Zero),
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), five in any::<bool>()) {
            let version = if five { Version::V5 } else { Version::V4 };
            let mut stream = Bytes::from(bytes.clone());
            while let Ok(Next::Frame(frame)) = next_frame(&mut stream, 1000) {
                let _ = Publish::read(&frame, version);
                let _ = Packet::read(&frame, version);
                let _ = Connect::read(&frame.body);
            }
            let mut behind_the_name = b"\0\x04MQTT".to_vec();
            behind_the_name.push(if five { 5 } else { 4 });
            behind_the_name.extend(bytes);
            let _ = Connect::read(&behind_the_name);
        }

        #[test]
        fn a_will_is_read_back_as_it_was_kept(
            topic in ".*", payload in prop::collection::vec(any::<u8>(), 0..50),
            delay_seconds in any::<u32>(), content_type in prop::option::of(".*"),
        ) {
            let will = Will { topic, payload, delay_seconds, content_type };
            prop_assert!(Will::decode(&will.encode()) == Some(will));
        }
    }
}
