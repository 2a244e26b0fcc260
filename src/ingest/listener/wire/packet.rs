//! The small packets that a client sends.

use super::fields::Fields;
use super::properties::{
    REASON_TEXT, SESSION_EXPIRY, SUBSCRIPTION_ID, USER_PROPERTY, Value, read, skip,
};
use super::{Frame, Kind, Version, Violation};

/// A packet other than CONNECT and PUBLISH.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    Release { packet: u16 },
    Subscribe { packet: u16, filters: usize },
    Unsubscribe { packet: u16, filters: usize },
    Ping,
    Disconnect(Goodbye),
}

/// What a DISCONNECT says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Goodbye {
    /// 0x04: the Will is to be published all the same.
    pub(crate) with_will: bool,
    /// A new session expiry.
    pub(crate) expiry_seconds: Option<u32>,
}

impl Packet {
    /// Reads the body of a small packet.
    ///
    /// # Errors
    /// Whatever the standard forbids in it, and kinds that do not belong here.
    pub(crate) fn read(frame: &Frame, version: Version) -> Result<Self, Violation> {
        let mut fields = Fields::new(&frame.body);
        let packet = match frame.kind {
            Kind::PubRel => release(&mut fields, version)?,
            Kind::Subscribe => subscribe(&mut fields, version)?,
            Kind::Unsubscribe => unsubscribe(&mut fields, version)?,
            Kind::PingReq => Self::Ping,
            Kind::Disconnect => Self::Disconnect(goodbye(&mut fields, version)?),
            Kind::Auth if version == Version::V4 => return Err(Violation::Malformed),
            Kind::Connect | Kind::Publish | Kind::Auth | Kind::NotForServers => {
                return Err(Violation::Protocol);
            }
        };
        fields.end()?;
        Ok(packet)
    }
}

fn release(fields: &mut Fields<'_>, version: Version) -> Result<Packet, Violation> {
    let packet = fields.packet_id()?;
    if version == Version::V5 && !fields.is_empty() {
        let reason = fields.byte()?;
        if !matches!(reason, 0x00 | 0x92) {
            return Err(Violation::Protocol);
        }
        if !fields.is_empty() {
            skip(fields, &[REASON_TEXT, USER_PROPERTY])?;
        }
    }
    Ok(Packet::Release { packet })
}

fn subscribe(fields: &mut Fields<'_>, version: Version) -> Result<Packet, Violation> {
    let packet = fields.packet_id()?;
    if version == Version::V5 {
        skip(fields, &[SUBSCRIPTION_ID, USER_PROPERTY])?;
    }
    let mut filters = 0;
    while !fields.is_empty() {
        filter(fields)?;
        let options = fields.byte()?;
        let reserved = match version {
            Version::V4 => options & 0b1111_1100,
            Version::V5 => options & 0b1100_0000,
        };
        if reserved != 0 || options & 0b11 == 3 || options >> 4 & 0b11 == 3 {
            return Err(Violation::Malformed);
        }
        filters += 1;
    }
    at_least_one(filters)?;
    Ok(Packet::Subscribe { packet, filters })
}

fn unsubscribe(fields: &mut Fields<'_>, version: Version) -> Result<Packet, Violation> {
    let packet = fields.packet_id()?;
    if version == Version::V5 {
        skip(fields, &[USER_PROPERTY])?;
    }
    let mut filters = 0;
    while !fields.is_empty() {
        filter(fields)?;
        filters += 1;
    }
    at_least_one(filters)?;
    Ok(Packet::Unsubscribe { packet, filters })
}

fn filter(fields: &mut Fields<'_>) -> Result<(), Violation> {
    match fields.text()? {
        "" => Err(Violation::Malformed),
        _ => Ok(()),
    }
}

fn at_least_one(filters: usize) -> Result<(), Violation> {
    if filters == 0 {
        return Err(Violation::Protocol);
    }
    Ok(())
}

fn goodbye(fields: &mut Fields<'_>, version: Version) -> Result<Goodbye, Violation> {
    let mut goodbye = Goodbye {
        with_will: false,
        expiry_seconds: None,
    };
    if version == Version::V4 || fields.is_empty() {
        return Ok(goodbye);
    }
    // Any code but 0x00 keeps the Will: the client ends because of an error.
    goodbye.with_will = fields.byte()? != 0;
    if !fields.is_empty() {
        let allowed = [SESSION_EXPIRY, REASON_TEXT, USER_PROPERTY];
        read(fields, &allowed, |id, value| {
            if let (SESSION_EXPIRY, Value::Four(seconds)) = (id, value) {
                goodbye.expiry_seconds = Some(seconds);
            }
            Ok(())
        })?;
    }
    Ok(goodbye)
}
