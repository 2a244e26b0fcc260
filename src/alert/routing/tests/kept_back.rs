//! Silences, quiet hours and floods: nothing is told too early,
//! nothing is lost.

use super::bed::{Bed, HOUR, alert, facts, line};
use crate::alert::EventType;
use crate::alert::routing::{Outcome, RoutingRefused};
use crate::domain::{
    AlertKind, DeviceId, KindPattern, PatientId, Priority, Silence, SilenceScope, Vital, WardId,
};

pub(super) const ALL: &str = r#"
    routes = [{ name = "all", chain = "ward" }]
    [chains.ward]
    steps = [{ notify = ["endpoint:e1"] }, { after_seconds = 60, notify = ["endpoint:e2"] }]
"#;
pub(super) const HEART: AlertKind = AlertKind::BaselineDeviation(Vital::HeartRate);

pub(super) fn ward(id: &str) -> SilenceScope {
    SilenceScope {
        ward: Some(WardId::new(id).unwrap()),
        ..SilenceScope::default()
    }
}

#[test]
fn a_silence_ends_to_the_second_also_across_restarts_and_tells_once() {
    let mut bed = Bed::new(ALL);
    bed.silence(ward("a1"), 0, 1_234);
    let (holds, over) = (alert(1, 1), alert(1, 2));
    bed.raise(
        &holds,
        facts(1, AlertKind::FeverOnTreatment, Priority::High),
    );
    bed.raise(&over, facts(1, HEART, Priority::Medium));
    bed.raise(&alert(12, 1), facts(12, HEART, Priority::Medium));
    assert_eq!(bed.told(), ["e1 alert.raised 12_1"], "another ward");
    bed.takes(1);
    bed.pass_to(100);
    bed.then(&over, EventType::ConditionEnded);
    bed.then(&alert(12, 1), EventType::Acknowledged);
    for seconds in 1..12 {
        bed.pass_to(seconds * 100);
        bed.restart();
    }
    let before = bed.lines().len();
    bed.pass_to(1_233);
    assert_eq!(bed.lines().len(), before);
    bed.pass_to(1_238);
    assert_eq!(
        bed.lines()[before..],
        [line(1_234, "e1", "alert.raised 1_1")]
    );
    assert_eq!(
        bed.outcomes(&holds),
        [Outcome::Silenced, Outcome::Sent],
        "once"
    );
    assert_eq!(bed.outcomes(&over), [Outcome::Silenced, Outcome::Lapsed]);
}

#[test]
fn a_silence_that_is_ended_by_hand_tells_at_once() {
    let mut bed = Bed::new(ALL);
    let id = bed.silence(ward("a1"), 0, 9_000);
    bed.raise(&alert(1, 1), facts(1, HEART, Priority::Medium));
    bed.pass_to(50);
    let now = bed.now;
    bed.turn(|router, turn| router.end_silence(&id, "sister", now, turn))
        .unwrap();
    assert_eq!(bed.lines(), [line(50, "e1", "alert.raised 1_1")]);
    let again = bed.turn(|router, turn| router.end_silence(&id, "sister", now, turn));
    assert_eq!(again, Err(RoutingRefused::Unknown));
}

#[test]
fn a_silence_that_begins_between_two_steps_keeps_the_next_one_back() {
    let mut bed = Bed::new(ALL);
    let id = alert(1, 1);
    bed.silence(ward("a1"), 30, 300);
    bed.raise(&id, facts(1, HEART, Priority::Medium));
    bed.takes(1);
    bed.pass_to(299);
    assert_eq!(bed.lines().len(), 1);
    assert_eq!(bed.outcomes(&id), [Outcome::Sent, Outcome::Silenced]);
    bed.pass_to(300);
    assert_eq!(bed.lines()[1], line(300, "e1", "alert.raised 1_1"));
}

#[test]
fn a_silence_names_a_ward_a_patient_or_a_wearer_and_perhaps_kinds() {
    let patient = |id: &str| SilenceScope {
        patient: Some(PatientId::new(id).unwrap()),
        ..SilenceScope::default()
    };
    let device = |id: &str, kinds: &[&str]| SilenceScope {
        device: Some(DeviceId::new(id).unwrap()),
        kinds: kinds
            .iter()
            .map(|kind| KindPattern::new(kind).unwrap())
            .collect(),
        ..SilenceScope::default()
    };
    for (scope, silenced) in [
        (patient("p1"), true),
        (patient("p2"), false),
        (device("watch-1", &["technical"]), true),
        (device("watch-1", &["physiological", "silent"]), false),
        (device("watch-2", &[]), false),
    ] {
        let mut bed = Bed::new(ALL);
        bed.silence(scope, 0, 60);
        bed.raise(&alert(1, 1), facts(1, AlertKind::NotWorn, Priority::Low));
        let kept = bed.outcomes(&alert(1, 1)) == [Outcome::Silenced];
        assert_eq!(kept, silenced);
    }
}

#[test]
fn a_silence_without_bounds_is_refused() {
    let mut bed = Bed::new(ALL);
    let now = bed.now;
    let mut ask = |scope: SilenceScope, from: i64, until: i64| {
        let silence = Silence {
            id: String::new(),
            scope,
            from: super::bed::at(from),
            until: super::bed::at(until),
            author: "sister".to_owned(),
            reason: "x".to_owned(),
            created: now,
            ended: None,
        };
        bed.turn(|router, turn| router.silence(silence, now, turn))
    };
    let kinds = vec![KindPattern::new("technical").unwrap()];
    let all = SilenceScope {
        kinds,
        ..SilenceScope::default()
    };
    assert_eq!(ask(all, 0, 60), Err(RoutingRefused::Unbounded));
    assert_eq!(ask(ward("a1"), 60, 60), Err(RoutingRefused::Ended));
    assert_eq!(ask(ward("a1"), -60, 0), Err(RoutingRefused::Ended));
    let hours_max = 168;
    let long = ask(ward("a1"), 0, 168 * HOUR + 1);
    assert_eq!(long, Err(RoutingRefused::TooLong { hours_max }));
    assert!(ask(ward("a1"), 0, 168 * HOUR).is_ok());
}

#[test]
fn silences_that_ended_are_shown_for_a_month_and_bounded() {
    let mut bed = Bed::new(ALL);
    for number in 0..5_000 {
        bed.silence(ward("a1"), number * 10, number * 10 + 5);
        bed.pass_to(number * 10 + 5);
    }
    assert_eq!(bed.router.silences().count(), 4_001);
    bed.pass_to(31 * 86_400 + 50_000);
    let id = bed.silence(ward("a1"), 31 * 86_400 + 50_000, 31 * 86_400 + 50_100);
    let left: Vec<&str> = bed.router.silences().map(|s| s.id.as_str()).collect();
    assert_eq!(left, [id.as_str()]);
    assert_eq!(bed.store.len(), 1);
}

#[test]
fn a_silence_also_holds_where_nothing_is_routed() {
    let mut bed = Bed::new("");
    bed.silence(ward("a1"), 0, 60);
    let (id, other) = (alert(1, 1), alert(12, 1));
    bed.raise(&id, facts(1, HEART, Priority::Medium));
    bed.then(&id, EventType::Updated);
    bed.raise(&other, facts(12, HEART, Priority::Medium));
    assert_eq!(bed.told_all, [(other, EventType::Raised)]);
    bed.pass_to(60);
    assert_eq!(bed.told().len(), 4, "everybody, once");

    let mut bed = Bed::new("");
    bed.raise(&id, facts(1, HEART, Priority::Medium));
    bed.silence(ward("a1"), 0, 60);
    for event in [
        EventType::Updated,
        EventType::Acknowledged,
        EventType::Reminded,
    ] {
        bed.then(&id, event);
    }
    bed.pass_to(60);
    bed.then(&id, EventType::Reminded);
    let told: Vec<EventType> = bed.told_all.iter().map(|(_, event)| *event).collect();
    let expected = [
        EventType::Raised,
        EventType::Acknowledged,
        EventType::Reminded,
    ];
    assert_eq!(told, expected, "what only repeats is silenced too");
}

#[test]
fn quiet_hours_keep_what_is_low_back_until_they_end_and_lose_nothing() {
    // Noon to 13:30, to have a short night.
    let text = ALL.replace(
        "chain = \"ward\"",
        "chain = \"ward\", quiet_hours = { hours = [{ from = \"12:00\", until = \"13:30\" }] }",
    );
    let mut bed = Bed::new(&text);
    let (low, brief) = (alert(1, 1), alert(1, 2));
    bed.raise(&low, facts(1, HEART, Priority::Low));
    bed.raise(&brief, facts(1, AlertKind::NotWorn, Priority::Low));
    bed.raise(&alert(2, 1), facts(2, HEART, Priority::Medium));
    bed.raise(&alert(3, 1), facts(3, HEART, Priority::High));
    assert_eq!(bed.told(), ["e1 alert.raised 2_1", "e1 alert.raised 3_1"]);
    bed.takes(1);
    bed.takes(2);
    bed.then(&alert(2, 1), EventType::Acknowledged);
    bed.then(&alert(3, 1), EventType::Acknowledged);
    bed.then(&brief, EventType::ConditionEnded);
    bed.then(&brief, EventType::Resolved);
    let before = bed.lines().len();
    bed.restart();
    bed.pass_to(5_399);
    assert_eq!(bed.lines().len(), before);
    bed.pass_to(5_400);
    assert_eq!(
        bed.lines()[before..],
        [
            line(5_400, "e1", "alert.raised 1_1"),
            line(5_400, "e1", "digest 1_2")
        ]
    );
}

#[test]
fn medium_waits_in_quiet_hours_only_where_that_is_said_and_high_never() {
    let text = ALL.replace(
        "chain = \"ward\"",
        "chain = \"ward\", quiet_hours = { medium = true, hours = [{ from = \"12:00\", until = \"13:30\" }] }",
    );
    let mut bed = Bed::new(&text);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, HEART, Priority::Medium));
    assert_eq!(bed.outcomes(&id), [Outcome::Held]);
    bed.pass_to(10);
    bed.then(&id, EventType::Escalated);
    assert_eq!(bed.lines(), [line(10, "e1", "alert.raised 1_1")]);
}

#[test]
fn what_is_too_much_for_an_hour_becomes_one_message_at_its_end() {
    let text = format!("patient_per_hour = 2\n{ALL}");
    let mut bed = Bed::new(&text);
    for number in 1..=5 {
        bed.pass_to(i64::from(number) * 10);
        bed.raise(&alert(1, number), facts(1, HEART, Priority::Low));
        bed.then(&alert(1, number), EventType::Acknowledged);
    }
    // Two were told; the others were answered before anybody was.
    assert_eq!(
        bed.told()
            .iter()
            .filter(|told| told.contains("raised"))
            .count(),
        2
    );
    for number in 6..=8 {
        bed.raise(&alert(1, number), facts(1, HEART, Priority::Medium));
    }
    bed.raise(&alert(1, 9), facts(1, HEART, Priority::High));
    bed.raise(&alert(2, 1), facts(2, HEART, Priority::Low));
    assert_eq!(bed.told().last().unwrap(), "e1 alert.raised 2_1");
    assert!(
        bed.told().contains(&"e1 alert.raised 1_9".to_owned()),
        "high is never grouped"
    );
    for id in [alert(1, 9), alert(2, 1)] {
        bed.then(&id, EventType::Acknowledged);
    }
    let before = bed.lines().len();
    bed.restart();
    bed.pass_to(10 + 3_600);
    assert_eq!(
        bed.lines()[before..],
        [line(3_610, "e1", "digest 1_6+1_7+1_8")]
    );
    let digest = bed.next_delivery - 1;
    bed.takes(digest);
    // It goes on until each of them is answered.
    for number in 6..=7 {
        bed.then(&alert(1, number), EventType::Acknowledged);
    }
    bed.pass_to(10 + 3_600 + 60);
    assert_eq!(bed.lines().last().unwrap().2, "digest 1_6+1_7+1_8");
    assert_eq!(bed.lines().last().unwrap().1, "e2");
    bed.raise(&alert(1, 10), facts(1, HEART, Priority::Low));
    assert_eq!(
        bed.told().last().unwrap(),
        "e1 alert.raised 1_10",
        "a new hour"
    );
}

#[test]
fn a_digest_that_waits_is_stopped_only_when_all_of_it_is_answered() {
    let text = format!("patient_per_hour = 1\n{ALL}");
    let mut bed = Bed::new(&text);
    for number in 1..=3 {
        bed.raise(&alert(1, number), facts(1, HEART, Priority::Low));
    }
    bed.pass_to(3_600);
    let digest = bed.next_delivery - 1;
    assert_eq!(bed.lines().last().unwrap().2, "digest 1_2+1_3");
    // Nobody has taken it; of one the condition ends, the other is answered.
    bed.then(&alert(1, 2), EventType::ConditionEnded);
    bed.then(&alert(1, 3), EventType::Acknowledged);
    assert!(!bed.superseded.contains(&digest), "nobody was told of 1_2");
    bed.then(&alert(1, 2), EventType::Acknowledged);
    assert!(bed.superseded.contains(&digest));
}

#[test]
fn updates_and_reminders_keep_to_silences_quiet_hours_and_floods_and_answers_do_not() {
    let quiet =
        "quiet_hours = { medium = true, hours = [{ from = \"12:05\", until = \"13:00\" }] }";
    let text = ALL.replace("name = \"all\"", &format!("name = \"all\", {quiet}"));
    let text = format!("patient_per_hour = 1\n{text}");
    let told = |bed: &mut Bed, id: &crate::domain::AlertId, event| {
        let before = bed.lines().len();
        bed.then(id, event);
        bed.lines().len() > before
    };
    for (priority, quiet_at) in [(Priority::Medium, true), (Priority::High, false)] {
        let mut bed = Bed::new(&text);
        let id = alert(1, 1);
        bed.raise(&id, facts(1, HEART, priority));
        bed.takes(1);
        bed.then(&id, EventType::Acknowledged);
        bed.pass_to(301);
        assert_eq!(told(&mut bed, &id, EventType::Reminded), !quiet_at);
        assert_eq!(
            bed.outcomes(&id).last() == Some(&Outcome::Held),
            quiet_at,
            "{priority:?}"
        );
        assert!(told(&mut bed, &id, EventType::Commented));
        bed.pass_to(HOUR + 1);
        assert!(told(&mut bed, &id, EventType::Reminded), "they are over");
        bed.silence(ward("a1"), HOUR + 1, 2 * HOUR);
        assert!(!told(&mut bed, &id, EventType::Updated));
        assert_eq!(bed.outcomes(&id).last(), Some(&Outcome::Silenced));
        assert!(told(&mut bed, &id, EventType::Resolved));
    }
    let mut bed = Bed::new(&text);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, HEART, Priority::Low));
    bed.takes(1);
    bed.pass_to(10);
    assert!(!told(&mut bed, &id, EventType::Updated));
    assert_eq!(bed.outcomes(&id).last(), Some(&Outcome::Grouped));
}

#[test]
fn a_ward_has_its_own_limit() {
    let text = format!("ward_per_hour = 3\n{ALL}");
    let mut bed = Bed::new(&text);
    for patient in 1..=6 {
        bed.raise(&alert(patient, 1), facts(patient, HEART, Priority::Low));
    }
    bed.raise(&alert(12, 1), facts(12, HEART, Priority::Low));
    let first = bed
        .lines()
        .iter()
        .filter(|(seconds, ..)| *seconds == 0)
        .count();
    assert_eq!(first, 4, "three of a1 and one of b2");
    bed.pass_to(3_600);
    let digests: Vec<_> = bed
        .lines()
        .into_iter()
        .filter(|(.., what)| what.starts_with("digest"))
        .collect();
    assert_eq!(digests[0], line(3_600, "e1", "digest 4_1+5_1+6_1"));
}

#[test]
fn what_goes_on_is_not_cut_short_by_something_newer_that_is_kept_back() {
    let text = format!("patient_per_hour = 1\n{ALL}");
    let mut bed = Bed::new(&text);
    let id = alert(1, 1);
    bed.raise(&id, facts(1, HEART, Priority::Medium));
    bed.takes(1);
    bed.then(&id, EventType::ConditionEnded);
    bed.then(&id, EventType::Reopened);
    assert_eq!(bed.outcomes(&id), [Outcome::Sent, Outcome::Grouped]);
    bed.pass_to(3_600);
    let digest = line(3_600, "e1", "digest 1_1");
    assert_eq!(bed.lines().last(), Some(&digest));
}
