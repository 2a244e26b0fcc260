//! A live recording that a broker never takes ends, with words that say what to do.

use crate::program::{ends_by_itself, simulate};
use crate::support::Broker;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wardlight_simulators::publish::{BrokerOptions, Distrust, Protocol, Refusal, TlsOptions};
use wardlight_simulators::record::{LiveRecording, LiveRefusal, RecordLiveError, record_live};

async fn refused(broker: &Broker, options: BrokerOptions) -> LiveRefusal {
    let recording = LiveRecording {
        broker: options,
        filter: "#".to_owned(),
        path: broker.path("refused.jsonl"),
        messages_max: Some(1),
    };
    let ended = record_live(recording, CancellationToken::new(), || ());
    let ended = tokio::time::timeout(Duration::from_secs(30), ended).await;
    match ended.expect("ends by itself") {
        Err(RecordLiveError::Connect(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn options(broker: &Broker) -> BrokerOptions {
    BrokerOptions::new("127.0.0.1", broker.port, "recorder")
}

#[tokio::test]
async fn a_recording_with_a_wrong_password_or_none_ends() {
    let Some(broker) = Broker::start_with_login(&[("ward", "correct horse")]) else {
        return;
    };
    for (username, password) in [("ward", "wrong"), ("nobody", "correct horse")] {
        let wrong = BrokerOptions {
            username: Some(username.to_owned()),
            password: Some(password.to_owned()),
            ..options(&broker)
        };
        let refusal = refused(&broker, wrong).await;
        assert_eq!(refusal, LiveRefusal::Broker(Refusal::Login), "{username}");
    }
    let refusal = refused(&broker, options(&broker)).await;
    assert_eq!(refusal, LiveRefusal::Broker(Refusal::Login), "no login");
}

#[tokio::test]
async fn a_recording_of_an_untrusted_broker_ends() {
    let Some(broker) = Broker::start_secured() else {
        return;
    };
    let wrong = [
        ("other.pem", LiveRefusal::Certificate(Distrust::Authority)),
        ("ca.pem", LiveRefusal::ServerName),
    ];
    for (ca_file, expected) in wrong {
        let tls = Some(TlsOptions {
            ca_file: broker.path(ca_file),
            server_name: None,
        });
        let untrusted = BrokerOptions {
            tls,
            ..options(&broker)
        };
        assert_eq!(refused(&broker, untrusted).await, expected);
    }
}

#[tokio::test]
async fn what_a_recording_cannot_do_is_refused_and_not_left_out() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let newer = BrokerOptions {
        protocol: Protocol::V5,
        ..options(&broker)
    };
    assert_eq!(refused(&broker, newer).await, LiveRefusal::Version);
    let other_name = BrokerOptions {
        tls: Some(TlsOptions {
            ca_file: broker.path("ca.pem"),
            server_name: Some("broker.ward".to_owned()),
        }),
        ..options(&broker)
    };
    assert_eq!(refused(&broker, other_name).await, LiveRefusal::ServerName);
    let a_watch = BrokerOptions {
        username: Some("{device}".to_owned()),
        ..options(&broker)
    };
    assert_eq!(refused(&broker, a_watch).await, LiveRefusal::OwnNames);
}

#[test]
fn the_program_ends_a_refused_recording_with_an_error_that_says_what_to_do() {
    let Some(broker) = Broker::start_with_login(&[("ward", "correct horse")]) else {
        return;
    };
    std::fs::write(broker.path("password"), "not this one\n").expect("written");
    let mut command = simulate();
    command.arg("record").arg(broker.path("tape.jsonl"));
    command.args(["--port", &broker.port.to_string(), "--username", "ward"]);
    command.arg("--password-file").arg(broker.path("password"));
    let output = ends_by_itself(command);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("--password-file"), "{words}");
    assert!(!words.contains("not this one"), "{words}");
    assert!(output.stdout.is_empty(), "no report of a recording");
}
