//! The limits of a departure that are in force for a patient, and whence.

use super::baseline::BaselineVital;
use super::extremes::Extremes;
use super::step::Step;
use crate::domain::Vital;

const DAY_MS: f64 = 86_400_000.0;

/// The limits in force and where they come from.
pub(super) struct Limit {
    /// Of single values.
    pub(super) value: f64,
    origin: Origin,
}

enum Origin {
    /// A clinician set it for this patient; it is all that counts.
    Clinician,
    /// The configured one: too little is known of the patient for an own one.
    Configured,
    /// One learnt for the score.
    Own(OwnLimit),
}

/// A limit of the score, learnt from so many days, when so many vitals share
/// the budget.
struct OwnLimit {
    limit: f64,
    score: f64,
    days: u8,
    sharing: u8,
    /// Days between two that reach the score by chance.
    days_between: f64,
}

impl Limit {
    pub(super) fn of(
        step: &Step<'_>,
        vital: Vital,
        own: &BaselineVital,
        extremes: &Extremes,
        sharing: u8,
    ) -> Self {
        let name = "baseline_deviation.limit";
        if let Some(set) = step.context.limit(name, Some(vital), step.at) {
            return Self {
                value: set.value,
                origin: Origin::Clinician,
            };
        }
        let rules = &step.rules.baseline.own_limits;
        let interval_ms = step.rules.alarm_budget.half_of_low().interval_ms();
        let interval_days = interval_ms / DAY_MS * f64::from(sharing.max(1));
        let Some(limit) = extremes.limit(own.limit, interval_days, rules) else {
            return Self {
                value: own.limit,
                origin: Origin::Configured,
            };
        };
        Self {
            value: limit.min(own.limit),
            origin: Origin::Own(OwnLimit {
                limit,
                score: extremes.score(own.side),
                days: extremes.days(),
                days_between: extremes.days_between(extremes.score(own.side), rules),
                sharing,
            }),
        }
    }

    /// Whether the budget leaves room for telling it.
    pub(super) fn is_in_budget(&self) -> bool {
        match &self.origin {
            Origin::Own(own) => own.score >= own.limit,
            Origin::Clinician | Origin::Configured => true,
        }
    }

    /// How many days lie between two on which this patient's values were as far
    /// off; none without a limit learnt from days.
    pub(super) const fn days_between(&self) -> Option<f64> {
        match &self.origin {
            Origin::Own(own) => Some(own.days_between),
            Origin::Clinician | Origin::Configured => None,
        }
    }

    /// Where it comes from, as a sentence.
    pub(super) fn words(&self, step: &Step<'_>) -> String {
        let value = self.value;
        match &self.origin {
            Origin::Clinician => {
                format!("The limit of {value:.1} spreads was set for this patient.")
            }
            Origin::Configured => {
                format!("The limit of {value:.1} spreads is the configured one.")
            }
            Origin::Own(own) => {
                let budget = step.rules.alarm_budget.half_of_low();
                let (days, sharing) = (own.days, own.sharing);
                format!(
                    "Their mean of {:.1} spreads is beyond {:.1}, the limit that {days} days of \
                     this patient gave for at most {} false alerts in {} over {sharing} vitals.",
                    own.score,
                    own.limit,
                    budget.false_alerts,
                    String::from(budget.per),
                )
            }
        }
    }
}
