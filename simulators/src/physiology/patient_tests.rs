//! What a body must do whatever its seed.

use super::{BodyState, Patient};
use crate::physiology::{BodyChange, BodyEffect, Course, HOUR_MS, MINUTE_MS, Profile};

const DAY_MS: i64 = 24 * HOUR_MS;

fn mean(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let count = values.len() as f64;
    values.iter().sum::<f64>() / count
}

fn every_ten_minutes(patient: &Patient, days: i64) -> Vec<BodyState> {
    (0..days * 144)
        .map(|index| patient.at(index * 10 * MINUTE_MS))
        .collect()
}

fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let (left_mean, right_mean) = (mean(left), mean(right));
    let covariance: f64 = left
        .iter()
        .zip(right)
        .map(|(l, r)| (l - left_mean) * (r - right_mean))
        .sum();
    let spread = |values: &[f64], middle: f64| {
        values
            .iter()
            .map(|value| (value - middle).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    covariance / (spread(left, left_mean) * spread(right, right_mean))
}

#[test]
fn wrist_skin_runs_in_antiphase_to_the_core() {
    let states = every_ten_minutes(&Patient::new(5, Profile::default(), Vec::new()), 10);
    let core: Vec<f64> = states.iter().map(|state| state.core_temperature).collect();
    let skin: Vec<f64> = states.iter().map(|state| state.skin_temperature).collect();
    let correlation = correlation(&core, &skin);
    assert!(correlation < -0.7, "correlation {correlation}");
}

#[test]
fn core_temperature_is_lowest_near_five_and_heart_rate_is_lower_at_night() {
    let patient = Patient::new(6, Profile::default(), Vec::new());
    let at_hour = |hour: i64| -> Vec<BodyState> {
        (0..30)
            .map(|day| patient.at(day * DAY_MS + hour * HOUR_MS))
            .collect()
    };
    let core = |states: &[BodyState]| {
        mean(
            &states
                .iter()
                .map(|state| state.core_temperature)
                .collect::<Vec<_>>(),
        )
    };
    let heart = |states: &[BodyState]| {
        mean(
            &states
                .iter()
                .map(|state| state.heart_rate)
                .collect::<Vec<_>>(),
        )
    };
    assert!(core(&at_hour(17)) - core(&at_hour(5)) > 0.5);
    let swing = heart(&at_hour(15)) - heart(&at_hour(4));
    assert!((8.0..25.0).contains(&swing), "day minus night {swing}");
}

#[test]
fn fever_raises_heart_rate_by_about_eight_per_degree() {
    let fever = BodyEffect {
        course: Course::lasting(0, 0),
        change: BodyChange {
            core_temperature: 2.0,
            ..BodyChange::NONE
        },
    };
    let well = Patient::new(9, Profile::default(), Vec::new());
    let ill = Patient::new(9, Profile::default(), vec![fever]);
    let rises: Vec<f64> = (1..200)
        .map(|index| index * 7 * MINUTE_MS)
        .map(|time_ms| ill.at(time_ms).heart_rate - well.at(time_ms).heart_rate)
        .collect();
    let per_degree = mean(&rises) / 2.0;
    assert!(
        (per_degree - 7.7).abs() < 0.1,
        "{per_degree}/min per degree"
    );
}

#[test]
fn a_later_moment_asked_first_changes_nothing() {
    let patient = Patient::new(3, Profile::drawn(3), Vec::new());
    let forward: Vec<BodyState> = (0..100).map(|index| patient.at(index * 5_000)).collect();
    let mut backward: Vec<BodyState> = (0..100)
        .rev()
        .map(|index| patient.at(index * 5_000))
        .collect();
    backward.reverse();
    assert_eq!(forward, backward);
}

#[test]
fn every_drawn_patient_stays_within_what_a_living_adult_can_show() {
    for seed in 0..40 {
        for state in every_ten_minutes(&Patient::new(seed, Profile::drawn(seed), Vec::new()), 3) {
            assert!(
                (35.0..175.0).contains(&state.heart_rate),
                "heart rate {}",
                state.heart_rate
            );
            assert!((93.0..=100.0).contains(&state.oxygen_saturation));
            assert!(
                (35.8..37.7).contains(&state.core_temperature),
                "core {}",
                state.core_temperature
            );
        }
    }
}
