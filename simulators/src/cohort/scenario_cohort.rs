//! Cohorts of simulated patients: the watch's own stream, read back as readings.

use super::{Cohort, Reading};
use crate::chance::Chance;
use crate::device::{Cadence, DeviceClock, Habits, Moment, Watch, WatchOptions};
use crate::physiology::{Patient, Profile};
use crate::scenario::{Scenario, ScenarioKind, Timing, Truth};

/// One patient with drawn profile and habits; onset in the middle half of the record.
pub(super) fn patient(
    cohort: &Cohort,
    kind: ScenarioKind,
    chance: Chance,
) -> (Vec<Reading>, Vec<Truth>) {
    let length_ms = cohort.end_ms() - cohort.start_ms;
    let onset_ms = cohort.start_ms + length_ms / 4 + offset(chance, length_ms / 2);
    let scenario = Scenario::new(kind, Timing::at(onset_ms));
    let mut options = WatchOptions::new("cohort");
    options.cadence = Cadence::every(cohort.every_s);
    options.habits = Habits::drawn(chance.bits(1));
    options.clock = DeviceClock {
        set_at_ms: cohort.start_ms,
        offset_ms: 0,
        drift_ppm: chance.child("drift").between(0, -20.0, 20.0),
    };
    options.effects = scenario.device;
    options.moments_per_burst_message = 10_000;
    let body = Patient::new(
        chance.bits(2),
        Profile::drawn(chance.bits(3)),
        scenario.body,
    );
    let mut watch = Watch::new(options, body, cohort.start_ms);
    let mut readings: Vec<Reading> = watch
        .run_until(cohort.end_ms() - 1)
        .iter()
        .filter_map(|message| message.native.as_ref())
        .flat_map(|native| native.moments.iter().flat_map(readings_of))
        .collect();
    // A clock that jumps back would break the order that backtests ask for.
    readings.sort_by_key(|reading| reading.time_ms);
    (readings, scenario.truths)
}

fn offset(chance: Chance, most_ms: i64) -> i64 {
    let draw = chance.child("onset").bits(0) % most_ms.max(1).unsigned_abs();
    draw.cast_signed()
}

fn readings_of(moment: &Moment) -> impl Iterator<Item = Reading> {
    let time_ms = moment.t;
    [
        ("heart_rate", moment.hr),
        ("respiratory_rate", moment.rr),
        ("oxygen_saturation", moment.spo2),
        ("body_temperature", moment.temp),
        ("skin_temperature", moment.skin),
        ("systolic_pressure", moment.sbp),
        ("diastolic_pressure", moment.dbp),
        ("heart_rate_variability_rmssd", moment.rmssd),
        ("resting_heart_rate", moment.rhr),
        ("step_count", moment.steps.map(f64::from)),
    ]
    .into_iter()
    .filter_map(move |(vital, value)| {
        value.map(|value| Reading {
            time_ms,
            vital,
            value,
        })
    })
}
