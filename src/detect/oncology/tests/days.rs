//! Days of a cycle and the bounds of windows.

use super::{at, dose, given, patient, rules};
use crate::detect::oncology::Course;
use crate::domain::{
    AdministrationKind, ClinicalTime, MeasuredTime, NadirDays, PatientContext, Period,
};

/// Cycle and day at a moment, and whether a nadir is expected.
fn day(context: &PatientContext, text: &str) -> (Option<(u16, u16)>, bool) {
    let rules = rules();
    let course = Course::of(context, &rules.oncology);
    let running = course.cycle_day(at(text));
    let running = running.map(|running| (running.cycle, running.day));
    (running, course.in_expected_nadir(at(text)))
}

fn day_of(context: &PatientContext, text: &str) -> Option<u16> {
    day(context, text).0.map(|(_, day)| day)
}

fn clinical(text: &str) -> ClinicalTime {
    ClinicalTime::from_epoch_ms(at(text).epoch_ms())
}

#[test]
fn a_day_of_the_cycle_is_a_calendar_day_where_the_patient_lives() {
    // Half past ten in the evening in London is the next morning in Auckland.
    let doses = [dose("2026-06-01T21:30:00Z", 1)];
    let (london, auckland) = (patient("", &doses), patient("Pacific/Auckland", &doses));
    assert_eq!(day_of(&london, "2026-06-01T22:59:59.999Z"), Some(1));
    assert_eq!(day_of(&london, "2026-06-01T23:00:00Z"), Some(2));
    assert_eq!(day_of(&auckland, "2026-06-02T11:59:59.999Z"), Some(1));
    assert_eq!(day_of(&auckland, "2026-06-02T12:00:00Z"), Some(2));
    assert_eq!(day_of(&london, "2026-06-01T21:29:59.999Z"), None, "not yet");
}

#[test]
fn a_day_has_23_or_25_hours_when_clocks_change() {
    // London goes back on 25 October 2026 and forward on 28 March 2027.
    let autumn = patient("Europe/London", &[dose("2026-10-24T09:00:00Z", 1)]);
    assert_eq!(day_of(&autumn, "2026-10-24T23:00:00Z"), Some(2));
    assert_eq!(day_of(&autumn, "2026-10-25T23:59:59Z"), Some(2));
    assert_eq!(day_of(&autumn, "2026-10-26T00:00:00Z"), Some(3));
    let spring = patient("Europe/London", &[dose("2027-03-27T09:00:00Z", 1)]);
    assert_eq!(day_of(&spring, "2027-03-28T00:00:00Z"), Some(2));
    assert_eq!(day_of(&spring, "2027-03-28T22:59:59Z"), Some(2));
    assert_eq!(day_of(&spring, "2027-03-28T23:00:00Z"), Some(3));
}

#[test]
fn the_nadir_holds_from_its_first_day_to_the_end_of_its_last() {
    // Across the hour that is told twice: day 7 begins by summer time, day 14
    // ends by winter time.
    let context = patient("Europe/London", &[dose("2026-10-18T15:00:00Z", 2)]);
    let expected = |text| day(&context, text).1;
    assert!(!expected("2026-10-23T22:59:59.999Z"), "day 6");
    assert!(expected("2026-10-23T23:00:00Z"), "day 7");
    assert!(expected("2026-10-31T23:59:59.999Z"), "day 14");
    assert!(!expected("2026-11-01T00:00:00Z"), "day 15");
}

#[test]
fn days_are_counted_from_the_first_administration_of_the_cycle() {
    let context = patient(
        "",
        &[
            dose("2026-11-01T09:00:00Z", 1),
            dose("2026-11-08T09:00:00Z", 1),
            dose("2026-11-22T09:00:00Z", 2),
        ],
    );
    assert_eq!(day(&context, "2026-11-06T12:00:00Z"), (Some((1, 6)), false));
    assert_eq!(day(&context, "2026-11-10T12:00:00Z"), (Some((1, 10)), true));
    // Day 14 of the second administration is day 21 of the cycle.
    assert_eq!(day(&context, "2026-11-21T12:00:00Z"), (Some((1, 21)), true));
    // In the morning before the next cycle begins, the old one still runs.
    let before = day(&context, "2026-11-22T08:59:00Z");
    assert_eq!(before, (Some((1, 22)), false));
    assert_eq!(day(&context, "2026-11-22T09:00:00Z"), (Some((2, 1)), false));
}

#[test]
fn a_cycle_ends_and_an_equal_number_long_after_is_another_course() {
    let first = [dose("2026-01-01T09:00:00Z", 1)];
    let context = patient("", &first);
    assert_eq!(day_of(&context, "2026-02-11T12:00:00Z"), Some(42));
    assert_eq!(day_of(&context, "2026-02-12T12:00:00Z"), None);
    let again = [first[0].clone(), dose("2026-02-12T09:00:00Z", 1)];
    let context = patient("", &again);
    assert_eq!(day_of(&context, "2026-02-12T12:00:00Z"), Some(1));
}

#[test]
fn an_administration_may_have_days_and_hours_of_its_own() {
    let mut own = dose("2026-11-01T09:00:00Z", 1);
    own.nadir_days = Some(NadirDays { first: 1, last: 2 });
    own.post_infusion_hours = Some(24);
    let context = patient("", &[own]);
    let (rules, text) = (rules(), "2026-11-02T08:59:59.999Z");
    let course = Course::of(&context, &rules.oncology);
    assert!(course.in_expected_nadir(at(text)) && course.in_post_infusion_window(at(text)));
    assert!(!course.in_post_infusion_window(at("2026-11-02T09:00:00Z")));
    assert!(!course.in_expected_nadir(at("2026-11-03T00:00:00Z")));
    assert!(!course.in_expected_nadir(at("2026-11-01T08:59:59Z")));
}

#[test]
fn hours_after_an_infusion_pass_whatever_clocks_say() {
    let bispecific = given("2026-10-24T12:00:00Z", 1, AdministrationKind::Bispecific);
    let car_t = given("2026-10-24T12:00:00Z", 1, AdministrationKind::CarT);
    let rules = rules();
    let until = |kind, last: &str, over: &str| {
        let context = patient("Europe/London", &[kind]);
        let course = Course::of(&context, &rules.oncology);
        assert!(course.in_post_infusion_window(at(last)), "{last}");
        assert!(!course.in_post_infusion_window(at(over)), "{over}");
    };
    until(
        bispecific,
        "2026-10-27T11:59:59.999Z",
        "2026-10-27T12:00:00Z",
    );
    until(car_t, "2026-11-07T11:59:59.999Z", "2026-11-07T12:00:00Z");
}

#[test]
fn the_next_window_is_the_first_of_all_that_begin() {
    let mut context = patient(
        "Europe/London",
        &[
            dose("2026-10-18T15:00:00Z", 1),
            given("2026-10-20T10:00:00Z", 1, AdministrationKind::Bispecific),
        ],
    );
    context.neutropenia = vec![Period {
        start: clinical("2026-10-25T10:00:00Z"),
        end: None,
    }];
    let rules = rules();
    let course = Course::of(&context, &rules.oncology);
    let mut starts = Vec::new();
    let mut now = clinical("2026-10-01T00:00:00Z");
    while let Some(next) = course.next_start(now) {
        starts.push(next);
        now = next;
    }
    let expected = [
        "2026-10-20T10:00:00Z",
        "2026-10-23T23:00:00Z",
        "2026-10-25T10:00:00Z",
    ];
    assert_eq!(starts, expected.map(clinical));
}

#[test]
fn a_window_holds_from_the_moment_that_was_told_as_its_start() {
    // Every hour of a year, in a zone with half an hour of summer time.
    let doses: Vec<_> = (0..12)
        .map(|n| {
            let start = at("2026-01-05T22:15:00Z").epoch_ms() + n * 29 * 86_400_000;
            let mut dose = dose("2026-01-05T22:15:00Z", 1);
            dose.given_at = ClinicalTime::from_epoch_ms(start);
            dose.cycle = u16::try_from(n).unwrap() + 1;
            dose
        })
        .collect();
    let context = patient("Australia/Lord_Howe", &doses);
    let rules = rules();
    let course = Course::of(&context, &rules.oncology);
    let mut now = clinical("2026-01-01T00:00:00Z");
    for _ in 0..12 {
        now = course.next_start(now).unwrap();
        let begins = MeasuredTime::from_arrival(now);
        assert!(course.in_expected_nadir(begins));
        assert!(!course.in_expected_nadir(begins.plus_ms(-1)));
        assert_eq!(course.treatment_day(begins), Some(7));
    }
    assert_eq!(course.next_start(now), None);
}
