//! One silent watch is one fact; one silent vital of a talking watch another.

use super::bed::{Bed, Said, reading};
use crate::detect::{DeviceEvent, Source};
use crate::domain::{AlertKind, Priority, Vital};

const HR: Vital = Vital::HeartRate;
const SPO2: Vital = Vital::OxygenSaturation;
const STEPS: Vital = Vital::StepCount;
const BATTERY: Vital = Vital::BatteryLevel;
const TEMPERATURE: Vital = Vital::BodyTemperature;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const LOW: Said = Said::Raise(Priority::Low);
const MEDIUM: Said = Said::Raise(Priority::Medium);
const WATCH: AlertKind = AlertKind::DeviceSilent;

/// Heart rate and steps each minute, SpO2 each ten, battery each hour, for an hour.
fn watched() -> Bed {
    let mut bed = Bed::expecting(&[(HR, 60), (SPO2, 600), (STEPS, 60), (BATTERY, 3_600)]);
    bed.moment(
        0,
        &[(HR, 70.0), (SPO2, 97.0), (STEPS, 0.0), (BATTERY, 80.0)],
    );
    for minute in 1..=60 {
        bed.moment(minute * MINUTE, &[(STEPS, 0.0)]);
        bed.moment(minute * MINUTE + 5_000, &[(HR, 70.0 + (minute % 5) as f64)]);
        if minute % 10 == 0 {
            bed.moment(minute * MINUTE, &[(SPO2, 97.0)]);
        }
    }
    bed.moment(HOUR, &[(BATTERY, 79.0)]);
    assert_eq!(bed.news(), []);
    bed
}

#[test]
fn a_watch_that_sends_nothing_is_one_alert_as_urgent_as_its_most_urgent_vital() {
    let mut bed = watched();
    bed.to(9 * HOUR);
    let missing: Vec<String> = bed.findings[0].evidence.missing.clone();
    let names = [
        "heart_rate",
        "oxygen_saturation",
        "step_count",
        "battery_level",
    ];
    assert_eq!(missing, names);
    assert_eq!(
        bed.findings[0].evidence.summary,
        "The watch has sent nothing for 15 minutes: no heart rate, oxygen (SpO₂), step count or battery level."
    );
    assert_eq!(bed.news(), [(WATCH, MEDIUM, HOUR + 15 * MINUTE)]);
    bed.moment(9 * HOUR, &[(STEPS, 0.0)]);
    assert_eq!(bed.news(), [(WATCH, Said::Clear, 9 * HOUR)]);
}

#[test]
fn what_stays_away_when_the_watch_is_back_is_told_after_its_own_time() {
    let mut bed = watched();
    bed.to(2 * HOUR);
    bed.news();
    for minute in 0..30 {
        let values = [(STEPS, 0.0), (SPO2, 97.0), (BATTERY, 70.0)];
        bed.moment(2 * HOUR + minute * MINUTE, &values);
    }
    let back = 2 * HOUR;
    let alone = (AlertKind::Silent(HR), MEDIUM, back + 15 * MINUTE);
    assert_eq!(bed.news(), [(WATCH, Said::Clear, back), alone]);
}

#[test]
fn a_vital_that_stays_away_while_the_watch_talks_is_named_itself() {
    let mut bed = watched();
    for minute in 61..=90 {
        bed.moment(minute * MINUTE, &[(STEPS, 0.0)]);
    }
    let heard = HOUR + 5_000;
    assert_eq!(
        bed.news(),
        [(AlertKind::Silent(HR), MEDIUM, heard + 15 * MINUTE)]
    );
}

#[test]
fn a_silent_watch_becomes_more_urgent_when_an_urgent_vital_is_overdue() {
    let mut bed = Bed::expecting(&[(HR, 1_800), (STEPS, 60)]);
    bed.moment(0, &[(HR, 70.0), (STEPS, 0.0)]);
    bed.to(3 * HOUR);
    let urgent = 2 * HOUR;
    assert_eq!(
        bed.news(),
        [(WATCH, LOW, 15 * MINUTE), (WATCH, MEDIUM, urgent)]
    );
}

#[test]
fn what_people_measure_is_not_the_watchs_silence() {
    let mut bed = Bed::expecting(&[(HR, 60), (STEPS, 60), (TEMPERATURE, 3_600)]);
    bed.moment(0, &[(HR, 70.0), (STEPS, 0.0)]);
    bed.send(0, &[reading(0, TEMPERATURE, 36.8)], Source::Staff);
    bed.to(5 * HOUR);
    let by_hand = (AlertKind::Silent(TEMPERATURE), MEDIUM, 4 * HOUR);
    assert_eq!(bed.news(), [(WATCH, MEDIUM, 15 * MINUTE), by_hand]);
    bed.send(
        5 * HOUR,
        &[reading(5 * HOUR, TEMPERATURE, 36.8)],
        Source::Staff,
    );
    let again = (AlertKind::Silent(TEMPERATURE), Said::Clear, 5 * HOUR);
    assert_eq!(bed.news(), [again], "the watch is still silent");
}

#[test]
fn a_watch_never_heard_is_one_alert_and_a_word_of_its_status_is_no_vital() {
    let mut bed = Bed::expecting(&[(HR, 60), (SPO2, 600)]);
    bed.device(MINUTE, DeviceEvent::Online);
    bed.to(3 * HOUR);
    assert_eq!(
        bed.findings[0].evidence.summary,
        "The watch has sent nothing since monitoring began 2 hours ago: no heart rate or oxygen (SpO₂)."
    );
    assert_eq!(bed.news(), [(WATCH, MEDIUM, 2 * HOUR)]);
}

#[test]
fn a_watch_off_the_wrist_misses_neither_pulse_nor_steps() {
    let mut bed = watched();
    bed.moment(HOUR + MINUTE, &[(Vital::Worn, 0.0)]);
    for minute in 62..=300 {
        bed.moment(minute * MINUTE, &[(BATTERY, 70.0)]);
    }
    assert_eq!(bed.news(), [(AlertKind::NotWorn, LOW, 2 * HOUR + MINUTE)]);
}

#[test]
fn a_silent_watch_ends_with_monitoring() {
    let mut bed = watched();
    bed.to(2 * HOUR);
    bed.news();
    bed.context.monitoring[0].end = Some(super::bed::clinical(3 * HOUR));
    bed.changed(2 * HOUR);
    bed.to(9 * HOUR);
    assert_eq!(bed.news(), [(WATCH, Said::Clear, 3 * HOUR)]);
}
