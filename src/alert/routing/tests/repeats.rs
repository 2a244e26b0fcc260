//! A chain that begins anew until somebody answers.

use super::bed::{Bed, alert, facts, line};
use crate::alert::EventType;
use crate::domain::{AlertKind, Priority, SilenceScope, WardId};

const AGAIN: &str = r#"
    routes = [{ name = "all", chain = "ward" }]
    [chains.ward]
    steps = [{ notify = ["endpoint:e1"] }, { after_seconds = 120, notify = ["endpoint:e2"] }]
    repeat_after_seconds = 600
"#;
const FEVER: AlertKind = AlertKind::FeverOnTreatment;

/// A fever of which everybody who is told takes the message at once.
fn pass(bed: &mut Bed, until: i64, restarts: bool) {
    let from = bed.now.epoch_ms() / 1000 - super::bed::NOON;
    for second in from..=until {
        bed.pass_to(second);
        let waiting = bed.next_delivery - 1;
        bed.takes(waiting);
        if restarts {
            bed.restart();
        }
    }
}

#[test]
fn a_chain_begins_anew_while_nobody_answers_and_ends_with_the_answer() {
    for restarts in [false, true] {
        let mut bed = Bed::new(AGAIN);
        let id = alert(1, 1);
        bed.raise(&id, facts(1, FEVER, Priority::High));
        pass(&mut bed, 1_300, restarts);
        let raised = |seconds, to| line(seconds, to, "alert.raised 1_1");
        let expected = [
            raised(0, "e1"),
            raised(120, "e2"),
            raised(600, "e1"),
            raised(720, "e2"),
            raised(1_200, "e1"),
        ];
        assert_eq!(bed.lines(), expected);
        bed.then(&id, EventType::Acknowledged);
        bed.pass_to(100_000);
        let acknowledged = |to| line(1_300, to, "alert.acknowledged 1_1");
        assert_eq!(bed.lines()[5..], [acknowledged("e1"), acknowledged("e2")]);
    }
}

#[test]
fn what_still_waits_is_overtaken_by_the_chain_that_begins_anew() {
    let mut bed = Bed::new(AGAIN);
    bed.raise(&alert(1, 1), facts(1, FEVER, Priority::High));
    bed.takes(1);
    bed.pass_to(599);
    assert!(bed.superseded.is_empty());
    bed.pass_to(600);
    assert_eq!(bed.superseded, [2].into(), "e1 took its own, e2 did not");
    assert_eq!(bed.lines().len(), 3);
}

#[test]
fn a_chain_whose_condition_ended_does_not_begin_anew_unless_it_latches() {
    for (priority, lines) in [(Priority::Medium, 2), (Priority::High, 4)] {
        let mut bed = Bed::new(AGAIN);
        let id = alert(1, 1);
        bed.raise(&id, facts(1, FEVER, priority));
        pass(&mut bed, 130, false);
        bed.then(&id, EventType::ConditionEnded);
        bed.pass_to(599);
        let before = bed.lines().len();
        pass(&mut bed, 1_199, false);
        assert_eq!(before + lines - 2, bed.lines().len(), "{priority:?}");
    }
}

#[test]
fn a_chain_begins_anew_after_a_silence_and_after_quiet_hours() {
    let mut bed = Bed::new(AGAIN);
    let ward = SilenceScope {
        ward: Some(WardId::new("a1").unwrap()),
        ..SilenceScope::default()
    };
    bed.silence(ward, 590, 1_500);
    bed.raise(&alert(1, 1), facts(1, FEVER, Priority::High));
    pass(&mut bed, 1_501, false);
    assert_eq!(bed.lines()[2..], [line(1_500, "e1", "alert.raised 1_1")]);

    let quiet = "quiet_hours = { hours = [{ from = \"12:05\", until = \"13:00\" }] }";
    let mut bed = Bed::new(&AGAIN.replace("name = \"all\"", &format!("name = \"all\", {quiet}")));
    bed.raise(&alert(1, 1), facts(1, FEVER, Priority::Low));
    pass(&mut bed, 3_601, true);
    assert_eq!(bed.lines()[2..], [line(3_600, "e1", "alert.raised 1_1")]);
}
