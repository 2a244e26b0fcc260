use super::broker::{Broker, MOSQUITTO, free_port, installed};
use super::client::Publisher;
use super::secured::{OPENSSL, certificates};
use super::*;
use std::process::Command;

const SHIPPED: &str = include_str!("../../../../deploy/mosquitto/mosquitto.conf");
const SHIPPED_ACL: &str = include_str!("../../../../deploy/mosquitto/acl");

/// The shipped files with only their places and ports replaced.
async fn shipped_broker() -> (Broker, u16) {
    let directory = tempfile::tempdir().expect("a directory");
    certificates(directory.path());
    std::fs::write(directory.path().join("acl"), SHIPPED_ACL).expect("written");
    let passwords = directory.path().join("passwords");
    for (flags, user) in [(Some("-c"), "wardlight"), (None, "w-1"), (None, "w-2")] {
        let made = Command::new("/usr/bin/mosquitto_passwd")
            .args(flags)
            .args(["-b"])
            .arg(&passwords)
            .args([user, "secret"])
            .status();
        assert!(made.expect("mosquitto_passwd runs").success());
    }
    let (port, tls_port) = (free_port(), free_port());
    let mut configuration = "user root\nlog_type all\n".to_owned();
    configuration += &SHIPPED
        .replace("/etc/mosquitto/wardlight/", "{dir}/")
        .replace("/var/lib/mosquitto/", "{dir}/")
        .replace("listener 1883 ", &format!("listener {port} "))
        .replace("listener 8883", &format!("listener {tls_port}"));
    let broker = Broker::start_with(directory, port, &configuration).await;
    (broker, tls_port)
}

fn our_settings(broker: &Broker) -> SubscriberSettings {
    SubscriberSettings {
        username: Some("wardlight".to_owned()),
        password: Some(Secret::new("secret")),
        topics: SubscriberSettings::default().topics,
        ..settings(broker.port)
    }
}

/// Publishes as a watch does, over TLS; says whether the client was content.
fn watch_publishes(broker: &Broker, port: u16, topic: &str, more: &[&str]) -> bool {
    let sent = Command::new("/usr/bin/mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-V", "5"])
        .args(["-u", "w-1", "-P", "secret", "-i", "w-1", "--insecure"])
        .arg("--cafile")
        .arg(broker.directory.path().join("ca.pem"))
        .args(["-q", "1", "-t", topic])
        .args(more)
        .output();
    let sent = sent.expect("mosquitto_pub runs");
    sent.status.success() && sent.stderr.is_empty()
}

#[tokio::test]
async fn with_the_shipped_configuration_a_watch_writes_its_own_topics_and_no_others() {
    if !installed(MOSQUITTO) || !installed(OPENSSL) {
        return;
    }
    let (broker, tls) = shipped_broker().await;
    let mut subscriber = run(our_settings(&broker));
    subscriber.is_well().await;
    for foreign in ["wardlight/v1/w-2/vitals", "wardlight/v1/w-1/other", "x"] {
        watch_publishes(&broker, tls, foreign, &["-m", "foreign"]);
    }
    let own = "wardlight/v1/w-1/vitals";
    let retained = ["-V", "311", "-r", "-m", "retained is refused"];
    assert!(!watch_publishes(&broker, tls, own, &retained));
    for own in ["vitals", "vitals/fhir", "status"] {
        let topic = format!("wardlight/v1/w-1/{own}");
        assert!(watch_publishes(&broker, tls, &topic, &["-m", own]));
    }
    assert_eq!(
        subscriber.take(3).await.0,
        ["vitals", "vitals/fhir", "status"]
    );
}

#[tokio::test]
async fn with_the_shipped_configuration_an_absence_of_ours_loses_nothing() {
    if !installed(MOSQUITTO) || !installed(OPENSSL) {
        return;
    }
    let (mut broker, _) = shipped_broker().await;
    let away = run(our_settings(&broker));
    away.is_well().await;
    away.stop().await;
    let mut publisher = Publisher::connect_as(broker.port, "w-1").await;
    // More than Mosquitto keeps by default, and more than one window.
    let all = numbered(3000);
    publisher.publish_all(&all).await;
    broker.restart().await;
    let mut back = run(our_settings(&broker));
    for expected in &all {
        let (texts, deliveries) = back.take(1).await;
        assert_eq!(texts.first(), Some(expected));
        settle(deliveries);
    }
}
