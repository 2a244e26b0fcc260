//! What the gate thinks of a value.

use serde::{Deserialize, Serialize};

/// How far a stored value may be trusted. Only `Good` feeds baselines and
/// statistics; `Suspect` holds an alert open but opens none; all are stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum Quality {
    /// Passed every check.
    Good,
    /// Passed, and the suspect reading of this vital before it is good too:
    /// the second agreeing reading lifts a suspicion by rate of change.
    GoodLiftsPrevious,
    /// May be wrong.
    Suspect(QualityReason),
    /// Not a measurement of the patient.
    Artefact(QualityReason),
}

/// Why a value is not plainly good.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum QualityReason {
    /// Outside what is believable in a living adult.
    Implausible = 1,
    /// Changed faster than is believable.
    RateOfChange = 2,
    /// The very same value for too long.
    Frozen = 3,
    /// Steadier than any living signal.
    ImpossiblySteady = 4,
    /// The watch was not worn.
    NotWorn = 5,
    /// Measured in strong motion.
    Motion = 6,
    /// Another value for the same device, vital and time came first.
    Conflict = 7,
}

impl QualityReason {
    const ALL: [Self; 7] = [
        Self::Implausible,
        Self::RateOfChange,
        Self::Frozen,
        Self::ImpossiblySteady,
        Self::NotWorn,
        Self::Motion,
        Self::Conflict,
    ];

    /// The stable name (`rate_of_change`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Implausible => "implausible",
            Self::RateOfChange => "rate_of_change",
            Self::Frozen => "frozen",
            Self::ImpossiblySteady => "impossibly_steady",
            Self::NotWorn => "not_worn",
            Self::Motion => "motion",
            Self::Conflict => "conflict",
        }
    }
}

impl Quality {
    /// Whether the value may feed statistics and open alerts.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Good | Self::GoodLiftsPrevious)
    }

    /// The stored code: 0 good, 1 lifts, 16 + reason suspect, 32 + reason artefact.
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::GoodLiftsPrevious => 1,
            Self::Suspect(reason) => 16 + reason as u8,
            Self::Artefact(reason) => 32 + reason as u8,
        }
    }

    /// The quality of a stored code.
    pub fn from_code(code: u8) -> Option<Self> {
        let reason = QualityReason::ALL
            .into_iter()
            .find(|reason| *reason as u8 == code & 15);
        match (code >> 4, reason) {
            (0, _) if code == 0 => Some(Self::Good),
            (0, _) => (code == 1).then_some(Self::GoodLiftsPrevious),
            (1, Some(reason)) => Some(Self::Suspect(reason)),
            (2, Some(reason)) => Some(Self::Artefact(reason)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_leads_back_to_its_quality() {
        let known: Vec<u8> = (0..=255)
            .filter(|c| Quality::from_code(*c).is_some())
            .collect();
        assert_eq!(known.len(), 16);
        for code in known {
            assert_eq!(Quality::from_code(code).map(Quality::code), Some(code));
        }
    }

    #[test]
    fn every_reason_is_named_as_it_is_serialised() {
        for reason in QualityReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
    }
}
