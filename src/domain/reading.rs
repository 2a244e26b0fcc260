//! What a device said, once its bytes are understood.

use super::{MeasuredTime, Vital};

/// One value of one vital at one moment.
#[derive(Clone, Copy, PartialEq)]
pub struct Reading {
    /// When it was measured, by the device's clock.
    pub at: MeasuredTime,
    /// What was measured.
    pub vital: Vital,
    /// The value in the vital's unit; finite and inside the limits of physics.
    pub value: f64,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reading(…)")
    }
}

/// How readings came to be in the journal. The number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ReadingSource {
    /// A watch sent them.
    Watch = 0,
    /// Staff or an app measured them.
    Staff = 1,
    /// A re-attribution entered them.
    Retrospective = 2,
}

impl ReadingSource {
    /// The source of a stored code.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Watch),
            1 => Some(Self::Staff),
            2 => Some(Self::Retrospective),
            _ => None,
        }
    }
}

/// One message of a device, decoded.
///
/// `readings` stand in the order of the message: oldest moment first when the
/// device keeps to the protocol, and the values of one moment together.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeviceMessage {
    /// Grows by one at each restart of the device.
    pub session: Option<u64>,
    /// Grows by one a message within a session.
    pub sequence: Option<u64>,
    /// The device's clock at sending.
    pub sent: Option<MeasuredTime>,
    /// The values that are inside physics.
    pub readings: Vec<Reading>,
    /// The values that are not, each with its reason.
    pub rejected: Vec<RejectedValue>,
    /// Keys that the protocol does not know.
    pub unknown_keys: u32,
    /// Whether any moment came without a time and got its arrival instead.
    pub times_from_arrival: bool,
    /// Hash of the payload's bytes: the same sequence with another hash is reported.
    pub payload_hash: u64,
}

/// A value that was refused alone while the rest of its message counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectedValue {
    /// The vital, or none when the whole moment was refused.
    pub vital: Option<Vital>,
    /// Why.
    pub reason: RejectionReason,
}

/// Why a value or a moment was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RejectionReason {
    /// Not of the type that the protocol asks for.
    WrongType,
    /// Outside the limits of physics, or not finite.
    OutsidePhysics,
    /// Measured more than five minutes after it arrived.
    TimeInFuture,
    /// Measured before the retention limit.
    TimeTooOld,
    /// Too old because epoch seconds were sent where milliseconds belong.
    TimeInSeconds,
    /// Not a time.
    TimeUnreadable,
}

impl RejectionReason {
    /// Every reason, for metrics.
    pub const ALL: [Self; 6] = [
        Self::WrongType,
        Self::OutsidePhysics,
        Self::TimeInFuture,
        Self::TimeTooOld,
        Self::TimeInSeconds,
        Self::TimeUnreadable,
    ];

    /// The stable code that clients, metrics and the quarantine show.
    pub const fn code(self) -> &'static str {
        match self {
            Self::WrongType => "wrong_type",
            Self::OutsidePhysics => "outside_physics",
            Self::TimeInFuture => "time_in_future",
            Self::TimeTooOld => "time_too_old",
            Self::TimeInSeconds => "time_in_seconds",
            Self::TimeUnreadable => "time_unreadable",
        }
    }

    /// Whether the device's clock is to blame.
    pub const fn is_clock(self) -> bool {
        match self {
            Self::TimeInFuture | Self::TimeTooOld | Self::TimeInSeconds => true,
            Self::WrongType | Self::OutsidePhysics | Self::TimeUnreadable => false,
        }
    }
}
