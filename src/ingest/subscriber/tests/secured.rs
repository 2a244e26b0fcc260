use super::broker::{Broker, MOSQUITTO, free_port, installed};
use super::*;
use std::path::Path;
use std::process::Command;

pub(super) const OPENSSL: &str = "/usr/bin/openssl";

/// An authority, and certificates it signed for a broker and a client.
pub(super) fn certificates(directory: &Path) {
    let openssl = |arguments: &str| {
        let done = Command::new(OPENSSL)
            .args(arguments.split_whitespace())
            .current_dir(directory)
            .output()
            .expect("openssl runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "openssl {arguments}: {said}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority -days 2"
    ));
    for (name, names) in [("broker", "DNS:broker.ward"), ("client", "DNS:client")] {
        std::fs::write(
            directory.join(format!("{name}.ext")),
            format!("subjectAltName={names}\n"),
        )
        .expect("written");
        openssl(&format!(
            "req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
             -extfile {name}.ext -out {name}.pem -days 2"
        ));
    }
}

async fn secured_broker() -> Broker {
    let directory = tempfile::tempdir().expect("a directory");
    certificates(directory.path());
    let made = Command::new("/usr/bin/mosquitto_passwd")
        .args(["-c", "-b", "passwords", "wardlight", "correct horse"])
        .current_dir(directory.path())
        .status();
    assert!(made.expect("mosquitto_passwd runs").success());
    let port = free_port();
    let configuration = format!(
        "listener {port} 127.0.0.1\nuser root\nallow_anonymous false\n\
         password_file {{dir}}/passwords\ncafile {{dir}}/ca.pem\n\
         certfile {{dir}}/broker.pem\nkeyfile {{dir}}/broker.key\n\
         require_certificate true\n"
    );
    Broker::start_with(directory, port, &configuration).await
}

fn secured_settings(broker: &Broker) -> SubscriberSettings {
    let file = |name: &str| broker.directory.path().join(name);
    SubscriberSettings {
        username: Some("wardlight".to_owned()),
        password_file: Some(file("secret")),
        tls: Some(TlsSettings {
            ca_file: file("ca.pem"),
            client_certificate_file: Some(file("client.pem")),
            client_key_file: Some(file("client.key")),
            server_name: Some("broker.ward".to_owned()),
        }),
        ..settings(broker.port)
    }
}

#[tokio::test]
async fn tls_with_client_certificate_and_password_carries_messages_both_ways() {
    if !installed(MOSQUITTO) || !installed(OPENSSL) {
        return;
    }
    let broker = secured_broker().await;
    let secret = broker.directory.path().join("secret");
    std::fs::write(&secret, "wrong\n").expect("written");
    let mut subscriber = run(secured_settings(&broker));
    subscriber
        .health("refused", |h| h.last_error == Some("refused"))
        .await;
    // The file is read at every connect: no restart is needed.
    std::fs::write(&secret, "correct horse\n").expect("written");
    subscriber.is_well().await;
    let file = |name: &str| broker.directory.path().join(name);
    let sent = Command::new("/usr/bin/mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &broker.port.to_string()])
        .args(["-q", "1", "-t", "wardlight/v1/w/vitals", "-m", "sealed"])
        .args(["-u", "wardlight", "-P", "correct horse", "--insecure"])
        .arg("--cafile")
        .arg(file("ca.pem"))
        .arg("--cert")
        .arg(file("client.pem"))
        .arg("--key")
        .arg(file("client.key"))
        .status();
    assert!(sent.expect("mosquitto_pub runs").success());
    let (texts, deliveries) = subscriber.take(1).await;
    assert_eq!(texts, ["sealed"]);
    settle(deliveries);
    let acknowledged = || broker.logged(&["Received PUBACK from wardlight"]) == 1;
    until("acknowledged", acknowledged).await;
    subscriber.stop().await;
    let said_goodbye = || broker.logged(&["Received DISCONNECT from wardlight"]) == 1;
    until("goodbye", said_goodbye).await;
}

#[tokio::test]
async fn a_broker_with_another_name_in_its_certificate_is_not_trusted() {
    if !installed(MOSQUITTO) || !installed(OPENSSL) {
        return;
    }
    let broker = secured_broker().await;
    std::fs::write(broker.directory.path().join("secret"), "correct horse").expect("written");
    let mut settings = secured_settings(&broker);
    if let Some(tls) = &mut settings.tls {
        tls.server_name = Some("somebody.else".to_owned());
    }
    let subscriber = run(settings);
    subscriber
        .health("not trusted", |h| h.last_error == Some("network"))
        .await;
    assert_eq!(subscriber.handle.counters().connections, 0);
}

#[test]
fn a_password_never_prints_itself() {
    let settings = SubscriberSettings {
        password: Some(Secret::new("correct horse")),
        ..settings(1883)
    };
    assert!(!format!("{settings:?}").contains("correct horse"));
}

#[test]
fn settings_that_cannot_work_are_named_all_at_once() {
    let wrong = SubscriberSettings {
        topics: vec!["wardlight/#/vitals".to_owned()],
        receive_maximum: 0,
        keep_alive_seconds: 4,
        password: Some(Secret::new("x")),
        ..settings(1883)
    };
    assert_eq!(wrong.problems().len(), 4);
    assert!(settings(1883).problems().is_empty());
}
