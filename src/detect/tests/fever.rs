use super::bed::{Bed, Said, clinical, measured, reading};
use crate::detect::Source;
use crate::domain::{AlertKind, FindingState, PatientLimit, Period, Priority, Vital};

const BT: Vital = Vital::BodyTemperature;
const FEVER: AlertKind = AlertKind::FeverOnTreatment;
const MINUTE: i64 = 60_000;
const HIGH: Said = Said::Raise(Priority::High);

#[test]
fn the_first_valid_body_temperature_of_38_0_raises_at_once_and_37_9_does_not() {
    let mut bed = Bed::new();
    bed.watch(1_000, BT, 37.9);
    assert_eq!(bed.news(), []);
    bed.watch(15 * MINUTE, BT, 38.0);
    assert_eq!(bed.news(), [(FEVER, HIGH, 15 * MINUTE)]);
}

#[test]
fn skin_temperature_is_never_a_fever() {
    let mut bed = Bed::new();
    for minute in 0..120 {
        bed.watch(minute * MINUTE, Vital::SkinTemperature, 39.5);
    }
    assert!(bed.news().iter().all(|(kind, ..)| *kind != FEVER));
}

#[test]
fn a_fever_is_raised_once_and_told_again_only_half_a_degree_worse() {
    let mut bed = Bed::new();
    for (step, value) in [38.2, 38.4, 38.6, 38.7, 38.9, 39.2].into_iter().enumerate() {
        bed.watch(step as i64 * 10 * MINUTE, BT, value);
    }
    let at: Vec<i64> = bed.news().iter().map(|(_, _, at)| at / MINUTE).collect();
    assert_eq!(at, [0, 30, 50]);
}

#[test]
fn it_ends_only_after_an_hour_of_readings_below_37_5() {
    let mut bed = Bed::new();
    bed.watch(0, BT, 38.5);
    bed.news();
    bed.watch(180 * MINUTE, BT, 37.0);
    assert_eq!(
        bed.news(),
        [],
        "one calm reading after hours proves no calm hour"
    );
    bed.watch(220 * MINUTE, BT, 37.5);
    bed.watch(230 * MINUTE, BT, 37.2);
    bed.watch(289 * MINUTE, BT, 37.2);
    assert_eq!(bed.news(), []);
    bed.watch(290 * MINUTE, BT, 37.2);
    assert_eq!(bed.news(), [(FEVER, Said::Clear, 290 * MINUTE)]);
}

#[test]
fn a_doubtful_reading_opens_nothing_but_holds() {
    let mut bed = Bed::new();
    bed.watch(0, BT, 36.8);
    bed.watch(5_000, BT, 39.5);
    assert_eq!(bed.news(), []);
    bed.watch(10_000, BT, 36.8);
    assert_eq!(bed.news(), []);
}

#[test]
fn the_second_agreeing_reading_lifts_the_first_and_the_fever_began_with_it() {
    let mut bed = Bed::new();
    bed.watch(0, BT, 36.8);
    bed.watch(5_000, BT, 38.5);
    bed.watch(10_000, BT, 38.5);
    let FindingState::Raise { began, .. } = bed.findings[0].state else {
        panic!()
    };
    assert_eq!(began, measured(5_000));
}

#[test]
fn an_unknown_treatment_counts_as_at_risk_and_a_long_finished_one_does_not() {
    let mut bed = Bed::new();
    bed.context.treatment.clear();
    bed.watch(0, BT, 38.5);
    assert_eq!(bed.news().len(), 1);
    let day = 86_400_000;
    for (ended_days_ago, expected) in [(41, 1), (43, 0)] {
        let mut bed = Bed::new();
        bed.context.treatment = vec![Period {
            start: clinical(-100 * day),
            end: Some(clinical(-ended_days_ago * day)),
        }];
        bed.watch(0, BT, 38.5);
        assert_eq!(bed.news().len(), expected, "{ended_days_ago} days");
    }
}

#[test]
fn a_patients_own_limit_replaces_the_organisations_until_it_expires() {
    let mut bed = Bed::new();
    bed.context.limits.push(PatientLimit {
        rule: "fever_on_treatment.raise_at".into(),
        vital: None,
        value: 37.5,
        author: "doctor".into(),
        reason: "neutropenic".into(),
        expires: clinical(60 * MINUTE),
    });
    bed.watch(0, BT, 37.5);
    assert_eq!(bed.news(), [(FEVER, HIGH, 0)]);
    let mut late = Bed::new();
    late.context.limits = bed.context.limits.clone();
    late.watch(60 * MINUTE, BT, 37.5);
    assert_eq!(late.news(), []);
}

#[test]
fn a_low_temperature_needs_two_readings_within_the_hour_and_is_medium() {
    let mut bed = Bed::new();
    bed.watch(0, BT, 35.9);
    bed.watch(61 * MINUTE, BT, 35.9);
    assert_eq!(bed.news(), []);
    bed.watch(100 * MINUTE, BT, 35.9);
    bed.to(103 * MINUTE);
    assert_eq!(
        bed.news(),
        [(FEVER, Said::Raise(Priority::Medium), 102 * MINUTE)],
        "when its minute closes"
    );
    let mut edge = Bed::new();
    for minute in 0..5 {
        edge.watch(minute * 10 * MINUTE, BT, 36.0);
    }
    assert_eq!(edge.news(), []);
}

#[test]
fn a_site_may_ask_for_two_readings_within_two_hours() {
    let mut bed = Bed::new();
    bed.rules.fever.high.readings = 2;
    bed.rules.fever.high.within_minutes = 120;
    bed.watch(0, BT, 38.3);
    bed.watch(121 * MINUTE, BT, 38.1);
    assert_eq!(bed.news(), []);
    bed.watch(200 * MINUTE, BT, 38.1);
    assert_eq!(bed.news(), [(FEVER, HIGH, 200 * MINUTE)]);
}

#[test]
fn late_fever_that_is_over_never_pages() {
    let mut bed = Bed::new();
    bed.watch(60 * MINUTE, BT, 36.9);
    let late = [
        reading(20 * MINUTE, BT, 39.0),
        reading(30 * MINUTE, BT, 39.0),
    ];
    bed.send(60 * MINUTE + 5_000, &late, Source::Watch);
    assert_eq!(bed.news(), []);
}

const LATE: Said = Said::Late(Priority::High);

#[test]
fn late_fever_that_is_over_is_listed_once_by_the_next_reading_with_when_and_how_high() {
    let mut bed = Bed::new();
    bed.watch(180 * MINUTE, BT, 36.9);
    for minute in (20..140).step_by(5) {
        let value = if minute == 60 { 39.1 } else { 38.5 };
        let late = reading(minute * MINUTE, BT, value);
        bed.send(181 * MINUTE, &[late], Source::Watch);
    }
    assert_eq!(bed.news(), [], "it may still go on");
    bed.watch(185 * MINUTE, BT, 36.9);
    let found = &bed.findings[0];
    let FindingState::Late { began, .. } = found.state else {
        panic!()
    };
    assert_eq!(began, measured(20 * MINUTE));
    let said = "Body temperature reached 39.1 °C, at or above 38.0 °C, from 2 hours to 50 minutes \
                ago; it was over when it became known, so nobody was paged.";
    assert_eq!(found.evidence.summary, said);
    assert_eq!(bed.news(), [(FEVER, LATE, 185 * MINUTE)]);
    bed.watch(190 * MINUTE, BT, 36.9);
    assert_eq!(bed.news(), []);
}

#[test]
fn a_burst_whose_fever_ended_in_it_is_listed_and_a_fever_after_it_pages() {
    let mut bed = Bed::new();
    let value = |step| if step < 24 { 38.4 } else { 36.8 };
    let burst: Vec<_> = (0..40)
        .map(|step| reading(step * 5 * MINUTE, BT, value(step)))
        .collect();
    bed.send(200 * MINUTE, &burst, Source::Watch);
    assert_eq!(bed.news(), [(FEVER, LATE, 200 * MINUTE)]);
    bed.watch(210 * MINUTE, BT, 38.4);
    assert_eq!(bed.news(), [(FEVER, HIGH, 210 * MINUTE)]);
    for minute in (215..=275).step_by(5) {
        bed.watch(minute * MINUTE, BT, 36.8);
    }
    assert_eq!(bed.news(), [(FEVER, Said::Clear, 275 * MINUTE)]);
}

#[test]
fn late_fever_that_still_holds_at_a_fresh_newest_reading_pages_and_says_when_it_began() {
    let mut bed = Bed::new();
    let burst: Vec<_> = (0..12)
        .map(|step| reading(step * 5 * MINUTE, BT, 38.4))
        .collect();
    bed.send(60 * MINUTE, &burst, Source::Watch);
    let FindingState::Raise { began, .. } = bed.findings[0].state else {
        panic!()
    };
    assert_eq!(began, measured(0));
    assert_eq!(bed.news(), [(FEVER, HIGH, 60 * MINUTE)]);
}

#[test]
fn a_stale_newest_reading_does_not_page() {
    let mut bed = Bed::new();
    bed.send(
        10 * MINUTE + 1,
        &[reading(0, BT, 39.0)],
        Source::Retrospective,
    );
    assert_eq!(bed.news(), []);
    let mut fresh = Bed::new();
    fresh.send(10 * MINUTE, &[reading(0, BT, 39.0)], Source::Retrospective);
    assert_eq!(fresh.news().len(), 1);
    let mut typed_in = Bed::new();
    typed_in.send(45 * MINUTE, &[reading(0, BT, 39.0)], Source::Staff);
    assert_eq!(typed_in.news().len(), 1, "a person types in after the fact");
}

#[test]
fn nothing_pages_outside_monitoring_and_what_holds_ends_with_it() {
    let mut bed = Bed::new();
    bed.watch(0, BT, 38.5);
    bed.news();
    bed.context.monitoring[0].end = Some(clinical(MINUTE));
    bed.changed(1_000);
    bed.to(2 * MINUTE);
    assert_eq!(bed.news(), [(FEVER, Said::Clear, MINUTE)]);
    bed.watch(3 * MINUTE, BT, 38.6);
    assert_eq!(bed.news(), []);
}

/// A bed whose patient is in a neutropenia window for its first day.
fn neutropenic() -> Bed {
    let mut bed = Bed::new();
    bed.context.neutropenia = vec![Period {
        start: clinical(0),
        end: Some(clinical(24 * 60 * MINUTE)),
    }];
    bed
}

#[test]
fn in_a_neutropenia_window_fever_counts_from_its_own_limit_on_and_says_so() {
    let mut bed = neutropenic();
    bed.watch(0, BT, 37.4);
    assert_eq!(bed.news(), []);
    bed.watch(30 * MINUTE, BT, 37.5);
    let evidence = &bed.findings[0].evidence;
    assert!(
        evidence.summary.contains("at or above 37.5 °C"),
        "{}",
        evidence.summary
    );
    assert!(evidence.summary.contains("in a neutropenia window"));
    assert_eq!(evidence.rule_version, bed.rules.provenance.fever.version);
    assert_eq!(bed.news(), [(FEVER, HIGH, 30 * MINUTE)]);
    let mut bed = neutropenic();
    bed.watch(24 * 60 * MINUTE, BT, 37.9);
    assert_eq!(bed.news(), [], "the window is over");
}

#[test]
fn in_a_neutropenia_window_no_tier_is_less_urgent_than_the_site_says() {
    for (window, priority) in [(true, Priority::High), (false, Priority::Medium)] {
        let mut bed = if window { neutropenic() } else { Bed::new() };
        bed.watch(0, BT, 35.8);
        bed.watch(10 * MINUTE, BT, 35.7);
        bed.to(12 * MINUTE);
        assert_eq!(bed.news(), [(FEVER, Said::Raise(priority), 12 * MINUTE)]);
    }
}

#[test]
fn a_patients_own_limit_stands_before_that_of_the_neutropenia_window() {
    let mut bed = neutropenic();
    bed.context.limits = vec![PatientLimit {
        rule: "fever_on_treatment.raise_at".to_owned(),
        vital: None,
        value: 38.2,
        author: "Dr Example".to_owned(),
        reason: "always 37.8 in the evening".to_owned(),
        expires: clinical(24 * 60 * MINUTE),
    }];
    bed.watch(0, BT, 38.1);
    assert_eq!(bed.news(), []);
    bed.watch(30 * MINUTE, BT, 38.2);
    assert_eq!(bed.news(), [(FEVER, HIGH, 30 * MINUTE)]);
}

#[test]
fn news2_is_as_urgent_in_a_neutropenia_window_as_the_site_says() {
    for (least, priority) in [
        (Priority::Medium, Priority::Medium),
        (Priority::High, Priority::High),
    ] {
        let mut bed = neutropenic();
        // What the course of treatment adds to it is another table's.
        bed.rules.oncology.more_urgent.neutropenia.news2 = 0;
        bed.rules.news2.neutropenia_priority = least;
        bed.staff(MINUTE, Vital::RespiratoryRate, 26.0);
        assert_eq!(
            bed.news(),
            [(AlertKind::News2, Said::Raise(priority), MINUTE)]
        );
    }
}
