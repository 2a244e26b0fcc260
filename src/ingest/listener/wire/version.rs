//! Versions and qualities of service.

/// The two versions that are spoken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::ingest::listener) enum Version {
    /// MQTT 3.1.1.
    V4,
    /// MQTT 5.
    V5,
}

/// Quality of service of a publish.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::ingest::listener) enum Qos {
    /// No guarantee.
    Zero,
    /// Acknowledged with PUBACK.
    One,
    /// Acknowledged with PUBREC and PUBCOMP.
    Two,
}

impl Qos {
    pub(super) const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Zero),
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }
}
