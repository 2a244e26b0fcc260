//! What really happened: the answer key.

use serde::Serialize;

/// The sort of a true episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthKind {
    /// Core temperature of 38.0 Cel or more.
    Fever,
    /// Oxygen saturation low enough to need a person.
    Hypoxia,
    /// Irregular pulse.
    Arrhythmia,
    /// Worse than the patient's own normal, below fixed limits.
    Deterioration,
    /// The watch is not on the wrist.
    NotWorn,
    /// Nothing arrives.
    Silent,
    /// The battery runs out.
    Battery,
    /// The device's clock is wrong.
    Clock,
    /// Data arrive late; nobody is ill.
    Late,
    /// The device started again; nobody is ill.
    Restart,
}

impl TruthKind {
    /// The name used in labels and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fever => "fever",
            Self::Hypoxia => "hypoxia",
            Self::Arrhythmia => "arrhythmia",
            Self::Deterioration => "deterioration",
            Self::NotWorn => "not_worn",
            Self::Silent => "silent",
            Self::Battery => "battery",
            Self::Clock => "clock",
            Self::Late => "late",
            Self::Restart => "restart",
        }
    }
}

/// One true episode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// What it is.
    pub kind: TruthKind,
    /// When it began, epoch ms.
    pub onset_ms: i64,
    /// When it was over, epoch ms; `None` lasts.
    pub ends_ms: Option<i64>,
    /// The sort of alert a good monitor raises, in words; `None` = none should be raised.
    pub expected_alert: Option<&'static str>,
}
