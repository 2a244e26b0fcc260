//! `wardlight what-if`, as its own process on the data of a service that ran.

use crate::service::{Service, directory};
use crate::watch::{Answer, Watch};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A rule of the heart rate from `limit` on.
fn rule(limit: u32) -> String {
    format!(
        r#"id = "fast"
title = "Fast heart"
version = {limit}
author = "Dr Example"
valid_from = "2026-01-01"
review_by = "2030-01-01"
source = "ward agreement"
priority = "high"
when = "heart_rate >= {limit}"
clear_when = "heart_rate < 100"
clear_after_minutes = 30
words = "heart rate {{heart_rate}}/min"

[inputs_max_age_minutes]
heart_rate = 10

[persistence]
epochs = 3
of = 5
"#
    )
}

fn folder(limit: u32) -> TempDir {
    let folder = directory();
    std::fs::write(folder.path().join("fast.toml"), rule(limit)).expect("written");
    folder
}

async fn observe(service: &Service, patient: &str, heart_rate: u32) {
    let observed = json!({"values": {"heart_rate": heart_rate}});
    let path = format!("/v1/patients/{patient}/observations");
    service.post(&path, observed).await;
}

/// A watch that measured so many beats a minute, minute after minute.
async fn send(service: &Service, patient: &str, rates: &[u32]) {
    let mut watch = Watch::connect(service, &format!("watch-{patient}")).await;
    for (sequence, rate) in (1..).zip(rates) {
        let moment = json!({
            "session": 1, "seq": sequence, "t": service.now(), "hr": rate, "battery": 5,
        });
        assert_eq!(watch.say(&moment).await, Answer::Puback(0));
        service.pass(1).await;
    }
}

/// Ten minutes of three watches under the rule at 120: `w` at 115 for minutes
/// and back, `x` at 125, and `y` with one minute of 125. None has NEWS2 alone.
async fn watched() -> TempDir {
    let (data, rules) = (directory(), folder(120));
    let rules = rules.path().to_str().expect("a plain path");
    let service = Service::start(data.path(), &[("WARDLIGHT_RULES__DIRECTORY", rules)]).await;
    service.enter(&["w", "x", "y"]).await;
    let fever = json!({"values": {"body_temperature": 39.2}});
    service.post("/v1/patients/w/observations", fever).await;
    send(&service, "w", &[80, 115, 116, 115, 117, 115, 80, 80]).await;
    send(&service, "x", &[80, 125, 126, 125, 127, 125, 80, 80]).await;
    send(&service, "y", &[80, 81, 80, 125, 80, 81, 80, 82]).await;
    service.pass(60).await;
    service.stop().await;
    data
}

/// A ward where the rule stood at 120: `a` had 125 and an alert, `b` 112 and none.
async fn ward() -> TempDir {
    let (data, rules) = (directory(), folder(120));
    let rules = rules.path().to_str().expect("a plain path");
    let service = Service::start(data.path(), &[("WARDLIGHT_RULES__DIRECTORY", rules)]).await;
    service.enter(&["a", "b", "c"]).await;
    service.pass(1).await;
    observe(&service, "a", 125).await;
    observe(&service, "b", 112).await;
    service.pass(90).await;
    observe(&service, "b", 80).await;
    service.stop().await;
    data
}

fn run(data: &Path, rules: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wardlight"));
    command.env("WARDLIGHT_DATA_DIR", data).current_dir(data);
    command.arg("what-if").arg(rules).args(more);
    command.output().expect("runs")
}

/// The summary, and the differences line by line.
fn works(data: &Path, rules: &Path, since: &str) -> (Value, Vec<Value>) {
    let lines = data.join("differences.jsonl");
    let file = lines.to_str().expect("a plain path");
    let output = run(data, rules, &["--since", since, "--json", "--alerts", file]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let text = std::fs::read_to_string(&lines).expect("written");
    let lines = text.lines().map(serde_json::from_str);
    let lines = lines.map(|line| line.expect("JSON")).collect();
    (serde_json::from_slice(&output.stdout).expect("JSON"), lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn other_rules_add_and_remove_alerts_and_change_nothing_that_is_stored() {
    let data = ward().await;
    let store = data.path().join("wardlight.db");
    let before = std::fs::read(&store).expect("read");

    let (summary, lines) = works(data.path(), folder(120).path(), "2026-11-22");
    assert_eq!(lines, Vec::<Value>::new(), "the rules in force");
    assert_eq!(summary["by_replay"], 0);
    assert_eq!(summary["thresholds_differ"], false);
    let of_rule = json!({"happened": 1, "added": 0, "removed": 0, "changed": 0});
    assert_eq!(summary["by_kind"], json!({"rule:fast": of_rule}));
    assert_eq!(summary["patients"], 3);
    assert_eq!(summary["patients_without_readings"], 1);

    let (summary, lines) = works(data.path(), folder(110).path(), "1d");
    assert_eq!(summary["clinical_rules"]["fast"], 110);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(
        (&line["patient"], &line["rule"]),
        (&json!("b"), &json!("fast"))
    );
    assert_eq!(
        (&line["change"], &line["cause"]),
        (&json!("added"), &json!("rules"))
    );
    assert_eq!(line["would_be"]["raised_at"], "2026-11-22T00:01:00.000Z");

    let (summary, lines) = works(data.path(), folder(130).path(), "1d");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(
        (&line["patient"], &line["change"]),
        (&json!("a"), &json!("removed"))
    );
    let alert = line["happened"]["alert"].as_str().expect("an id");
    assert!(alert.starts_with("alr_"), "{alert}");
    assert_eq!(summary["by_kind"]["rule:fast"]["removed"], 1);

    let (summary, lines) = works(data.path(), folder(130).path(), "1h");
    assert_eq!(lines, Vec::<Value>::new(), "it was raised before");
    assert_eq!(summary["by_kind"], json!({}));
    assert_eq!(std::fs::read(&store).expect("read"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_watches_measured_is_judged_as_a_watchs_and_devices_are_left_out() {
    let data = watched().await;
    let counts = |happened, added, removed, changed| json!({"happened": happened, "added": added, "removed": removed, "changed": changed});
    let fever = counts(1, 0, 0, 0);

    let (summary, lines) = works(data.path(), folder(120).path(), "1d");
    assert_eq!(lines, Vec::<Value>::new(), "one minute alone is no alert");
    assert_eq!(summary["by_replay"], 0);
    let by_kind = json!({"fever_on_treatment": fever, "rule:fast": counts(1, 0, 0, 0)});
    assert_eq!(
        summary["by_kind"], by_kind,
        "a low battery is not the body's"
    );
    assert_eq!(summary["readings"], 1 + 3 * 8 * 2);

    // The rule in force told of x; at 110 it tells of w too, in its third minute.
    let (summary, lines) = works(data.path(), folder(110).path(), "1d");
    let by_kind = json!({"fever_on_treatment": fever, "rule:fast": counts(1, 1, 0, 0)});
    assert_eq!(summary["by_kind"], by_kind);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(
        (&lines[0]["patient"], &lines[0]["change"]),
        (&json!("w"), &json!("added"))
    );
    assert_eq!(
        lines[0]["would_be"]["raised_at"],
        "2026-11-22T00:05:00.000Z"
    );

    // At 126 it still tells of nobody but x; without rules of nobody.
    let (summary, lines) = works(data.path(), folder(128).path(), "1d");
    let by_kind = json!({"fever_on_treatment": fever, "rule:fast": counts(1, 0, 1, 0)});
    assert_eq!(summary["by_kind"], by_kind);
    assert_eq!(
        (&lines[0]["patient"], &lines[0]["cause"]),
        (&json!("x"), &json!("rules"))
    );
    let (summary, lines) = works(data.path(), directory().path(), "1d");
    assert_eq!(summary["clinical_rules"]["fast"], Value::Null);
    assert_eq!((lines.len(), &lines[0]["change"]), (1, &json!("removed")));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_priority_is_a_change_and_since_counts_from_the_moment_of_raising() {
    let data = ward().await;
    let urgent = folder(120);
    let text = rule(120).replace("\"high\"", "\"medium\"");
    std::fs::write(urgent.path().join("fast.toml"), text).expect("written");
    let (summary, lines) = works(data.path(), urgent.path(), "2026-11-22T00:01:00Z");
    assert_eq!(summary["by_kind"]["rule:fast"]["changed"], 1);
    assert_eq!(summary["since"], "2026-11-22T00:01:00.000Z");
    let line = &lines[0];
    assert_eq!(
        (&line["change"], &line["cause"]),
        (&json!("changed"), &json!("rules"))
    );
    assert_eq!(
        (&line["happened"]["priority"], &line["would_be"]["priority"]),
        (&json!("high"), &json!("medium"))
    );
    let (_, lines) = works(data.path(), urgent.path(), "2026-11-22T00:01:00.001Z");
    assert_eq!(lines, Vec::<Value>::new());

    let output = run(data.path(), urgent.path(), &["--since", "1d"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let row = format!("  {:30}{:>9}{:>9}{:>9}{:>9}\n", "rule:fast", 1, 0, 0, 1);
    assert!(said.contains(&row), "{said}");
    assert!(said.contains("1 patients without kept readings"), "{said}");
    assert!(!said.contains("thresholds"), "{said}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wardlight"));
    command
        .env("WARDLIGHT_DATA_DIR", data.path())
        .current_dir(data.path());
    command.env("WARDLIGHT_DETECT__LATE__FRESH_MINUTES", "11");
    let rules = folder(120);
    command
        .arg("what-if")
        .arg(rules.path())
        .args(["--since", "1d"]);
    let output = command.output().expect("runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("The thresholds of the configuration are others"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_folder_time_or_store_is_refused_with_what_to_do() {
    let data = ward().await;
    let refused = |rules: &Path, more: &[&str], code: i32| {
        let output = run(data.path(), rules, more);
        assert_eq!(output.status.code(), Some(code), "{more:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let wrong = directory();
    let text = rule(120).replace("heart_rate >=", "heartrate >=");
    std::fs::write(wrong.path().join("fast.toml"), text).expect("written");
    let said = refused(wrong.path(), &["--since", "1d"], 1);
    assert!(said.contains("fast.toml:9: when: "), "{said}");
    let said = refused(wrong.path(), &["--since", "lately"], 2);
    assert!(said.contains("30d or 12h"), "{said}");
    let empty = directory();
    let output = run(empty.path(), folder(120).path(), &["--since", "1d"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!empty.path().join("wardlight.db").exists(), "reads only");
}
