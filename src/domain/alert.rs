//! The words for alerts: kind, priority, condition and handling.

use super::Vital;
use serde::{Deserialize, Serialize};

/// How soon a person must look (IEC 60601-1-8 names).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Awareness.
    Low,
    /// Prompt response.
    Medium,
    /// Immediate response.
    High,
}

/// What an alert is about. One episode of each kind may be open for a patient.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "vital")]
pub enum AlertKind {
    /// Fever, or a low temperature, on systemic anticancer treatment.
    FeverOnTreatment,
    /// The NEWS2 lower bound reached a threshold.
    News2,
    /// A vital departs from the patient's own normal.
    BaselineDeviation(Vital),
    /// Several vitals together are worse than usual.
    Deterioration,
    /// A vital that was heard stays silent.
    Silent(Vital),
    /// The watch sends nothing at all: one alert for all its vitals.
    DeviceSilent,
    /// A vital that was expected was never heard.
    NeverHeard(Vital),
    /// The watch is not worn.
    NotWorn,
    /// A vital repeats one value.
    Frozen(Vital),
    /// The device's clock is wrong.
    DeviceClock,
    /// The battery is nearly empty.
    BatteryLow,
    /// The device said it went offline (its Last Will).
    DeviceOffline,
    /// Messages of the device are missing: the broker or the device dropped them.
    MessagesMissing,
    /// Judging an input failed inside Wardlight.
    InternalError,
}

impl AlertKind {
    /// The stable name, without the vital (`fever_on_treatment`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::FeverOnTreatment => "fever_on_treatment",
            Self::News2 => "news2",
            Self::BaselineDeviation(_) => "baseline_deviation",
            Self::Deterioration => "deterioration",
            Self::Silent(_) => "silent",
            Self::DeviceSilent => "device_silent",
            Self::NeverHeard(_) => "never_heard",
            Self::NotWorn => "not_worn",
            Self::Frozen(_) => "frozen",
            Self::DeviceClock => "device_clock",
            Self::BatteryLow => "battery_low",
            Self::DeviceOffline => "device_offline",
            Self::MessagesMissing => "messages_missing",
            Self::InternalError => "internal_error",
        }
    }

    /// The vital it is about, where there is one.
    pub const fn vital(self) -> Option<Vital> {
        match self {
            Self::BaselineDeviation(vital)
            | Self::Silent(vital)
            | Self::NeverHeard(vital)
            | Self::Frozen(vital) => Some(vital),
            Self::FeverOnTreatment
            | Self::News2
            | Self::Deterioration
            | Self::DeviceSilent
            | Self::NotWorn
            | Self::DeviceClock
            | Self::BatteryLow
            | Self::DeviceOffline
            | Self::MessagesMissing
            | Self::InternalError => None,
        }
    }

    /// Whether it speaks of the patient's body; the others are technical
    /// ("cannot measure") alarm conditions in the sense of IEC 60601-1-8.
    pub const fn is_physiological(self) -> bool {
        matches!(
            self,
            Self::FeverOnTreatment | Self::News2 | Self::BaselineDeviation(_) | Self::Deterioration
        )
    }
}

/// Whether what the alert speaks of holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It holds.
    Active,
    /// It no longer holds.
    Ended,
}

/// What people have done about an alert.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Nobody has answered yet.
    Open,
    /// A person has seen it.
    Acknowledged,
    /// It is closed.
    Resolved,
}
