//! The words for alerts: kind, priority, condition and handling.

use super::{RuleId, Vital};
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
#[serde(try_from = "KindWords", into = "KindWords")]
pub enum AlertKind {
    /// Fever, or a low temperature, on systemic anticancer treatment.
    FeverOnTreatment,
    /// The NEWS2 lower bound reached a threshold.
    News2,
    /// A vital departs from the patient's own normal.
    BaselineDeviation(Vital),
    /// Several vitals together are worse than usual.
    Deterioration,
    /// Vitals depart from the patient's own course and keep doing so.
    SustainedChange,
    /// The pulse is irregular: possibly atrial fibrillation.
    IrregularPulse,
    /// Fewer steps than this patient usually makes.
    ActivityDecline,
    /// The resting heart rate of the night is above the patient's own.
    OvernightHeartRate,
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
    /// A clinical rule of the organisation, or one that is shipped, holds.
    Rule(RuleId),
}

impl AlertKind {
    /// All stable names; the clinical rules' stands last.
    pub const NAMES: [&'static str; 19] = [
        "fever_on_treatment",
        "news2",
        "baseline_deviation",
        "deterioration",
        "irregular_pulse",
        "activity_decline",
        "overnight_heart_rate",
        "sustained_change",
        "silent",
        "device_silent",
        "never_heard",
        "not_worn",
        "frozen",
        "device_clock",
        "battery_low",
        "device_offline",
        "messages_missing",
        "internal_error",
        "rule",
    ];

    /// The stable name, without the vital (`fever_on_treatment`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::FeverOnTreatment => "fever_on_treatment",
            Self::News2 => "news2",
            Self::BaselineDeviation(_) => "baseline_deviation",
            Self::Deterioration => "deterioration",
            Self::SustainedChange => "sustained_change",
            Self::IrregularPulse => "irregular_pulse",
            Self::ActivityDecline => "activity_decline",
            Self::OvernightHeartRate => "overnight_heart_rate",
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
            Self::Rule(_) => "rule",
        }
    }

    /// The kind of a stable name and what belongs to it; none when they do not
    /// fit together.
    pub fn from_words(name: &str, vital: Option<Vital>, rule: Option<RuleId>) -> Option<Self> {
        let plain = [
            Self::FeverOnTreatment,
            Self::News2,
            Self::Deterioration,
            Self::SustainedChange,
            Self::IrregularPulse,
            Self::ActivityDecline,
            Self::OvernightHeartRate,
            Self::DeviceSilent,
            Self::NotWorn,
            Self::DeviceClock,
            Self::BatteryLow,
            Self::DeviceOffline,
            Self::MessagesMissing,
            Self::InternalError,
        ];
        let of_vital = |vital| {
            let of = [
                Self::BaselineDeviation(vital),
                Self::Silent(vital),
                Self::NeverHeard(vital),
                Self::Frozen(vital),
            ];
            of.into_iter().find(|kind| kind.name() == name)
        };
        match (vital, rule) {
            (None, Some(rule)) => (name == "rule").then_some(Self::Rule(rule)),
            (Some(vital), None) => of_vital(vital),
            (None, None) => plain.into_iter().find(|kind| kind.name() == name),
            (Some(_), Some(_)) => None,
        }
    }

    /// The clinical rule it is about, where there is one.
    pub const fn rule(self) -> Option<RuleId> {
        match self {
            Self::Rule(rule) => Some(rule),
            Self::FeverOnTreatment
            | Self::News2
            | Self::BaselineDeviation(_)
            | Self::Deterioration
            | Self::SustainedChange
            | Self::IrregularPulse
            | Self::ActivityDecline
            | Self::OvernightHeartRate
            | Self::Silent(_)
            | Self::DeviceSilent
            | Self::NeverHeard(_)
            | Self::NotWorn
            | Self::Frozen(_)
            | Self::DeviceClock
            | Self::BatteryLow
            | Self::DeviceOffline
            | Self::MessagesMissing
            | Self::InternalError => None,
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
            | Self::SustainedChange
            | Self::IrregularPulse
            | Self::ActivityDecline
            | Self::OvernightHeartRate
            | Self::DeviceSilent
            | Self::NotWorn
            | Self::DeviceClock
            | Self::BatteryLow
            | Self::DeviceOffline
            | Self::MessagesMissing
            | Self::InternalError
            | Self::Rule(_) => None,
        }
    }

    /// Whether it speaks of the patient's body; the others are technical
    /// ("cannot measure") alarm conditions in the sense of IEC 60601-1-8.
    pub const fn is_physiological(self) -> bool {
        matches!(
            self,
            Self::FeverOnTreatment
                | Self::News2
                | Self::BaselineDeviation(_)
                | Self::Deterioration
                | Self::SustainedChange
                | Self::IrregularPulse
                | Self::ActivityDecline
                | Self::OvernightHeartRate
                | Self::Rule(_)
        )
    }
}

/// A kind in words.
#[derive(Serialize, Deserialize)]
struct KindWords {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vital: Option<Vital>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<RuleId>,
}

impl From<AlertKind> for KindWords {
    fn from(kind: AlertKind) -> Self {
        Self {
            kind: kind.name().to_owned(),
            vital: kind.vital(),
            rule: kind.rule(),
        }
    }
}

impl TryFrom<KindWords> for AlertKind {
    type Error = &'static str;

    fn try_from(words: KindWords) -> Result<Self, Self::Error> {
        Self::from_words(&words.kind, words.vital, words.rule).ok_or("unknown alert kind")
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

/// Whether an alert was worth the interruption, in the word of who resolved it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usefulness {
    /// It was.
    Useful,
    /// It was not.
    NotUseful,
    /// They cannot say.
    Unsure,
}
