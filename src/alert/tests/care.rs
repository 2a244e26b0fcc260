use super::bed::{Bed, FEVER, NEWS2, PATIENT, answer, at};
use crate::alert::{Answer, CommandRefused};
use crate::domain::{Handling, Priority};

use Priority::{High, Low, Medium};

#[test]
fn a_snooze_says_until_when_by_whom_and_why_and_ends_by_its_time() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.snooze(1, 1, 20).unwrap();
    let attention = bed.only().attention.clone().expect("snoozed");
    let snooze = attention.snooze.expect("snoozed");
    assert_eq!((snooze.until, snooze.at), (at(20), at(1)));
    assert_eq!(snooze.by, "nurse");
    assert_eq!(snooze.reason.as_deref(), Some("fluids running"));
    assert_eq!(attention.answered_at, Some(at(1)));
    for minute in 2..20 {
        bed.raise(minute, FEVER, High);
    }
    bed.to(19);
    let quiet = [("alert.raised", 1, 0), ("alert.snoozed", 1, 1)];
    assert_eq!(bed.news(), quiet, "worse values are kept, not told");
    assert_eq!(bed.only().evidence.summary, "at minute 19");
    bed.to(100);
    assert_eq!(bed.news(), [("alert.snooze_ended", 1, 20)]);
    assert_eq!(bed.only().handling, Handling::Open);
    bed.raise(101, FEVER, High);
    assert_eq!(bed.news(), [("alert.updated", 1, 101)]);
}

#[test]
fn more_urgent_breaks_a_snooze_at_once() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    bed.acknowledge(1, 1).unwrap();
    bed.snooze(2, 1, 60).unwrap();
    bed.news();
    bed.raise(3, NEWS2, High);
    assert!(!bed.only().is_snoozed());
    assert_eq!(bed.only().handling, Handling::Open);
    bed.to(500);
    assert_eq!(bed.news(), [("alert.escalated", 1, 3)]);
}

#[test]
fn a_snooze_ends_with_its_condition_and_what_comes_back_is_told() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    bed.snooze(1, 1, 60).unwrap();
    bed.clear(10, NEWS2);
    bed.news();
    assert_eq!(
        bed.snooze(11, 1, 50),
        Err(CommandRefused::ConditionEnded),
        "there is nothing to be quiet about"
    );
    bed.raise(20, NEWS2, Medium);
    bed.to(70);
    assert_eq!(bed.news(), [("alert.reopened", 1, 20)]);
}

#[test]
fn a_snooze_never_hides_another_kind() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Low);
    bed.snooze(1, 1, 400).unwrap();
    bed.news();
    bed.raise(2, FEVER, Low);
    bed.raise(9, FEVER, Low);
    assert_eq!(
        bed.news(),
        [("alert.raised", 2, 2), ("alert.updated", 2, 9)]
    );
}

#[test]
fn a_snooze_is_bounded_by_the_priority_and_lies_ahead() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.raise(0, NEWS2, Medium);
    let too_far = |minutes_max| Err(CommandRefused::SnoozeOutOfRange { minutes_max });
    assert_eq!(bed.snooze(10, 1, 10), too_far(30));
    assert_eq!(bed.snooze(10, 1, 42), too_far(30));
    assert_eq!(bed.snooze(10, 1, 41), Ok(true), "a minute for other clocks");
    assert_eq!(bed.snooze(10, 2, 132), too_far(120));
    assert_eq!(bed.snooze(10, 2, 130), Ok(true));
    bed.settings.snooze_minutes_max.high = 0;
    let refused = Err(CommandRefused::SnoozeNotAllowed);
    assert_eq!(bed.snooze(11, 1, 12), refused);
    bed.resolve(12, 2).unwrap();
    assert_eq!(bed.snooze(13, 2, 20), Err(CommandRefused::AlreadyResolved));
    assert_eq!(bed.snooze(13, 3, 20), Err(CommandRefused::Over));
}

#[test]
fn the_same_command_again_is_no_second_event() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    assert_eq!(bed.snooze(1, 1, 60), Ok(true));
    assert_eq!(bed.snooze(2, 1, 60), Ok(false));
    assert_eq!(bed.snooze(3, 1, 50), Ok(true), "another time is another");
    assert_eq!(bed.assign(4, 1, "team east"), Ok(true));
    assert_eq!(bed.assign(5, 1, "team east"), Ok(false));
    assert_eq!(bed.unsnooze(6, 1), Ok(true));
    assert_eq!(bed.unsnooze(7, 1), Ok(false));
    assert_eq!(bed.reopen(8, 1), Ok(false), "it is open");
    let names: Vec<_> = bed.news().into_iter().map(|news| news.0).collect();
    assert_eq!(
        names,
        [
            "alert.raised",
            "alert.snoozed",
            "alert.snoozed",
            "alert.assigned",
            "alert.unsnoozed"
        ]
    );
    bed.to(60);
    assert_eq!(bed.news(), [], "the snooze that was ended does not end");
}

#[test]
fn an_assignment_names_a_person_or_team_and_moves() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    assert_eq!(bed.assign(1, 1, " "), Err(CommandRefused::NobodyNamed));
    bed.assign(1, 1, "Dr Osei").unwrap();
    let doctor = Answer {
        author: "doctor",
        ..answer(2, 1, None)
    };
    let given = bed.episodes.assign(&PATIENT, &doctor, "team east").unwrap();
    let attention = given.expect("moved").attention.expect("assigned");
    let assignment = attention.assignment.expect("assigned");
    assert_eq!(assignment.to, "team east");
    assert_eq!((assignment.by.as_str(), assignment.at), ("doctor", at(2)));
    bed.acknowledge(3, 1).unwrap();
    bed.resolve(4, 1).unwrap();
    assert_eq!(bed.assign(5, 1, "x"), Err(CommandRefused::AlreadyResolved));
    let kept = bed.only().attention.as_ref().expect("kept");
    assert_eq!(kept.assignment.as_ref(), Some(&assignment));
}

#[test]
fn what_was_resolved_too_early_is_taken_up_again_inside_the_window() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.clear(5, FEVER);
    bed.resolve(10, 1).unwrap();
    bed.news();
    assert_eq!(bed.reopen(69, 1), Ok(true));
    let event = bed.events.last().expect("told");
    assert_eq!(event.author.as_deref(), Some("nurse"));
    assert_eq!(bed.only().handling, Handling::Open);
    bed.to(10_000);
    let reopened = [("alert.reopened", 1, 69)];
    assert_eq!(
        bed.news(),
        reopened,
        "high and physiological: a person must"
    );
    bed.resolve(10_001, 1).unwrap();
    bed.to(10_061);
    assert_eq!(bed.reopen(10_061, 1), Err(CommandRefused::Over));
}

#[test]
fn what_was_resolved_while_it_holds_and_is_taken_up_again_pages_as_before() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    bed.resolve(1, 1).unwrap();
    bed.reopen(2, 1).unwrap();
    bed.news();
    bed.raise(10, NEWS2, Medium);
    bed.to(1_000);
    assert_eq!(
        bed.news(),
        [("alert.updated", 1, 10)],
        "nothing is suppressed and nothing raised anew"
    );
}
