//! Windows of the treatment and alerts that are open when they begin.

use super::bench::{
    Bench, HOUR, How, Live, MINUTE, Said, alerts, assign, clinical, events, message, order,
    patient, tick, ward,
};
use crate::domain::{Administration, AdministrationKind, AlertId, Regimen};
use crate::registry::Command;
use serde_json::Value;

const DAY: i64 = 24 * HOUR;

/// Changes nothing of the patient but what was given, days before the start.
fn given(at: i64, days_ago: &[i64]) -> Said {
    let dose = |days: &i64| Administration {
        given_at: clinical(-days * DAY),
        cycle: 1,
        regimen: Some(Regimen("SECRET-7".to_owned())),
        kind: AdministrationKind::SystemicAnticancer,
        nadir_days: None,
        post_infusion_hours: None,
    };
    let command = Command::PutPatient {
        id: patient("a"),
        label: None,
        ward: None,
        team: None,
        time_zone: Some("Europe/London".to_owned()),
        spo2_scale: None,
        oxygen: None,
        treatment: None,
        neutropenia: None,
        post_infusion: None,
        administrations: Some(days_ago.iter().map(dose).collect()),
        expected: None,
    };
    order(at, command)
}

fn breathes(minute: i64, rate: u32) -> Said {
    let at = minute * MINUTE;
    message("watch", at, minute as u64, at, &format!(r#""rr":{rate}"#))
}

/// From its twentieth minute on the patient breathes 26/min: NEWS2 says so.
fn start(days_ago: &[i64]) -> Vec<Said> {
    let mut said = ward(&["a"], &[]);
    said.push(given(0, days_ago));
    said.push(assign(0, "watch", "a", 0, None));
    said.extend((1..40).map(|minute| breathes(minute, if minute < 20 { 16 } else { 26 })));
    said.push(tick(42 * MINUTE));
    said
}

fn without_departures() -> How {
    let mut how = How::default();
    for vital in crate::domain::Vital::ALL {
        how.rules.baseline.vitals.get_mut(vital).enabled = false;
    }
    how
}

fn news2(live: &Live) -> Value {
    let alerts = alerts(&live.reader).into_iter();
    let mut news2 = alerts.filter(|(_, alert)| alert["kind"] == "news2");
    news2.next().expect("told").1
}

fn of_news2(live: &Live) -> Vec<String> {
    let told = events(&live.reader).into_iter();
    told.filter(|event| event.ends_with("news2")).collect()
}

const RAISED: &str = "alert.raised a news2";
const ESCALATED: &str = "alert.escalated a news2";
const ACKNOWLEDGED: &str = "alert.acknowledged a news2";

#[test]
fn an_open_alert_becomes_more_urgent_when_the_record_puts_it_into_a_window() {
    let bench = Bench::new();
    let live = bench.start(&without_departures());
    live.say(&start(&[]), 0);
    live.quiet();
    assert_eq!(news2(&live)["priority"], "medium");
    let alert = AlertId::new("alr_0badcafe_0_1").expect("valid");
    let seen = Command::Acknowledge {
        alert,
        comment: None,
    };
    live.say(&[order(43 * MINUTE, seen), given(44 * MINUTE, &[2])], 0);
    live.quiet();
    assert_eq!(of_news2(&live), [RAISED, ACKNOWLEDGED], "day 3");
    live.say(&[given(45 * MINUTE, &[8])], 0);
    live.quiet();
    assert_eq!(of_news2(&live), [RAISED, ACKNOWLEDGED, ESCALATED]);
    let alert = news2(&live);
    assert_eq!(
        (&alert["priority"], &alert["handling"]),
        (&"high".into(), &"open".into())
    );
    let told = &alert["evidence"]["treatment"];
    assert_eq!(
        told["summary"],
        "Day 9 of cycle 1; inside the expected nadir, days 7 to 14: high instead of medium."
    );
    assert_eq!(told["priority_without"], "medium");
    assert!(!alert.to_string().contains("SECRET-7"));
    // Taken back, it stays as urgent as people were told.
    live.say(&[given(46 * MINUTE, &[]), given(47 * MINUTE, &[8])], 0);
    live.quiet();
    assert_eq!(of_news2(&live).len(), 3);
    live.stop();
}

#[test]
fn an_open_alert_becomes_more_urgent_at_the_moment_a_window_begins() {
    // Given on the 17th: day 7 is the 23rd, from midnight in London on.
    let bench = Bench::new();
    let (how, said) = (without_departures(), start(&[5]));
    let live = bench.start(&how);
    live.say(&said, 0);
    live.quiet();
    assert_eq!(of_news2(&live), [RAISED]);
    assert_eq!(news2(&live)["priority"], "medium");
    // A restart forgets no window.
    live.stop();
    let live = bench.start(&how);
    live.say(&[tick(DAY - 1)], 0);
    live.quiet();
    assert_eq!(of_news2(&live), [RAISED]);
    live.say(&[tick(DAY + 5 * MINUTE)], 0);
    live.quiet();
    assert_eq!(of_news2(&live), [RAISED, ESCALATED]);
    let alert = news2(&live);
    assert_eq!(alert["evidence"]["treatment"]["day"], 7);
    assert_eq!(alert["updated_at"], "2026-11-23T00:00:00.000Z");
    live.stop();
    // Nor does it tell it twice.
    let live = bench.start(&how);
    live.say(&[tick(DAY + HOUR)], 0);
    live.quiet();
    assert_eq!(of_news2(&live), [RAISED, ESCALATED]);
    live.stop();
}

#[test]
fn other_settings_at_a_start_say_when_windows_begin() {
    let bench = Bench::new();
    let mut how = without_departures();
    // Day 9 at first, then 7: earlier than what the state remembers.
    how.rules.oncology.systemic_anticancer.nadir_first_day = 9;
    bench.run(&how, &start(&[5]));
    how.rules.oncology.systemic_anticancer.nadir_first_day = 7;
    let live = bench.start(&how);
    live.say(&[tick(DAY - 1)], 0);
    live.quiet();
    assert_eq!(of_news2(&live), [RAISED]);
    live.say(&[tick(DAY)], 0);
    live.quiet();
    assert_eq!(of_news2(&live), [RAISED, ESCALATED]);
    live.stop();
    // And with the window begun before the start, at the start.
    let bench = Bench::new();
    how.rules.oncology.systemic_anticancer.nadir_first_day = 9;
    bench.run(&how, &start(&[7]));
    how.rules.oncology.systemic_anticancer.nadir_first_day = 7;
    let live = bench.start(&how);
    live.quiet();
    assert_eq!(of_news2(&live), [RAISED, ESCALATED]);
    live.stop();
}

#[test]
fn what_is_raised_in_a_window_is_explained_by_deciding_it_again() {
    let bench = Bench::new();
    let live = bench.start(&without_departures());
    live.say(&start(&[8]), 0);
    live.quiet();
    assert_eq!(news2(&live)["priority"], "high");
    let alert = AlertId::new("alr_0badcafe_0_1").expect("valid");
    let explained = crate::engine::explain(&live.reader, &alert, 365).expect("explained");
    assert_eq!(
        explained.verdict,
        crate::engine::Verdict::Confirmed,
        "{explained:?}"
    );
    live.stop();
}
