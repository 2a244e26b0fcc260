//! Clinical rules across restarts: what judged is stored, what is gone ends.

use super::bench::{
    Bench, How, Live, MINUTE, Said, assign, events, message, order, patient, tick, ward,
};
use crate::detect::{RuleFile, RuleSet, Switches};
use crate::domain::{RuleId, Vital};
use crate::registry::{Command, ObservedValue};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A rule of the heart rate, from `limit` on in three of five minutes.
pub(super) fn rule(limit: u32) -> String {
    format!(
        r#"id = "fast"
title = "Fast heart"
version = {limit}
author = "Dr Example"
valid_from = "2026-01-01"
review_by = "2030-01-01"
source = "test"
priority = "high"
when = "heart_rate >= {limit}"
clear_when = "heart_rate < 70"
clear_after_minutes = 5
words = "heart rate {{heart_rate}}/min"
[inputs_max_age_minutes]
heart_rate = 10
[persistence]
epochs = 3
of = 5
"#
    )
}

pub(super) fn with(texts: &[String]) -> How {
    let files: Vec<_> = texts
        .iter()
        .map(|text| RuleFile {
            path: "fast.toml".to_owned(),
            name: "fast".to_owned(),
            text: Ok(text.clone()),
        })
        .collect();
    let mut how = How::default();
    how.rules.clinical = RuleSet::gather(&files, None, &Switches::default());
    assert_eq!(how.rules.clinical.broken(), []);
    how.rules.baseline.vitals.heart_rate.enabled = false;
    how
}

pub(super) fn start() -> Vec<Said> {
    let mut said = ward(&["a"], &[]);
    said.push(assign(0, "watch", "a", 0, None));
    said
}

pub(super) fn minute(minute: i64, hr: u32) -> Said {
    let (at, values) = (minute * MINUTE, format!(r#""hr":{hr}"#));
    message("watch", at, minute as u64, at, &values)
}

pub(super) fn observed(at: i64, hr: f64) -> Said {
    let command = Command::Observe {
        patient: patient("a"),
        readings: vec![ObservedValue {
            at: super::bench::measured(at),
            vital: Vital::HeartRate,
            value: hr,
        }],
        source: "form".to_owned(),
    };
    order(at, command)
}

fn of_rules(live: &Live) -> Vec<String> {
    let told = events(&live.reader).into_iter();
    told.filter(|event| event.ends_with(" rule")).collect()
}

/// A start, what is said, and a sync that fails: nothing is saved in order.
fn crash_after(bench: &Bench, how: &How, said: &[Said]) {
    let fails = Arc::new(AtomicBool::new(false));
    let mut writer = bench.writer();
    let shared = Arc::clone(&fails);
    writer.inject_fault(Some(Box::new(move || {
        let fail = shared.load(Ordering::Acquire);
        fail.then_some(rusqlite::ffi::SQLITE_IOERR_FSYNC)
    })));
    let live = bench.start_on(writer, how);
    live.say(said, 0);
    live.quiet();
    fails.store(true, Ordering::Release);
    live.send(crate::engine::Input::Stop);
    assert!(live.ended().is_err(), "the last sync failed");
}

#[test]
fn what_is_folded_after_a_crash_is_judged_by_the_rules_that_judged_it() {
    let bench = Bench::new();
    // A hundred a minute: nothing for the rule in force, three of five for the next one.
    let mut said = start();
    said.extend((1..10).map(|at| minute(at, 100)));
    // By then every minute of them is closed.
    let closed = 12 * MINUTE;
    said.push(message("watch", closed, 12, closed, r#""spo2":97"#));
    crash_after(&bench, &with(&[rule(120)]), &said);
    let live = bench.start(&with(&[rule(90)]));
    assert!(live.counters.recovered_rows.get() > 9, "rows were folded");
    live.say(&[minute(13, 100), tick(15 * MINUTE)], 0);
    live.quiet();
    assert_eq!(of_rules(&live), [""; 0], "one minute under the new rule");
    live.say(&[minute(16, 100), minute(17, 100), tick(20 * MINUTE)], 0);
    live.quiet();
    assert_eq!(of_rules(&live), ["alert.raised a rule"]);
    live.stop();
}

#[test]
fn the_rules_in_force_are_stored_as_their_texts() {
    let bench = Bench::new();
    bench.run(&with(&[rule(120)]), &start());
    let path = crate::store::database_path(bench.path());
    let conn = rusqlite::Connection::open(path).expect("opens");
    let sql = "SELECT value FROM meta WHERE key = 'rulebook'";
    let stored: String = conn.query_row(sql, [], |row| row.get(0)).expect("stored");
    let book: serde_json::Value = serde_json::from_str(&stored).expect("JSON");
    let text = book["rules"]["clinical"]["fast"].as_str();
    assert_eq!(text, Some(rule(120).as_str()));
}

#[test]
fn an_episode_goes_on_across_restarts_and_changes_of_its_rule() {
    let bench = Bench::new();
    let mut said = start();
    said.push(observed(MINUTE, 130.0));
    bench.run(&with(&[rule(120)]), &said);
    let live = bench.start(&with(&[rule(125)]));
    live.say(&[observed(2 * MINUTE, 131.0)], 0);
    live.quiet();
    assert_eq!(of_rules(&live), ["alert.raised a rule"]);
    let alerts = live.alerts();
    let (_, alert) = &alerts[0];
    assert_eq!(
        (&alert["kind"], &alert["rule"]),
        (&"rule".into(), &"fast".into())
    );
    assert_eq!(alert["condition"], "active");
    live.stop();
}

#[test]
fn a_rule_that_disappears_ends_its_episodes_with_words() {
    let bench = Bench::new();
    let mut said = start();
    said.push(observed(MINUTE, 130.0));
    bench.run(&with(&[rule(120)]), &said);
    let live = bench.start(&with(&[]));
    live.quiet();
    let ended = ["alert.raised a rule", "alert.condition_ended a rule"];
    assert_eq!(of_rules(&live), ended);
    let alerts = live.alerts();
    assert_eq!(
        alerts[0].1["handling"], "open",
        "high: a person must see it"
    );
    let events = live.reader.alert_events_after(0, 100).expect("reads");
    let last: serde_json::Value =
        serde_json::from_str(&events.last().expect("events").document).expect("JSON");
    assert_eq!(
        last["comment"],
        "The clinical rule that raised it is no longer in force."
    );
    live.stop();
    let live = bench.start(&with(&[]));
    live.quiet();
    assert_eq!(of_rules(&live), ended, "said once");
    live.stop();
    // It comes back and begins anew.
    let live = bench.start(&with(&[rule(120)]));
    live.say(&[observed(5 * MINUTE, 130.0)], 0);
    live.quiet();
    assert_eq!(
        of_rules(&live).last().map(String::as_str),
        Some("alert.reopened a rule")
    );
    live.stop();
}

#[test]
fn another_version_keeps_the_episode_of_a_rule_by_its_id() {
    let bench = Bench::new();
    let mut said = start();
    said.extend((1..8).map(|at| minute(at, 130)));
    said.push(tick(9 * MINUTE));
    let how = with(&[rule(120)]);
    bench.run(&how, &said);
    super::upgrade::age(&bench);
    let live = bench.start(&how);
    live.say(&[minute(10, 130), tick(12 * MINUTE)], 0);
    live.quiet();
    assert_eq!(of_rules(&live), ["alert.raised a rule"]);
    let (_, alert) = &live.alerts()[0];
    let fast = RuleId::new("fast").expect("valid");
    assert_eq!(alert["rule"], fast.as_str());
    assert_eq!(alert["condition"], "active");
    live.stop();
}
