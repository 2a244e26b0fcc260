//! `wardlight explain`, as its own process beside a service that runs.

use crate::service::{Service, directory};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

fn run(data: &Path, alert: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wardlight"));
    command.env("WARDLIGHT_DATA_DIR", data);
    command.args(["explain", alert]).args(more);
    command.output().expect("runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_explained_while_the_service_runs_and_a_change_is_a_failure() {
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["p"]).await;
    service.pass(1).await;
    let observed = json!({"values": {"body_temperature": 38.9}});
    service.post("/v1/patients/p/observations", observed).await;
    let alerts = service.get("/v1/alerts?kind=fever_on_treatment").await;
    let alert = alerts["items"][0]["id"].as_str().expect("an id").to_owned();

    let output = run(data.path(), &alert, &[]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    let first = format!("{alert}: fever_on_treatment, priority high\n");
    assert!(said.starts_with(&first), "{said}");
    assert!(
        said.contains("from values that a person measured (journal row "),
        "{said}"
    );
    let value = "  body_temperature 38.9 (limit 38.0) measured 2026-11-22T00:01:00.000Z\n";
    assert!(said.contains(value), "{said}");
    assert!(
        said.ends_with("Decided again from its capsule: the same.\n"),
        "{said}"
    );
    let output = run(data.path(), &alert, &["--json"]);
    let explained: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(explained["verdict"], "confirmed");
    service.stop().await;

    let store = rusqlite::Connection::open(data.path().join("wardlight.db")).expect("opens");
    let sql = "UPDATE alert_event SET document = replace(document, '38.9', '39.9')";
    assert!(store.execute(sql, []).expect("runs") > 0);
    let output = run(data.path(), &alert, &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let told = "DIFFERS: the stored event is not what was decided: evidence.";
    assert!(said.contains(told), "{said}");
    assert!(text(&output.stderr).contains("not what was judged"));
    let output = run(data.path(), "alr_unknown_0_1", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is no such alert"));
}
