//! MQTT frames: rumqttc's codecs for 3.1.1 and 5 behind one small face.

use super::options::{BrokerOptions, Will};
use super::refusal::Refusal;
use bytes::{BufMut, BytesMut};
use rumqttc::mqttbytes::{self, v4};
use rumqttc::v5::mqttbytes::{self as mqttbytes5, v5};

/// Largest frame taken from a broker, bytes.
const FRAME_BYTES_MAX: usize = 1 << 20;
/// How long a v5 broker keeps our session, s: as long as 3.1.1 would.
const SESSION_EXPIRY_S: u32 = u32::MAX;

/// MQTT version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// 3.1.1.
    V4,
    /// 5.0.
    V5,
}

/// What a broker says to a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Incoming {
    /// Answer to CONNECT.
    ConnectAcknowledged {
        /// The broker knows this client's session.
        session_present: bool,
        /// Why the connection is not accepted.
        refusal: Option<Refusal>,
        /// How many unacknowledged messages the broker takes (v5).
        receive_maximum: Option<u16>,
    },
    /// PUBACK.
    Acknowledged {
        /// Packet id.
        packet_id: u16,
        /// The broker took it.
        accepted: bool,
    },
    /// PUBREC.
    Received {
        /// Packet id.
        packet_id: u16,
        /// The broker took it.
        accepted: bool,
    },
    /// PUBCOMP.
    Completed {
        /// Packet id.
        packet_id: u16,
    },
    /// The broker ends the connection (v5).
    Disconnected,
    /// Ping answers and what a publisher does not need.
    Other,
}

/// A frame that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// MQTT 3.1.1 codec.
    #[error("malformed MQTT 3.1.1 frame")]
    V4(#[source] mqttbytes::Error),
    /// MQTT 5 codec.
    #[error("malformed MQTT 5 frame")]
    V5(#[source] mqttbytes5::Error),
    /// Quality of service outside 0 to 2.
    #[error("no quality of service {0}")]
    QualityOfService(u8),
    /// Too long for MQTT.
    #[error("a frame of {bytes} bytes is too long")]
    TooLong {
        /// Length without the fixed header.
        bytes: usize,
    },
}

/// Writes CONNECT.
pub(super) fn encode_connect(
    options: &BrokerOptions,
    out: &mut BytesMut,
) -> Result<(), FrameError> {
    let keep_alive = u16::try_from(options.keep_alive.as_secs()).unwrap_or(u16::MAX);
    let mut frame = BytesMut::new();
    match options.protocol {
        Protocol::V4 => {
            let mut connect = v4::Connect::new(options.client_id.clone());
            connect.keep_alive = keep_alive;
            connect.clean_session = options.clean_session;
            connect.last_will = options.will.as_ref().map(will_v4).transpose()?;
            connect.login =
                login(options).map(|(username, password)| v4::Login { username, password });
            connect.write(&mut frame).map_err(FrameError::V4)?;
        }
        Protocol::V5 => {
            let mut properties = v5::ConnectProperties::new();
            properties.session_expiry_interval = Some(SESSION_EXPIRY_S);
            let connect = v5::Connect {
                keep_alive,
                client_id: options.client_id.clone(),
                clean_start: options.clean_session,
                properties: Some(properties),
            };
            let will = options.will.as_ref().map(will_v5).transpose()?;
            let login = login(options).map(|(username, password)| v5::Login { username, password });
            connect
                .write(&will, &login, &mut frame)
                .map_err(FrameError::V5)?;
        }
    }
    out.extend_from_slice(&frame);
    Ok(())
}

fn login(options: &BrokerOptions) -> Option<(String, String)> {
    let username = options.username.clone()?;
    Some((username, options.password.clone().unwrap_or_default()))
}

fn will_v4(will: &Will) -> Result<v4::LastWill, FrameError> {
    let qos = mqttbytes::qos(will.qos).map_err(FrameError::V4)?;
    Ok(v4::LastWill::new(
        will.topic.clone(),
        will.payload.clone(),
        qos,
        false,
    ))
}

fn will_v5(will: &Will) -> Result<v5::LastWill, FrameError> {
    let qos = match will.qos {
        0 => mqttbytes5::QoS::AtMostOnce,
        1 => mqttbytes5::QoS::AtLeastOnce,
        2 => mqttbytes5::QoS::ExactlyOnce,
        other => return Err(FrameError::QualityOfService(other)),
    };
    Ok(v5::LastWill::new(
        will.topic.clone(),
        will.payload.clone(),
        qos,
        false,
        None,
    ))
}

/// The fields of a PUBLISH packet.
#[derive(Debug, Clone, Copy)]
pub struct PublishFrame<'a> {
    /// Where to.
    pub topic: &'a str,
    /// The bytes.
    pub payload: &'a [u8],
    /// Quality of service, 0 to 2.
    pub qos: u8,
    /// Packet id; not written at QoS 0.
    pub packet_id: u16,
    /// It was sent before.
    pub duplicate: bool,
    /// Retain flag.
    pub retain: bool,
}

/// Writes PUBLISH by hand: the codecs want an owned topic for each message, and this is
/// the load publisher's inner loop. A test reads it back with both codecs.
///
/// # Errors
/// A quality of service above 2, or a frame longer than MQTT allows (256 MiB).
pub fn encode_publish(
    protocol: Protocol,
    frame: &PublishFrame<'_>,
    out: &mut BytesMut,
) -> Result<(), FrameError> {
    let PublishFrame {
        topic,
        payload,
        qos,
        packet_id,
        duplicate,
        retain,
    } = *frame;
    if qos > 2 {
        return Err(FrameError::QualityOfService(qos));
    }
    let topic_length =
        u16::try_from(topic.len()).map_err(|_| FrameError::TooLong { bytes: topic.len() })?;
    let packet_id_length = if qos == 0 { 0 } else { 2 };
    let properties_length = usize::from(protocol == Protocol::V5);
    let remaining = 2 + topic.len() + packet_id_length + properties_length + payload.len();
    if remaining >= 1 << 28 {
        return Err(FrameError::TooLong { bytes: remaining });
    }
    out.reserve(5 + remaining);
    out.put_u8(0x30 | (u8::from(duplicate && qos > 0) << 3) | (qos << 1) | u8::from(retain));
    put_length(remaining, out);
    out.put_u16(topic_length);
    out.put_slice(topic.as_bytes());
    if qos > 0 {
        out.put_u16(packet_id);
    }
    if protocol == Protocol::V5 {
        out.put_u8(0);
    }
    out.put_slice(payload);
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits of it")]
fn put_length(mut length: usize, out: &mut BytesMut) {
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            out.put_u8(low);
            return;
        }
        out.put_u8(low | 0x80);
    }
}

/// Writes PUBREL; the same bytes in both versions.
pub(super) fn encode_release(packet_id: u16, out: &mut BytesMut) {
    out.put_u8(0x62);
    out.put_u8(2);
    out.put_u16(packet_id);
}

/// Writes PINGREQ; the same bytes in both versions.
pub(super) fn encode_ping(out: &mut BytesMut) {
    out.put_slice(&[0xc0, 0]);
}

/// Writes DISCONNECT, reason normal; the same bytes in both versions.
pub(super) fn encode_disconnect(out: &mut BytesMut) {
    out.put_slice(&[0xe0, 0]);
}

/// Takes one frame off the bytes a broker sent; `None` when more must come first.
///
/// # Errors
/// A malformed frame.
pub(super) fn decode(
    protocol: Protocol,
    input: &mut BytesMut,
) -> Result<Option<Incoming>, FrameError> {
    // The v5 codec has no DISCONNECT without a reason, which brokers may send.
    if protocol == Protocol::V5 && input.starts_with(&[0xe0, 0]) {
        return Ok(Some(Incoming::Disconnected));
    }
    match protocol {
        Protocol::V4 => match v4::Packet::read(input, FRAME_BYTES_MAX) {
            Ok(packet) => Ok(Some(incoming_v4(&packet))),
            Err(mqttbytes::Error::InsufficientBytes(_)) => Ok(None),
            Err(error) => Err(FrameError::V4(error)),
        },
        Protocol::V5 => match v5::Packet::read(input, None) {
            Ok(packet) => Ok(Some(incoming_v5(&packet))),
            Err(mqttbytes5::Error::InsufficientBytes(_)) => Ok(None),
            Err(error) => Err(FrameError::V5(error)),
        },
    }
}

fn incoming_v4(packet: &v4::Packet) -> Incoming {
    match packet {
        v4::Packet::ConnAck(answer) => Incoming::ConnectAcknowledged {
            session_present: answer.session_present,
            refusal: Refusal::of_v4(answer.code),
            receive_maximum: None,
        },
        v4::Packet::PubAck(answer) => Incoming::Acknowledged {
            packet_id: answer.pkid,
            accepted: true,
        },
        v4::Packet::PubRec(answer) => Incoming::Received {
            packet_id: answer.pkid,
            accepted: true,
        },
        v4::Packet::PubComp(answer) => Incoming::Completed {
            packet_id: answer.pkid,
        },
        v4::Packet::Disconnect => Incoming::Disconnected,
        _ => Incoming::Other,
    }
}

fn incoming_v5(packet: &v5::Packet) -> Incoming {
    use v5::{PubAckReason, PubRecReason};
    match packet {
        v5::Packet::ConnAck(answer) => Incoming::ConnectAcknowledged {
            session_present: answer.session_present,
            refusal: Refusal::of_v5(answer.code),
            receive_maximum: answer
                .properties
                .as_ref()
                .and_then(|properties| properties.receive_max),
        },
        v5::Packet::PubAck(answer) => Incoming::Acknowledged {
            packet_id: answer.pkid,
            accepted: matches!(
                answer.reason,
                PubAckReason::Success | PubAckReason::NoMatchingSubscribers
            ),
        },
        v5::Packet::PubRec(answer) => Incoming::Received {
            packet_id: answer.pkid,
            accepted: matches!(
                answer.reason,
                PubRecReason::Success | PubRecReason::NoMatchingSubscribers
            ),
        },
        v5::Packet::PubComp(answer) => Incoming::Completed {
            packet_id: answer.pkid,
        },
        v5::Packet::Disconnect(_) => Incoming::Disconnected,
        _ => Incoming::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Protocol, PublishFrame, encode_publish, encode_release, v4, v5};
    use bytes::BytesMut;

    #[test]
    fn a_publish_written_by_hand_reads_back_with_both_codecs() {
        for length in [0, 10, 200, 20_000] {
            let payload = vec![b'x'; length];
            let mut out = BytesMut::new();
            let frame = PublishFrame {
                topic: "a/b",
                payload: &payload,
                qos: 1,
                packet_id: 513,
                duplicate: true,
                retain: false,
            };
            encode_publish(Protocol::V4, &frame, &mut out).expect("fits");
            let v4::Packet::Publish(read) = v4::Packet::read(&mut out, 1 << 20).expect("a frame")
            else {
                panic!("not a publish")
            };
            assert_eq!(
                (read.topic.as_str(), read.pkid, read.dup),
                ("a/b", 513, true)
            );
            assert_eq!(read.payload.len(), length);
            let frame = PublishFrame {
                qos: 2,
                packet_id: 7,
                duplicate: false,
                ..frame
            };
            encode_publish(Protocol::V5, &frame, &mut out).expect("fits");
            let v5::Packet::Publish(read) = v5::Packet::read(&mut out, None).expect("a frame")
            else {
                panic!("not a publish")
            };
            assert_eq!(
                (read.topic.as_ref(), read.pkid, read.payload.len()),
                (&b"a/b"[..], 7, length)
            );
        }
    }

    #[test]
    fn a_release_reads_back() {
        let mut out = BytesMut::new();
        encode_release(77, &mut out);
        assert_eq!(
            v4::Packet::read(&mut out, 100).expect("a frame"),
            v4::Packet::PubRel(v4::PubRel::new(77))
        );
    }
}
