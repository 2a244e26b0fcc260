//! What a device says about itself.

use super::ExpectedVital;

/// A status message (`wardlight/v1/{device}/status`).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeviceStatus {
    /// Whether it is online; `false` is what the Last Will says.
    pub online: bool,
    /// The device's session, so that a late Will of an old one is ignored.
    pub session: Option<u64>,
    /// Maker's model.
    pub model: Option<String>,
    /// Firmware.
    pub firmware: Option<String>,
    /// Seconds expected between readings.
    pub expected: Vec<ExpectedVital>,
}
