use super::bed::{Bed, FEVER, PATIENT, answer};
use crate::alert::{Answer, CommandRefused, EventType};
use crate::domain::Priority;

#[test]
fn an_answer_names_its_author_and_words() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, Priority::High);
    bed.acknowledge(1, 1).unwrap();
    let event = bed.events.last().unwrap();
    assert_eq!(event.author.as_deref(), Some("nurse"));
    assert_eq!(event.comment.as_deref(), Some("going there"));
}

#[test]
fn an_alert_is_acknowledged_once_and_not_after_it_is_resolved() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, Priority::High);
    bed.acknowledge(1, 1).unwrap();
    let doctor = Answer {
        author: "doctor",
        ..answer(2, 1, None)
    };
    let by = "nurse".to_owned();
    assert_eq!(
        bed.episodes.acknowledge(&PATIENT, &doctor, &bed.settings),
        Err(CommandRefused::AlreadyAcknowledged { by })
    );
    bed.news();
    bed.acknowledge(2, 1).unwrap();
    assert_eq!(bed.news(), [], "the same person twice is once");
    bed.resolve(3, 1).unwrap();
    assert_eq!(bed.acknowledge(4, 1), Err(CommandRefused::AlreadyResolved));
    assert_eq!(bed.resolve(4, 1), Err(CommandRefused::AlreadyResolved));
    assert_eq!(bed.acknowledge(4, 2), Err(CommandRefused::Over));
}

#[test]
fn resolving_needs_an_outcome_and_a_comment_needs_words() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, Priority::High);
    for nothing in [None, Some(""), Some("  ")] {
        let answer = answer(1, 1, nothing);
        let refused = bed.episodes.resolve(&PATIENT, &answer, None, &bed.settings);
        assert_eq!(refused, Err(CommandRefused::OutcomeMissing));
        let refused = bed.episodes.comment(&PATIENT, &answer);
        assert_eq!(refused, Err(CommandRefused::TextMissing));
    }
}

#[test]
fn a_comment_changes_nothing() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, Priority::High);
    let before = bed.episodes.clone();
    let event = bed
        .episodes
        .comment(&PATIENT, &answer(1, 1, Some("family called")))
        .unwrap()
        .unwrap();
    assert_eq!(event.event, EventType::Commented);
    assert!(bed.episodes == before);
}

#[test]
fn every_type_of_event_has_a_name_of_its_own() {
    let names = EventType::ALL.map(EventType::name);
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), EventType::ALL.len());
    assert!(names.iter().all(|name| name.starts_with("alert.")));
}
