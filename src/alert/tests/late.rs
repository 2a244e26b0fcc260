//! Conditions that were over when they became known.

use super::bed::{Bed, FEVER, finding};
use crate::domain::{Condition, FindingState, Handling, MeasuredTime, Priority};

fn late(bed: &mut Bed, minute: i64) {
    let state = FindingState::Late {
        priority: Priority::High,
        began: MeasuredTime::from_epoch_ms(0),
    };
    bed.find(&finding(minute, FEVER, state), true);
}

#[test]
fn what_was_over_when_it_became_known_is_an_episode_that_is_closed_from_the_start() {
    let mut bed = Bed::default();
    late(&mut bed, 200);
    let event = &bed.events[0];
    assert_eq!(event.event.name(), "alert.found_late");
    assert_eq!(
        (event.condition, event.handling),
        (Condition::Ended, Handling::Resolved)
    );
    assert_eq!(event.began_at, MeasuredTime::from_epoch_ms(0));
    assert_eq!(event.acm.phase, None, "no alarm ever began");
    assert_eq!(bed.episodes.next_due(), None, "nothing will become of it");
    bed.raise(300, FEVER, Priority::High);
    let raised = &bed.events[1];
    assert_eq!(
        raised.event.name(),
        "alert.raised",
        "what comes after it is new"
    );
    assert_ne!(raised.id, bed.events[0].id);
}

#[test]
fn what_is_open_tells_it_already() {
    let mut bed = Bed::default();
    bed.raise(100, FEVER, Priority::High);
    bed.events.clear();
    late(&mut bed, 200);
    assert!(bed.events.is_empty());
}
