//! TLS, with a real client and a certificate made on the spot.

use super::clients::run;
use super::double::{Harness, Seen, settings};
use crate::ingest::listener::{ListenError, Listener};
use std::path::Path;
use std::process::Command;
use tokio::io::AsyncReadExt;

async fn certificate(folder: &Path) -> bool {
    let mut command = Command::new("openssl");
    command.args([
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
    ]);
    command.args([
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
    ]);
    command.arg("-keyout").arg(folder.join("key.pem"));
    command.arg("-out").arg(folder.join("certificate.pem"));
    run(command)
        .await
        .is_some_and(|output| output.status.success())
}

#[tokio::test]
async fn a_watch_publishes_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    if !certificate(folder.path()).await {
        return;
    }
    let mut tls = settings();
    tls.tls_certificate = Some(folder.path().join("certificate.pem"));
    tls.tls_key = Some(folder.path().join("key.pem"));
    let harness = Harness::with(tls).await;
    let mut command = Command::new("mosquitto_pub");
    command.args(["-h", "localhost", "-p", &harness.address.port().to_string()]);
    command
        .arg("--cafile")
        .arg(folder.path().join("certificate.pem"));
    command.args(["-i", "w1", "-u", "w1", "-P", "secret of w1", "-q", "2"]);
    command.args([
        "-t",
        "wardlight/v1/w1/vitals",
        "-m",
        r#"{"hr": 70}"#,
        "--repeat",
        "5",
    ]);
    let Some(output) = run(command).await else {
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let all = |seen: &[Seen]| {
        seen.iter()
            .filter(|s| matches!(s, Seen::Vitals { .. }))
            .count()
            == 5
    };
    harness.disk.until("five messages", all).await;
    // A client that speaks no TLS gets no MQTT.
    let hello = super::client::hello(4, "w1");
    let mut plain = super::client::Client::open(harness.address, 4).await;
    plain.send(&hello.bytes()).await;
    let mut answer = Vec::new();
    // The alert, or a reset: either is the end.
    let _ = plain.stream.read_to_end(&mut answer).await;
    assert_ne!(answer.first(), Some(&0x20));
}

#[tokio::test]
async fn a_certificate_that_is_missing_is_an_error_at_start() {
    let mut tls = settings();
    tls.tls_certificate = Some("nowhere.pem".into());
    assert_eq!(tls.problems().len(), 1);
    tls.tls_key = Some("nowhere.pem".into());
    let (inbox, _envelopes) = tokio::sync::mpsc::channel(1);
    let (_access, in_force) = tokio::sync::watch::channel(Default::default());
    let engine = crate::engine::EngineHandle {
        inbox,
        outcomes: tokio::sync::broadcast::Sender::new(1),
        access: in_force,
    };
    let clock = crate::runtime::Clock::real();
    let bound = Listener::bind(
        tls,
        crate::decode::Settings::default(),
        engine,
        clock,
        Vec::new(),
        Default::default(),
    );
    assert!(matches!(bound.await, Err(ListenError::Tls(_))));
}
