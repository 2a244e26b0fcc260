//! Conditions that hold less urgently than they were said to.

use super::bed::{Bed, Said};
use super::clinical::id;
use super::clinical_files::{SITE, set_of};
use crate::domain::{AlertKind, Priority, Vital};

use Priority::{High, Medium};

const MINUTE: i64 = 60_000;

/// Minutes `from..until` of a moment every 20 s.
fn breathes(bed: &mut Bed, from: i64, until: i64, values: [f64; 3]) {
    let vitals = [
        Vital::HeartRate,
        Vital::RespiratoryRate,
        Vital::OxygenSaturation,
    ];
    for tick in from * 3..until * 3 {
        let wobble = [0.0, 0.3, -0.3][(tick % 3) as usize];
        let moment: Vec<_> = vitals.into_iter().zip(values.map(|x| x + wobble)).collect();
        bed.moment(tick * 20_000, &moment);
    }
}

fn said(bed: &mut Bed, kind: AlertKind) -> Vec<(Said, i64)> {
    let news = bed.news().into_iter().filter(|(of, ..)| *of == kind);
    news.map(|(_, said, at)| (said, at / MINUTE)).collect()
}

const SEVEN: [f64; 3] = [135.0, 27.0, 95.0];
const FIVE: [f64; 3] = [115.0, 22.0, 95.0];

#[test]
fn news2_that_fell_below_seven_is_said_and_said_again_while_values_come() {
    let mut bed = Bed::new();
    breathes(&mut bed, 0, 10, SEVEN);
    breathes(&mut bed, 10, 60, FIVE);
    bed.to(100 * MINUTE);
    let expected = [
        (Said::Raise(High), 7),
        (Said::Ease(Medium), 22),
        (Said::Ease(Medium), 27),
        (Said::Ease(Medium), 42),
        (Said::Ease(Medium), 57),
    ];
    assert_eq!(said(&mut bed, AlertKind::News2), expected);
    bed.to(1_000 * MINUTE);
    assert_eq!(
        said(&mut bed, AlertKind::News2),
        [],
        "nobody sends anything"
    );
}

#[test]
fn news2_that_rises_again_is_raised_again() {
    let mut bed = Bed::new();
    breathes(&mut bed, 0, 10, SEVEN);
    breathes(&mut bed, 10, 30, FIVE);
    bed.news();
    breathes(&mut bed, 30, 38, SEVEN);
    bed.to(45 * MINUTE);
    assert_eq!(
        said(&mut bed, AlertKind::News2),
        [(Said::Raise(High), 37)],
        "seven in two slots, of which the second begins with minute 35"
    );
}

#[test]
fn news2_eases_nothing_while_what_gave_points_is_unknown() {
    let mut bed = Bed::new();
    breathes(&mut bed, 0, 10, SEVEN);
    bed.news();
    // Breathing gave three points and is not known any more after an hour.
    for minute in 70..100 {
        bed.watch(minute * MINUTE, Vital::HeartRate, 115.0);
    }
    bed.to(110 * MINUTE);
    let told = said(&mut bed, AlertKind::News2);
    let told: Vec<_> = told.into_iter().map(|told| told.0).collect();
    assert_eq!(told, [Said::Unknown]);
}

#[test]
fn news2_of_five_alone_never_eases() {
    let mut bed = Bed::new();
    breathes(&mut bed, 0, 60, FIVE);
    bed.to(70 * MINUTE);
    let told = said(&mut bed, AlertKind::News2);
    assert!(matches!(told[..], [(Said::Raise(Medium), _)]), "{told:?}");
}

#[test]
fn a_rule_that_was_urgent_eases_once_no_minute_that_counts_was_and_may_rise_again() {
    let urgent =
        "\n[urgent]\nwhen = \"heart_rate >= 150\"\npriority = \"high\"\nwords = \"very fast\"\n";
    let mut bed = Bed::new();
    bed.rules.baseline.vitals.heart_rate.enabled = false;
    bed.rules.clinical = set_of(&[("site", &format!("{SITE}{urgent}"))]);
    let kind = AlertKind::Rule(id("site"));
    let mut measure = |minute: i64, rate| bed.staff(minute * MINUTE, Vital::HeartRate, rate);
    measure(0, 155.0);
    for minute in 1..6 {
        measure(minute, 125.0);
    }
    for minute in [9, 10, 11] {
        measure(minute, 125.0);
    }
    measure(12, 160.0);
    assert_eq!(
        said(&mut bed, kind),
        [
            (Said::Raise(High), 0),
            (Said::Ease(Medium), 5),
            (Said::Ease(Medium), 10),
            (Said::Raise(High), 12)
        ]
    );
}
