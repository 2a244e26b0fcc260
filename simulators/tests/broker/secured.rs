//! TLS and a login against Mosquitto: what is right works, what is wrong is refused with
//! words that say what to do.

use crate::program::{self, ends_by_itself};
use crate::support::Broker;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wardlight_simulators::fleet::{Fleet, FleetRun, demo_fleet, run as run_fleet, scaled_clock};
use wardlight_simulators::load::{LoadError, LoadOptions, LoadReport, run as run_load};
use wardlight_simulators::physiology::MINUTE_MS;
use wardlight_simulators::publish::{
    BrokerOptions, ConnectError, Distrust, Protocol, Refusal, TlsOptions,
};

const START_MS: i64 = 1_763_787_600_000;

/// Everything right.
fn options(broker: &Broker) -> BrokerOptions {
    BrokerOptions {
        username: Some("watch".to_owned()),
        password: Some("correct horse".to_owned()),
        tls: Some(TlsOptions {
            ca_file: broker.path("ca.pem"),
            server_name: Some("broker.ward".to_owned()),
        }),
        ..BrokerOptions::new("127.0.0.1", broker.port, "secured")
    }
}

async fn load(broker: BrokerOptions) -> Result<LoadReport, LoadError> {
    let options = LoadOptions {
        devices: 10,
        connections: 2,
        ..LoadOptions::new(broker, 1_000, START_MS)
    };
    let never = CancellationToken::new();
    let ended = tokio::time::timeout(Duration::from_secs(30), run_load(&options, &never));
    ended.await.expect("ends by itself")
}

async fn refused(broker: BrokerOptions) -> ConnectError {
    match load(broker).await {
        Err(LoadError::Connect(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_load_goes_over_tls_with_a_private_authority_and_a_login() {
    let Some(broker) = Broker::start_secured() else {
        return;
    };
    for protocol in [Protocol::V4, Protocol::V5] {
        let secured = BrokerOptions {
            protocol,
            ..options(&broker)
        };
        let report = load(secured).await.expect("published");
        assert_eq!(report.connections.acknowledged, 1_000, "{protocol:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_or_none_is_refused_in_both_versions() {
    let Some(broker) = Broker::start_secured() else {
        return;
    };
    for protocol in [Protocol::V4, Protocol::V5] {
        for password in [Some("wrong".to_owned()), None] {
            let wrong = BrokerOptions {
                protocol,
                password,
                ..options(&broker)
            };
            let error = refused(wrong).await;
            let login = matches!(error, ConnectError::Refused(Refusal::Login));
            assert!(login, "{protocol:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_for_another_name_is_not_trusted() {
    let Some(broker) = Broker::start_secured() else {
        return;
    };
    let with = |ca_file: &str, server_name: Option<&str>| BrokerOptions {
        tls: Some(TlsOptions {
            ca_file: broker.path(ca_file),
            server_name: server_name.map(str::to_owned),
        }),
        ..options(&broker)
    };
    let wrong = [
        (with("other.pem", Some("broker.ward")), Distrust::Authority),
        (with("ca.pem", Some("somebody.else")), Distrust::Name),
        (with("ca.pem", None), Distrust::Name),
    ];
    for (options, expected) in wrong {
        let error = refused(options).await;
        let ConnectError::Untrusted { distrust, .. } = error else {
            panic!("{expected:?}: {error}");
        };
        assert_eq!(distrust, expected);
    }
    let missing = refused(with("nowhere.pem", None)).await;
    assert!(
        matches!(missing, ConnectError::Certificates(_)),
        "{missing}"
    );
}

#[tokio::test]
async fn a_fleet_whose_watch_is_refused_ends_and_names_it() {
    let Some(broker) = Broker::start_secured() else {
        return;
    };
    let run = FleetRun {
        broker: BrokerOptions {
            username: Some("{device}".to_owned()),
            ..options(&broker)
        },
        clock: scaled_clock(START_MS, 600.0),
        end_ms: Some(START_MS + 5 * MINUTE_MS),
    };
    let fleet = Fleet::new(demo_fleet(1, START_MS));
    let ended = run_fleet(fleet, run, CancellationToken::new());
    let ended = tokio::time::timeout(Duration::from_secs(30), ended).await;
    let error = ended.expect("ends by itself").expect_err("refused");
    let words = error.to_string();
    assert!(
        words.starts_with("watch-") && words.ends_with("cannot connect"),
        "{words}"
    );
}

/// `wardlight-simulate load` with files from the broker's folder.
fn load_program(broker: &Broker, ca_file: &str, password: &str) -> Output {
    let file: PathBuf = broker.path("password");
    std::fs::write(&file, format!("{password}\n")).expect("written");
    let mut command = program::simulate();
    command.args(["load", "--messages", "100", "--devices", "5"]);
    command.args(["--port", &broker.port.to_string()]);
    command.args(["--username", "watch", "--password-file"]);
    command.arg(file).arg("--tls-ca").arg(broker.path(ca_file));
    command.args(["--tls-server-name", "broker.ward"]);
    ends_by_itself(command)
}

#[test]
fn the_program_ends_with_an_error_that_says_what_to_do() {
    let Some(broker) = Broker::start_secured() else {
        return;
    };
    let right = load_program(&broker, "ca.pem", "correct horse");
    let report = String::from_utf8_lossy(&right.stdout);
    assert!(
        right.status.success() && report.contains("\"acknowledged\":100"),
        "{report}"
    );
    let wrong = [
        ("ca.pem", "wrong", "--password-file"),
        ("other.pem", "correct horse", "--tls-ca"),
    ];
    for (ca_file, password, advice) in wrong {
        let output = load_program(&broker, ca_file, password);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(words.contains(advice), "{words}");
        assert!(
            !words.contains("correct horse") && !words.contains("wrong\n"),
            "{words}"
        );
    }
}
