//! A low temperature, read against what is usual for the patient.
//!
//! "Below 36.0" was written for a person who takes a temperature because of
//! feeling unwell. A patch that measures all night sees every person with a low
//! normal there, near the low of the day (04:00 to 06:00). So what a device
//! measures is judged minute by minute, and counts only if it is also well below
//! the patient's own level at that hour, or very low. What a person measures
//! counts as the site's limit says, and so does a limit set for one patient.

use super::baseline::{BaselineSource, BaselineView};
use super::step::Step;
use crate::domain::MeasuredTime;
use serde::{Deserialize, Serialize};

/// How the low tier is read against the patient's own level. No guideline gives
/// figures for continuous measurement: these are engineering judgement, on the
/// safe side of what healthy simulated patients show.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLowRules {
    /// Otherwise a device's minutes are judged by the site's limit alone.
    pub enabled: bool,
    /// A minute counts only so far below the own level at that hour, Cel …
    pub below_own_level: f64,
    /// … or below this whatever the own level, Cel.
    pub always_below: f64,
}

impl Default for OwnLowRules {
    fn default() -> Self {
        Self {
            enabled: true,
            below_own_level: 0.5,
            always_below: 35.5,
        }
    }
}

impl OwnLowRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        if !(0.1..=2.0).contains(&self.below_own_level) {
            problems.push("fever.own_low.below_own_level must be 0.1 to 2".into());
        }
        if !(33.0..=36.5).contains(&self.always_below) {
            problems.push("fever.own_low.always_below must be 33 to 36.5".into());
        }
    }
}

/// The limit of the low tier that holds for a patient at a time.
#[derive(Clone, Copy)]
pub(super) struct LowLimit {
    /// Below it is low, Cel.
    pub(super) limit: f64,
    /// What is usual for the patient at that hour, Cel, where that lowered it.
    pub(super) usual: Option<f64>,
}

impl LowLimit {
    /// What a person's reading is judged by: the site's limit, or the patient's.
    pub(super) fn of_a_person(step: &Step<'_>) -> Self {
        let set = step
            .context
            .limit("fever_on_treatment.low_below", None, step.at);
        Self {
            limit: set.map_or(step.rules.fever.low.limit, |set| set.value),
            usual: None,
        }
    }

    /// What a device's minute is judged by; `normal` is the patient's at that
    /// hour, before the minute was learnt.
    pub(super) fn of_a_device(step: &Step<'_>, normal: &BaselineView) -> Self {
        let (site, own) = (Self::of_a_person(step), step.rules.fever.own_low);
        let set = step
            .context
            .limit("fever_on_treatment.low_below", None, step.at);
        if !own.enabled || set.is_some() || normal.source == BaselineSource::Population {
            return site;
        }
        let low_for_them = normal.level - own.below_own_level;
        let limit = low_for_them.max(own.always_below);
        if limit >= site.limit {
            return site;
        }
        Self {
            limit,
            usual: Some(normal.level),
        }
    }

    /// The limit in words, for a sentence that says "below …".
    pub(super) fn words(&self) -> String {
        self.usual.map_or_else(String::new, |usual| {
            format!(" (usual for this patient at this hour: {usual:.1} °C)")
        })
    }
}

/// A minute that closed with a body temperature.
pub(super) struct TemperatureMinute {
    /// When the minute began.
    pub(super) began: MeasuredTime,
    /// Its value, Cel.
    pub(super) value: f64,
    /// The patient's normal at that hour, before the minute was learnt.
    pub(super) normal: BaselineView,
}
