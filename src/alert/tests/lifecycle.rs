use super::bed::{Bed, FEVER, NEWS2, PATIENT, SILENT, at, finding, raise};
use crate::alert::{Episodes, Settings};
use crate::domain::{Condition, EvidenceValue, FindingState, Handling, MeasuredTime, Priority};

use Priority::{High, Low, Medium};

#[test]
fn an_episode_is_raised_once_and_its_id_says_site_patient_and_count() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    let event = &bed.events[0];
    assert_eq!(event.id.as_str(), "alr_home_7_1");
    assert_eq!(
        (event.condition, event.handling),
        (Condition::Active, Handling::Open)
    );
    bed.raise(1, FEVER, High);
    bed.raise(2, NEWS2, Medium);
    assert_eq!(bed.news(), [("alert.raised", 1, 0), ("alert.raised", 2, 2)]);
}

#[test]
fn a_high_physiological_alert_waits_for_a_person_after_its_condition_ended() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.clear(10, FEVER);
    bed.to(100_000);
    assert_eq!(
        bed.news(),
        [("alert.raised", 1, 0), ("alert.condition_ended", 1, 10)]
    );
    assert_eq!(bed.episodes.next_due(), None);
    bed.acknowledge(100_000, 1).unwrap();
    bed.to(100_100);
    assert_eq!(
        bed.news(),
        [
            ("alert.acknowledged", 1, 100_000),
            ("alert.resolved", 1, 100_030)
        ]
    );
}

#[test]
fn what_does_not_latch_resolves_by_itself_after_the_quiet_time() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    bed.raise(0, SILENT, High);
    bed.clear(10, NEWS2);
    bed.clear(10, SILENT);
    bed.news();
    bed.to(100);
    assert_eq!(
        bed.news(),
        [("alert.resolved", 2, 15), ("alert.resolved", 1, 40)]
    );
}

#[test]
fn a_condition_that_returns_in_the_quiet_time_is_the_same_episode() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    bed.acknowledge(5, 1).unwrap();
    bed.clear(10, NEWS2);
    bed.news();
    bed.raise(39, NEWS2, Medium);
    assert_eq!(
        bed.events[0].handling,
        Handling::Open,
        "people must answer anew"
    );
    bed.to(1_000);
    assert_eq!(bed.news(), [("alert.reopened", 1, 39)]);
}

#[test]
fn a_resolved_alert_reopens_inside_the_window_and_is_a_new_one_after_it() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    bed.clear(10, NEWS2);
    bed.raise(99, NEWS2, Medium);
    bed.clear(100, NEWS2);
    bed.news();
    bed.raise(190, NEWS2, Medium);
    assert_eq!(
        bed.news(),
        [("alert.resolved", 1, 130), ("alert.raised", 2, 190)],
        "130 + 60 minutes are over"
    );
}

#[test]
fn more_urgent_is_an_escalation_that_asks_for_a_new_answer_and_less_urgent_is_not_at_once() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    bed.acknowledge(1, 1).unwrap();
    bed.raise(2, NEWS2, High);
    assert_eq!(bed.events[2].handling, Handling::Open);
    bed.raise(20, NEWS2, Medium);
    let last = bed.events.last().unwrap();
    assert_eq!(last.priority, High, "saying so once lowers nothing");
    let names: Vec<_> = bed.news().into_iter().map(|n| n.0).collect();
    assert_eq!(
        names,
        [
            "alert.raised",
            "alert.acknowledged",
            "alert.escalated",
            "alert.updated"
        ]
    );
}

#[test]
fn worse_values_are_told_at_most_once_in_five_minutes_but_always_kept() {
    let mut bed = Bed::default();
    for minute in 0..12 {
        bed.raise(minute, NEWS2, Medium);
    }
    assert_eq!(
        bed.news(),
        [
            ("alert.raised", 1, 0),
            ("alert.updated", 1, 5),
            ("alert.updated", 1, 10)
        ]
    );
    let episode = bed.episodes.iter().next().unwrap();
    assert_eq!(episode.evidence.summary, "at minute 11");
    assert_eq!(episode.began_at, MeasuredTime::from_epoch_ms(0));
}

#[test]
fn resolved_while_it_holds_it_stays_quiet_until_the_condition_ends() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.resolve(5, 1).unwrap();
    bed.news();
    bed.raise(10, FEVER, High);
    bed.clear(60, FEVER);
    assert_eq!(bed.news(), []);
    bed.raise(100, FEVER, High);
    assert_eq!(bed.news(), [("alert.reopened", 1, 100)]);
}

#[test]
fn resolved_while_it_holds_it_is_raised_anew_after_four_hours() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.resolve(5, 1).unwrap();
    bed.news();
    bed.to(244);
    assert_eq!(bed.news(), []);
    bed.to(1_000);
    assert_eq!(bed.news(), [("alert.raised", 2, 245)]);
}

#[test]
fn resolved_while_it_holds_it_is_raised_anew_when_it_becomes_more_urgent() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    bed.resolve(5, 1).unwrap();
    bed.news();
    bed.raise(10, NEWS2, High);
    assert_eq!(bed.news(), [("alert.raised", 2, 10)]);
}

#[test]
fn outside_monitoring_nothing_pages_and_conditions_end() {
    let mut bed = Bed::default();
    bed.find(&raise(0, FEVER, High), false);
    assert_eq!(bed.news(), []);
    bed.raise(1, FEVER, High);
    bed.find(&raise(2, FEVER, High), false);
    assert_eq!(
        bed.news(),
        [("alert.raised", 1, 1), ("alert.condition_ended", 1, 2)]
    );
}

#[test]
fn doubtful_and_missing_data_neither_open_nor_end() {
    let mut bed = Bed::default();
    for state in [FindingState::Hold, FindingState::Unknown] {
        bed.find(&finding(0, FEVER, state), true);
        bed.raise(1, FEVER, High);
        bed.find(&finding(2, FEVER, state), true);
    }
    assert_eq!(bed.news(), [("alert.raised", 1, 1)]);
}

#[test]
fn alerts_on_another_patients_readings_are_entered_in_error() {
    let mut bed = Bed::default();
    bed.raise(10, FEVER, High);
    bed.raise(30, NEWS2, Medium);
    bed.news();
    let ms = |minute: i64| MeasuredTime::from_epoch_ms(minute * 60_000);
    let moved = |value: &EvidenceValue| value.is_within(ms(0), Some(ms(20)));
    bed.episodes
        .entered_in_error(&PATIENT, &moved, at(40), "clerk", &mut bed.events);
    assert_eq!(bed.events[0].author.as_deref(), Some("clerk"));
    assert_eq!(bed.news(), [("alert.entered_in_error", 1, 40)]);
    assert!(!bed.episodes.is_open(FEVER) && bed.episodes.is_open(NEWS2));
    bed.raise(50, FEVER, High);
    assert_eq!(bed.news(), [("alert.raised", 3, 50)]);
}

#[test]
fn episodes_survive_a_snapshot() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.raise(0, SILENT, Low);
    bed.clear(3, SILENT);
    let bytes = postcard::to_allocvec(&bed.episodes).unwrap();
    assert!(postcard::from_bytes::<Episodes>(&bytes).unwrap() == bed.episodes);
}

#[test]
fn settings_out_of_range_are_named() {
    assert_eq!(Settings::default().problems(), Vec::<String>::new());
    let wrong = Settings {
        suppress_minutes: 0,
        quiet_minutes: 1_441,
        ..Settings::default()
    };
    assert_eq!(wrong.problems().len(), 2);
    let derivation = crate::alert::Derivation {
        result: crate::alert::Harm::Minor,
        onset: crate::alert::Onset::Prompt,
    };
    let mut wrong = Settings::default();
    wrong.snooze_minutes_max.low = 1_441;
    for name in ["news2", "news3", "rule"] {
        wrong.kinds.insert(name.to_owned(), derivation);
    }
    assert_eq!(
        wrong.problems(),
        [
            "alerts.snooze_minutes_max.low must lie in 0..=1440, it is 1441",
            "alerts.kinds.news3: there is no such kind of alert",
            "alerts.kinds.rule: a clinical rule states its priority in its own file",
        ]
    );
}

#[test]
fn deterioration_that_ends_and_is_told_anew_is_a_new_episode() {
    let kind = crate::domain::AlertKind::Deterioration;
    let mut bed = Bed::default();
    bed.raise(0, kind, Medium);
    bed.clear(480, kind);
    bed.raise(480, kind, Medium);
    assert_eq!(
        bed.news(),
        [
            ("alert.raised", 1, 0),
            ("alert.condition_ended", 1, 480),
            ("alert.resolved", 1, 480),
            ("alert.raised", 2, 480)
        ]
    );
}
