//! The packets we send and the framing of those we get, on `rumqttc`'s codec.

use super::{ConnectionEnd, SubscriberSettings};
use bytes::BytesMut;
use rumqttc::v5::mqttbytes::v5::{
    Connect, ConnectProperties, Disconnect, DisconnectReasonCode, Filter, Login, Packet, PingReq,
    RetainForwardRule, Subscribe, Unsubscribe, check,
};
use rumqttc::v5::mqttbytes::{Error as PacketError, QoS};

/// CONNECT for a session that outlives the connection.
pub(super) fn connect(settings: &SubscriberSettings, password: Option<String>) -> Packet {
    let properties = ConnectProperties {
        session_expiry_interval: Some(settings.session_expiry_seconds),
        receive_maximum: Some(settings.receive_maximum),
        max_packet_size: Some(settings.packet_bytes_max),
        // With an alias a message comes without its topic.
        topic_alias_max: Some(0),
        request_response_info: None,
        request_problem_info: None,
        user_properties: Vec::new(),
        authentication_method: None,
        authentication_data: None,
    };
    let connect = Connect {
        client_id: settings.client_id.clone(),
        keep_alive: settings.keep_alive_seconds.max(5),
        clean_start: false,
        properties: Some(properties),
    };
    let login = settings.username.as_ref().map(|username| Login {
        username: username.clone(),
        password: password.unwrap_or_default(),
    });
    Packet::Connect(connect, None, login)
}

/// SUBSCRIBE at QoS 1.
///
/// Retained messages are not wanted (retain handling 2). "Retain as published"
/// stays off: then a watch that sets the retain flag by mistake is still
/// judged live, and the flag we see means "old, kept by the broker".
pub(super) fn subscribe(packet: u16, topics: &[String]) -> Packet {
    let filter = |topic: &String| Filter {
        path: topic.clone(),
        qos: QoS::AtLeastOnce,
        nolocal: false,
        preserve_retain: false,
        retain_forward_rule: RetainForwardRule::Never,
    };
    Packet::Subscribe(Subscribe {
        pkid: packet,
        filters: topics.iter().map(filter).collect(),
        properties: None,
    })
}

/// UNSUBSCRIBE.
pub(super) fn unsubscribe(packet: u16, topics: &[String]) -> Packet {
    Packet::Unsubscribe(Unsubscribe {
        pkid: packet,
        filters: topics.to_vec(),
        properties: None,
    })
}

/// PINGREQ.
pub(super) const fn ping() -> Packet {
    Packet::PingReq(PingReq)
}

/// DISCONNECT; the session stays as CONNECT asked for.
pub(super) fn disconnect(code: DisconnectReasonCode) -> Packet {
    Packet::Disconnect(Disconnect::new(code))
}

/// Appends `packet` to `out`.
pub(super) fn write(
    packet: &Packet,
    out: &mut BytesMut,
    bytes_max: Option<u32>,
) -> Result<(), ConnectionEnd> {
    let written = packet.write(out, bytes_max);
    written.map(|_| ()).map_err(ConnectionEnd::Unwritable)
}

/// Takes the next whole packet out of `buffer`, or makes room for the rest of it.
///
/// The frame is checked first: the codec answers a packet that is too short
/// for its own fields with the same error as one that has not wholly arrived.
pub(super) fn next(buffer: &mut BytesMut, limit: u32) -> Result<Option<Packet>, ConnectionEnd> {
    match check(buffer.iter(), Some(limit)) {
        Ok(_) => {}
        Err(PacketError::InsufficientBytes(missing)) => {
            buffer.reserve(missing);
            return Ok(None);
        }
        Err(PacketError::PayloadSizeLimitExceeded { pkt_size, max }) => {
            return Err(ConnectionEnd::Oversize {
                bytes: pkt_size,
                limit: max,
            });
        }
        Err(error) => return Err(ConnectionEnd::Malformed(error)),
    }
    let packet = Packet::read(buffer, Some(limit)).map_err(ConnectionEnd::Malformed)?;
    Ok(Some(packet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_too_short_for_its_fields_is_malformed_and_not_awaited() {
        let mut half = BytesMut::from(&[0x32, 0x05, 0x00, 0x01][..]);
        assert!(matches!(next(&mut half, 1024), Ok(None)));
        let mut short = BytesMut::from(&[0x32, 0x03, 0x00, 0x09, b'a'][..]);
        assert!(matches!(
            next(&mut short, 1024),
            Err(ConnectionEnd::Malformed(_))
        ));
    }

    #[test]
    fn an_over_size_packet_is_named_with_its_size_before_it_has_arrived() {
        let mut head = BytesMut::from(&[0x32, 0x80, 0x80, 0x01, 0x00][..]);
        let end = next(&mut head, 1024).expect_err("too large");
        assert!(matches!(
            end,
            ConnectionEnd::Oversize {
                bytes: 16_384,
                limit: 1024
            }
        ));
    }
}
