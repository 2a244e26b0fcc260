//! How often alerts may be wrong, by priority: medium and high are those of
//! several signs together, low are departures of single vitals and sustained
//! changes, half and half. Low stands beside the others: they add up.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// At most so many false alerts a patient in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmBudget {
    /// False alerts a patient …
    pub false_alerts: f64,
    /// … in this time.
    pub per: BudgetPeriod,
}

/// The budgets of a patient by priority.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmBudgets {
    /// False alerts of deterioration, of whatever priority …
    pub false_alerts: f64,
    /// … in this time.
    pub per: BudgetPeriod,
    /// Those of them that are of high priority.
    #[serde(default = "default_high")]
    pub high: AlarmBudget,
    /// Alerts of low priority: half of it is for departures of single vitals from
    /// the own normal, all vitals together, half for sustained changes.
    #[serde(default = "default_low")]
    pub low: AlarmBudget,
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
        Self::in_days(1.0, 30)
    }
}

impl Default for AlarmBudgets {
    fn default() -> Self {
        let AlarmBudget { false_alerts, per } = AlarmBudget::default();
        Self {
            false_alerts,
            per,
            high: default_high(),
            low: default_low(),
        }
    }
}

fn default_high() -> AlarmBudget {
    AlarmBudget::in_days(1.0, 90)
}

fn default_low() -> AlarmBudget {
    AlarmBudget::in_days(1.0, 30)
}

impl AlarmBudgets {
    /// Of deterioration of whatever priority.
    pub const fn medium(&self) -> AlarmBudget {
        AlarmBudget {
            false_alerts: self.false_alerts,
            per: self.per,
        }
    }

    /// What each of the two kinds of low priority may use.
    pub const fn half_of_low(&self) -> AlarmBudget {
        AlarmBudget {
            false_alerts: self.low.false_alerts / 2.0,
            per: self.low.per,
        }
    }

    /// With another budget of deterioration; what of it may be of high priority
    /// changes by the same factor.
    #[must_use]
    pub fn with_medium(self, medium: AlarmBudget) -> Self {
        let factor = self.medium().interval_ms() / medium.interval_ms();
        Self {
            false_alerts: medium.false_alerts,
            per: medium.per,
            high: AlarmBudget {
                false_alerts: self.high.false_alerts * factor,
                ..self.high
            },
            ..self
        }
    }

    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        self.medium().problems("alarm_budget", problems);
        self.high.problems("alarm_budget.high", problems);
        self.low.problems("alarm_budget.low", problems);
    }
}

impl AlarmBudget {
    /// Time that must pass between two false alerts on average, ms.
    pub fn interval_ms(&self) -> f64 {
        self.per.ms() as f64 / self.false_alerts
    }

    /// So many false alerts in so many days.
    const fn in_days(false_alerts: f64, days: u32) -> Self {
        Self {
            false_alerts,
            per: BudgetPeriod { hours: days * 24 },
        }
    }

    pub(super) fn problems(&self, key: &str, problems: &mut Vec<String>) {
        if !(self.false_alerts > 0.0 && self.false_alerts <= 100.0) {
            problems.push(format!(
                "{key}.false_alerts must be above 0 and at most 100: detectors that may never be \
                 wrong can never speak"
            ));
        }
        if !(1..=366 * 24).contains(&self.per.hours) {
            problems.push(format!("{key}.per must be 1 h to 366 d"));
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
        budget.problems("alarm_budget", &mut problems);
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
    fn another_budget_of_deterioration_moves_the_one_of_high_priority_by_the_same_factor() {
        let shipped = AlarmBudgets::default();
        let changed = shipped.with_medium("0.5/1d".parse().unwrap());
        assert_eq!(changed.medium(), "0.5/1d".parse().unwrap());
        assert_eq!(
            changed.high.interval_ms() / changed.medium().interval_ms(),
            shipped.high.interval_ms() / shipped.medium().interval_ms()
        );
        assert_eq!(changed.low, shipped.low);
        assert_eq!(changed.with_medium(shipped.medium()), shipped);
    }

    #[test]
    fn budgets_by_priority_may_be_left_out_and_every_problem_names_its_key() {
        let read: AlarmBudgets = toml::from_str("false_alerts = 1.0\nper = \"30 d\"").unwrap();
        assert_eq!(read, AlarmBudgets::default());
        assert_eq!(
            toml::from_str::<AlarmBudgets>(&toml::to_string(&read).unwrap()),
            Ok(read)
        );
        let mut wrong = read;
        wrong.false_alerts = 0.0;
        wrong.high.false_alerts = f64::NAN;
        wrong.low.per = BudgetPeriod { hours: 0 };
        let mut problems = Vec::new();
        wrong.problems(&mut problems);
        let keys: Vec<&str> = problems
            .iter()
            .map(|of| of.split(' ').next().unwrap())
            .collect();
        assert_eq!(
            keys,
            [
                "alarm_budget.false_alerts",
                "alarm_budget.high.false_alerts",
                "alarm_budget.low.per"
            ]
        );
        let unknown = "false_alerts = 1.0\nper = \"30 d\"\nurgent = 1";
        assert!(toml::from_str::<AlarmBudgets>(unknown).is_err());
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
