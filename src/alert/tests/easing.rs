use super::bed::{Bed, FEVER, NEWS2, at, finding, raise};
use crate::alert::Remembered;
use crate::domain::{Condition, FindingState, Handling, Priority};

use Priority::{High, Low, Medium};

#[test]
fn an_episode_becomes_less_urgent_only_after_an_hour_of_being_so() {
    let mut bed = Bed::default();
    bed.settings.remind_minutes.high = 0;
    bed.raise(0, NEWS2, High);
    bed.acknowledge(1, 1).unwrap();
    bed.news();
    for minute in (10..70).step_by(15) {
        bed.ease(minute, NEWS2, Medium);
    }
    assert_eq!(bed.news(), []);
    assert_eq!(bed.only().priority, High);
    bed.ease(70, NEWS2, Medium);
    let event = &bed.events[0];
    assert_eq!((event.priority, event.highest), (Medium, High));
    assert_eq!(event.handling, Handling::Acknowledged, "no new answer");
    assert_eq!(bed.news(), [("alert.deescalated", 1, 70)]);
    bed.raise(71, NEWS2, High);
    assert_eq!(bed.news(), [("alert.escalated", 1, 71)]);
}

#[test]
fn what_was_high_waits_for_a_person_also_when_only_its_document_is_left() {
    let mut bed = Bed::default();
    let known = Remembered {
        number: 1,
        finding: raise(70, NEWS2, Medium),
        highest: Some(High),
        condition: Condition::Active,
        handling: Handling::Open,
        acknowledged_by: None,
        answered_at: None,
        snooze: None,
        assignment: None,
    };
    bed.episodes.restore(known, at(80), &bed.settings);
    bed.clear(90, NEWS2);
    bed.to(100_000);
    assert_eq!(bed.only().handling, Handling::Open);
    bed.acknowledge(100_000, 1).unwrap();
    bed.to(100_030);
    assert_eq!(bed.only().handling, Handling::Resolved);
}

#[test]
fn silence_and_doubt_never_make_it_less_urgent() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, High);
    bed.ease(10, NEWS2, Medium);
    bed.to(10_000);
    assert_eq!(bed.only().priority, High, "nobody has said so since");
    bed.find(&finding(10_001, NEWS2, FindingState::Unknown), true);
    bed.ease(10_002, NEWS2, Medium);
    assert_eq!(bed.only().priority, High, "the hour begins anew");
    bed.ease(10_062, NEWS2, Medium);
    assert_eq!(bed.only().priority, Medium);
}

#[test]
fn a_relapse_inside_the_hour_begins_it_anew() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, High);
    bed.ease(10, NEWS2, Medium);
    bed.raise(40, NEWS2, High);
    bed.ease(50, NEWS2, Medium);
    bed.ease(109, NEWS2, Medium);
    assert_eq!(bed.only().priority, High);
    bed.ease(110, NEWS2, Medium);
    assert_eq!(bed.only().priority, Medium);
}

#[test]
fn it_falls_no_lower_than_the_most_that_was_said_in_the_hour() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, High);
    bed.ease(10, NEWS2, Low);
    bed.ease(40, NEWS2, Medium);
    bed.ease(69, NEWS2, Low);
    bed.ease(70, NEWS2, Low);
    assert_eq!(bed.only().priority, Medium);
    bed.ease(129, NEWS2, Low);
    assert_eq!(bed.only().priority, Medium, "low since 70");
    bed.ease(130, NEWS2, Low);
    assert_eq!(bed.only().priority, Low);
}

#[test]
fn what_was_high_waits_for_a_person_although_it_is_less_urgent_now() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.ease(10, FEVER, Medium);
    bed.ease(70, FEVER, Medium);
    bed.clear(80, FEVER);
    bed.to(10_000);
    assert_eq!(bed.only().handling, Handling::Open);
    assert!(bed.only().latches());
    bed.acknowledge(10_001, 1).unwrap();
    bed.to(10_031);
    assert_eq!(bed.only().handling, Handling::Resolved);
}

#[test]
fn what_a_person_saw_as_high_need_not_be_seen_again_when_it_returns_as_medium() {
    let mut bed = Bed::default();
    bed.settings.acknowledgement_minutes.medium = 100;
    bed.raise(0, FEVER, High);
    bed.acknowledge(1, 1).unwrap();
    bed.ease(10, FEVER, Medium);
    bed.ease(70, FEVER, Medium);
    bed.to(241);
    assert_eq!(bed.only().handling, Handling::Open, "it was long ago");
    bed.clear(250, FEVER);
    bed.to(280);
    assert_eq!(bed.only().handling, Handling::Resolved);
}

#[test]
fn resolved_while_it_holds_it_is_raised_anew_as_urgent_as_it_is_then() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, High);
    bed.resolve(1, 1).unwrap();
    bed.ease(10, NEWS2, Medium);
    bed.ease(200, NEWS2, Medium);
    bed.news();
    bed.to(241);
    assert_eq!(bed.events[0].priority, Medium);
    assert_eq!(bed.news(), [("alert.raised", 2, 241)]);
}

#[test]
fn less_urgent_outside_monitoring_ends_it() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, High);
    bed.news();
    let ease = finding(5, NEWS2, FindingState::Ease { priority: Medium });
    bed.find(&ease, false);
    assert_eq!(bed.news(), [("alert.condition_ended", 1, 5)]);
}
