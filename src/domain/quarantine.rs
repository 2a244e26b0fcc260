//! Why something was set aside.

use super::RejectionReason;

/// Why something lies in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuarantineReason {
    /// Not JSON (or not of its format).
    Malformed,
    /// The topic is not one of ours.
    WrongTopic,
    /// Over 256 KiB: only head and hash are kept.
    TooLarge,
    /// More than 10,000 moments.
    TooManyMoments,
    /// A payload format that is not known.
    UnknownFormat,
    /// The device is not registered.
    UnknownDevice,
    /// Nobody wore the device at the time measured.
    Unassigned,
    /// A moment was refused for its time or type.
    Rejected(RejectionReason),
    /// The same sequence came with another payload.
    SequenceConflict,
    /// Judging it panicked inside Wardlight.
    InternalError,
}

impl QuarantineReason {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::WrongTopic => "wrong_topic",
            Self::TooLarge => "too_large",
            Self::TooManyMoments => "too_many_moments",
            Self::UnknownFormat => "unknown_format",
            Self::UnknownDevice => "unknown_device",
            Self::Unassigned => "unassigned",
            Self::Rejected(reason) => reason.code(),
            Self::SequenceConflict => "sequence_conflict",
            Self::InternalError => "internal_error",
        }
    }
}
