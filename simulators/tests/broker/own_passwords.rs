//! Watches that each have a name and a password of their own, from one file.

use crate::program::{ends_by_itself, simulate};
use crate::support::Broker;
use std::process::{Command, Output};

/// What the broker knows; a watch without a line in the file could not connect.
const NAMES: [(&str, &str); 3] = [
    ("watch-01", "first"),
    ("watch-02", "second"),
    ("load-0", "third"),
];

/// A subcommand at this broker with these lines as passwords.
fn with_passwords(broker: &Broker, subcommand: &[&str], lines: &str) -> Command {
    let file = broker.path("devices");
    std::fs::write(&file, lines).expect("written");
    let mut command = simulate();
    command.args(subcommand);
    command.args(["--port", &broker.port.to_string()]);
    command.arg("--device-password-file").arg(file);
    command
}

fn said(output: &Output) -> String {
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&all).into_owned()
}

/// Two healthy watches for a minute.
const RUN: [&str; 8] = [
    "run",
    "--scenario",
    "healthy=2",
    "--minutes",
    "1",
    "--behind-now",
    "--speed",
    "600",
];

#[test]
fn a_run_a_replay_and_a_load_connect_each_watch_with_its_own_line() {
    let Some(broker) = Broker::start_with_login(&NAMES) else {
        return;
    };
    let lines = "watch-01:first\nwatch-02:second\nload-0:third\n";
    let tape = broker.path("tape.jsonl");
    let tape = tape.to_str().expect("plain");
    let recorded = simulate()
        .args(["record", "--simulate", "1", "--scenario", "healthy=2", tape])
        .output()
        .expect("it runs");
    assert!(recorded.status.success(), "{}", said(&recorded));
    let load = ["load", "--messages", "10", "--devices", "1"];
    let replay = ["replay", "--speed", "0", tape];
    for subcommand in [RUN.as_slice(), &load, &replay] {
        let output = ends_by_itself(with_passwords(&broker, subcommand, lines));
        let said = said(&output);
        assert!(output.status.success(), "{subcommand:?}: {said}");
        let stdout = String::from_utf8_lossy(&output.stdout);
        let report = stdout.lines().last().unwrap_or_default();
        let report: serde_json::Value = serde_json::from_str(report).expect("a report");
        let figure = |name: &str| report.get(name).and_then(serde_json::Value::as_u64);
        let sent = figure("published").or(figure("sent"));
        assert_eq!(figure("acknowledged"), sent, "{subcommand:?}: {said}");
        assert!(sent > Some(0), "{subcommand:?}: {said}");
    }
}

#[test]
fn a_watch_without_a_line_is_named_before_anything_is_sent() {
    let Some(broker) = Broker::start_with_login(&NAMES) else {
        return;
    };
    let output = ends_by_itself(with_passwords(&broker, &RUN, "watch-01:first\n"));
    let words = said(&output);
    assert_eq!(output.status.code(), Some(1), "{words}");
    let advice = "has no line for 1 of the simulated watches, the first is watch-02";
    assert!(words.contains(advice), "{words}");
    // One password for the others is a right way too.
    std::fs::write(broker.path("others"), "second\n").expect("written");
    let mut command = with_passwords(&broker, &RUN, "watch-01:first\n");
    command.arg("--password-file").arg(broker.path("others"));
    let output = ends_by_itself(command);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_watch_whose_line_is_wrong_ends_a_run_and_a_replay_and_is_named() {
    let Some(broker) = Broker::start_with_login(&NAMES) else {
        return;
    };
    let tape = broker.path("tape.jsonl");
    let tape = tape.to_str().expect("plain");
    let recorded = simulate()
        .args(["record", "--simulate", "1", "--scenario", "healthy=2", tape])
        .output()
        .expect("it runs");
    assert!(recorded.status.success(), "{}", said(&recorded));
    let replay = ["replay", "--speed", "0", tape];
    for subcommand in [RUN.as_slice(), &replay] {
        let lines = "watch-01:first\nwatch-02:not this one\n";
        let output = ends_by_itself(with_passwords(&broker, subcommand, lines));
        let words = said(&output);
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains("watch-02 cannot connect"), "{words}");
        assert!(words.contains("--device-password-file"), "{words}");
        assert!(!words.contains("not this one"), "{words}");
    }
}

#[test]
fn one_user_name_for_all_does_not_go_with_a_password_for_each() {
    let mut command = simulate();
    command.args(["load", "--messages", "1", "--username", "everybody"]);
    command.args(["--device-password-file", "/dev/null"]);
    let output = ends_by_itself(command);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("leave --username out"), "{words}");
}
