//! Names for kinds of alerts in routes, silences and inhibitions.

use super::{AlertKind, RuleId, Vital};
use serde::{Deserialize, Deserializer, Serialize, de};

/// A kind of alert, or several: `silent`, `silent:heart_rate`, `rule:qsofa`,
/// `physiological`, `technical`, `rule_of_one_vital`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(into = "String")]
pub enum KindPattern {
    /// Everything that speaks of the body.
    Physiological,
    /// Everything that says "cannot measure".
    Technical,
    /// Clinical rules whose deciding values are all of one vital.
    RuleOfOneVital,
    /// All kinds of this name, whatever their vital or rule.
    Named(&'static str),
    /// This kind.
    One(AlertKind),
}

/// Why a text names no kind of alert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no kind of alert; write for example news2, silent, silent:heart_rate, rule:qsofa, physiological or technical"
)]
pub struct KindPatternError {
    text: String,
}

const PHYSIOLOGICAL: &str = "physiological";
const TECHNICAL: &str = "technical";
const RULE_OF_ONE_VITAL: &str = "rule_of_one_vital";

impl KindPattern {
    /// Reads a name.
    ///
    /// # Errors
    /// [`KindPatternError`] when it names nothing.
    pub fn new(text: &str) -> Result<Self, KindPatternError> {
        let found = match text.split_once(':') {
            None => plain(text),
            Some(("rule", id)) => RuleId::new(id)
                .ok()
                .map(|id| Self::One(AlertKind::Rule(id))),
            Some((name, vital)) => Vital::from_name(vital)
                .and_then(|vital| AlertKind::from_words(name, Some(vital), None))
                .map(Self::One),
        };
        found.ok_or_else(|| KindPatternError {
            text: text.chars().take(64).collect(),
        })
    }

    /// Whether it names `kind`; `one_vital` says whether the alert rests on
    /// values of one vital alone.
    pub fn matches(self, kind: AlertKind, one_vital: bool) -> bool {
        match self {
            Self::Physiological => kind.is_physiological(),
            Self::Technical => !kind.is_physiological(),
            Self::RuleOfOneVital => kind.rule().is_some() && one_vital,
            Self::Named(name) => kind.name() == name,
            Self::One(one) => kind == one,
        }
    }
}

fn plain(text: &str) -> Option<KindPattern> {
    let of_vital = || AlertKind::from_words(text, Some(Vital::HeartRate), None);
    match text {
        PHYSIOLOGICAL => Some(KindPattern::Physiological),
        TECHNICAL => Some(KindPattern::Technical),
        RULE_OF_ONE_VITAL => Some(KindPattern::RuleOfOneVital),
        "rule" => Some(KindPattern::Named("rule")),
        _ => AlertKind::from_words(text, None, None)
            .or_else(of_vital)
            .map(|kind| KindPattern::Named(kind.name())),
    }
}

impl std::fmt::Display for KindPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Physiological => f.write_str(PHYSIOLOGICAL),
            Self::Technical => f.write_str(TECHNICAL),
            Self::RuleOfOneVital => f.write_str(RULE_OF_ONE_VITAL),
            Self::Named(name) => f.write_str(name),
            Self::One(kind) => match (kind.vital(), kind.rule()) {
                (Some(vital), _) => write!(f, "{}:{}", kind.name(), vital.name()),
                (None, Some(rule)) => write!(f, "{}:{rule}", kind.name()),
                (None, None) => f.write_str(kind.name()),
            },
        }
    }
}

impl<'de> Deserialize<'de> for KindPattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::new(&text).map_err(de::Error::custom)
    }
}

impl From<KindPattern> for String {
    fn from(pattern: KindPattern) -> Self {
        pattern.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_the_kinds_it_says_and_is_written_as_it_was_read() {
        let silent = AlertKind::Silent(Vital::HeartRate);
        let qsofa = AlertKind::Rule(RuleId::new("qsofa").unwrap());
        for (text, kind, one_vital, matches) in [
            ("silent", silent, true, true),
            ("silent:heart_rate", silent, true, true),
            ("silent:oxygen_saturation", silent, true, false),
            ("technical", silent, true, true),
            ("physiological", silent, true, false),
            ("rule", qsofa, false, true),
            ("rule:qsofa", qsofa, false, true),
            ("rule:sirs", qsofa, true, false),
            ("rule_of_one_vital", qsofa, true, true),
            ("rule_of_one_vital", qsofa, false, false),
            ("rule_of_one_vital", silent, true, false),
            ("news2", AlertKind::News2, false, true),
        ] {
            let pattern = KindPattern::new(text).unwrap();
            assert_eq!(pattern.matches(kind, one_vital), matches, "{text}");
            assert_eq!(pattern.to_string(), text);
        }
    }

    #[test]
    fn what_names_no_kind_is_refused() {
        for text in [
            "",
            "news3",
            "news2:heart_rate",
            "silent:hart_rate",
            "rule:",
            "rule:A",
        ] {
            assert!(KindPattern::new(text).is_err(), "{text}");
        }
    }
}
