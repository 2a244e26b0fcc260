//! The packets we send and the framing of those we get, on `rumqttc`'s codec.

use super::{ConnectionEnd, SubscriberSettings};
use bytes::BytesMut;
use rumqttc::v5::mqttbytes::v5::{
    Connect, ConnectProperties, Disconnect, DisconnectReasonCode, Filter, Login, Packet, PingReq,
    RetainForwardRule, Subscribe, Unsubscribe, check,
};
use rumqttc::v5::mqttbytes::{Error as PacketError, QoS};

/// First byte of a DISCONNECT.
const DISCONNECT: u8 = 0xe0;

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

/// Appends DISCONNECT; the session stays as CONNECT asked for. Written here
/// because the codec of rumqttc 0.25.1 adds a byte that the length leaves out.
pub(super) fn write_disconnect(code: DisconnectReasonCode, out: &mut BytesMut) {
    out.extend_from_slice(&[DISCONNECT, 1, code as u8]);
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
    if buffer.first() == Some(&DISCONNECT) {
        return read_disconnect(buffer, limit).map(Some);
    }
    let packet = Packet::read(buffer, Some(limit)).map_err(ConnectionEnd::Malformed)?;
    Ok(Some(packet))
}

/// Reads DISCONNECT: the codec of rumqttc 0.25.1 refuses the short forms that
/// end after the reason code or before it.
fn read_disconnect(buffer: &mut BytesMut, limit: u32) -> Result<Packet, ConnectionEnd> {
    let header = check(buffer.iter(), Some(limit)).map_err(ConnectionEnd::Malformed)?;
    let frame = buffer.split_to(header.frame_length());
    // One byte of type, one or more of length: a DISCONNECT with a reason and
    // no properties has three bytes in all, a bare one two.
    let code = match frame.as_ref() {
        [_, 0] => DisconnectReasonCode::NormalDisconnection,
        [_, length, code, ..] if *length < 0x80 => {
            (*code).try_into().map_err(ConnectionEnd::Malformed)?
        }
        _ => DisconnectReasonCode::UnspecifiedError,
    };
    Ok(Packet::Disconnect(Disconnect::new(code)))
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
    fn every_legal_form_of_a_goodbye_is_understood() {
        let taken_over = DisconnectReasonCode::SessionTakenOver;
        let forms: [(&[u8], DisconnectReasonCode); 3] = [
            (&[0xe0, 0], DisconnectReasonCode::NormalDisconnection),
            (&[0xe0, 1, 0x8e], taken_over),
            (&[0xe0, 2, 0x8e, 0], taken_over),
        ];
        for (bytes, code) in forms {
            let mut buffer = BytesMut::from(bytes);
            let read = next(&mut buffer, 1024).expect("legal");
            assert_eq!(read, Some(Packet::Disconnect(Disconnect::new(code))));
            assert!(buffer.is_empty());
        }
        let mut ours = BytesMut::new();
        write_disconnect(taken_over, &mut ours);
        assert_eq!(ours.as_ref(), [0xe0, 1, 0x8e]);
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
