//! Every threshold of detection, with its shipped default.

use super::baseline::LearningRules;
use super::{
    ActivityDeclineRules, AlarmBudgets, BaselineRules, DeteriorationRules, DeviceRules, FeverRules,
    GateRules, IrregularPulseRules, News2Rules, OncologyRules, OvernightRules, Provenances,
    RuleSet, SilenceRules, SustainedChangeRules,
};
use crate::domain::{ClinicalTime, MeasuredTime, Vital};
use serde::{Deserialize, Serialize};

/// The rules of an organisation. No threshold of detection stands elsewhere.
///
/// A file that overrides single keys is merged over the written defaults as a
/// tree; the sections themselves ask for every key, so that half a section
/// cannot silently take another vital's defaults.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// How often alerts may be wrong, by priority.
    pub alarm_budget: AlarmBudgets,
    /// Clinical rules from files.
    pub clinical: RuleSet,
    /// Whose the thresholds of the built-in rules are.
    pub provenance: Provenances,
    /// Trust in single readings.
    pub gate: GateRules,
    /// Minutes.
    pub epochs: EpochRules,
    /// What late data may do.
    pub late: LateRules,
    /// Fever on treatment.
    pub fever: FeverRules,
    /// NEWS2.
    pub news2: News2Rules,
    /// The patient's own normal.
    pub baseline: BaselineRules,
    /// Several vitals together.
    pub deterioration: DeteriorationRules,
    /// A change that lasts, by the classic statistics.
    pub sustained_change: SustainedChangeRules,
    /// Irregular pulse.
    pub irregular_pulse: IrregularPulseRules,
    /// Fewer steps than usual.
    pub activity_decline: ActivityDeclineRules,
    /// Resting heart rate of the night.
    pub overnight_heart_rate: OvernightRules,
    /// What the course of treatment changes.
    pub oncology: OncologyRules,
    /// Silent and never heard.
    pub silence: SilenceRules,
    /// The device itself.
    pub device: DeviceRules,
}

/// Settings of minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochRules {
    /// A minute closes so many seconds after its end by the arrival clock (at
    /// most 60): inside it the order of arrival changes nothing.
    pub grace_seconds: u32,
    /// That a condition holds less urgently is said again every so many minutes
    /// while values come: the alert falls only when it stays so.
    pub eased_minutes: u32,
}

impl EpochRules {
    /// When, by the arrival clock, the minute of what was measured then is
    /// over and closed, if it came in time.
    pub const fn minute_closed_at(&self, measured: MeasuredTime) -> ClinicalTime {
        let minute = measured.epoch_ms().div_euclid(60_000);
        self.closed_after(minute)
    }

    /// The same of its hour, whose last minute is the one on the full hour.
    pub const fn hour_closed_at(&self, measured: MeasuredTime) -> ClinicalTime {
        let minute = measured.epoch_ms().div_euclid(60_000);
        self.closed_after((minute + 59).div_euclid(60) * 60)
    }

    const fn closed_after(&self, minute: i64) -> ClinicalTime {
        let grace_ms = self.grace_seconds as i64 * 1_000;
        ClinicalTime::from_epoch_ms((minute + 1) * 60_000 + grace_ms)
    }
}

impl Default for EpochRules {
    fn default() -> Self {
        Self {
            grace_seconds: 60,
            eased_minutes: 15,
        }
    }
}

/// Late is not past: a condition pages only while its newest reading is fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateRules {
    /// A watch's reading is fresh for so many minutes.
    pub fresh_minutes: u32,
    /// What a person measured is fresh for so many minutes: it is rare, and
    /// typed in after the fact.
    pub fresh_minutes_staff: u32,
}

impl Default for LateRules {
    fn default() -> Self {
        Self {
            fresh_minutes: 10,
            fresh_minutes_staff: 60,
        }
    }
}

impl Rules {
    /// Names that a per-patient limit may carry, and whether it needs a vital.
    pub const PATIENT_LIMITS: [(&'static str, bool); 4] = [
        ("fever_on_treatment.raise_at", false),
        ("fever_on_treatment.low_below", false),
        ("baseline_deviation.limit", true),
        ("silent.after_minutes", true),
    ];

    /// Everything that is wrong with the rules, each with its key.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.alarm_budget.problems(&mut problems);
        self.provenance.problems(&mut problems);
        self.gate.problems(&mut problems);
        self.fever.problems(&mut problems);
        self.news2.problems(&mut problems);
        self.baseline.problems(&mut problems);
        self.deterioration.problems(&mut problems);
        self.sustained_change.problems(&mut problems);
        self.irregular_pulse.problems(&mut problems);
        self.activity_decline.problems(&mut problems);
        self.overnight_heart_rate.problems(&mut problems);
        self.oncology.problems(&mut problems);
        self.silence.problems(&mut problems);
        self.device.problems(&mut problems);
        if self.epochs.grace_seconds > 60 {
            problems.push("epochs.grace_seconds must not be above 60".into());
        }
        if !(1..=60).contains(&self.epochs.eased_minutes) {
            problems.push("epochs.eased_minutes must be 1 to 60".into());
        }
        for (name, minutes) in [
            ("fresh_minutes", self.late.fresh_minutes),
            ("fresh_minutes_staff", self.late.fresh_minutes_staff),
        ] {
            if !(1..=1_440).contains(&minutes) {
                problems.push(format!("late.{name} must be 1 to 1440"));
            }
        }
        problems
    }

    /// What is wrong with a limit for one patient, lowercase, if anything.
    pub fn problem_of_patient_limit(
        rule: &str,
        vital: Option<Vital>,
        value: f64,
    ) -> Option<String> {
        let Some((_, needs_vital)) = Self::PATIENT_LIMITS.iter().find(|(name, _)| *name == rule)
        else {
            let names = Self::PATIENT_LIMITS.map(|(name, _)| name).join(", ");
            return Some(format!("must be one of {names}"));
        };
        if *needs_vital != vital.is_some() {
            let word = if *needs_vital { "needs" } else { "takes no" };
            return Some(format!("{word} vital"));
        }
        let range = match rule {
            "fever_on_treatment.raise_at" => 37.0..=41.0,
            "fever_on_treatment.low_below" => 33.0..=36.5,
            "baseline_deviation.limit" => 2.0..=20.0,
            _ => 1.0..=43_200.0,
        };
        (!range.contains(&value)).then(|| format!("must lie in {range:?}"))
    }

    /// The learning settings, for views of a baseline.
    pub(super) const fn learning(&self) -> &LearningRules {
        &self.baseline.learning
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_close_after_their_grace_and_hours_with_the_minute_on_the_full_hour() {
        let rules = EpochRules::default();
        let closed = |minute: i64| {
            let at = MeasuredTime::from_epoch_ms(minute * 60_000 + 500);
            [rules.minute_closed_at(at), rules.hour_closed_at(at)].map(|at| at.epoch_ms() / 60_000)
        };
        assert_eq!(closed(59), [61, 62]);
        assert_eq!(closed(60), [62, 62]);
        assert_eq!(closed(61), [63, 122]);
    }
}
