//! A chain whose every channel is down: everybody else is told, once.

use super::bed::{Bed, alert, facts, line};
use super::kept_back::{HEART, ward};
use crate::alert::EventType;
use crate::alert::routing::{Attempt, Outcome, RowKind};
use crate::domain::{AlertId, AlertKind, Priority};

const DOWN: &str = r#"
    routes = [{ name = "all", chain = "ward" }]
    [chains.ward]
    steps = [
        { notify = ["endpoint:e1"] },
        { after_seconds = 120, notify = ["endpoint:e2"] },
    ]
"#;
const FEVER: AlertKind = AlertKind::FeverOnTreatment;

fn raised(text: &str, priority: Priority) -> (Bed, AlertId) {
    let mut bed = Bed::new(text);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, FEVER, priority));
    (bed, id)
}

fn given_up(bed: &mut Bed, delivery: u64) {
    let given_up = Attempt::Failed {
        perhaps_received: false,
        given_up: true,
    };
    bed.report(delivery, given_up);
}

#[test]
fn where_every_attempt_of_a_chain_fails_everybody_else_is_told_once() {
    for restarts in [false, true] {
        let (mut bed, id) = raised(DOWN, Priority::High);
        bed.pass_to(1);
        for delivery in [1, 2, 1, 2, 3] {
            bed.fails(delivery);
            if restarts {
                bed.restart();
            }
        }
        bed.pass_to(1_000);
        assert_eq!(
            bed.lines()[1..],
            [
                line(1, "e2", "alert.raised 1_1"),
                line(1, "e3", "alert.raised 1_1"),
                line(1, "e4", "alert.raised 1_1"),
            ]
        );
        let said = bed.notes.iter().map(|(_, note)| note.why.as_str());
        let all = "No channel of all took it: everybody else who asked is told.";
        assert_eq!(said.filter(|why| *why == all).count(), 1);
        bed.takes(4);
        bed.then(&id, EventType::Acknowledged);
        assert_eq!(bed.superseded, [1, 2, 3].into());
        assert_eq!(bed.told()[4..], ["e4 alert.acknowledged 1_1"]);
        bed.pass_to(100_000);
        assert_eq!(bed.lines().len(), 5);
    }
}

#[test]
fn what_is_high_waits_for_no_slow_channel_either() {
    let (mut bed, _) = raised(DOWN, Priority::High);
    bed.pass_to(1_000);
    assert_eq!(
        bed.lines()[1..],
        [
            line(5, "e2", "alert.raised 1_1"),
            line(10, "e3", "alert.raised 1_1"),
            line(10, "e4", "alert.raised 1_1"),
        ]
    );
}

#[test]
fn what_is_less_urgent_waits_for_a_failed_attempt_or_for_the_last() {
    let (mut bed, _) = raised(DOWN, Priority::Medium);
    bed.pass_to(60);
    bed.fails(1);
    assert_eq!(bed.told().len(), 2, "the second may still take it");
    bed.fails(2);
    assert_eq!(bed.told().len(), 4);

    let (mut bed, _) = raised(DOWN, Priority::Low);
    for delivery in [1, 2] {
        bed.fails(delivery);
    }
    given_up(&mut bed, 1);
    bed.pass_to(1_000);
    assert_eq!(bed.told().len(), 2, "the second is still tried");
    given_up(&mut bed, 2);
    assert_eq!(bed.told().len(), 4);
}

#[test]
fn one_channel_that_took_it_is_enough_and_an_answer_before_too() {
    let (mut bed, _) = raised(DOWN, Priority::High);
    bed.fails(1);
    bed.takes(2);
    bed.pass_to(1_000);
    assert_eq!(bed.told().len(), 2);

    let (mut bed, id) = raised(DOWN, Priority::High);
    bed.fails(1);
    bed.then(&id, EventType::Acknowledged);
    bed.fails(2);
    bed.pass_to(1_000);
    assert_eq!(bed.told().len(), 2);
}

#[test]
fn a_chain_that_begins_anew_does_not_tell_everybody_again() {
    let text = format!("{DOWN}\nrepeat_after_seconds = 600");
    let (mut bed, id) = raised(&text, Priority::High);
    for second in 0..3_000 {
        bed.pass_to(second);
        if second % 7 == 0 {
            bed.restart();
        }
    }
    for endpoint in ["e3", "e4"] {
        let told = bed.told();
        let to = told.iter().filter(|told| told.starts_with(endpoint));
        assert_eq!(to.count(), 1, "{endpoint}");
    }
    let again = bed.told().len();
    assert_eq!(again, 2 * 5 + 2, "the chain itself goes on");
    assert!(!bed.outcomes(&id).contains(&Outcome::Nobody));
}

#[test]
fn a_chain_that_could_not_be_used_begins_anew_all_the_same() {
    let text = format!("{DOWN}\nrepeat_after_seconds = 600");
    let mut bed = Bed::new(&text);
    bed.hospital.off.extend(["e1", "e2", "e4"]);
    bed.raise(&alert(1, 1), facts(1, FEVER, Priority::High));
    bed.pass_to(1_199);
    assert_eq!(bed.lines(), [line(0, "e3", "alert.raised 1_1")]);
    bed.hospital.off.remove("e1");
    bed.pass_to(1_200);
    assert_eq!(bed.lines()[1..], [line(1_200, "e1", "alert.raised 1_1")]);
}

#[test]
fn of_two_routes_that_both_fail_everybody_else_hears_once_and_of_one_that_works_nobody() {
    let text = r#"
        routes = [
            { name = "copy", chain = "copy", continue = true },
            { name = "all", chain = "ward" },
        ]
        [chains.copy]
        steps = [{ notify = ["endpoint:e1"] }]
        [chains.ward]
        steps = [{ notify = ["endpoint:e2"] }]
    "#;
    for works in [false, true] {
        let (mut bed, _) = raised(text, Priority::High);
        bed.fails(1);
        match works {
            true => bed.takes(2),
            false => bed.fails(2),
        }
        for delivery in [1, 2] {
            bed.fails(delivery);
        }
        bed.pass_to(1_000);
        let others = ["e3 alert.raised 1_1", "e4 alert.raised 1_1"];
        let expected = &others[..if works { 0 } else { 2 }];
        assert_eq!(bed.told()[2..], *expected, "{works}");
        let nobody = bed.outcomes(&alert(1, 1)).contains(&Outcome::Nobody);
        assert!(!nobody, "{works}");
    }
}

#[test]
fn where_nobody_else_asks_that_is_said() {
    let (mut bed, id) = raised(DOWN, Priority::High);
    bed.hospital.off.extend(["e3", "e4"]);
    bed.pass_to(1_000);
    assert_eq!(bed.told().len(), 2);
    assert_eq!(bed.outcomes(&id).last(), Some(&Outcome::Nobody));
}

#[test]
fn what_is_silenced_by_then_is_told_to_nobody_else_until_that_ends() {
    let mut bed = Bed::new(DOWN);
    bed.silence(ward("a1"), 7, 600);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, FEVER, Priority::High));
    bed.pass_to(599);
    assert_eq!(bed.told(), ["e1 alert.raised 1_1", "e2 alert.raised 1_1"]);
    assert_eq!(bed.outcomes(&id).last(), Some(&Outcome::Silenced));
    bed.pass_to(600);
    assert_eq!(bed.lines()[2..], [line(600, "e1", "alert.raised 1_1")]);
}

#[test]
fn a_digest_goes_to_the_others_as_the_one_message_that_it_is() {
    let text = format!("patient_per_hour = 1\n{DOWN}");
    let mut bed = Bed::new(&text);
    for number in 1..=3 {
        bed.raise(&alert(1, number), facts(1, HEART, Priority::Medium));
    }
    bed.takes(1);
    bed.pass_to(3_600);
    for _ in 0..2 {
        let newest = bed.next_delivery - 1;
        bed.fails(newest);
    }
    let told = bed.lines();
    let digests: Vec<_> = told.iter().filter(|l| l.2 == "digest 1_2+1_3").collect();
    let to: Vec<&str> = digests.iter().map(|(_, to, _)| to.as_str()).collect();
    assert_eq!(to, ["e1", "e2", "e3", "e4"]);
}

#[test]
fn calls_that_were_stored_before_are_read_as_not_fallen_back() {
    let (mut bed, _) = raised(DOWN, Priority::High);
    let calls = bed.store.iter_mut();
    for (_, text) in calls.filter(|((kind, _), _)| *kind == RowKind::Call) {
        let before = text.replace("\"fell_back\":false,", "");
        assert_ne!(*text, before);
        *text = before;
    }
    bed.restart();
    bed.pass_to(1_000);
    assert_eq!(bed.told().len(), 4);
}
