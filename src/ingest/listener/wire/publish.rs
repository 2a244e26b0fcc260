//! PUBLISH, read without a copy.

use super::fields::Fields;
use super::properties::{
    CONTENT_TYPE, CORRELATION_DATA, MESSAGE_EXPIRY, PAYLOAD_FORMAT, RESPONSE_TOPIC,
    SUBSCRIPTION_ID, TOPIC_ALIAS, USER_PROPERTY, Value, read,
};
use super::{Frame, Qos, Version, Violation};

const ALLOWED: [u8; 8] = [
    PAYLOAD_FORMAT,
    MESSAGE_EXPIRY,
    CONTENT_TYPE,
    RESPONSE_TOPIC,
    CORRELATION_DATA,
    SUBSCRIPTION_ID,
    TOPIC_ALIAS,
    USER_PROPERTY,
];

/// A PUBLISH from a client; its payload begins at `payload_at` of the body.
#[derive(Debug)]
pub(crate) struct Publish<'body> {
    pub(crate) qos: Qos,
    pub(crate) retain: bool,
    /// The client says that it sent this before.
    pub(crate) repeated: bool,
    pub(crate) topic: &'body str,
    /// 0 for QoS 0, never otherwise.
    pub(crate) packet: u16,
    pub(crate) content_type: Option<&'body str>,
    pub(crate) payload_at: usize,
}

impl<'body> Publish<'body> {
    /// Reads the body of a PUBLISH.
    ///
    /// # Errors
    /// Whatever the standard forbids in it.
    pub(crate) fn read(frame: &'body Frame, version: Version) -> Result<Self, Violation> {
        let qos = Qos::from_bits(frame.flags >> 1 & 0b11).ok_or(Violation::Malformed)?;
        let repeated = frame.flags & 0b1000 != 0;
        if repeated && qos == Qos::Zero {
            return Err(Violation::Malformed);
        }
        let mut fields = Fields::new(&frame.body);
        let topic = fields.text()?;
        if topic.contains(['+', '#']) {
            return Err(Violation::TopicName);
        }
        let packet = match qos {
            Qos::Zero => 0,
            Qos::One | Qos::Two => fields.packet_id()?,
        };
        let content_type = match version {
            Version::V4 => None,
            Version::V5 => properties(&mut fields)?,
        };
        if topic.is_empty() {
            return Err(match version {
                Version::V4 => Violation::TopicName,
                Version::V5 => Violation::Protocol,
            });
        }
        Ok(Self {
            qos,
            retain: frame.flags & 1 != 0,
            repeated,
            topic,
            packet,
            content_type,
            payload_at: frame.body.len() - fields.len(),
        })
    }
}

fn properties<'body>(fields: &mut Fields<'body>) -> Result<Option<&'body str>, Violation> {
    let mut content_type = None;
    read(fields, &ALLOWED, |id, value| match (id, value) {
        (CONTENT_TYPE, Value::Text(text)) => {
            content_type = Some(text);
            Ok(())
        }
        (TOPIC_ALIAS, _) => Err(Violation::TopicAlias),
        (SUBSCRIPTION_ID, _) => Err(Violation::Protocol),
        (RESPONSE_TOPIC, Value::Text(topic)) if topic.contains(['+', '#']) => {
            Err(Violation::Protocol)
        }
        _ => Ok(()),
    })?;
    Ok(content_type)
}
