//! How often deterioration may be said wrongly: the one knob of detection.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// At most so many false deterioration alerts a patient in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmBudget {
    /// False alerts a patient …
    pub false_alerts: f64,
    /// … in this time.
    pub per: BudgetPeriod,
}

/// The time a budget speaks of: whole hours or days, written `12 h` or `30 d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BudgetPeriod {
    hours: u32,
}

/// Why a text is no budget or no period of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// Not a number and a unit.
    #[error("a time is a whole number of days or hours such as 30 d or 12 h, this is {text:?}")]
    Period {
        /// What was given.
        text: String,
    },
    /// No number of alerts before the stroke, or no stroke.
    #[error("a budget is false alerts per time such as 0.62/1d, this is {text:?}")]
    Form {
        /// What was given.
        text: String,
    },
    /// Outside what can be held.
    #[error("{problem}")]
    Range {
        /// Which bound.
        problem: String,
    },
}

impl Default for AlarmBudget {
    fn default() -> Self {
        Self {
            false_alerts: 1.0,
            per: BudgetPeriod { hours: 30 * 24 },
        }
    }
}

impl AlarmBudget {
    /// Time that must pass between two false alerts on average, ms.
    pub fn interval_ms(&self) -> f64 {
        self.per.ms() as f64 / self.false_alerts
    }

    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        if !(self.false_alerts > 0.0 && self.false_alerts <= 100.0) {
            problems.push(
                "alarm_budget.false_alerts must be above 0 and at most 100: detectors that may \
                 never be wrong can never speak"
                    .into(),
            );
        }
        if !(1..=366 * 24).contains(&self.per.hours) {
            problems.push("alarm_budget.per must be 1 h to 366 d".into());
        }
    }
}

impl FromStr for AlarmBudget {
    type Err = BudgetError;

    /// Reads `0.62/1d`.
    fn from_str(text: &str) -> Result<Self, BudgetError> {
        let form = || BudgetError::Form {
            text: text.to_owned(),
        };
        let (alerts, per) = text.split_once('/').ok_or_else(form)?;
        let budget = Self {
            false_alerts: alerts.trim().parse().map_err(|_| form())?,
            per: per.parse()?,
        };
        let mut problems = Vec::new();
        budget.problems(&mut problems);
        match problems.pop() {
            Some(problem) => Err(BudgetError::Range { problem }),
            None => Ok(budget),
        }
    }
}

impl BudgetPeriod {
    /// So many days.
    pub const fn of_days(days: u32) -> Self {
        Self { hours: days * 24 }
    }

    /// Its length, ms.
    pub const fn ms(self) -> i64 {
        self.hours as i64 * HOUR_MS
    }
}

impl FromStr for BudgetPeriod {
    type Err = BudgetError;

    fn from_str(text: &str) -> Result<Self, BudgetError> {
        let wrong = || BudgetError::Period {
            text: text.to_owned(),
        };
        let text = text.trim();
        let (number, hours_each) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
            (Some(days), _) => (days, 24),
            (_, Some(hours)) => (hours, 1),
            (None, None) => return Err(wrong()),
        };
        let number: u32 = number.trim_end().parse().map_err(|_| wrong())?;
        let hours = number.checked_mul(hours_each).ok_or_else(wrong)?;
        Ok(Self { hours })
    }
}

impl TryFrom<String> for BudgetPeriod {
    type Error = BudgetError;
    fn try_from(text: String) -> Result<Self, BudgetError> {
        text.parse()
    }
}

impl From<BudgetPeriod> for String {
    fn from(period: BudgetPeriod) -> Self {
        match period.ms() % DAY_MS {
            0 => format!("{} d", period.hours / 24),
            _ => format!("{} h", period.hours),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_read_from_its_short_form_and_from_the_configuration() {
        let budget: AlarmBudget = "0.62/1d".parse().unwrap();
        assert_eq!((budget.false_alerts, budget.per.ms()), (0.62, DAY_MS));
        assert_eq!("1 / 12 h".parse::<AlarmBudget>().unwrap().per.hours, 12);
        let json = r#"{"false_alerts":1.0,"per":"30 d"}"#;
        let read: AlarmBudget = serde_json::from_str(json).unwrap();
        assert_eq!(read, AlarmBudget::default());
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        assert_eq!(read.interval_ms(), 30.0 * DAY_MS as f64);
    }

    #[test]
    fn what_is_no_budget_is_refused_with_an_example() {
        for (text, why) in [
            ("0.62", "such as 0.62/1d"),
            ("many/1d", "such as 0.62/1d"),
            ("1/30", "such as 30 d"),
            ("1/-2d", "such as 30 d"),
            ("0/1d", "must be above 0"),
            ("NaN/1d", "must be above 0"),
            ("1/0d", "must be 1 h to 366 d"),
            ("1/9999d", "must be 1 h to 366 d"),
        ] {
            let error = text.parse::<AlarmBudget>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
