//! Phrases that the alerts of several detectors share.

use super::step::Step;
use crate::domain::Vital;

/// Hours of a day, for what is counted in hours and said in days.
pub(super) const HOURS_OF_A_DAY: f64 = 24.0;
/// Longer is said as "less than once in two years".
const DAYS_MOST: f64 = 730.0;

/// `about once in 30 days`; what is rarer than records reach is said to be so.
pub(super) fn how_often(hours_between: f64) -> String {
    let days = hours_between / HOURS_OF_A_DAY;
    if days > DAYS_MOST {
        "less than once in two years".to_owned()
    } else if days >= 1.5 {
        format!("about once in {days:.0} days")
    } else {
        format!("about once in {:.0} hours", hours_between.max(1.0))
    }
}

/// How often chance alone does this; a rate, never odds.
pub(super) fn chance(hours_between: f64, is_own: bool) -> String {
    let often = how_often(hours_between);
    let whom = if is_own {
        "for this patient"
    } else {
        "for patients in general (this one is still new)"
    };
    format!("A run like this is expected by chance {often} {whom}.")
}

/// `+9/min`, `-0.4 °C`.
pub(super) fn change(vital: Vital, departure: f64) -> String {
    let sign = if departure < 0.0 { '-' } else { '+' };
    let digits = usize::from(matches!(vital.facts().unit, "Cel" | "%"));
    format!("{sign}{}", size(vital, departure.abs(), digits))
}

/// A value and its unit: `25/min`, `38.0 °C`, `124 mmHg`.
pub(super) fn size(vital: Vital, value: f64, digits: usize) -> String {
    match vital.facts().unit {
        "Cel" => format!("{value:.digits$} °C"),
        "mm[Hg]" => format!("{value:.digits$} mmHg"),
        "%" => format!("{value:.digits$} %"),
        unit => format!("{value:.digits$}{unit}"),
    }
}

/// A vital inside a sentence, as nurses say it.
pub(super) const fn name(vital: Vital) -> &'static str {
    match vital {
        Vital::HeartRate => "heart rate",
        Vital::RespiratoryRate => "breathing",
        Vital::OxygenSaturation => "oxygen saturation",
        Vital::BodyTemperature => "temperature",
        Vital::SkinTemperature => "skin temperature",
        Vital::SystolicPressure => "systolic pressure",
        Vital::DiastolicPressure => "diastolic pressure",
        Vital::RestingHeartRate => "resting heart rate",
        Vital::HeartRateVariabilityRmssd
        | Vital::HeartRateVariabilitySdnn
        | Vital::BeatIntervals
        | Vital::StepCount
        | Vital::Worn
        | Vital::BatteryLevel
        | Vital::SupplementalOxygen
        | Vital::Consciousness => "another sign",
    }
}

/// Against whose course changes are, when it rests on so many hours.
pub(super) fn whose_course(step: &Step<'_>, hours_known: f64) -> &'static str {
    let learning = step.rules.learning();
    let known = hours_known / HOURS_OF_A_DAY;
    if known < learning.blended_from_days {
        " Measured against the population: this patient's own course is not known yet."
    } else if known < learning.personal_from_days {
        " Measured against an own course that is still being learnt."
    } else {
        " Measured against the patient's own course."
    }
}
