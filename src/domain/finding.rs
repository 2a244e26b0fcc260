//! What a detector says, in words that the episode machine and people share.

use super::{AlertKind, ClinicalTime, MeasuredTime, Priority, Quality, TreatmentContext, Vital};
use serde::{Deserialize, Serialize};

/// What one detector concluded. Detectors speak on transitions, not on every reading.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// About what.
    #[serde(with = "compact_kind")]
    pub kind: AlertKind,
    /// What was concluded.
    pub state: FindingState,
    /// When it was concluded: the arrival that decided it, or the deadline that passed.
    pub at: ClinicalTime,
    /// From what.
    pub evidence: Evidence,
}

/// A detector's conclusion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// The condition holds. Said again when it becomes more urgent or worse by
    /// a documented step.
    Raise {
        /// How urgent.
        priority: Priority,
        /// When the condition began, as far as measured.
        began: MeasuredTime,
    },
    /// It still holds, less urgently than was said: repeated while it is so, so
    /// that silence alone never makes an alert less urgent.
    Ease {
        /// How urgent now.
        priority: Priority,
    },
    /// It held, and was over when it became known: for the list, nobody is paged.
    Late {
        /// How urgent it would have been.
        priority: Priority,
        /// When it began, as far as measured.
        began: MeasuredTime,
    },
    /// Doubtful data: what is open stays open, nothing opens.
    Hold,
    /// The condition no longer holds.
    Clear,
    /// What would decide it is missing: what is open stays open.
    Unknown,
}

/// What a conclusion rests on.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// The rule's name (`fever_on_treatment`).
    pub rule: String,
    /// The rule's version: another number may judge the same data differently.
    pub rule_version: u32,
    /// One sentence for a nurse.
    pub summary: String,
    /// The deciding values, each with its times and the limit in force.
    pub values: Vec<EvidenceValue>,
    /// Inputs the rule knows and did not have.
    pub missing: Vec<String>,
    /// Numbers the rule computed (`score_min`, `z`).
    pub figures: Vec<Figure>,
    /// How often chance alone does this, in words no stronger than the method.
    pub chance: Option<String>,
    /// Where in the treatment the patient stood; none for technical alerts,
    /// and in what versions before it wrote.
    #[serde(default)]
    pub treatment: Option<TreatmentContext>,
}

/// One deciding value.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EvidenceValue {
    /// The vital.
    pub vital: Vital,
    /// In the vital's unit.
    pub value: f64,
    /// When it was measured (a minute's value: the minute's start).
    pub measured: MeasuredTime,
    /// When it arrived (a minute's value: when the minute was closed).
    pub arrived: ClinicalTime,
    /// How old it was when the conclusion was drawn, ms.
    pub age_ms: i64,
    /// The limit in force, in the vital's unit.
    pub limit: Option<f64>,
    /// The gate's verdict.
    #[serde(with = "compact_quality")]
    pub quality: Quality,
}

impl EvidenceValue {
    /// Whether it was measured from `from` until before `until`.
    pub fn is_within(&self, from: MeasuredTime, until: Option<MeasuredTime>) -> bool {
        from <= self.measured && until.is_none_or(|until| self.measured < until)
    }
}

/// A number that a rule computed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
}

impl Evidence {
    /// The computed number of this name.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures
            .iter()
            .find(|figure| figure.name == name)
            .map(|figure| figure.value)
    }

    /// Adds a computed number.
    #[must_use]
    pub fn with_figure(mut self, name: &str, value: f64) -> Self {
        self.figures.push(Figure {
            name: name.to_owned(),
            value,
        });
        self
    }
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evidence")
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for EvidenceValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EvidenceValue(…)")
    }
}

impl std::fmt::Debug for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Figure(…)")
    }
}

impl AlertKind {
    /// A stable number: the kind in the high byte, the vital's code in the low
    /// one. All clinical rules share one.
    pub const fn code(self) -> u16 {
        let (kind, vital) = match self {
            Self::FeverOnTreatment => (1, 0),
            Self::News2 => (2, 0),
            Self::BaselineDeviation(vital) => (3, vital.code()),
            Self::Silent(vital) => (4, vital.code()),
            Self::NeverHeard(vital) => (5, vital.code()),
            Self::NotWorn => (6, 0),
            Self::Frozen(vital) => (7, vital.code()),
            Self::DeviceClock => (8, 0),
            Self::BatteryLow => (9, 0),
            Self::DeviceOffline => (10, 0),
            Self::MessagesMissing => (11, 0),
            Self::InternalError => (12, 0),
            Self::DeviceSilent => (13, 0),
            Self::Rule(_) => (14, 0),
            Self::Deterioration => (15, 0),
            Self::IrregularPulse => (16, 0),
            Self::ActivityDecline => (17, 0),
            Self::OvernightHeartRate => (18, 0),
            Self::SustainedChange => (19, 0),
        };
        (kind << 8) | vital as u16
    }

    /// The kind of a stable number; none for a rule's, which lacks the id.
    pub fn from_code(code: u16) -> Option<Self> {
        let [kind, vital] = code.to_be_bytes();
        let vital = Vital::from_code(vital)?;
        Some(match kind {
            1 => Self::FeverOnTreatment,
            2 => Self::News2,
            3 => Self::BaselineDeviation(vital),
            4 => Self::Silent(vital),
            5 => Self::NeverHeard(vital),
            6 => Self::NotWorn,
            7 => Self::Frozen(vital),
            8 => Self::DeviceClock,
            9 => Self::BatteryLow,
            10 => Self::DeviceOffline,
            11 => Self::MessagesMissing,
            12 => Self::InternalError,
            13 => Self::DeviceSilent,
            15 => Self::Deterioration,
            16 => Self::IrregularPulse,
            17 => Self::ActivityDecline,
            18 => Self::OvernightHeartRate,
            19 => Self::SustainedChange,
            _ => return None,
        })
    }
}

/// [`AlertKind`] as its words in JSON and as its number with a rule's id in
/// postcard.
pub mod compact_kind {
    use super::AlertKind;
    use crate::domain::RuleId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    /// Writes the kind.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(kind: &AlertKind, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            kind.serialize(to)
        } else {
            (kind.code(), kind.rule()).serialize(to)
        }
    }

    /// Reads the kind.
    ///
    /// # Errors
    /// The deserializer's, or a number that is no kind.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<AlertKind, D::Error> {
        if from.is_human_readable() {
            return AlertKind::deserialize(from);
        }
        let (code, rule) = <(u16, Option<RuleId>)>::deserialize(from)?;
        let kind = rule.map_or_else(
            || AlertKind::from_code(code),
            |id| Some(AlertKind::Rule(id)),
        );
        kind.ok_or_else(|| D::Error::custom("unknown alert kind"))
    }
}

/// [`Quality`] as its words in JSON and as its code in postcard.
pub mod compact_quality {
    use super::Quality;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    /// Writes the quality.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(quality: &Quality, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            quality.serialize(to)
        } else {
            quality.code().serialize(to)
        }
    }

    /// Reads the quality.
    ///
    /// # Errors
    /// The deserializer's, or a number that is no quality.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Quality, D::Error> {
        if from.is_human_readable() {
            return Quality::deserialize(from);
        }
        let code = u8::deserialize(from)?;
        Quality::from_code(code).ok_or_else(|| D::Error::custom("unknown quality"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        let value = EvidenceValue {
            vital: Vital::HeartRate,
            value: 140.0,
            measured: MeasuredTime::from_epoch_ms(1_000),
            arrived: ClinicalTime::from_epoch_ms(2_000),
            age_ms: 1_000,
            limit: Some(130.0),
            quality: Quality::GoodLiftsPrevious,
        };
        Finding {
            kind: AlertKind::Silent(Vital::HeartRate),
            state: FindingState::Raise {
                priority: Priority::High,
                began: MeasuredTime::from_epoch_ms(1_000),
            },
            at: ClinicalTime::from_epoch_ms(2_000),
            evidence: Evidence {
                values: vec![value],
                ..Evidence::default()
            }
            .with_figure("z", 4.5),
        }
    }

    #[test]
    fn a_finding_survives_a_snapshot_and_json() {
        let rule = Finding {
            kind: AlertKind::Rule(crate::domain::RuleId::new("qsofa").unwrap()),
            ..finding()
        };
        for finding in [finding(), rule.clone()] {
            let bytes = postcard::to_allocvec(&finding).unwrap();
            assert!(postcard::from_bytes::<Finding>(&bytes).unwrap() == finding);
        }
        let json = serde_json::to_string(&rule).unwrap();
        assert!(json.contains(r#"{"kind":"rule","rule":"qsofa"}"#), "{json}");
        assert!(serde_json::from_str::<Finding>(&json).unwrap() == rule);
        let json = serde_json::to_string(&finding()).unwrap();
        assert!(json.contains("\"silent\"") && json.contains("good_lifts_previous"));
        assert!(serde_json::from_str::<Finding>(&json).unwrap() == finding());
    }

    #[test]
    fn evidence_from_before_the_course_of_treatment_still_opens() {
        let mut old = serde_json::to_value(finding().evidence).unwrap();
        old.as_object_mut().unwrap().remove("treatment").unwrap();
        let opened: Evidence = serde_json::from_value(old).unwrap();
        assert!(opened == finding().evidence);
    }

    #[test]
    fn every_alert_kind_leads_back_from_its_number() {
        let mut kinds = 0;
        for code in 0..=u16::MAX {
            if let Some(kind) = AlertKind::from_code(code)
                && (kind.vital().is_some() || code & 255 == 0)
            {
                assert_eq!(kind.code(), code);
                kinds += 1;
                assert!(AlertKind::NAMES.contains(&kind.name()));
            }
        }
        assert_eq!(kinds, 14 + 4 * Vital::COUNT);
    }

    #[test]
    fn a_deciding_value_lies_in_the_interval_that_holds_its_time() {
        let at = MeasuredTime::from_epoch_ms;
        let value = finding().evidence.values[0];
        assert!(value.is_within(at(1_000), None));
        assert!(!value.is_within(at(1_001), None));
        assert!(!value.is_within(at(0), Some(at(1_000))));
    }

    #[test]
    fn evidence_never_prints_a_value() {
        assert!(!format!("{:?}", finding()).contains("140"));
    }
}
