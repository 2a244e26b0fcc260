//! A patient who is moved leaves the silences of the ward and of the watch.

use super::bed::{Bed, alert, facts, line};
use super::kept_back::{ALL, HEART, ward};
use crate::alert::routing::Outcome;
use crate::domain::{DeviceId, Priority, SilenceScope};

#[test]
fn what_a_silence_kept_back_is_told_when_the_patient_leaves_it() {
    let watch = SilenceScope {
        device: Some(DeviceId::new("watch-1").unwrap()),
        ..SilenceScope::default()
    };
    for scope in [ward("a1"), watch] {
        let mut bed = Bed::new(ALL);
        bed.silence(scope, 0, 100_000);
        let id = alert(1, 1);
        bed.raise(&id, facts(1, HEART, Priority::High));
        bed.pass_to(50);
        bed.moves(2);
        assert_eq!(bed.outcomes(&id), [Outcome::Silenced]);
        bed.moves(1);
        assert_eq!(bed.lines(), [line(50, "e1", "alert.raised 1_1")]);
        bed.restart();
        bed.pass_to(99_000);
        let to_e1 = bed.lines().into_iter().filter(|line| line.1 == "e1");
        assert_eq!(to_e1.count(), 1, "once");
    }
}

#[test]
fn who_comes_into_a_silence_is_told_of_no_further_and_who_leaves_quiet_hours_at_once() {
    let mut bed = Bed::new(ALL);
    bed.silence(ward("c3"), 0, 600);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, HEART, Priority::High));
    bed.takes(1);
    bed.pass_to(30);
    bed.moves(1);
    bed.restart();
    bed.pass_to(599);
    assert_eq!(bed.lines().len(), 1, "the second step waits");
    bed.pass_to(600);
    assert_eq!(bed.lines()[1], line(600, "e1", "alert.raised 1_1"));

    let text = r#"
        [[routes]]
        name = "quiet"
        wards = ["a1"]
        chain = "ward"
        quiet_hours = { hours = [{ from = "12:00", until = "13:30" }] }
        [[routes]]
        name = "rest"
        chain = "ward"
        [chains.ward]
        steps = [{ notify = ["endpoint:e1"] }]
    "#;
    let mut bed = Bed::new(text);
    bed.raise(&id, facts(1, HEART, Priority::Low));
    bed.pass_to(10);
    assert_eq!(bed.outcomes(&id), [Outcome::Held]);
    bed.moves(1);
    assert_eq!(bed.lines(), [line(10, "e1", "alert.raised 1_1")]);
}
