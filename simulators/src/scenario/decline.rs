//! Illness that comes over hours, days or weeks and stays below fixed limits.

use super::heart_and_lungs::one_course;
use super::{Scenario, ScenarioKind, Timing, TruthKind};
use crate::physiology::{BodyChange, Course, HOUR_MS};

const DAY_MINUTES: f64 = 24.0 * 60.0;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Spread of one person's nightly resting heart rate, /min; the day-level noise of
/// [`crate::physiology::Patient`] plus what one night's mean leaves.
const PERSONAL_SPREAD: f64 = 1.6;

/// Resting heart rate rises 1.5 personal standard deviations over three days.
pub(super) fn slow_illness(timing: Timing) -> Scenario {
    one_course(
        ScenarioKind::SlowIllness,
        Course::passing(
            timing.onset_ms,
            timing.ramp_ms(3.0 * DAY_MINUTES),
            6 * DAY_MS,
            3 * DAY_MS,
        ),
        BodyChange {
            heart_rate: 1.5 * PERSONAL_SPREAD,
            activity_factor: 0.8,
            variability_factor: 0.9,
            ..BodyChange::NONE
        },
        TruthKind::Deterioration,
        "deterioration",
    )
}

/// Three weeks of declining activity.
pub(super) fn slow_decline(timing: Timing) -> Scenario {
    one_course(
        ScenarioKind::SlowDecline,
        Course::lasting(timing.onset_ms, timing.ramp_ms(21.0 * DAY_MINUTES)),
        BodyChange {
            heart_rate: 8.0,
            respiratory_rate: 1.5,
            oxygen_saturation: -1.0,
            activity_factor: 0.25,
            variability_factor: 0.7,
            ..BodyChange::NONE
        },
        TruthKind::Deterioration,
        "deterioration or activity decline",
    )
}

/// A day without enough to drink: heart rate up, pressure down, warm but no fever.
pub(super) fn dehydration(timing: Timing) -> Scenario {
    one_course(
        ScenarioKind::Dehydration,
        Course::passing(
            timing.onset_ms,
            timing.ramp_ms(DAY_MINUTES),
            12 * HOUR_MS,
            12 * HOUR_MS,
        ),
        BodyChange {
            heart_rate: 22.0,
            respiratory_rate: 2.0,
            core_temperature: 0.2,
            systolic_pressure: -22.0,
            activity_factor: 0.5,
            variability_factor: 0.7,
            ..BodyChange::NONE
        },
        TruthKind::Deterioration,
        "deterioration",
    )
}
