//! `{"online": true, "session": 7, "model": …, "vitals": {"hr": 5}}`.

use super::error::object;
use super::{DecodeError, Limits};
use crate::domain::{DeviceStatus, ExpectedVital, Vital};
use serde::Deserialize;
use serde::de::Error;
use serde_json::Value;

/// Longest model or firmware name that is kept, in characters.
const NAME_CHARACTERS_MAX: usize = 64;

// Single values of any type: an error must not quote them.
#[derive(Deserialize)]
struct Document {
    online: Value,
    session: Option<Value>,
    model: Option<Value>,
    firmware: Option<Value>,
    vitals: Option<Value>,
}

/// Reads a status message or a Last Will. Unknown keys are ignored, and so are
/// expected vitals that are unknown or have no whole number of seconds from 1.
///
/// # Errors
/// [`DecodeError`] when it does not say whether the device is online.
pub fn decode_status(payload: &[u8], limits: &Limits) -> Result<DeviceStatus, DecodeError> {
    let (length, allowed) = (payload.len(), limits.payload_bytes_max);
    if length > allowed {
        return Err(DecodeError::TooLarge { length, allowed });
    }
    object(payload)?;
    let document: Document = serde_json::from_slice(payload).map_err(DecodeError::Malformed)?;
    let online = document.online.as_bool();
    let session = document.session.map(|session| session.as_u64());
    if session == Some(None) {
        return Err(wrong_type("`session` is not a whole number from 0"));
    }
    Ok(DeviceStatus {
        online: online.ok_or_else(|| wrong_type("`online` is not true or false"))?,
        session: session.flatten(),
        model: document.model.as_ref().and_then(name),
        firmware: document.firmware.as_ref().and_then(name),
        expected: document.vitals.as_ref().map(expected).unwrap_or_default(),
    })
}

fn wrong_type(what: &'static str) -> DecodeError {
    DecodeError::Malformed(serde_json::Error::custom(what))
}

fn expected(vitals: &Value) -> Vec<ExpectedVital> {
    let vitals = vitals.as_object().into_iter().flatten();
    let mut expected: Vec<ExpectedVital> = vitals
        .filter_map(|(key, seconds)| expected_vital(key, seconds))
        .collect();
    expected.sort_by_key(|expected| expected.vital);
    expected
}

fn expected_vital(key: &str, seconds: &Value) -> Option<ExpectedVital> {
    let every_seconds = u32::try_from(seconds.as_u64()?).ok()?;
    let vital = Vital::from_key(key)?;
    (every_seconds > 0).then_some(ExpectedVital {
        vital,
        every_seconds,
    })
}

fn name(value: &Value) -> Option<String> {
    let characters = value.as_str()?.chars().filter(|c| !c.is_control());
    Some(characters.take(NAME_CHARACTERS_MAX).collect())
}
