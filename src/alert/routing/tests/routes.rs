//! Which route takes which alert.

use super::bed::{Bed, alert, at, facts, line, moment, table};
use crate::alert::EventType;
use crate::domain::{AlertKind, Priority, Vital};

const FEVER: AlertKind = AlertKind::FeverOnTreatment;

const ROUTES: &str = r#"
    zone = "Europe/London"
    [[routes]]
    name = "archive"
    continue = true
    chain = "one"
    event_types = ["alert.raised"]
    [[routes]]
    name = "lymphoma by day"
    teams = ["lymphoma"]
    priorities = ["high"]
    hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", until = "18:00" }]
    chain = "two"
    [[routes]]
    name = "technical on a1"
    wards = ["a1"]
    kinds = ["technical"]
    chain = "three"
    [chains.one]
    steps = [{ notify = ["endpoint:e1"] }]
    [chains.two]
    steps = [{ notify = ["endpoint:e2"] }]
    [chains.three]
    steps = [{ notify = ["endpoint:e3"] }]
"#;

/// For each route: nothing when it takes the alert, `skipped`, or why not.
fn tried(patient: u32, kind: AlertKind, priority: Priority, when: &str) -> Vec<String> {
    let facts = facts(patient, kind, priority);
    let tried = table(ROUTES).tried(&facts, EventType::Raised, moment(when));
    let said = |one: crate::alert::routing::Tried| match one.skipped {
        true => "skipped".to_owned(),
        false => one.against.join("; "),
    };
    tried.into_iter().map(said).collect()
}

#[test]
fn the_first_route_that_matches_decides_unless_it_says_continue() {
    let monday = "2026-11-23T09:00:00Z";
    assert_eq!(tried(2, FEVER, Priority::High, monday), ["", "", "skipped"]);
    assert_eq!(
        tried(2, FEVER, Priority::High, "2026-11-22T09:00:00Z"),
        [
            "",
            "it is not among its hours",
            "the kind is fever_on_treatment"
        ]
    );
    assert_eq!(
        tried(1, AlertKind::NotWorn, Priority::Low, monday),
        ["", "the patient has no team; the priority is low", ""]
    );
    assert_eq!(
        tried(12, AlertKind::NotWorn, Priority::Low, monday)[2],
        "the patient's ward is b2"
    );
}

#[test]
fn hours_follow_the_clocks_of_the_zone() {
    // 08:30 in London is 07:30 UTC in summer and 08:30 in winter.
    let at_half_past_seven = |day: &str| {
        let when = format!("{day}T07:30:00Z");
        tried(2, FEVER, Priority::High, &when)[1].is_empty()
    };
    assert!(at_half_past_seven("2026-10-23"));
    assert!(!at_half_past_seven("2026-10-26"));
    assert!(!at_half_past_seven("2026-03-27"));
    assert!(at_half_past_seven("2026-03-30"));
}

#[test]
fn each_route_that_matches_tells_by_its_own_chain() {
    let mut bed = Bed::new(ROUTES);
    bed.raise(
        &alert(1, 1),
        facts(1, AlertKind::Silent(Vital::HeartRate), Priority::Low),
    );
    assert_eq!(
        bed.lines(),
        [
            line(0, "e1", "alert.raised 1_1"),
            line(0, "e3", "alert.raised 1_1")
        ]
    );
}

#[test]
fn what_no_route_takes_is_told_to_everybody() {
    let routes = ROUTES.replace("continue = true", "continue = true\nwards = [\"zz\"]");
    let mut bed = Bed::new(&routes);
    bed.hospital.off.insert("e3");
    bed.raise(&alert(12, 1), facts(12, FEVER, Priority::High));
    assert_eq!(
        bed.told(),
        [
            "e1 alert.raised 12_1",
            "e2 alert.raised 12_1",
            "e4 alert.raised 12_1"
        ]
    );
}

#[test]
fn what_was_raised_before_anything_was_routed_is_followed_up_with_everybody() {
    let mut bed = Bed::new("");
    let (open, over) = (alert(1, 1), alert(2, 1));
    for (id, patient) in [(&open, 1), (&over, 2)] {
        bed.raise(id, facts(patient, FEVER, Priority::High));
    }
    bed.table = std::sync::Arc::new(table(ROUTES));
    bed.restart();
    bed.hospital.off.insert("e2");
    bed.then(&open, EventType::Acknowledged);
    let to_all = ["e1", "e3", "e4"].map(|to| format!("{to} alert.acknowledged 1_1"));
    assert_eq!(bed.told(), to_all);
    bed.then(&over, EventType::Resolved);
    assert_eq!(bed.told_all.last(), Some(&(over, EventType::Resolved)));
}

#[test]
fn without_routes_every_event_goes_to_everybody_who_asks() {
    let mut bed = Bed::new("");
    let id = alert(1, 1);
    bed.raise(&id, facts(1, FEVER, Priority::High));
    bed.then(&id, EventType::Acknowledged);
    bed.then(&id, EventType::Commented);
    let told: Vec<EventType> = bed.told_all.iter().map(|(_, event)| *event).collect();
    assert_eq!(
        told,
        [
            EventType::Raised,
            EventType::Acknowledged,
            EventType::Commented
        ]
    );
    assert!(bed.sent.is_empty() && bed.store.is_empty());
}

#[test]
fn a_rota_names_whoever_has_the_shift_or_stands_in() {
    use crate::domain::RotaOverride;
    let text = r#"
        routes = [{ chain = "night" }]
        [chains.night]
        steps = [{ notify = ["rota:nurses", "endpoint:e4"] }]
        [rotas.nurses]
        shifts = [
            { who = "e1", days = ["sun"], from = "08:00", until = "20:00" },
            { who = "e2", from = "20:00", until = "08:00" },
        ]
    "#;
    let mut bed = Bed::new(text);
    let stands_in = RotaOverride {
        from: at(3_600),
        until: at(7_200),
        who: super::bed::endpoint("e3"),
    };
    let now = bed.now;
    bed.turn(|router, _| router.set_overrides("nurses", &[stands_in], now))
        .unwrap();
    // Noon, inside the override, after it, in the night, and Monday at 9, when nobody is.
    for (number, seconds) in [(1, 0), (2, 3_600), (3, 7_200), (4, 36_000), (5, 75_600)] {
        bed.pass_to(seconds);
        bed.restart();
        bed.raise(&alert(number, 1), facts(number, FEVER, Priority::High));
        bed.takes(bed.next_delivery - 1);
    }
    let to: Vec<String> = bed.lines().into_iter().map(|(_, to, _)| to).collect();
    assert_eq!(to, ["e1", "e3", "e1", "e2", "e4"]);
}
