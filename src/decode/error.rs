//! Why bytes or a topic were not understood.

use crate::domain::{DeviceId, QuarantineReason};
use serde::de::Error;

/// Why a payload was not understood at all. Never carries any of its bytes.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not JSON, or not an object of the protocol.
    #[error("the payload is not a message of its format")]
    Malformed(#[source] serde_json::Error),
    /// More bytes than allowed.
    #[error("the payload has {length} bytes, allowed are {allowed}")]
    TooLarge {
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        allowed: usize,
    },
    /// More moments than allowed.
    #[error("the message has more than {allowed} moments")]
    TooManyMoments {
        /// Moments allowed.
        allowed: usize,
    },
    /// A format that this version does not read.
    #[error("the payload format is not known")]
    UnknownFormat,
}

impl DecodeError {
    /// The reason under which the payload lies in quarantine.
    pub const fn reason(&self) -> QuarantineReason {
        match self {
            Self::Malformed(_) => QuarantineReason::Malformed,
            Self::TooLarge { .. } => QuarantineReason::TooLarge,
            Self::TooManyMoments { .. } => QuarantineReason::TooManyMoments,
            Self::UnknownFormat => QuarantineReason::UnknownFormat,
        }
    }
}

/// Refuses what is not an object before the parser does: its own error would
/// quote the value.
pub(super) fn object(json: &[u8]) -> Result<(), DecodeError> {
    if json.trim_ascii_start().first() == Some(&b'{') {
        return Ok(());
    }
    let error = serde_json::Error::custom("a message is an object");
    Err(DecodeError::Malformed(error))
}

/// Why a topic is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the topic is not one of the protocol")]
pub struct TopicError {
    /// The device, when the topic names one in its place.
    pub device: Option<DeviceId>,
}
