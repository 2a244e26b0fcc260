//! Sudden trouble of heart and lungs.

use super::{Scenario, ScenarioKind, Timing, Truth, TruthKind};
use crate::physiology::{BodyChange, BodyEffect, Course, HOUR_MS};

/// Saturation falls to about 85 % in 20 minutes and stays for four hours.
pub(super) fn hypoxia(timing: Timing) -> Scenario {
    let change = BodyChange {
        oxygen_saturation: -12.0,
        heart_rate: 14.0,
        respiratory_rate: 7.0,
        activity_factor: 0.3,
        ..BodyChange::NONE
    };
    one_course(
        ScenarioKind::Hypoxia,
        Course::passing(timing.onset_ms, timing.ramp_ms(20.0), 4 * HOUR_MS, HOUR_MS),
        change,
        TruthKind::Hypoxia,
        "low oxygen saturation",
    )
}

/// A sudden sustained rise of heart rate with falling oxygen and no fever; the Wells and
/// sPESI limits (100 and 110/min) are passed.
pub(super) fn pulmonary_embolism(timing: Timing) -> Scenario {
    let change = BodyChange {
        heart_rate: 38.0,
        respiratory_rate: 9.0,
        oxygen_saturation: -6.0,
        systolic_pressure: -12.0,
        activity_factor: 0.2,
        variability_factor: 0.5,
        ..BodyChange::NONE
    };
    one_course(
        ScenarioKind::PulmonaryEmbolism,
        Course::lasting(timing.onset_ms, timing.ramp_ms(8.0)),
        change,
        TruthKind::Deterioration,
        "deterioration or early warning score",
    )
}

/// Three hours of fibrillation, then sinus rhythm again.
pub(super) fn atrial_fibrillation(timing: Timing) -> Scenario {
    let change = BodyChange {
        heart_rate: 35.0,
        respiratory_rate: 1.0,
        activity_factor: 0.5,
        fibrillation: true,
        ..BodyChange::NONE
    };
    one_course(
        ScenarioKind::AtrialFibrillation,
        Course::passing(timing.onset_ms, timing.ramp_ms(1.0), 3 * HOUR_MS, 60_000),
        change,
        TruthKind::Arrhythmia,
        "irregular pulse",
    )
}

/// A scenario of one effect and one truth of the same span.
pub(super) fn one_course(
    kind: ScenarioKind,
    course: Course,
    change: BodyChange,
    truth: TruthKind,
    expected_alert: &'static str,
) -> Scenario {
    Scenario {
        kind,
        body: vec![BodyEffect { course, change }],
        device: Vec::new(),
        truths: vec![Truth {
            kind: truth,
            onset_ms: course.onset_ms,
            ends_ms: course.ends_ms(),
            expected_alert: Some(expected_alert),
        }],
    }
}
