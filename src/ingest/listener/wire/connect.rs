//! CONNECT.

use super::fields::Fields;
use super::properties::{
    AUTHENTICATION_DATA, AUTHENTICATION_METHOD, CONTENT_TYPE, CORRELATION_DATA, MESSAGE_EXPIRY,
    PACKET_SIZE_MAXIMUM, PAYLOAD_FORMAT, RECEIVE_MAXIMUM, REQUEST_PROBLEM, REQUEST_RESPONSE,
    RESPONSE_TOPIC, SESSION_EXPIRY, TOPIC_ALIAS_MAXIMUM, USER_PROPERTY, Value, WILL_DELAY, read,
};
use super::{Refusal, Version, Violation};
use serde::{Deserialize, Serialize};

const ALLOWED: [u8; 9] = [
    SESSION_EXPIRY,
    RECEIVE_MAXIMUM,
    PACKET_SIZE_MAXIMUM,
    TOPIC_ALIAS_MAXIMUM,
    REQUEST_RESPONSE,
    REQUEST_PROBLEM,
    USER_PROPERTY,
    AUTHENTICATION_METHOD,
    AUTHENTICATION_DATA,
];

const ALLOWED_IN_WILL: [u8; 7] = [
    WILL_DELAY,
    PAYLOAD_FORMAT,
    MESSAGE_EXPIRY,
    CONTENT_TYPE,
    RESPONSE_TOPIC,
    CORRELATION_DATA,
    USER_PROPERTY,
];

/// A CONNECT from a client.
pub(crate) struct Connect {
    pub(crate) version: Version,
    /// Clean session (3.1.1) or clean start (5).
    pub(crate) clean: bool,
    pub(crate) keep_alive_seconds: u16,
    pub(crate) client_id: String,
    pub(crate) will: Option<Will>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Vec<u8>>,
    /// Seconds the session outlives the connection, as asked for (5).
    pub(crate) expiry_seconds: u32,
    /// Largest packet the client takes (5).
    pub(crate) packet_bytes_max: u32,
    asks_for_authentication: bool,
}

/// A Last Will, as it is kept with the session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Will {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) delay_seconds: u32,
    pub(crate) content_type: Option<String>,
}

/// A CONNECT that is refused, and in which version the answer goes; none: no answer.
pub(crate) struct ConnectError {
    pub(crate) answer_in: Option<Version>,
    pub(crate) refusal: Refusal,
}

impl Connect {
    /// Reads the body of a CONNECT.
    ///
    /// # Errors
    /// What the standard forbids, and versions that are not spoken here.
    pub(crate) fn read(body: &[u8]) -> Result<Self, ConnectError> {
        let mut fields = Fields::new(body);
        let version = version(&mut fields)?;
        let refuse = |refusal| ConnectError {
            answer_in: Some(version),
            refusal,
        };
        let connect = Self::read_rest(&mut fields, version).map_err(|v| refuse(v.into()))?;
        if connect.asks_for_authentication {
            return Err(refuse(Refusal::AuthenticationMethod));
        }
        Ok(connect)
    }

    fn read_rest(fields: &mut Fields<'_>, version: Version) -> Result<Self, Violation> {
        let flags = Flags::read(fields.byte()?, version)?;
        let keep_alive_seconds = fields.two()?;
        let mut connect = Self {
            version,
            clean: flags.clean,
            keep_alive_seconds,
            client_id: String::new(),
            will: None,
            user: None,
            password: None,
            expiry_seconds: 0,
            packet_bytes_max: u32::MAX,
            asks_for_authentication: false,
        };
        if version == Version::V5 {
            connect.read_properties(fields)?;
        }
        fields.text()?.clone_into(&mut connect.client_id);
        if flags.will {
            connect.will = Some(Will::read(fields, version)?);
        }
        if flags.user {
            connect.user = Some(fields.text()?.to_owned());
        }
        if flags.password {
            connect.password = Some(fields.binary()?.to_vec());
        }
        fields.end()?;
        Ok(connect)
    }

    fn read_properties(&mut self, fields: &mut Fields<'_>) -> Result<(), Violation> {
        let (mut method, mut data) = (false, false);
        read(fields, &ALLOWED, |id, value| {
            match (id, value) {
                (SESSION_EXPIRY, Value::Four(seconds)) => self.expiry_seconds = seconds,
                (PACKET_SIZE_MAXIMUM, Value::Four(bytes)) => self.packet_bytes_max = bytes,
                (AUTHENTICATION_METHOD, _) => method = true,
                (AUTHENTICATION_DATA, _) => data = true,
                _ => {}
            }
            Ok(())
        })?;
        if data && !method {
            return Err(Violation::Protocol);
        }
        self.asks_for_authentication = method;
        Ok(())
    }
}

fn version(fields: &mut Fields<'_>) -> Result<Version, ConnectError> {
    let refuse = |answer_in, refusal| ConnectError { answer_in, refusal };
    let malformed = |_| refuse(None, Refusal::Malformed);
    let name = fields.binary().map_err(malformed)?;
    let level = fields.byte().map_err(malformed)?;
    match (name, level) {
        (b"MQTT", 4) => Ok(Version::V4),
        (b"MQTT", 5) => Ok(Version::V5),
        (b"MQTT", 6..) => Err(refuse(Some(Version::V5), Refusal::ProtocolVersion)),
        (b"MQTT" | b"MQIsdp", _) => Err(refuse(Some(Version::V4), Refusal::ProtocolVersion)),
        _ => Err(refuse(None, Refusal::ProtocolVersion)),
    }
}

struct Flags {
    clean: bool,
    will: bool,
    user: bool,
    password: bool,
}

impl Flags {
    fn read(byte: u8, version: Version) -> Result<Self, Violation> {
        let flags = Self {
            clean: byte & 0b10 != 0,
            will: byte & 0b100 != 0,
            password: byte & 0b0100_0000 != 0,
            user: byte & 0b1000_0000 != 0,
        };
        let reserved = byte & 1 != 0;
        let will_qos = byte >> 3 & 0b11;
        let will_bits_without_will = !flags.will && byte & 0b0011_1000 != 0;
        let password_alone = version == Version::V4 && flags.password && !flags.user;
        if reserved || will_qos == 3 || will_bits_without_will || password_alone {
            return Err(Violation::Malformed);
        }
        Ok(flags)
    }
}

impl Will {
    fn read(fields: &mut Fields<'_>, version: Version) -> Result<Self, Violation> {
        let (mut delay_seconds, mut content_type) = (0, None);
        if version == Version::V5 {
            read(fields, &ALLOWED_IN_WILL, |id, value| {
                match (id, value) {
                    (WILL_DELAY, Value::Four(seconds)) => delay_seconds = seconds,
                    (CONTENT_TYPE, Value::Text(text)) => content_type = Some(text.to_owned()),
                    _ => {}
                }
                Ok(())
            })?;
        }
        let topic = fields.text()?.to_owned();
        if topic.is_empty() || topic.contains(['+', '#']) {
            return Err(Violation::Malformed);
        }
        Ok(Self {
            topic,
            payload: fields.binary()?.to_vec(),
            delay_seconds,
            content_type,
        })
    }

    /// As the session keeps it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("plain fields always encode")
    }

    /// What [`Will::encode`] wrote; none when it is from another version.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}
