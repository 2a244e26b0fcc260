//! The command line, as its own process: with and without a running service.

use crate::service::directory;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn wardlight(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wardlight"));
    command
        .args(arguments)
        .env("WARDLIGHT_DATA_DIR", data)
        .env("WARDLIGHT_API__LISTEN", "127.0.0.1:0")
        .env("WARDLIGHT_MQTT__LISTENER__ADDRESS", "127.0.0.1:0")
        .env("WARDLIGHT_MQTT__LISTENER__STOP_SECONDS", "1");
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    wardlight(data, arguments).output().expect("runs")
}

fn said(output: &Output) -> String {
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&all).into_owned()
}

pub(crate) fn works(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// The line that is a secret and no sentence.
pub(crate) fn secret(said: &str) -> &str {
    let line = said
        .lines()
        .find(|line| line.len() > 20 && !line.contains(' '));
    line.expect("a secret")
}

/// A running `wardlight serve`, killed when dropped.
pub(crate) struct Serving(Child);

impl Serving {
    fn start(data: &Path) -> Self {
        let command = wardlight(data, &["serve"]);
        Self::run(command, || data.join("admin.sock").exists())
    }

    /// With an API at this port.
    pub(crate) fn at(data: &Path, port: u16) -> Self {
        let mut command = wardlight(data, &["serve"]);
        command.env("WARDLIGHT_API__LISTEN", format!("127.0.0.1:{port}"));
        Self::run(command, || TcpStream::connect(("127.0.0.1", port)).is_ok())
    }

    fn run(mut command: Command, is_there: impl Fn() -> bool) -> Self {
        let child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("starts");
        let mut serving = Self(child);
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_there() {
            assert!(Instant::now() < deadline, "the service is not there");
            assert!(matches!(serving.0.try_wait(), Ok(None)), "it ended");
            std::thread::yield_now();
        }
        serving
    }

    /// kill -9: dropping it does no more.
    pub(crate) fn kill(self) {}

    fn stop(mut self) {
        let pid = self.0.id().to_string();
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("sent");
        let mut log = String::new();
        let mut err = self.0.stderr.take().expect("piped");
        err.read_to_string(&mut log).expect("reads");
        let status = self.0.wait().expect("ends");
        assert!(status.success(), "{log}");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Ended already, when the test went well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const CSV: &str =
    "patient,label,ward,device,device_start,treatment_start,monitoring_start,spo2_scale
p-001,Ada,oncology,watch-1,2026-11-01T00:00:00Z,2026-11-01T00:00:00Z,2026-11-01T00:00:00Z,1
p-002,Eve,oncology,watch-2,2026-11-01T00:00:00Z,,,
not a patient,X,oncology,watch-3,2026-11-01T00:00:00Z,,,
p-003,Ivy,oncology,watch-4,2026-11-01T00:00:00Z,yesterday,,
p-004,Joy,oncology,,,,,7
";

#[test]
fn patients_are_imported_row_by_row_and_a_second_time_changes_nothing() {
    let data = directory();
    let file = data.path().join("patients.csv");
    std::fs::write(&file, CSV).expect("written");
    let store = data.path().join("store");
    let arguments = ["import", "patients", file.to_str().expect("plain")];
    for time in ["first", "second"] {
        let output = run(&store, &arguments);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{time}: {said}");
        assert!(
            said.contains("2 patients imported, lines refused: 3"),
            "{time}: {said}"
        );
        for line in ["line 4:", "line 5:", "line 6:"] {
            assert!(said.contains(line), "{time}: {said}");
        }
    }
    let verified = works(&store, &["verify"]);
    assert!(!verified.is_empty());
    let settings = wardlight::store::Settings::default();
    let database = wardlight::store::database_path(&store);
    let reader = wardlight::store::Reader::offline(&database, &settings).expect("opens");
    let patients = reader.patients(None, None, 10).expect("reads");
    assert_eq!(patients.len(), 2, "twice is as once");
    let ada = &patients[0];
    assert_eq!(
        (ada.label.as_str(), ada.context.monitoring.len()),
        ("Ada", 1)
    );
    assert_eq!(
        reader
            .assignments_of_patient(ada.number)
            .expect("reads")
            .len(),
        1
    );
}

#[test]
fn tokens_and_credentials_are_made_and_ended_while_the_service_runs_and_while_it_does_not() {
    let data = directory();
    let without = works(data.path(), &["token", "create", "Nurse Joy"]);
    works(data.path(), &["device-credential", "create", "watch-1"]);
    let serving = Serving::start(data.path());
    let with = works(
        data.path(),
        &["token", "create", "Dr Grey", "--role", "viewer"],
    );
    assert_ne!(secret(&without), secret(&with));
    let rotated = works(data.path(), &["device-credential", "rotate", "watch-1"]);
    assert!(!rotated.is_empty());
    works(data.path(), &["token", "revoke", "Nurse Joy"]);
    let unknown = run(data.path(), &["token", "revoke", "Nobody"]);
    assert_eq!(unknown.status.code(), Some(1), "{}", said(&unknown));
    let second = run(data.path(), &["serve"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(
        said(&second).contains("another wardlight process is using"),
        "{}",
        said(&second)
    );
    serving.stop();
    works(data.path(), &["device-credential", "revoke", "watch-1"]);
    let gone = run(data.path(), &["device-credential", "rotate", "watch-1"]);
    assert_eq!(gone.status.code(), Some(1), "{}", said(&gone));
    let plain = secret(&without).to_owned();
    let stored = std::fs::read(wardlight::store::database_path(data.path())).expect("reads");
    let found = stored
        .windows(plain.len())
        .any(|part| part == plain.as_bytes());
    assert!(!found, "only the hash is stored");
}

#[test]
fn a_backup_taken_while_the_service_runs_restores_and_verifies() {
    let (data, file) = (directory(), directory());
    let csv = file.path().join("patients.csv");
    let rows: String = (0..200)
        .map(|n| format!("p-{n:03},P{n},oncology,watch-{n},2026-11-01T00:00:00Z\n"))
        .collect();
    std::fs::write(
        &csv,
        format!("patient,label,ward,device,device_start\n{rows}"),
    )
    .expect("written");
    let serving = Serving::start(data.path());
    let mut import = wardlight(
        data.path(),
        &["import", "patients", csv.to_str().expect("plain")],
    )
    .stdout(Stdio::piped())
    .spawn()
    .expect("starts");
    let target = file.path().join("backup.db");
    let target = target.to_str().expect("plain");
    works(data.path(), &["backup", target]);
    let again = run(data.path(), &["backup", target]);
    assert_eq!(
        again.status.code(),
        Some(1),
        "an old backup is not overwritten"
    );
    let mut lines = BufReader::new(import.stdout.take().expect("piped")).lines();
    assert!(lines.any(|line| line.expect("reads").contains("200 patients imported")));
    assert!(import.wait().expect("ends").success());
    serving.stop();
    works(data.path(), &["verify"]);
    let restored = directory();
    let store = restored.path().join("store");
    works(&store, &["restore", target]);
    works(&store, &["verify"]);
    let refused = run(&store, &["restore", target]);
    assert_eq!(
        refused.status.code(),
        Some(1),
        "a store in use is not overwritten"
    );
    let serving = Serving::start(&store);
    works(&store, &["token", "create", "after the restore"]);
    serving.stop();
}

#[test]
fn check_config_names_every_mistake_at_once() {
    let data = directory();
    let file = data.path().join("wardlight.toml");
    let text = "[engine]\nbatch_max = 0\nbatchmax = 1\n[webhooks]\ntimeout_seconds = \"soon\"\n[store]\nwal_mib_max = 1\n";
    std::fs::write(&file, text).expect("written");
    let path = file.to_str().expect("plain");
    let output = run(data.path(), &["--config", path, "check-config"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for key in ["batch_max", "batchmax", "timeout_seconds", "wal_mib_max"] {
        assert!(said.contains(key), "{key} in: {said}");
    }
    let good = works(data.path(), &["check-config"]);
    assert!(good.contains("data_dir"), "{good}");
}

#[test]
fn check_config_names_what_is_wrong_with_a_rule_and_shows_those_in_force() {
    let data = directory();
    let rules = data.path().join("rules");
    std::fs::create_dir(&rules).expect("made");
    let checked = |text: &str| {
        std::fs::write(rules.join("qsofa.toml"), text).expect("written");
        let mut command = wardlight(data.path(), &["check-config"]);
        command.env("WARDLIGHT_RULES__DIRECTORY", &rules);
        let output = command.output().expect("runs");
        (output.status.code(), said(&output))
    };
    let shipped = include_str!("../../src/detect/clinical/rules/qsofa.toml");
    let own = shipped.replace("version = 1", "version = 2");
    let (code, told) = checked(&own);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("# qsofa version 2 of Wardlight, review by 2027-11-22 (your own)"));
    assert!(told.contains("# fever version 2 of Wardlight, review by 2027-11-22"));
    let (code, told) = checked(&own.replace("when = \"met >= 2\"", "when = \"met >= two\""));
    assert_eq!(code, Some(1), "{told}");
    let place = own
        .lines()
        .position(|line| line.contains("met >= 2"))
        .expect("there")
        + 1;
    assert!(told.contains("clinical rules are left out"), "{told}");
    let reason = format!("/rules/qsofa.toml:{place}: when: there is no `two`");
    assert!(told.contains(&reason), "{told}");
    assert!(
        told.contains("the shipped version 1 of `qsofa` is in force instead"),
        "{told}"
    );
}
