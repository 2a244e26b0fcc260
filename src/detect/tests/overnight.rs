//! Resting heart rate of the night, and NightSignal's published classes.

use super::bed::{Bed, START, Said, clinical, reading};
use super::courier::Courier;
use crate::detect::overnight::{NightClass, NightSignal};
use crate::detect::{Monitor, NightSource, OvernightMode, Source};
use crate::domain::{AlertKind, MeasuredTime, Priority, Reading, Vital};
use NightClass::{Green, Red, Yellow};
use proptest::prelude::*;

const KIND: AlertKind = AlertKind::OvernightHeartRate;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2025-11-23T00:00:00Z, London's midnight, after the start.
const MIDNIGHT: i64 = 18 * HOUR + 2_400_000;
const RAISED: Said = Said::Raise(Priority::Low);

/// Night `number` of a mean: a value every ten minutes, wobbling.
fn night(number: i64, mean: f64) -> Vec<Vec<Reading>> {
    let first = MIDNIGHT + number * DAY;
    (0..42)
        .map(|place| {
            let at = first + place * 10 * MINUTE + 5_000;
            let value = mean + [-2.0, 1.0, 3.0, -3.0, 2.0, -1.0][(place % 6) as usize];
            vec![reading(at, Vital::HeartRate, value)]
        })
        .collect()
}

fn live(bed: &mut Bed, number: i64, mean: f64) {
    for message in night(number, mean) {
        bed.send(message[0].at.epoch_ms() - START, &message, Source::Watch);
    }
}

/// What was said, with the night after which it was.
fn news(bed: &mut Bed) -> Vec<(Said, i64)> {
    let news = bed.news().into_iter().filter(|(kind, ..)| *kind == KIND);
    news.map(|(_, said, at)| (said, (at - MIDNIGHT).div_euclid(DAY)))
        .collect()
}

/// Ten nights around 60/min.
fn with_usual() -> Bed {
    let mut bed = Bed::new();
    usual(&mut bed);
    bed
}

fn usual(bed: &mut Bed) {
    for number in 0..10 {
        live(bed, number, 60.0 + (number % 3 - 1) as f64);
    }
}

#[test]
fn two_high_nights_of_three_are_told_once_and_two_that_are_well_end_it() {
    let mut bed = with_usual();
    for (number, mean) in [(10, 65.0), (11, 60.0), (12, 64.5), (13, 66.0), (14, 67.0)] {
        live(&mut bed, number, mean);
    }
    bed.to(MIDNIGHT + 14 * DAY + 8 * HOUR);
    assert_eq!(news(&mut bed), [(RAISED, 12)]);
    for (number, mean) in [(15, 62.0), (16, 63.0), (17, 62.0), (18, 61.0)] {
        live(&mut bed, number, mean);
    }
    bed.to(MIDNIGHT + 19 * DAY);
    assert_eq!(news(&mut bed), [(Said::Clear, 18)]);
}

#[test]
fn a_restless_patient_needs_more_than_a_calm_one() {
    let mut bed = Bed::new();
    for number in 0..14 {
        live(
            &mut bed,
            number,
            60.0 + [0.0, 4.0, -4.0, 3.0, -3.0][number as usize % 5],
        );
    }
    live(&mut bed, 14, 66.0);
    live(&mut bed, 15, 66.0);
    bed.to(MIDNIGHT + 16 * DAY);
    assert_eq!(news(&mut bed), []);
}

#[test]
fn the_evidence_says_what_it_rests_on_and_what_is_missing() {
    let mut bed = with_usual();
    live(&mut bed, 10, 66.0);
    live(&mut bed, 12, 66.5);
    bed.to(MIDNIGHT + 12 * DAY + 9 * HOUR);
    let found = bed.findings.iter().find(|finding| finding.kind == KIND);
    let finding = found.expect("raised");
    let evidence = &finding.evidence;
    assert_eq!(
        evidence.summary,
        "Resting heart rate of the night 66.5/min (mean of 42 minutes at rest), +6.5 against the \
         median of the 11 nights before; 2 of the last 3 nights were as high."
    );
    assert_eq!(evidence.missing, ["heart rate of the night to 2025-12-04"]);
    let last_minute = START + MIDNIGHT + 12 * DAY + 7 * HOUR - MINUTE;
    assert_eq!(evidence.values[0].measured.epoch_ms(), last_minute);
    assert_eq!(evidence.values[0].limit, Some(64.0));
    assert_eq!(
        finding.at.epoch_ms() - START - MIDNIGHT,
        12 * DAY + 8 * HOUR
    );
    let chance = evidence.chance.as_deref().unwrap();
    assert!(chance.starts_with("1 of the 11 nights"), "{chance}");
}

#[test]
fn minutes_with_steps_and_by_day_are_no_rest_and_a_night_of_few_hours_is_missing() {
    let mut bed = with_usual();
    for number in 10..14 {
        live(&mut bed, number, 60.0);
        for minute in 0..6 {
            let at = MIDNIGHT + number * DAY + HOUR + minute * MINUTE + 1_000;
            bed.moment(
                at,
                &[
                    (Vital::HeartRate, 125.0 + minute as f64),
                    (Vital::StepCount, 20.0),
                ],
            );
        }
        for minute in 0..30 {
            let at = MIDNIGHT + number * DAY + 10 * HOUR + minute * MINUTE;
            bed.watch(at, Vital::HeartRate, 110.0 + (minute % 4) as f64);
        }
    }
    assert_eq!(news(&mut bed), []);
    let mut bed = with_usual();
    for number in 10..14 {
        for message in night(number, 70.0).into_iter().take(12) {
            bed.send(message[0].at.epoch_ms() - START, &message, Source::Watch);
        }
    }
    bed.to(MIDNIGHT + 15 * DAY);
    assert_eq!(news(&mut bed), [], "two hours of each night");
}

#[test]
fn a_night_lies_where_the_patient_lives() {
    for (zone, told) in [("Australia/Sydney", false), ("Europe/London", true)] {
        let mut bed = Bed::new();
        bed.context.time_zone = zone.into();
        usual(&mut bed);
        live(&mut bed, 10, 66.0);
        live(&mut bed, 11, 66.0);
        bed.to(MIDNIGHT + 12 * DAY);
        assert_eq!(!news(&mut bed).is_empty(), told, "{zone}");
    }
}

#[test]
fn the_watchs_own_resting_heart_rate_is_preferred_until_it_comes_no_more() {
    let mut bed = Bed::new();
    let both = |bed: &mut Bed, number: i64, own: Option<f64>, mean: f64| {
        live(bed, number, mean);
        if let Some(own) = own {
            let at = MIDNIGHT + number * DAY + 7 * HOUR + 10 * MINUTE;
            bed.watch(at, Vital::RestingHeartRate, own);
        }
    };
    for number in 0..10 {
        both(&mut bed, number, Some(55.0), 60.0);
    }
    for number in 10..12 {
        both(&mut bed, number, Some(55.0), 70.0);
    }
    assert_eq!(news(&mut bed), [], "its own word stays calm");
    for number in 12..14 {
        both(&mut bed, number, Some(61.0), 60.0);
    }
    bed.to(MIDNIGHT + 13 * DAY + 8 * HOUR);
    let evidence = bed
        .findings
        .iter()
        .find(|f| f.kind == KIND)
        .map(|f| &f.evidence);
    let summary = &evidence.expect("raised").summary;
    assert!(
        summary.contains("61.0/min (as the watch gave it)"),
        "{summary}"
    );
    assert_eq!(news(&mut bed), [(RAISED, 13)]);
    for number in 14..40 {
        both(&mut bed, number, None, 62.0);
    }
    assert_eq!(
        news(&mut bed),
        [(Said::Clear, 21)],
        "the other signal from then on"
    );
    for number in 40..42 {
        both(&mut bed, number, None, 69.0);
    }
    bed.to(MIDNIGHT + 42 * DAY);
    assert_eq!(news(&mut bed), [(RAISED, 41)]);
    bed.rules.overnight_heart_rate.source = NightSource::RestingHeartRate;
    both(&mut bed, 42, None, 90.0);
    bed.to(MIDNIGHT + 43 * DAY);
    assert_eq!(news(&mut bed), []);
}

#[test]
fn what_is_late_pages_only_while_it_is_fresh_and_changes_no_closed_night() {
    for (at, told) in [(11 * DAY + 9 * HOUR, 1), (13 * DAY + 9 * HOUR, 0)] {
        let mut bed = with_usual();
        let stored: Vec<Reading> = (10..12).flat_map(|n| night(n, 67.0).concat()).collect();
        bed.send(MIDNIGHT + at, &stored, Source::Watch);
        bed.to(MIDNIGHT + at + DAY);
        assert_eq!(news(&mut bed).len(), told);
    }
    let mut bed = with_usual();
    live(&mut bed, 10, 67.0);
    live(&mut bed, 11, 60.0);
    bed.to(MIDNIGHT + 11 * DAY + 8 * HOUR);
    let late: Vec<Reading> = (400..419)
        .map(|minute| {
            let at = MIDNIGHT + 11 * DAY + minute * MINUTE;
            reading(at, Vital::HeartRate, 150.0 + (minute % 5) as f64)
        })
        .collect();
    bed.send(MIDNIGHT + 11 * DAY + 8 * HOUR + 1, &late, Source::Watch);
    bed.to(MIDNIGHT + 12 * DAY);
    assert_eq!(news(&mut bed), []);
}

#[test]
fn a_night_that_cannot_be_judged_is_said_once_and_a_pause_ends_it() {
    let mut bed = with_usual();
    live(&mut bed, 10, 67.0);
    live(&mut bed, 11, 67.0);
    for number in 12..15 {
        for message in night(number, 60.0).into_iter().take(6) {
            bed.send(message[0].at.epoch_ms() - START, &message, Source::Watch);
        }
    }
    bed.to(MIDNIGHT + 15 * DAY);
    assert_eq!(news(&mut bed), [(RAISED, 11), (Said::Unknown, 12)]);
    bed.context.monitoring[0].end = Some(clinical(MIDNIGHT + 16 * DAY));
    bed.changed(MIDNIGHT + 15 * DAY);
    bed.to(MIDNIGHT + 17 * DAY);
    assert_eq!(news(&mut bed), [(Said::Clear, 16)]);
}

#[test]
fn who_stays_changed_is_learnt_slowly() {
    let mut bed = with_usual();
    for number in 10..150 {
        live(&mut bed, number, 68.0);
    }
    let news = news(&mut bed);
    assert_eq!(news.len(), 2, "{news:?}");
    assert!(news[1].0 == Said::Clear && news[1].1 > 40, "{news:?}");
}

/// The published program, in its own order: medians, nights that may be red
/// or yellow, pairs of them that follow each other. `None` is a missing night.
fn published(means: &[Option<i32>]) -> Vec<Option<NightClass>> {
    let mut known = Vec::new();
    let may_be = |limit: i32, means: &[Option<i32>], known: &mut Vec<i32>| -> Vec<bool> {
        known.clear();
        means
            .iter()
            .map(|mean| {
                mean.is_some_and(|mean| {
                    known.push(mean);
                    let mut sorted = known.clone();
                    sorted.sort_unstable();
                    let (lower, upper) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
                    mean >= (lower + upper) / 2 + limit
                })
            })
            .collect()
    };
    let red = may_be(4, means, &mut known);
    let yellow = may_be(3, means, &mut known);
    let pair = |nights: &[bool], place: usize| place > 0 && nights[place] && nights[place - 1];
    let class = |(place, mean): (usize, &Option<i32>)| {
        mean.map(|_| match (pair(&red, place), pair(&yellow, place)) {
            (true, _) => Red,
            (false, true) => Yellow,
            (false, false) => Green,
        })
    };
    means.iter().enumerate().map(class).collect()
}

fn ours(means: &[Option<i32>]) -> Vec<Option<NightClass>> {
    let mut signal = NightSignal::default();
    (20_000..)
        .zip(means)
        .map(|(number, mean)| {
            // Whatever stands behind the point is cut off.
            let rest = [0.0, 0.9, 0.49, 0.5, 0.99][number as usize % 5];
            mean.map(|mean| signal.classify(number, f64::from(mean) + rest))
        })
        .collect()
}

#[test]
fn the_classes_of_worked_series_are_nightsignals() {
    let worked: [(&[i32], &[NightClass]); 5] = [
        // One high night is nothing; two at +4 are red, and so is each that follows.
        (
            &[60, 60, 60, 64, 60, 64, 65, 66, 60],
            &[Green, Green, Green, Green, Green, Green, Red, Red, Green],
        ),
        // Two at +3 are yellow; a night at +4 after one at +3 is yellow too.
        (
            &[60, 60, 60, 60, 60, 63, 63, 64, 64],
            &[
                Green, Green, Green, Green, Green, Green, Yellow, Yellow, Red,
            ],
        ),
        // The median rises with the nights: of 8, four are high, and it is 62.
        (
            &[60, 60, 60, 60, 64, 64, 64, 64, 64],
            &[Green, Green, Green, Green, Green, Red, Red, Green, Green],
        ),
        // Half a beat of the median is cut off: 60 and 61 make 60.
        (&[60, 61, 64, 64], &[Green, Green, Green, Green]),
        // Two at +2 are nothing.
        (&[58, 60, 62, 62, 62], &[Green, Green, Green, Green, Green]),
    ];
    for (means, classes) in worked {
        let means: Vec<Option<i32>> = means.iter().copied().map(Some).collect();
        let classes: Vec<Option<NightClass>> = classes.iter().copied().map(Some).collect();
        assert_eq!(published(&means), classes, "{means:?}");
        assert_eq!(ours(&means), classes, "{means:?}");
    }
    let broken = [60, 60, 60, 60, 65, 0, 65, 65].map(|mean| (mean > 0).then_some(mean));
    let classes = ours(&broken);
    assert_eq!(classes[6], Some(Green), "a missing night breaks the run");
    assert_eq!(classes[7], Some(Red));
}

#[test]
fn as_a_mode_it_tells_of_red_nights_and_ends_with_green_ones() {
    let mut bed = Bed::new();
    bed.rules.overnight_heart_rate.mode = OvernightMode::NightSignal;
    usual(&mut bed);
    for (number, mean) in [
        (10, 65.0),
        (11, 63.0),
        (12, 64.0),
        (13, 64.0),
        (14, 60.0),
        (15, 61.0),
    ] {
        live(&mut bed, number, mean);
    }
    bed.to(MIDNIGHT + 13 * DAY + 9 * HOUR);
    let summary = bed.findings.iter().find(|f| f.kind == KIND);
    let summary = summary
        .map(|f| f.evidence.summary.clone())
        .unwrap_or_default();
    bed.to(MIDNIGHT + 16 * DAY);
    assert_eq!(news(&mut bed), [(RAISED, 13), (Said::Clear, 15)]);
    assert!(
        summary.contains("by NightSignal's rule two nights in a row"),
        "{summary}"
    );
}

/// A course of nights, judged.
fn judged(courier: &Courier<'_>) -> Vec<(AlertKind, Said, i64)> {
    let mut messages = Vec::new();
    for number in 0..20 {
        let mean = if (11..15).contains(&number) {
            67.0
        } else {
            60.0
        };
        messages.extend(night(number, mean + (number % 3) as f64));
    }
    for (place, message) in messages.iter_mut().enumerate() {
        let at = message[0].at.epoch_ms() - START;
        let steps = f64::from(u8::from(place.is_multiple_of(9)));
        message.push(reading(at, Vital::StepCount, steps));
        message.push(reading(at, Vital::Worn, 1.0));
    }
    let mut bed = Bed::new();
    courier.bring(&mut bed, messages);
    bed.to(MIDNIGHT + 30 * DAY);
    let news = bed.news().into_iter();
    news.filter(|(kind, ..)| *kind == KIND).collect()
}

#[test]
fn the_property_is_about_a_course_that_raises_and_ends_and_a_restart_changes_nothing() {
    let plain = judged(&Courier::PLAIN);
    let said: Vec<Said> = plain.iter().map(|(_, said, _)| *said).collect();
    assert_eq!(said, [RAISED, Said::Clear]);
    assert_eq!(
        judged(&Courier {
            restarts: true,
            ..Courier::PLAIN
        }),
        plain
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn order_inside_the_grace_and_repetition_change_nothing(
        delays in prop::collection::vec(0_i64..55_000, 16..64),
        repeats in prop::collection::vec(any::<bool>(), 16..64),
    ) {
        let courier = Courier {
            delays: &delays,
            repeats: &repeats,
            restarts: false,
        };
        prop_assert_eq!(judged(&courier), judged(&Courier::PLAIN));
    }

    #[test]
    fn the_classes_of_any_nights_are_nightsignals(
        lowest in 25_i32..133,
        rises in prop::collection::vec(prop::option::weighted(0.9, 0_i32..20), 0..200),
    ) {
        let means: Vec<_> = rises.iter().map(|rise| rise.map(|rise| lowest + rise)).collect();
        prop_assert_eq!(ours(&means), published(&means));
    }

    #[test]
    fn any_finite_input_is_bounded(
        sent in prop::collection::vec((any::<i64>(), -1e300_f64..1e300, 0_i64..200), 0..200),
        ordinary in prop::collection::vec((0_i64..60 * DAY, 30.0_f64..200.0, 0_i64..DAY), 0..400),
        night_signal: bool,
    ) {
        let mut bed = Bed::new();
        if night_signal {
            bed.rules.overnight_heart_rate.mode = OvernightMode::NightSignal;
        }
        let mut now = 0;
        let mut sent: Vec<_> = sent;
        sent.extend(ordinary.iter().map(|(at, value, step)| (START + at, *value, step / 1_000)));
        for (place, (at, value, step)) in sent.into_iter().enumerate() {
            now += step * 1_000;
            let vital = if place % 3 == 0 { Vital::RestingHeartRate } else { Vital::HeartRate };
            let at = MeasuredTime::from_epoch_ms(at);
            bed.send(now, &[Reading { at, vital, value }], Source::Watch);
        }
        bed.to(now + 90 * DAY);
        for finding in &bed.findings {
            for figure in &finding.evidence.figures {
                prop_assert!(figure.value.is_finite());
            }
        }
        let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
        prop_assert!(postcard::from_bytes::<Monitor>(&bytes).unwrap() == bed.monitor);
    }
}
