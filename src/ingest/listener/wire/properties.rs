//! Properties of MQTT 5.

use super::Violation;
use super::fields::Fields;

/// The value of a property, where it means something to us.
pub(super) enum Value<'body> {
    Four(u32),
    Text(&'body str),
    Other,
}

pub(super) const PAYLOAD_FORMAT: u8 = 1;
pub(super) const MESSAGE_EXPIRY: u8 = 2;
pub(super) const CONTENT_TYPE: u8 = 3;
pub(super) const RESPONSE_TOPIC: u8 = 8;
pub(super) const CORRELATION_DATA: u8 = 9;
pub(super) const SUBSCRIPTION_ID: u8 = 11;
pub(super) const SESSION_EXPIRY: u8 = 17;
pub(super) const AUTHENTICATION_METHOD: u8 = 21;
pub(super) const AUTHENTICATION_DATA: u8 = 22;
pub(super) const REQUEST_PROBLEM: u8 = 23;
pub(super) const WILL_DELAY: u8 = 24;
pub(super) const REQUEST_RESPONSE: u8 = 25;
pub(super) const REASON_TEXT: u8 = 31;
pub(super) const RECEIVE_MAXIMUM: u8 = 33;
pub(super) const TOPIC_ALIAS_MAXIMUM: u8 = 34;
pub(super) const TOPIC_ALIAS: u8 = 35;
pub(super) const USER_PROPERTY: u8 = 38;
pub(super) const PACKET_SIZE_MAXIMUM: u8 = 39;

/// Reads all properties and gives each to `take`.
///
/// # Errors
/// A property that is not in `allowed` or not of its type is malformed; one
/// that comes twice is a protocol error (user properties may).
pub(super) fn read<'body>(
    fields: &mut Fields<'body>,
    allowed: &[u8],
    mut take: impl FnMut(u8, Value<'body>) -> Result<(), Violation>,
) -> Result<(), Violation> {
    let length = fields.variable()?;
    let length = usize::try_from(length).map_err(|_| Violation::Malformed)?;
    let mut fields = Fields::new(fields.take(length)?);
    let mut seen = 0_u64;
    while !fields.is_empty() {
        let id = fields.byte()?;
        if !allowed.contains(&id) {
            return Err(Violation::Malformed);
        }
        let bit = 1 << (id & 63);
        if seen & bit != 0 && id != USER_PROPERTY {
            return Err(Violation::Protocol);
        }
        seen |= bit;
        take(id, value(id, &mut fields)?)?;
    }
    Ok(())
}

fn value<'body>(id: u8, fields: &mut Fields<'body>) -> Result<Value<'body>, Violation> {
    match id {
        PAYLOAD_FORMAT | REQUEST_PROBLEM | REQUEST_RESPONSE => {
            if fields.byte()? > 1 {
                return Err(Violation::Protocol);
            }
        }
        RECEIVE_MAXIMUM => not_zero(fields.two()?)?,
        SUBSCRIPTION_ID => not_zero(fields.variable()?)?,
        TOPIC_ALIAS_MAXIMUM | TOPIC_ALIAS => {
            fields.two()?;
        }
        PACKET_SIZE_MAXIMUM => {
            let bytes = fields.four()?;
            not_zero(bytes)?;
            return Ok(Value::Four(bytes));
        }
        MESSAGE_EXPIRY | SESSION_EXPIRY | WILL_DELAY => return fields.four().map(Value::Four),
        CONTENT_TYPE | RESPONSE_TOPIC | AUTHENTICATION_METHOD | REASON_TEXT => {
            return fields.text().map(Value::Text);
        }
        CORRELATION_DATA | AUTHENTICATION_DATA => {
            fields.binary()?;
        }
        USER_PROPERTY => {
            fields.text()?;
            fields.text()?;
        }
        _ => return Err(Violation::Malformed),
    }
    Ok(Value::Other)
}

fn not_zero<N: Default + PartialEq>(number: N) -> Result<(), Violation> {
    if number == N::default() {
        return Err(Violation::Protocol);
    }
    Ok(())
}

/// Reads properties that mean nothing to us.
pub(super) fn skip(fields: &mut Fields<'_>, allowed: &[u8]) -> Result<(), Violation> {
    read(fields, allowed, |_, _| Ok(()))
}
