//! An alert that says more keeps others back, and lets them go.

use super::bed::{Bed, alert, facts, line};
use super::kept_back::{ALL, HEART, ward};
use crate::alert::EventType;
use crate::alert::routing::Outcome;
use crate::domain::{AlertKind, KindPattern, Priority, SilenceScope, Vital};

#[test]
fn an_alert_that_says_more_keeps_its_parts_back_until_it_ends() {
    let mut bed = Bed::new(ALL);
    let (news2, part) = (alert(1, 2), alert(1, 1));
    // Raised in one step, the part first.
    bed.together(&[
        (
            part.clone(),
            facts(1, HEART, Priority::Medium),
            EventType::Raised,
            false,
        ),
        (
            news2.clone(),
            facts(1, AlertKind::News2, Priority::High),
            EventType::Raised,
            false,
        ),
    ]);
    bed.takes(1);
    assert_eq!(bed.told(), ["e1 alert.raised 1_2"]);
    assert_eq!(bed.outcomes(&part), [Outcome::Inhibited]);
    assert_eq!(bed.notes[0].1.by.as_deref(), Some("alr_site_1_2"));
    bed.then(&news2, EventType::Acknowledged);
    bed.restart();
    assert_eq!(bed.outcomes(&part).len(), 1, "seen is not over");
    bed.pass_to(600);
    bed.then(&news2, EventType::ConditionEnded);
    assert!(bed.lines().contains(&line(600, "e1", "alert.raised 1_1")));
    assert_eq!(bed.outcomes(&part), [Outcome::Inhibited, Outcome::Sent]);
}

#[test]
fn a_part_that_is_over_before_is_not_told_and_that_is_noted() {
    let mut bed = Bed::new(ALL);
    let (news2, part) = (alert(1, 1), alert(1, 2));
    bed.raise(&news2, facts(1, AlertKind::News2, Priority::High));
    bed.raise(&part, facts(1, HEART, Priority::Medium));
    bed.then(&part, EventType::ConditionEnded);
    bed.then(&part, EventType::Resolved);
    bed.then(&news2, EventType::ConditionEnded);
    assert_eq!(bed.outcomes(&part), [Outcome::Inhibited, Outcome::Lapsed]);
    assert!(!bed.told().iter().any(|told| told.ends_with("1_2")));
}

#[test]
fn only_the_same_patient_an_equal_priority_and_a_named_kind_are_kept_back() {
    for (patient, kind, priority, kept) in [
        (1, HEART, Priority::Medium, true),
        (1, HEART, Priority::High, false),
        (2, HEART, Priority::Medium, false),
        (
            1,
            AlertKind::BaselineDeviation(Vital::SkinTemperature),
            Priority::Medium,
            false,
        ),
        (1, AlertKind::FeverOnTreatment, Priority::Medium, false),
    ] {
        let mut bed = Bed::new(ALL);
        bed.raise(&alert(1, 1), facts(1, AlertKind::News2, Priority::Medium));
        let id = alert(patient, 2);
        bed.raise(&id, facts(patient, kind, priority));
        let inhibited = bed.outcomes(&id) == [Outcome::Inhibited];
        assert_eq!(inhibited, kept, "{patient} {kind:?} {priority:?}");
    }
}

#[test]
fn a_silent_device_keeps_its_silent_vitals_and_not_worn_back() {
    let mut bed = Bed::new(ALL);
    bed.raise(
        &alert(1, 1),
        facts(1, AlertKind::DeviceSilent, Priority::Medium),
    );
    for (number, kind) in [
        (2, AlertKind::Silent(Vital::HeartRate)),
        (3, AlertKind::NotWorn),
    ] {
        bed.raise(&alert(1, number), facts(1, kind, Priority::Low));
        assert_eq!(bed.outcomes(&alert(1, number)), [Outcome::Inhibited]);
    }
    bed.then(&alert(1, 1), EventType::Resolved);
    assert_eq!(
        bed.told()[1..],
        [
            "e1 alert.resolved 1_1",
            "e1 alert.raised 1_2",
            "e1 alert.raised 1_3"
        ]
    );
}

#[test]
fn what_is_silenced_keeps_nothing_else_back() {
    let mut bed = Bed::new(ALL);
    let scope = SilenceScope {
        kinds: vec![KindPattern::new("news2").unwrap()],
        ..ward("a1")
    };
    bed.silence(scope, 0, 600);
    bed.raise(&alert(1, 1), facts(1, AlertKind::News2, Priority::High));
    bed.raise(&alert(1, 2), facts(1, HEART, Priority::Medium));
    assert_eq!(bed.told(), ["e1 alert.raised 1_2"]);
}

#[test]
fn a_silence_that_begins_later_lets_go_what_its_alert_kept_back() {
    let mut bed = Bed::new(ALL);
    let scope = SilenceScope {
        kinds: vec![KindPattern::new("news2").unwrap()],
        ..ward("a1")
    };
    bed.silence(scope, 300, 600);
    bed.raise(&alert(1, 1), facts(1, AlertKind::News2, Priority::High));
    bed.raise(&alert(1, 2), facts(1, HEART, Priority::Medium));
    bed.takes(1);
    bed.pass_to(70);
    bed.takes(2);
    assert_eq!(bed.outcomes(&alert(1, 2)), [Outcome::Inhibited]);
    bed.restart();
    bed.pass_to(299);
    let before = bed.lines().len();
    bed.pass_to(300);
    let told = [line(300, "e1", "alert.raised 1_2")];
    assert_eq!(bed.lines()[before..], told);
}

#[test]
fn an_alert_that_fell_below_its_parts_keeps_them_back_no_more() {
    let mut bed = Bed::new(ALL);
    let (news2, part) = (alert(1, 1), alert(1, 2));
    bed.raise(&news2, facts(1, AlertKind::News2, Priority::High));
    bed.raise(&part, facts(1, HEART, Priority::Medium));
    assert_eq!(bed.outcomes(&part), [Outcome::Inhibited]);
    bed.pass_to(10);
    let fell = facts(1, AlertKind::News2, Priority::Low);
    bed.together(&[(news2, fell, EventType::Deescalated, false)]);
    assert!(bed.lines().contains(&line(10, "e1", "alert.raised 1_2")));
}

#[test]
fn an_alert_that_comes_later_keeps_the_next_step_of_its_parts_back() {
    let mut bed = Bed::new(ALL);
    let (part, news2) = (alert(1, 1), alert(1, 2));
    bed.raise(&part, facts(1, HEART, Priority::Medium));
    bed.takes(1);
    bed.pass_to(30);
    bed.raise(&news2, facts(1, AlertKind::News2, Priority::High));
    bed.takes(2);
    bed.pass_to(200);
    let told = bed.told();
    assert!(
        !told.contains(&"e2 alert.raised 1_1".to_owned()),
        "{told:?}"
    );
    assert_eq!(bed.outcomes(&part), [Outcome::Sent, Outcome::Inhibited]);
    bed.then(&news2, EventType::Resolved);
    assert!(bed.lines().contains(&line(200, "e1", "alert.raised 1_1")));
}

#[test]
fn alerts_that_would_keep_each_other_back_do_not_vanish() {
    let text =
        format!("{ALL}\n[[inhibitions]]\nby = \"physiological\"\nof = [\"physiological\"]\n");
    let mut bed = Bed::new(&text);
    bed.together(&[
        (
            alert(1, 1),
            facts(1, HEART, Priority::Medium),
            EventType::Raised,
            false,
        ),
        (
            alert(1, 2),
            facts(1, AlertKind::News2, Priority::Medium),
            EventType::Raised,
            false,
        ),
    ]);
    assert_eq!(bed.told(), ["e1 alert.raised 1_2"]);
}
