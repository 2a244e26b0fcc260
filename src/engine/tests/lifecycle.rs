//! The life cycle in a running engine with its store: kills, restarts, clocks
//! that step, both changes of daylight saving.

use super::bench::{
    Bench, HOUR, How, MINUTE, START, Said, clinical, events, measured, order, patient, tick, ward,
};
use super::determinism::{through_crashes, whole};
use crate::domain::{AlertId, Usefulness, Vital};
use crate::registry::{Command, ObservedValue};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// What a person measures on the ward acts at once.
fn temperature(at: i64, value: f64) -> Said {
    let readings = vec![ObservedValue {
        at: measured(at),
        vital: Vital::BodyTemperature,
        value,
    }];
    let command = Command::Observe {
        patient: patient("a"),
        readings,
        source: "ward-form".to_owned(),
    };
    order(at, command)
}

fn alert(number: u64) -> AlertId {
    AlertId::new(&format!("alr_0badcafe_0_{number}")).expect("valid")
}

fn acknowledge(at: i64, number: u64) -> Said {
    let (alert, comment) = (alert(number), None);
    order(at, Command::Acknowledge { alert, comment })
}

fn snooze(at: i64, number: u64, until: i64) -> Said {
    let command = Command::Snooze {
        alert: alert(number),
        until: clinical(until),
        reason: Some("fluids running".to_owned()),
    };
    order(at, command)
}

/// Types of events with their minutes after `base`.
fn told(bench: &Bench, base: i64) -> Vec<(String, i64)> {
    let writer = bench.writer();
    let reader = bench.reader(&writer);
    let events = reader.alert_events_after(0, 1_000).expect("reads");
    let told = events.iter().map(|event| {
        let document: serde_json::Value = serde_json::from_str(&event.document).expect("JSON");
        let at: jiff::Timestamp = document["at"]
            .as_str()
            .expect("a time")
            .parse()
            .expect("one");
        let after = at.as_millisecond() - START - base;
        (event.event_type.clone(), after / MINUTE)
    });
    told.collect()
}

/// A fever that is acknowledged, snoozed and left alone, from `base` on.
fn course(base: i64) -> Vec<Said> {
    vec![
        temperature(base, 39.0),
        acknowledge(base + MINUTE, 1),
        snooze(base + 2 * MINUTE, 1, base + 32 * MINUTE),
        snooze(base + 3 * MINUTE, 1, base + 32 * MINUTE),
        tick(base + 31 * MINUTE),
        tick(base + 33 * MINUTE),
        tick(base + 100 * MINUTE),
        tick(base + 300 * MINUTE),
    ]
}

fn at(text: &str) -> i64 {
    let at: jiff::Timestamp = text.parse().expect("a time");
    at.as_millisecond() - START
}

#[test]
fn timers_hold_over_both_changes_of_daylight_saving_and_a_restart_at_any_moment() {
    let expected = [
        ("alert.raised", 0),
        ("alert.acknowledged", 1),
        ("alert.snoozed", 2),
        ("alert.snooze_ended", 32),
        ("alert.reminded", 92),
        ("alert.reminded", 152),
        ("alert.reminded", 212),
        ("alert.acknowledgement_expired", 272),
    ];
    let expected = expected.map(|(name, minute)| (name.to_owned(), minute));
    // Clocks in Berlin go forward, back, and stay.
    let changes = ["2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z"];
    let bases = changes.map(|change| at(change) - 20 * MINUTE);
    for base in bases.into_iter().chain([5 * HOUR]) {
        let mut said = ward(&["a"], &[]);
        for said in &mut said {
            if let super::bench::What::Order(Command::PutPatient { time_zone, .. }) = &mut said.what
            {
                *time_zone = Some("Europe/Berlin".to_owned());
            }
        }
        let setting = said.len();
        said.extend(course(base));
        for cut in setting..said.len() {
            let bench = Bench::new();
            bench.run(&How::default(), &said[..cut]);
            bench.run(&How::default(), &said[cut..]);
            assert_eq!(told(&bench, base), expected, "restart before input {cut}");
        }
    }
}

#[test]
fn killed_at_any_commit_of_a_course_nothing_is_lost_or_done_twice() {
    let base = 5 * HOUR;
    let mut said = ward(&["a"], &[]);
    said.extend(course(base));
    let (alert, comment) = (alert(1), None);
    let rest = [
        Command::Acknowledge {
            alert: alert.clone(),
            comment: None,
        },
        Command::AssignAlert {
            alert: alert.clone(),
            to: "team east".to_owned(),
            comment: None,
        },
        Command::Resolve {
            alert: alert.clone(),
            outcome: "seen".to_owned(),
            usefulness: Some(Usefulness::Unsure),
        },
        Command::Reopen { alert, comment },
    ];
    let minutes = (301..).map(|minute| base + minute * MINUTE);
    said.extend(minutes.zip(rest).map(|(at, command)| order(at, command)));
    said.push(tick(base + 400 * MINUTE));
    let unbroken = whole(&How::default(), &said);
    for crash_at in 0..said.len() as u32 + 2 {
        let crashed = through_crashes(&said, &[(crash_at, 1, 100_000)]);
        crashed.assert_same(&unbroken, &format!("killed at commit {crash_at}"));
    }
}

#[test]
fn a_snooze_that_ended_while_the_service_was_down_ends_at_its_time_and_once() {
    let bench = Bench::new();
    let said = ward(&["a"], &[]);
    bench.run(&How::default(), &said);
    bench.run(
        &How::default(),
        &[temperature(HOUR, 39.0), snooze(HOUR, 1, HOUR + 20 * MINUTE)],
    );
    for hours in [9, 10, 11] {
        bench.run(&How::default(), &[tick(hours * HOUR)]);
    }
    let told = told(&bench, HOUR);
    let ended: Vec<_> = told
        .iter()
        .filter(|t| t.0 == "alert.snooze_ended")
        .collect();
    assert_eq!(ended, [&("alert.snooze_ended".to_owned(), 20)], "{told:?}");
}

#[test]
fn a_reminder_says_how_the_patient_is_now_and_how_old_that_is() {
    let bench = Bench::new();
    let mut said = ward(&["a"], &[]);
    said.push(temperature(HOUR, 39.0));
    said.push(acknowledge(HOUR + MINUTE, 1));
    said.push(temperature(HOUR + 31 * MINUTE, 38.4));
    said.push(tick(HOUR + 62 * MINUTE));
    bench.run(&How::default(), &said);
    let writer = bench.writer();
    let events = bench.reader(&writer).alert_events_after(0, 100);
    let events = events.expect("reads");
    let reminded = events.iter().find(|e| e.event_type == "alert.reminded");
    let document = &reminded.expect("reminded").document;
    let document: serde_json::Value = serde_json::from_str(document).expect("JSON");
    let current = &document["current"][0];
    assert_eq!(current["vital"], "body_temperature");
    assert_eq!(
        (&current["value"], &current["age_ms"]),
        (&38.4.into(), &(30 * MINUTE).into())
    );
    let raised = events.iter().find(|e| e.event_type == "alert.raised");
    assert!(!raised.expect("raised").document.contains("\"current\""));
}

#[test]
fn a_clock_that_steps_back_moves_no_timer() {
    let bench = Bench::new();
    let mut said = ward(&["a"], &[]);
    said.push(temperature(HOUR, 39.0));
    said.push(snooze(HOUR, 1, HOUR + 20 * MINUTE));
    said.push(tick(HOUR + 19 * MINUTE));
    said.push(tick(HOUR - 30 * MINUTE));
    bench.run(&How::default(), &said);
    assert_eq!(told(&bench, HOUR).len(), 2);
    bench.run(&How::default(), &[tick(HOUR), tick(HOUR + 20 * MINUTE)]);
    let ended = ("alert.snooze_ended".to_owned(), 20);
    assert_eq!(told(&bench, HOUR).last(), Some(&ended));
}

#[test]
fn a_clock_that_is_behind_what_is_stored_is_said_until_it_has_caught_up() {
    let bench = Bench::new();
    bench.run(&How::default(), &[tick(HOUR), tick(2 * HOUR)]);
    let said = [(2 * HOUR, false), (HOUR, true), (2 * HOUR - 29_000, false)];
    bench.run(&How::default(), &ward(&["a"], &[]));
    bench.run(&How::default(), &[temperature(2 * HOUR, 36.5)]);
    let live = bench.start(&How::default());
    for (at, behind) in said {
        live.one(tick(at));
        live.quiet();
        assert_eq!(live.counters.is_clock_behind(), behind, "{at}");
    }
    live.stop();
}

#[test]
fn what_people_did_is_shown_audited_and_survives_another_version() {
    let bench = Bench::new();
    let mut said = ward(&["a"], &[]);
    said.push(temperature(HOUR, 39.0));
    said.push(snooze(HOUR + MINUTE, 1, HOUR + 25 * MINUTE));
    let (alert, to) = (alert(1), "team east".to_owned());
    let comment = None;
    said.push(order(
        HOUR + 2 * MINUTE,
        Command::AssignAlert { alert, to, comment },
    ));
    for answer in bench.run(&How::default(), &said) {
        answer.expect("done");
    }
    super::upgrade::age(&bench);
    let live = bench.start(&How::default());
    live.one(tick(HOUR + 3 * MINUTE));
    let (_, shown) = &live.alerts()[0];
    assert_eq!(shown["snoozed"]["by"], "nurse");
    assert_eq!(shown["snoozed"]["until"], "2026-11-22T01:25:00.000Z");
    assert_eq!(shown["snoozed"]["reason"], "fluids running");
    assert_eq!(shown["assigned"]["to"], "team east");
    assert_eq!(shown["acm"]["inactivation"][0], "audio-paused");
    let again = live.one(snooze(HOUR + 4 * MINUTE, 1, HOUR + 25 * MINUTE));
    assert_eq!(again.expect("an answer").expect("done").affected, 0);
    let command = Command::Resolve {
        alert: super::lifecycle::alert(1),
        outcome: "antibiotics given".to_owned(),
        usefulness: Some(Usefulness::Useful),
    };
    live.one(order(HOUR + 5 * MINUTE, command));
    let (_, shown) = &live.alerts()[0];
    assert_eq!(shown["resolved"]["usefulness"], "useful");
    assert_eq!(
        shown.get("snoozed"),
        None,
        "a resolved alert is not snoozed"
    );
    assert_eq!(shown["assigned"]["by"], "nurse");
    let told = events(&live.reader);
    assert_eq!(told.len(), 4, "{told:?}");
    let audited = live.reader.audit(None, 100).expect("reads");
    let actions: Vec<_> = audited.iter().map(|entry| entry.action.as_str()).collect();
    for action in ["snooze", "assign_alert", "resolve"] {
        assert!(actions.contains(&action), "{actions:?}");
    }
    live.stop();
}

#[test]
fn a_store_from_before_snooze_and_reminders_opens_and_goes_on() {
    let bench = Bench::new();
    let mut said = ward(&["a"], &[]);
    said.push(temperature(HOUR, 39.0));
    said.push(acknowledge(HOUR + MINUTE, 1));
    bench.run(&How::default(), &said);
    super::upgrade::age(&bench);
    let path = crate::store::database_path(bench.path());
    let conn = rusqlite::Connection::open(path).expect("opens");
    let sql = "UPDATE alert SET document =
                   json_remove(document, '$.highest_priority', '$.acm', '$.answered_at')";
    assert_eq!(conn.execute(sql, []).expect("updates"), 1);
    drop(conn);
    bench.run(&How::default(), &[tick(HOUR + 2 * MINUTE), tick(3 * HOUR)]);
    let told = told(&bench, HOUR);
    let names: Vec<_> = told.iter().map(|told| told.0.as_str()).collect();
    let expected = ["alert.raised", "alert.acknowledged", "alert.reminded"];
    assert_eq!(names, expected, "{told:?}");
}

/// Minutes to wait, and what is then done.
fn step() -> impl Strategy<Value = (i64, u8, i64)> {
    (0_i64..50, 0_u8..11, 1_i64..40)
}

fn random(steps: &[(i64, u8, i64)]) -> Vec<Said> {
    let mut said = ward(&["a"], &[]);
    let mut now = HOUR;
    said.push(temperature(now, 39.0));
    for (wait, what, minutes) in steps {
        now += wait * MINUTE;
        let (alert, comment) = (alert(1), None);
        let command = match what {
            0 | 1 => {
                said.push(temperature(now, 38.0 + *minutes as f64 / 20.0));
                continue;
            }
            2 => {
                said.push(temperature(now, 36.5));
                continue;
            }
            3 => {
                // A clock that stepped back.
                said.push(tick(now - minutes * MINUTE));
                continue;
            }
            4 => Command::Acknowledge { alert, comment },
            5 => {
                said.push(snooze(now, 1, now + minutes * MINUTE));
                continue;
            }
            6 => Command::Unsnooze { alert, comment },
            7 => Command::Reopen { alert, comment },
            9 => Command::AssignAlert {
                alert,
                to: format!("team {}", minutes % 2),
                comment,
            },
            10 => Command::Comment {
                alert,
                text: "family called".to_owned(),
            },
            _ => Command::Resolve {
                alert,
                outcome: "seen".to_owned(),
                usefulness: None,
            },
        };
        said.push(order(now, command));
    }
    said.push(tick(now + 5 * MINUTE));
    said
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        rng_seed: RngSeed::Fixed(11_073),
        ..ProptestConfig::default()
    })]

    #[test]
    fn killed_anywhere_and_recovered_every_answer_and_timer_is_as_without(
        steps in prop::collection::vec(step(), 10..40),
        crashes in prop::collection::vec((5_u32..40, 1_usize..3, 20_u64..400), 1..4),
    ) {
        let said = random(&steps);
        let unbroken = whole(&How::default(), &said);
        through_crashes(&said, &crashes).assert_same(&unbroken, "killed");
    }
}

#[test]
fn an_eventful_course_of_the_random_kind_reaches_every_answer() {
    let steps = [
        (0, 0, 30),
        (1, 4, 1),
        (1, 5, 20),
        (30, 0, 35),
        (1, 6, 1),
        (61, 3, 10),
        (1, 8, 1),
        (5, 7, 1),
        (5, 2, 1),
    ];
    let bench = Bench::new();
    bench.run(&How::default(), &random(&steps));
    let names: Vec<_> = told(&bench, HOUR).into_iter().map(|told| told.0).collect();
    for name in [
        "acknowledged",
        "snoozed",
        "snooze_ended",
        "resolved",
        "reopened",
    ] {
        let name = format!("alert.{name}");
        assert!(names.contains(&name), "{name}: {names:?}");
    }
}
