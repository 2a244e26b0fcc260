//! A watch that is off: forgotten, or on its charger.

use super::bed::{Bed, START, Said, clinical, reading};
use super::rhythm_features::{Change, assert_refused, assert_taken};
use crate::detect::{Monitor, Source};
use crate::domain::{AlertKind, FindingState, Pause, Priority, Vital};

const MINUTE: i64 = 60_000;
const OFF: i64 = 30 * MINUTE;
const LOW: Said = Said::Raise(Priority::Low);

/// Says each minute whether it is worn, and each five minutes its battery.
fn say(bed: &mut Bed, minutes: std::ops::Range<i64>, worn: bool, battery: impl Fn(i64) -> f64) {
    for minute in minutes {
        let mut values = vec![(Vital::Worn, f64::from(u8::from(worn)))];
        if minute % 5 == 0 {
            values.push((Vital::BatteryLevel, battery(minute)));
        }
        bed.moment(minute * MINUTE, &values);
    }
}

/// Worn for half an hour, and then off with this battery until `until`.
fn off(until: i64, battery: impl Fn(i64) -> f64) -> Bed {
    let mut bed = Bed::new();
    say(&mut bed, 0..30, true, |_| 60.0);
    say(&mut bed, 30..until, false, battery);
    bed
}

fn news(bed: &mut Bed) -> Vec<(Said, i64)> {
    let news = bed.news().into_iter();
    let own = news.filter(|(kind, ..)| *kind == AlertKind::NotWorn);
    own.map(|(_, said, at)| (said, at)).collect()
}

#[test]
fn a_forgotten_watch_is_told_after_an_hour_and_one_on_its_charger_after_three() {
    let charging = |minute: i64| (60 + (minute - 30)).min(100) as f64;
    for (battery, minutes, words) in [
        (
            &(|minute: i64| 60.0 - minute as f64 / 30.0) as &dyn Fn(i64) -> f64,
            60,
            "",
        ),
        (&charging, 180, " Its battery was charged meanwhile."),
    ] {
        let mut bed = off(300, battery);
        let own = bed.findings.iter().find(|f| f.kind == AlertKind::NotWorn);
        let finding = own.expect("raised");
        assert_eq!(
            finding.evidence.summary,
            format!("The watch has not been worn for {minutes} minutes or more.{words}")
        );
        let FindingState::Raise { began, .. } = finding.state else {
            panic!("it is raised");
        };
        assert_eq!(began.epoch_ms(), START + OFF, "when it was taken off");
        say(&mut bed, 300..302, true, |_| 80.0);
        let told = [(LOW, OFF + minutes * MINUTE), (Said::Clear, 300 * MINUTE)];
        assert_eq!(news(&mut bed), told);
    }
}

#[test]
fn a_charge_of_two_hours_tells_nothing_and_the_next_absence_has_its_own_hour() {
    let mut bed = off(149, |minute| (60 + (minute - 30) / 3) as f64);
    say(&mut bed, 149..160, true, |_| 99.0);
    assert_eq!(news(&mut bed), []);
    say(&mut bed, 160..300, false, |_| 99.0);
    assert_eq!(news(&mut bed), [(LOW, 220 * MINUTE)]);
}

#[test]
fn two_percent_are_a_charge_and_one_is_not() {
    for (risen, minutes) in [(1.0, 60), (2.0, 180)] {
        let mut bed = off(300, |minute| if minute < 80 { 60.0 } else { 60.0 + risen });
        assert_eq!(news(&mut bed), [(LOW, OFF + minutes * MINUTE)], "{risen}");
    }
    // From the lowest since it was taken off, too.
    let mut bed = off(300, |minute| match minute {
        ..35 => 60.0,
        35..50 => 57.0,
        _ => 59.0,
    });
    assert_eq!(news(&mut bed), [(LOW, OFF + 180 * MINUTE)]);
    // A charger that is found when the hour is over comes too late.
    let mut bed = off(300, |minute| if minute < 91 { 60.0 } else { 90.0 });
    assert_eq!(news(&mut bed), [(LOW, OFF + 60 * MINUTE)]);
}

#[test]
fn what_the_battery_was_before_it_was_taken_off_is_the_measure_in_any_order() {
    let told = |first: Vital, second: Vital| {
        let mut bed = Bed::new();
        bed.watch(0, Vital::BatteryLevel, 40.0);
        let value = |vital| if vital == Vital::Worn { 0.0 } else { 50.0 };
        let moment = [first, second].map(|vital| reading(OFF, vital, value(vital)));
        bed.send(OFF, &moment, Source::Watch);
        // Repeats, and what is older than the newest, say nothing new.
        bed.watch(OFF + MINUTE, Vital::BatteryLevel, 51.0);
        bed.send(OFF + 2 * MINUTE, &moment, Source::Watch);
        let late = reading(OFF + MINUTE / 2, Vital::BatteryLevel, 45.0);
        bed.send(OFF + 2 * MINUTE, &[late], Source::Watch);
        bed.to(OFF + 300 * MINUTE);
        news(&mut bed)
    };
    let hour = [(LOW, OFF + 60 * MINUTE)];
    assert_eq!(told(Vital::Worn, Vital::BatteryLevel), hour);
    assert_eq!(told(Vital::BatteryLevel, Vital::Worn), hour);
    // Its first word of all is no rise.
    let mut bed = Bed::new();
    bed.watch(OFF, Vital::Worn, 0.0);
    bed.watch(OFF + MINUTE, Vital::BatteryLevel, 50.0);
    bed.to(OFF + 300 * MINUTE);
    assert_eq!(news(&mut bed), hour);
    bed.watch(OFF + 301 * MINUTE, Vital::Worn, 1.0);
    // One reading before and one after are enough.
    bed.watch(600 * MINUTE, Vital::Worn, 0.0);
    bed.watch(630 * MINUTE, Vital::BatteryLevel, 70.0);
    bed.to(1_000 * MINUTE);
    let told = [(Said::Clear, OFF + 301 * MINUTE), (LOW, 780 * MINUTE)];
    assert_eq!(news(&mut bed), told);
}

#[test]
fn a_pause_begins_its_time_anew_and_a_restart_changes_nothing() {
    for restarts in [false, true] {
        let mut bed = off(100, |minute| 45.0 + minute as f64 / 2.0);
        if restarts {
            let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
            bed.monitor = postcard::from_bytes::<Monitor>(&bytes).unwrap();
        }
        bed.context.pauses.push(Pause {
            start: clinical(110 * MINUTE),
            end: clinical(400 * MINUTE),
            reason: "scan".into(),
        });
        bed.changed(100 * MINUTE);
        bed.to(900 * MINUTE);
        assert_eq!(news(&mut bed), [(LOW, 580 * MINUTE)], "{restarts}");
    }
}

#[test]
fn a_word_that_is_older_than_the_newest_says_nothing() {
    let mut bed = Bed::new();
    bed.watch(OFF, Vital::Worn, 1.0);
    let late = reading(OFF - MINUTE, Vital::Worn, 0.0);
    bed.send(OFF + MINUTE, &[late], Source::Watch);
    bed.to(OFF + 300 * MINUTE);
    assert_eq!(news(&mut bed), []);
}

#[test]
fn settings_that_make_no_sense_are_named_and_the_outermost_are_taken() {
    let refused: &[Change] = &[
        ("not_worn_charging_minutes", |r| {
            r.device.not_worn_charging_minutes = 59
        }),
        ("not_worn_charging_minutes", |r| {
            r.device.not_worn_charging_minutes = 10_081
        }),
        ("charging_percent", |r| r.device.charging_percent = 0),
        ("charging_percent", |r| r.device.charging_percent = 51),
    ];
    assert_refused("device", refused);
    assert_taken(&[
        |r| r.device.not_worn_charging_minutes = 60,
        |r| r.device.not_worn_charging_minutes = 10_080,
        |r| r.device.charging_percent = 1,
        |r| r.device.charging_percent = 50,
    ]);
    let mut bed = off(30, |_| 60.0);
    bed.rules.device.not_worn_charging_minutes = 60;
    say(&mut bed, 30..200, false, |minute| {
        45.0 + (minute / 4) as f64
    });
    assert_eq!(
        news(&mut bed),
        [(LOW, OFF + 60 * MINUTE)],
        "no longer for a charge"
    );
}
