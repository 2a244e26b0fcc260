//! Any order of arrival inside the grace, and any repetition, gives the same alerts.

use super::bed::{START, Said, clinical};
use crate::detect::{Observed, Source};
use crate::domain::{AlertKind, MeasuredTime, Reading, Vital};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Every 10 s a message: measured then, arriving up to 55 s later.
#[derive(Clone, Debug)]
struct Sent {
    measured: i64,
    arrives: i64,
    readings: Vec<Reading>,
}

/// A course: calm, then ill from some minute on, with the noise of a wrist.
fn course(ill_from: i64, noise: &[i8]) -> Vec<Sent> {
    (0..360_i64)
        .map(|tick| {
            let at = tick * 10_000;
            let noise = f64::from(noise[tick as usize % noise.len()]) / 32.0;
            let ill = f64::from(u8::from(at / 60_000 >= ill_from));
            let value = |vital, calm: f64, rise: f64, noisy: f64| Reading {
                at: MeasuredTime::from_epoch_ms(START + at),
                vital,
                value: calm + rise * ill + noisy * noise,
            };
            Sent {
                measured: at,
                arrives: at,
                readings: vec![
                    value(Vital::Worn, 1.0, 0.0, 0.0),
                    value(Vital::HeartRate, 74.0, 38.0, 6.0),
                    value(Vital::RespiratoryRate, 16.0, 6.0, 2.0),
                    value(Vital::OxygenSaturation, 96.0, -3.0, 0.8),
                    value(Vital::BodyTemperature, 36.9, 1.4, 0.05),
                    // Minutes of few steps and of some: rest and activity.
                    value(Vital::StepCount, (2.0 * noise.abs()).floor(), 0.0, 0.0),
                ],
            }
        })
        .collect()
}

type Alerts = (BTreeSet<(AlertKind, Said)>, Vec<(AlertKind, Said, i64)>);

/// Kinds and states of the limit rule; kind, state and time of everything judged on minutes.
fn alerts(mut sent: Vec<Sent>) -> Alerts {
    sent.sort_by_key(|message| message.arrives);
    let mut bed = super::clinical::bed_with("sirs");
    // An hour is little: departures from the own normal are told easily here.
    let heart_rate = &mut bed.rules.baseline.vitals.heart_rate;
    (heart_rate.limit, heart_rate.epochs) = (2.0, 3);
    for message in &sent {
        let observed = Observed {
            readings: &message.readings,
            arrived: clinical(message.arrives),
            source: Source::Watch,
        };
        bed.monitor.observe(
            &bed.context,
            &bed.rules,
            &observed,
            &mut bed.qualities,
            &mut bed.findings,
        );
    }
    bed.to(80 * 60_000);
    let (limit, minutes): (Vec<_>, Vec<_>) = bed
        .news()
        .into_iter()
        .filter(|(kind, ..)| !matches!(kind, AlertKind::Silent(_) | AlertKind::DeviceSilent))
        .partition(|(kind, ..)| *kind == AlertKind::FeverOnTreatment);
    let raised = limit
        .into_iter()
        .filter(|(_, said, _)| matches!(said, Said::Raise(_)))
        .map(|(kind, said, _)| (kind, said))
        .collect();
    (raised, minutes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn order_inside_the_grace_and_repetition_change_no_alert(
        ill_from in 5_i64..70,
        noise in prop::collection::vec(any::<i8>(), 64..200),
        delays in prop::collection::vec(0_i64..55_000, 64..200),
        repeats in prop::collection::vec(any::<bool>(), 16..64),
    ) {
        let in_order = course(ill_from, &noise);
        let mut shuffled = Vec::new();
        for (place, message) in in_order.iter().enumerate() {
            let delay = delays[place % delays.len()];
            shuffled.push(Sent { arrives: message.measured + delay, ..message.clone() });
            if repeats[place % repeats.len()] {
                let again = delays[(place * 7) % delays.len()];
                shuffled.push(Sent { arrives: message.measured + again, ..message.clone() });
            }
        }
        prop_assert_eq!(alerts(in_order), alerts(shuffled));
    }

    #[test]
    fn the_order_inside_a_moment_changes_nothing(
        ill_from in 5_i64..70,
        noise in prop::collection::vec(any::<i8>(), 64..200),
        turn in 1_usize..6,
    ) {
        let in_order = course(ill_from, &noise);
        let mut turned = in_order.clone();
        for message in &mut turned {
            message.readings.rotate_left(turn);
        }
        prop_assert_eq!(alerts(in_order), alerts(turned));
    }
}

#[test]
fn the_property_is_about_courses_that_do_raise() {
    let noise: Vec<i8> = (0..100).map(|n| (n * 37 % 256) as u8 as i8).collect();
    let (fever, minutes) = alerts(course(20, &noise));
    assert_eq!(fever.len(), 1);
    let kinds: BTreeSet<&str> = minutes.iter().map(|(kind, ..)| kind.name()).collect();
    assert!(
        ["news2", "rule", "baseline_deviation"]
            .iter()
            .all(|kind| kinds.contains(kind)),
        "{kinds:?}"
    );
}
