//! Steps, channels, reports and answers under virtual time.

use super::bed::{Bed, alert, facts, line};
use crate::alert::EventType;
use crate::alert::routing::{Attempt, Outcome};
use crate::domain::{AlertKind, Priority};

const CHAIN: &str = r#"
    routes = [{ name = "all", chain = "ward" }]
    [chains.ward]
    steps = [
        { notify = ["endpoint:e1", "endpoint:e2"] },
        { after_seconds = 120, notify = ["endpoint:e3"] },
        { after_seconds = 300, notify = ["endpoint:e4"] },
    ]
"#;
const FEVER: AlertKind = AlertKind::FeverOnTreatment;

fn fever() -> (Bed, crate::domain::AlertId) {
    let mut bed = Bed::new(CHAIN);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, FEVER, Priority::High));
    (bed, id)
}

#[test]
fn steps_go_on_at_their_delays_until_somebody_answers() {
    let (mut bed, id) = fever();
    bed.takes(1);
    bed.pass_to(119);
    assert_eq!(bed.lines(), [line(0, "e1", "alert.raised 1_1")]);
    bed.pass_to(121);
    bed.takes(2);
    bed.pass_to(200);
    bed.then(&id, EventType::Acknowledged);
    bed.pass_to(100_000);
    assert_eq!(
        bed.lines()[1..],
        [
            line(120, "e3", "alert.raised 1_1"),
            line(200, "e1", "alert.acknowledged 1_1"),
            line(200, "e3", "alert.acknowledged 1_1"),
        ]
    );
}

#[test]
fn a_restart_between_steps_changes_nothing() {
    let (mut plain, _) = fever();
    plain.pass_to(1_000);
    let (mut broken, _) = fever();
    for seconds in 0..100 {
        broken.pass_to(seconds * 10);
        broken.restart();
    }
    assert_eq!(broken.lines(), plain.lines());
    assert_eq!(plain.lines().len(), 4);
}

#[test]
fn the_next_channel_is_tried_after_the_first_failed_attempt() {
    let (mut bed, _) = fever();
    bed.pass_to(1);
    bed.fails(1);
    // Only the first failed attempt moves on; its retries go on beside it.
    bed.fails(1);
    bed.pass_to(3);
    bed.takes(2);
    bed.pass_to(60);
    bed.fails(1);
    bed.pass_to(119);
    assert_eq!(bed.told(), ["e1 alert.raised 1_1", "e2 alert.raised 1_1"]);
    assert_eq!(bed.lines()[1].0, 1);
}

#[test]
fn a_channel_that_is_slow_is_not_waited_for() {
    let (mut bed, _) = fever();
    bed.pass_to(4);
    assert_eq!(bed.lines().len(), 1);
    bed.pass_to(5);
    assert_eq!(bed.lines()[1], line(5, "e2", "alert.raised 1_1"));
    // The slow one takes it after all: the step is done, the next one keeps its time.
    bed.takes(1);
    bed.pass_to(119);
    assert_eq!(bed.lines().len(), 2);
    bed.pass_to(120);
    assert_eq!(bed.lines().len(), 3);
}

#[test]
fn a_step_of_which_no_channel_works_brings_the_next_one_forward() {
    let (mut bed, _) = fever();
    bed.fails(1);
    bed.fails(2);
    assert_eq!(
        bed.lines()[2],
        line(0, "e3", "alert.raised 1_1"),
        "at once, and not after two minutes"
    );
    bed.takes(3);
    bed.pass_to(299);
    assert_eq!(bed.lines().len(), 3);
    bed.pass_to(300);
    assert_eq!(bed.lines().len(), 4);
}

#[test]
fn a_channel_that_cannot_be_used_is_skipped_and_that_is_said() {
    let mut bed = Bed::new(CHAIN);
    bed.hospital.off.insert("e1");
    let id = alert(1, 1);
    bed.raise(&id, facts(1, FEVER, Priority::High));
    assert_eq!(bed.told(), ["e2 alert.raised 1_1"]);
    assert_eq!(bed.outcomes(&id), [Outcome::Unable, Outcome::Sent]);
    assert!(
        bed.notes[0]
            .1
            .why
            .contains("endpoint:e1 cannot be told: it is switched off")
    );
}

#[test]
fn where_nobody_of_a_chain_can_be_told_everybody_else_is() {
    let chain = CHAIN.replace("endpoint:e2", "endpoint:nobody");
    let mut bed = Bed::new(&chain);
    bed.hospital.off.extend(["e1", "e3", "e4"]);
    bed.raise(&alert(1, 1), facts(1, FEVER, Priority::High));
    assert_eq!(bed.told(), ["e2 alert.raised 1_1"]);
    bed.hospital.off.insert("e2");
    bed.raise(&alert(2, 1), facts(2, FEVER, Priority::High));
    assert_eq!(bed.told().len(), 1);
    assert_eq!(bed.outcomes(&alert(2, 1)).last(), Some(&Outcome::Nobody));
}

#[test]
fn an_answer_stops_everything_at_once_also_what_waits() {
    let (mut bed, id) = fever();
    bed.fails(1);
    bed.takes(2);
    bed.pass_to(122);
    // e1 is being retried, e2 was told, e3 waits for its first attempt.
    bed.then(&id, EventType::Acknowledged);
    assert_eq!(bed.superseded, [1, 3].into());
    assert_eq!(
        bed.lines()[3..],
        [line(122, "e2", "alert.acknowledged 1_1")]
    );
    bed.pass_to(100_000);
    assert_eq!(bed.lines().len(), 4, "no step and no channel after it");
}

#[test]
fn who_turns_out_to_be_told_after_the_answer_hears_the_answer_too() {
    let (mut bed, id) = fever();
    bed.then(&id, EventType::Acknowledged);
    assert_eq!(bed.lines().len(), 1, "nobody is known to have been told");
    bed.restart();
    bed.pass_to(2);
    bed.takes(1);
    bed.takes(1);
    assert_eq!(bed.lines()[1..], [line(2, "e1", "alert.acknowledged 1_1")]);
    let (mut bed, id) = fever();
    let unclear = Attempt::Failed {
        perhaps_received: true,
        given_up: false,
    };
    bed.report(1, unclear);
    bed.then(&id, EventType::Acknowledged);
    assert!(bed.told().contains(&"e1 alert.acknowledged 1_1".to_owned()));
}

#[test]
fn resolving_and_snoozing_stop_it_too_and_a_snoozes_end_starts_it_anew() {
    for stop in [EventType::Resolved, EventType::Snoozed] {
        let (mut bed, id) = fever();
        bed.takes(1);
        bed.then(&id, stop);
        bed.pass_to(1_000);
        assert_eq!(bed.lines().len(), 2, "{stop:?}");
    }
    let (mut bed, id) = fever();
    bed.takes(1);
    bed.then(&id, EventType::Snoozed);
    bed.pass_to(600);
    bed.then(&id, EventType::SnoozeEnded);
    assert_eq!(bed.lines()[2], line(600, "e1", "alert.snooze_ended 1_1"));
}

#[test]
fn an_expired_acknowledgement_and_an_escalation_start_the_chain_anew() {
    let (mut bed, id) = fever();
    bed.takes(1);
    bed.then(&id, EventType::Acknowledged);
    bed.pass_to(900);
    bed.then(&id, EventType::AcknowledgementExpired);
    bed.pass_to(1_020);
    assert_eq!(
        bed.lines()[2..],
        [
            line(900, "e1", "alert.acknowledgement_expired 1_1"),
            line(905, "e2", "alert.acknowledgement_expired 1_1"),
            // Neither took it: the next step comes before its time.
            line(910, "e3", "alert.acknowledgement_expired 1_1"),
            line(915, "e4", "alert.acknowledgement_expired 1_1"),
        ]
    );
    let mut bed = Bed::new(CHAIN);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, FEVER, Priority::Medium));
    bed.pass_to(1);
    bed.then(&id, EventType::Escalated);
    assert_eq!(bed.superseded, [1].into(), "the older message says less");
    assert_eq!(bed.lines()[1], line(1, "e1", "alert.escalated 1_1"));
}

#[test]
fn a_condition_that_ends_stops_further_steps_unless_it_waits_for_a_person() {
    let mut bed = Bed::new(CHAIN);
    let medium = alert(1, 1);
    bed.raise(&medium, facts(1, FEVER, Priority::Medium));
    bed.then(&medium, EventType::ConditionEnded);
    bed.pass_to(6);
    // What began is told at least once, also by the second channel.
    assert_eq!(bed.told(), ["e1 alert.raised 1_1", "e2 alert.raised 1_1"]);
    bed.takes(2);
    bed.then(&medium, EventType::Resolved);
    assert!(
        bed.superseded.is_empty(),
        "nobody answered: nothing is lost"
    );
    bed.pass_to(1_000);
    let resolved = ["e1 alert.resolved 1_1", "e2 alert.resolved 1_1"];
    assert_eq!(bed.told()[2..], resolved);

    let (mut bed, id) = fever();
    bed.takes(1);
    bed.then(&id, EventType::ConditionEnded);
    bed.pass_to(120);
    assert_eq!(
        bed.told().last().unwrap(),
        "e3 alert.raised 1_1",
        "it latches"
    );
}

#[test]
fn an_answer_also_stops_what_waits_of_a_condition_that_ended_before() {
    let mut bed = Bed::new(CHAIN);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, FEVER, Priority::Medium));
    bed.then(&id, EventType::ConditionEnded);
    bed.pass_to(60);
    bed.then(&id, EventType::Acknowledged);
    assert_eq!(bed.superseded, [1, 2].into());
}

#[test]
fn what_no_receiver_ever_takes_is_not_kept_for_ever() {
    let mut bed = Bed::new(CHAIN);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, FEVER, Priority::Medium));
    bed.then(&id, EventType::ConditionEnded);
    bed.then(&id, EventType::Resolved);
    bed.pass_to(3 * 86_400);
    assert!(!bed.store.is_empty(), "both are being tried");
    // The second message told e1 that it was resolved.
    for delivery in [1, 3] {
        let given_up = Attempt::Failed {
            perhaps_received: false,
            given_up: true,
        };
        bed.report(delivery, given_up);
    }
    bed.pass_to(4 * 86_400);
    assert_eq!(bed.store, [].into());
}

#[test]
fn what_else_happens_goes_to_whoever_was_told() {
    let (mut bed, id) = fever();
    bed.takes(1);
    bed.then(&id, EventType::Updated);
    bed.then(&id, EventType::Acknowledged);
    bed.then(&id, EventType::Reminded);
    assert_eq!(
        bed.told()[1..],
        [
            "e1 alert.updated 1_1",
            "e1 alert.acknowledged 1_1",
            "e1 alert.reminded 1_1"
        ]
    );
    assert_eq!(
        bed.superseded,
        [2].into(),
        "the update waited and says less than the answer"
    );
}

#[test]
fn nothing_is_kept_of_what_is_over() {
    let (mut bed, id) = fever();
    bed.takes(1);
    bed.then(&id, EventType::Acknowledged);
    bed.then(&id, EventType::Resolved);
    bed.pass_to(2 * 3_600);
    assert_eq!(bed.store, [].into());
    assert_eq!(bed.router.next_due(), None);
}
