//! Fever and what comes with it.

use super::{Scenario, ScenarioKind, Timing, Truth, TruthKind};
use crate::physiology::{BodyChange, BodyEffect, Course, HOUR_MS};

/// Hours of low-grade temperature (below 38.0), then a steep rise with rigors.
///
/// Core temperature gains 2.4 Cel in 18 minutes at ramp factor 1, so that 38.0 is
/// passed some minutes after onset at most hours of the day.
pub(super) fn neutropenic_sepsis(timing: Timing) -> Scenario {
    let onset_ms = timing.onset_ms;
    Scenario {
        kind: ScenarioKind::NeutropenicSepsis,
        body: vec![prodrome(onset_ms), rigors(timing), shock(timing)],
        device: Vec::new(),
        truths: vec![fever_truth(onset_ms, None)],
    }
}

/// Five hours of feeling unwell, below 38.0.
fn prodrome(onset_ms: i64) -> BodyEffect {
    BodyEffect {
        course: Course::lasting(onset_ms - 5 * HOUR_MS, 5 * HOUR_MS),
        change: BodyChange {
            core_temperature: 0.4,
            heart_rate: 2.0,
            activity_factor: 0.6,
            ..BodyChange::NONE
        },
    }
}

/// The steep rise.
fn rigors(timing: Timing) -> BodyEffect {
    BodyEffect {
        course: Course::lasting(timing.onset_ms, timing.ramp_ms(18.0)),
        change: BodyChange {
            core_temperature: 2.4,
            heart_rate: 10.0,
            respiratory_rate: 3.0,
            activity_factor: 0.2,
            variability_factor: 0.5,
            ..BodyChange::NONE
        },
    }
}

/// The circulation fails over four hours.
fn shock(timing: Timing) -> BodyEffect {
    BodyEffect {
        course: Course::lasting(timing.onset_ms, timing.ramp_ms(240.0)),
        change: BodyChange {
            heart_rate: 12.0,
            respiratory_rate: 4.0,
            oxygen_saturation: -3.0,
            systolic_pressure: -32.0,
            ..BodyChange::NONE
        },
    }
}

/// Rises over an hour, stays three, fades over two.
pub(super) fn fever_after_infusion(timing: Timing) -> Scenario {
    let course = Course::passing(
        timing.onset_ms,
        timing.ramp_ms(60.0),
        3 * HOUR_MS,
        2 * HOUR_MS,
    );
    let change = BodyChange {
        core_temperature: 2.0,
        heart_rate: 4.0,
        respiratory_rate: 1.0,
        activity_factor: 0.5,
        ..BodyChange::NONE
    };
    Scenario {
        kind: ScenarioKind::FeverAfterInfusion,
        body: vec![BodyEffect { course, change }],
        device: Vec::new(),
        truths: vec![fever_truth(timing.onset_ms, course.ends_ms())],
    }
}

/// ASTCT: fever first; low pressure and low oxygen follow some hours later.
pub(super) fn cytokine_release(timing: Timing) -> Scenario {
    let onset_ms = timing.onset_ms;
    let fever = BodyEffect {
        course: Course::passing(onset_ms, timing.ramp_ms(45.0), 24 * HOUR_MS, 6 * HOUR_MS),
        change: BodyChange {
            core_temperature: 2.6,
            heart_rate: 8.0,
            activity_factor: 0.2,
            ..BodyChange::NONE
        },
    };
    let leak = BodyEffect {
        course: Course::passing(
            onset_ms + timing.ramp_ms(120.0),
            timing.ramp_ms(120.0),
            18 * HOUR_MS,
            6 * HOUR_MS,
        ),
        change: BodyChange {
            heart_rate: 16.0,
            respiratory_rate: 5.0,
            oxygen_saturation: -8.0,
            systolic_pressure: -35.0,
            ..BodyChange::NONE
        },
    };
    let hypoxia = Truth {
        kind: TruthKind::Hypoxia,
        onset_ms,
        ends_ms: leak.course.ends_ms(),
        expected_alert: Some("cytokine release or low oxygen saturation"),
    };
    Scenario {
        kind: ScenarioKind::CytokineRelease,
        truths: vec![fever_truth(onset_ms, fever.course.ends_ms()), hypoxia],
        body: vec![fever, leak],
        device: Vec::new(),
    }
}

fn fever_truth(onset_ms: i64, ends_ms: Option<i64>) -> Truth {
    Truth {
        kind: TruthKind::Fever,
        onset_ms,
        ends_ms,
        expected_alert: Some("fever"),
    }
}
