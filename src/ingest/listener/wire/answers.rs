//! What a server sends, written by rumqttc's codecs into one buffer.

use super::{Refusal, Version, Violation};
use bytes::{Buf, BytesMut};
use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes::v5;

/// An acknowledgement of a PUBLISH or PUBREL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ack {
    /// PUBACK: stored and judged.
    Acknowledged,
    /// PUBACK: refused, not authorized (5 only).
    AcknowledgedNot,
    /// PUBREC: stored and judged.
    Received,
    /// PUBREC: refused, not authorized (5 only).
    ReceivedNot,
    /// PUBCOMP: released.
    Complete,
    /// PUBCOMP: nothing was open under this id.
    NothingOpen,
}

/// What an accepting CONNACK says.
pub(crate) struct Accepted {
    pub(crate) session_present: bool,
    /// Only when it differs from what was asked for.
    pub(crate) expiry_seconds: Option<u32>,
    pub(crate) receive_maximum: u16,
    pub(crate) packet_bytes_max: u32,
    /// Only when the client left it to us.
    pub(crate) client_id: Option<String>,
    /// Only when it differs from what was asked for.
    pub(crate) keep_alive_seconds: Option<u16>,
}

/// Bytes that wait to be sent.
pub(crate) struct Answers {
    version: Version,
    waiting: BytesMut,
    /// The client's own maximum packet size; what is larger is not sent.
    packet_bytes_max: usize,
}

impl Answers {
    pub(crate) fn new(version: Version, packet_bytes_max: u32) -> Self {
        Self {
            version,
            waiting: BytesMut::new(),
            packet_bytes_max: usize::try_from(packet_bytes_max).unwrap_or(usize::MAX),
        }
    }

    pub(crate) fn waiting(&self) -> &[u8] {
        &self.waiting
    }

    /// The first `count` bytes were sent.
    pub(crate) fn sent(&mut self, count: usize) {
        self.waiting.advance(count);
        if self.waiting.is_empty() {
            self.waiting = BytesMut::new();
        }
    }

    pub(crate) fn accept(&mut self, accepted: Accepted) {
        let code = rumqttc::mqttbytes::v4::ConnectReturnCode::Success;
        let present = accepted.session_present;
        match self.version {
            Version::V4 => self.v4(&v4::Packet::ConnAck(v4::ConnAck::new(code, present))),
            Version::V5 => self.v5(&v5::Packet::ConnAck(v5::ConnAck {
                session_present: present,
                code: v5::ConnectReturnCode::Success,
                properties: Some(properties(accepted)),
            })),
        }
    }

    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        match self.version {
            Version::V4 => {
                if let Some(code) = refusal.code_v4() {
                    self.v4(&v4::Packet::ConnAck(v4::ConnAck::new(code, false)));
                }
            }
            Version::V5 => self.v5(&v5::Packet::ConnAck(v5::ConnAck {
                session_present: false,
                code: refusal.code_v5(),
                properties: None,
            })),
        }
    }

    /// Hot path: called for every acknowledged message.
    pub(crate) fn acknowledge(&mut self, ack: Ack, packet: u16) {
        match self.version {
            Version::V4 => self.v4(&match ack {
                Ack::Acknowledged | Ack::AcknowledgedNot => {
                    v4::Packet::PubAck(v4::PubAck::new(packet))
                }
                Ack::Received | Ack::ReceivedNot => v4::Packet::PubRec(v4::PubRec::new(packet)),
                Ack::Complete | Ack::NothingOpen => v4::Packet::PubComp(v4::PubComp::new(packet)),
            }),
            Version::V5 => self.v5(&acknowledgement_v5(ack, packet)),
        }
    }

    /// Nothing is fanned out: every filter is refused.
    pub(crate) fn refuse_subscriptions(&mut self, packet: u16, filters: usize) {
        match self.version {
            Version::V4 => {
                let codes = vec![v4::SubscribeReasonCode::Failure; filters];
                self.v4(&v4::Packet::SubAck(v4::SubAck::new(packet, codes)));
            }
            Version::V5 => self.v5(&v5::Packet::SubAck(v5::SubAck {
                pkid: packet,
                return_codes: vec![v5::SubscribeReasonCode::NotAuthorized; filters],
                properties: None,
            })),
        }
    }

    pub(crate) fn no_subscriptions_existed(&mut self, packet: u16, filters: usize) {
        match self.version {
            Version::V4 => self.v4(&v4::Packet::UnsubAck(v4::UnsubAck::new(packet))),
            Version::V5 => self.v5(&v5::Packet::UnsubAck(v5::UnsubAck {
                pkid: packet,
                reasons: vec![v5::UnsubAckReason::NoSubscriptionExisted; filters],
                properties: None,
            })),
        }
    }

    pub(crate) fn pong(&mut self) {
        match self.version {
            Version::V4 => self.v4(&v4::Packet::PingResp),
            Version::V5 => self.v5(&v5::Packet::PingResp(v5::PingResp)),
        }
    }

    pub(crate) fn violated(&mut self, violation: Violation) {
        self.disconnect(violation.reason());
    }

    /// Says goodbye; 3.1.1 has no word for it.
    pub(crate) fn disconnect(&mut self, reason: v5::DisconnectReasonCode) {
        if self.version == Version::V4 {
            return;
        }
        // By hand: without properties the codec writes one byte more than it
        // announces, with empty ones it writes a normal disconnection.
        let packet = [0xe0, 2, reason as u8, 0];
        if packet.len() <= self.packet_bytes_max {
            self.waiting.extend_from_slice(&packet);
        }
    }

    fn v4(&mut self, packet: &v4::Packet) {
        // Too large for the client: the standard says discard it (3.1.2-24).
        let _ = packet.write(&mut self.waiting, self.packet_bytes_max);
    }

    fn v5(&mut self, packet: &v5::Packet) {
        let limit = u32::try_from(self.packet_bytes_max).ok();
        let _ = packet.write(&mut self.waiting, limit);
    }
}

fn acknowledgement_v5(ack: Ack, packet: u16) -> v5::Packet {
    let mut puback = v5::PubAck::new(packet, None);
    let mut pubrec = v5::PubRec::new(packet, None);
    let mut pubcomp = v5::PubComp::new(packet, None);
    match ack {
        Ack::Acknowledged => {}
        Ack::AcknowledgedNot => puback.reason = v5::PubAckReason::NotAuthorized,
        Ack::Received => return v5::Packet::PubRec(pubrec),
        Ack::ReceivedNot => {
            pubrec.reason = v5::PubRecReason::NotAuthorized;
            return v5::Packet::PubRec(pubrec);
        }
        Ack::Complete => return v5::Packet::PubComp(pubcomp),
        Ack::NothingOpen => {
            pubcomp.reason = v5::PubCompReason::PacketIdentifierNotFound;
            return v5::Packet::PubComp(pubcomp);
        }
    }
    v5::Packet::PubAck(puback)
}

fn properties(accepted: Accepted) -> v5::ConnAckProperties {
    v5::ConnAckProperties {
        session_expiry_interval: accepted.expiry_seconds,
        receive_max: Some(accepted.receive_maximum),
        max_qos: None,
        retain_available: None,
        max_packet_size: Some(accepted.packet_bytes_max),
        assigned_client_identifier: accepted.client_id,
        topic_alias_max: None,
        reason_string: None,
        user_properties: Vec::new(),
        wildcard_subscription_available: Some(0),
        subscription_identifiers_available: Some(0),
        shared_subscription_available: Some(0),
        server_keep_alive: accepted.keep_alive_seconds,
        response_information: None,
        server_reference: None,
        authentication_method: None,
        authentication_data: None,
    }
}
