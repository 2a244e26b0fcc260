//! From payload to message, by format.

use super::{DecodeError, Format, Limits, native};
use crate::domain::{ClinicalTime, DeviceMessage};

/// Reads a payload of vitals.
///
/// # Errors
/// [`DecodeError`] when nothing of it can be used; values that are wrong
/// alone are in [`DeviceMessage::rejected`].
pub fn decode_vitals(
    format: Format,
    payload: &[u8],
    arrival: ClinicalTime,
    limits: &Limits,
) -> Result<DeviceMessage, DecodeError> {
    let (length, allowed) = (payload.len(), limits.payload_bytes_max);
    if length > allowed {
        return Err(DecodeError::TooLarge { length, allowed });
    }
    match format {
        Format::Native => native::decode(payload, arrival, limits),
        Format::OpenMHealth
        | Format::SenmlJson
        | Format::SenmlCbor
        | Format::Fhir
        | Format::Unknown => Err(DecodeError::UnknownFormat),
    }
}
