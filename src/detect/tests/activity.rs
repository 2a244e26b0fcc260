//! Activity decline: worn days against the patient's own, in their time zone.

use super::bed::{Bed, START, Said, clinical, reading};
use super::courier::Courier;
use crate::detect::{Monitor, Source};
use crate::domain::{AlertKind, MeasuredTime, Priority, Reading, Vital};
use proptest::prelude::*;

const KIND: AlertKind = AlertKind::ActivityDecline;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// 2025-11-23T00:00:00Z, London's midnight, after the start.
const MIDNIGHT: i64 = 18 * HOUR + 2_400_000;
const RAISED: Said = Said::Raise(Priority::Low);

/// A day's messages: steps and wear every quarter of an hour of `hours` hours
/// from 8 on.
fn day(number: i64, hours: i64, steps: i64) -> Vec<Vec<Reading>> {
    let quarters = hours * 4;
    let first = MIDNIGHT + number * DAY + 8 * HOUR;
    (0..quarters)
        .map(|quarter| {
            let at = first + quarter * HOUR / 4;
            let share = steps * (quarter + 1) / quarters - steps * quarter / quarters;
            vec![
                reading(at, Vital::StepCount, share as f64),
                reading(at, Vital::Worn, 1.0),
            ]
        })
        .collect()
}

fn live(bed: &mut Bed, number: i64, hours: i64, steps: i64) {
    for message in day(number, hours, steps) {
        bed.send(message[0].at.epoch_ms() - START, &message, Source::Watch);
    }
}

/// What was said, with the day after which it was.
fn news(bed: &mut Bed) -> Vec<(Said, i64)> {
    let news = bed.news().into_iter().filter(|(kind, ..)| *kind == KIND);
    news.map(|(_, said, at)| (said, (at - MIDNIGHT).div_euclid(DAY) - 1))
        .collect()
}

/// Ten days of 5 000 steps, more or less.
fn with_usual() -> Bed {
    let mut bed = Bed::new();
    for number in 0..12 {
        live(&mut bed, number, 12, 5_000 + (number % 5 - 2) * 150);
    }
    bed
}

#[test]
fn a_decline_is_told_once_when_two_means_in_a_row_are_low_and_ends_when_steps_return() {
    let mut bed = with_usual();
    for number in 12..20 {
        live(&mut bed, number, 12, 1_500);
    }
    // Means of three: day 12 3 800, day 13 2 600 (low), day 14 1 500 (low).
    assert_eq!(news(&mut bed), [(RAISED, 14)]);
    for number in 20..26 {
        live(&mut bed, number, 12, 4_600);
    }
    // 2 533, 3 567, 4 600, 4 600: well from day 22 on.
    assert_eq!(news(&mut bed), [(Said::Clear, 23)]);
}

#[test]
fn the_evidence_names_the_days_the_usual_and_what_is_missing() {
    let mut bed = with_usual();
    live(&mut bed, 12, 12, 1_400);
    live(&mut bed, 13, 4, 200);
    live(&mut bed, 14, 12, 1_500);
    live(&mut bed, 15, 12, 1_600);
    bed.to(MIDNIGHT + 16 * DAY + 4 * HOUR);
    let found = bed.findings.iter().find(|finding| finding.kind == KIND);
    let evidence = &found.expect("raised").evidence;
    assert!(
        evidence.summary.starts_with(
            "Fewer steps: 1500 a day on the last 3 worn days, against 4925 usual for this patient \
             (12 worn days before): 70 % fewer, on 2 days in a row. 1 day in between was not worn"
        ),
        "{}",
        evidence.summary
    );
    assert_eq!(evidence.missing, ["steps of 2025-12-06"]);
    let values: Vec<f64> = evidence.values.iter().map(|value| value.value).collect();
    assert_eq!(values, [1_400.0, 1_500.0, 1_600.0]);
    assert_eq!(evidence.values[0].limit, Some(2_955.0));
    let first = MIDNIGHT + 12 * DAY + START;
    assert_eq!(evidence.values[0].measured.epoch_ms(), first);
    let chance = evidence.chance.as_deref().unwrap();
    assert!(
        chance.starts_with("Of the 10 means of 3 worn days"),
        "{chance}"
    );
    assert!(chance.contains("0 were as low"), "{chance}");
}

#[test]
fn days_that_were_not_worn_are_missing_and_not_days_without_steps() {
    let mut bed = with_usual();
    for number in 12..30 {
        live(&mut bed, number, 3, 100);
    }
    assert_eq!(news(&mut bed), [], "three hours a day say nothing");
    let mut bed = with_usual();
    for number in (12..60).step_by(5) {
        live(&mut bed, number, 12, 1_000);
    }
    assert_eq!(news(&mut bed), [], "three worn days lie in more than five");
}

#[test]
fn a_small_fall_is_no_decline_by_share_nor_by_steps() {
    let mut bed = with_usual();
    for number in 12..18 {
        live(&mut bed, number, 12, 3_100);
    }
    assert_eq!(news(&mut bed), [], "38 % fewer");
    let mut bed = Bed::new();
    for number in 0..18 {
        live(&mut bed, number, 12, if number < 12 { 1_400 } else { 500 });
    }
    assert_eq!(news(&mut bed), [], "64 % fewer, but only 900 steps");
}

#[test]
fn a_pulse_is_wear_and_lost_steps_are_no_wear() {
    let quarters = |bed: &mut Bed, number: i64, steps: f64| {
        for quarter in 0..48 {
            let at = MIDNIGHT + number * DAY + 8 * HOUR + quarter * HOUR / 4;
            let rate = 70.0 + (quarter % 3) as f64;
            bed.moment(at, &[(Vital::HeartRate, rate), (Vital::StepCount, steps)]);
        }
    };
    let mut bed = Bed::new();
    for number in 0..16 {
        quarters(&mut bed, number, if number < 12 { 100.0 } else { 0.0 });
    }
    assert_eq!(news(&mut bed), [(RAISED, 14)], "without one step, but worn");
    // A message that comes when its minute is long closed takes its hour away.
    let mut bed = with_usual();
    for number in 12..18 {
        for message in day(number, 12, 0) {
            let at = message[0].at.epoch_ms() - START;
            bed.send(at, &message, Source::Watch);
            if (at - MIDNIGHT) % HOUR == HOUR * 3 / 4 {
                let late = reading(at - 3 * HOUR, Vital::StepCount, 600.0);
                bed.send(at + 1_000, &[late], Source::Watch);
            }
        }
    }
    assert_eq!(news(&mut bed), []);
}

#[test]
fn midnight_is_where_the_patient_lives() {
    // Every other night five hours before and five after London's midnight:
    // one day of ten hours in New York, and two half ones in London.
    for (zone, worn) in [("America/New_York", true), ("Europe/London", false)] {
        let mut bed = Bed::new();
        bed.context.time_zone = zone.into();
        for number in (0..36).step_by(2) {
            for hour in -5..5 {
                let at = MIDNIGHT + number * DAY + hour * HOUR + 600_000;
                let steps = if number < 24 { 500.0 } else { 100.0 };
                bed.moment(at, &[(Vital::StepCount, steps), (Vital::Worn, 1.0)]);
            }
        }
        bed.to(MIDNIGHT + 40 * DAY);
        assert_eq!(!news(&mut bed).is_empty(), worn, "{zone}");
    }
}

#[test]
fn what_is_delivered_in_the_grace_counts_and_later_changes_no_day() {
    let mut bed = with_usual();
    for number in 12..15 {
        live(&mut bed, number, 12, 1_500);
        let steps: Vec<Reading> = (0..40)
            .map(|minute| {
                let at = MIDNIGHT + number * DAY + 21 * HOUR + minute * 60_000;
                reading(at, Vital::StepCount, 90.0)
            })
            .collect();
        let closes = MIDNIGHT + (number + 1) * DAY + 3 * HOUR;
        bed.send(closes - 60_000, &steps, Source::Watch);
    }
    bed.to(MIDNIGHT + 16 * DAY);
    assert_eq!(news(&mut bed), [], "5 100 steps, half of them late");
    let mut bed = with_usual();
    for number in 12..15 {
        live(&mut bed, number, 12, 1_500);
    }
    let late = reading(MIDNIGHT + 14 * DAY + 23 * HOUR, Vital::StepCount, 9_000.0);
    bed.send(
        MIDNIGHT + 15 * DAY + 3 * HOUR + 60_000,
        &[late],
        Source::Watch,
    );
    assert_eq!(news(&mut bed), [(RAISED, 14)]);
}

#[test]
fn a_decline_that_was_stored_and_forwarded_is_told_only_while_it_is_fresh() {
    for (behind, told) in [(4, 0), (1, 1)] {
        let mut bed = with_usual();
        let stored: Vec<Reading> = (12..20).flat_map(|n| day(n, 12, 1_000).concat()).collect();
        let now = MIDNIGHT + 20 * DAY + behind * DAY;
        bed.send(now, &stored, Source::Watch);
        bed.to(now + DAY);
        let raised: Vec<_> = news(&mut bed);
        assert_eq!(raised.len(), told, "{behind}: {raised:?}");
    }
}

#[test]
fn a_patient_who_stays_less_active_is_rebased_slowly_and_not_watched_says_unknown() {
    let mut bed = with_usual();
    for number in 12..17 {
        live(&mut bed, number, 12, 2_500);
    }
    assert_eq!(news(&mut bed), [(RAISED, 15)]);
    for number in 17..24 {
        live(&mut bed, number, 2, 100);
    }
    assert_eq!(news(&mut bed), [(Said::Unknown, 21)], "once");
    for number in 24..100 {
        live(&mut bed, number, 12, 2_500);
    }
    let news = news(&mut bed);
    assert_eq!(news.len(), 1, "{news:?}");
    assert!(news[0].0 == Said::Clear && news[0].1 > 60, "{news:?}");
}

#[test]
fn a_pause_ends_it_and_its_days_are_not_learnt() {
    let mut bed = with_usual();
    for number in 12..16 {
        live(&mut bed, number, 12, 1_500);
    }
    news(&mut bed);
    bed.context.monitoring[0].end = Some(clinical(MIDNIGHT + 16 * DAY + 8 * HOUR));
    bed.changed(MIDNIGHT + 16 * DAY + 7 * HOUR);
    for number in 17..40 {
        live(&mut bed, number, 12, 1_000);
    }
    assert_eq!(news(&mut bed), [(Said::Clear, 15)]);
    bed.context.monitoring[0].end = None;
    bed.changed(MIDNIGHT + 41 * DAY);
    for number in 41..46 {
        live(&mut bed, number, 12, 1_500);
    }
    assert_eq!(
        news(&mut bed),
        [(RAISED, 44)],
        "the usual is still that of before"
    );
}

/// A course of days, judged.
fn judged(courier: &Courier<'_>) -> Vec<(AlertKind, Said, i64)> {
    let mut messages = Vec::new();
    for number in 0..24 {
        let steps = if (12..19).contains(&number) {
            1_500
        } else {
            5_000
        };
        let worn = if number % 7 == 6 { 5 } else { 15 };
        messages.extend(day(number, worn, steps + number % 3 * 100));
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
        delays in prop::collection::vec(0_i64..59_000, 16..64),
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
    fn any_finite_input_is_bounded(
        sent in prop::collection::vec((any::<i64>(), 0.0_f64..1e300, 0_i64..200), 0..200),
        ordinary in prop::collection::vec((0_i64..60 * DAY, 0.0_f64..60_000.0, 0_i64..DAY), 0..400),
    ) {
        let mut bed = Bed::new();
        let mut now = 0;
        let mut sent: Vec<_> = sent;
        sent.extend(ordinary.iter().map(|(at, value, step)| (START + at, *value, step / 1_000)));
        for (at, value, step) in sent {
            now += step * 1_000;
            let at = MeasuredTime::from_epoch_ms(at);
            let steps = Reading { at, vital: Vital::StepCount, value };
            let worn = Reading { at, vital: Vital::Worn, value: 1.0 };
            bed.send(now, &[steps, worn], Source::Watch);
        }
        bed.to(now + 90 * DAY);
        for finding in &bed.findings {
            prop_assert!(finding.evidence.missing.len() <= 14);
            for figure in &finding.evidence.figures {
                prop_assert!(figure.value.is_finite());
            }
        }
        let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
        prop_assert!(postcard::from_bytes::<Monitor>(&bytes).unwrap() == bed.monitor);
    }
}
