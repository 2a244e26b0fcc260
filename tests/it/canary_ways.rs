//! The canary by the ways that watches have: our listener over TLS, and a real
//! broker with the shipped rights.

use crate::flying::{Flying, LATE, ON};
use crate::service::{directory, eventually};
use crate::simulated::certificates;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const SHIPPED_RIGHTS: &str = include_str!("../../deploy/mosquitto/acl");

/// Debian's Mosquitto; dies with the value.
struct Broker {
    port: u16,
    child: Child,
}

impl Broker {
    /// With passwords, and the rights as they are shipped; or says loudly that
    /// there is none.
    async fn start(place: &Path) -> Option<Self> {
        if !Path::new("/usr/sbin/mosquitto").exists() {
            eprintln!("SKIPPED: mosquitto is missing, the canary by a broker is not tested");
            return None;
        }
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let passwords = "wardlight:of the subscriber\nwardlight-canary:of the canary\n";
        std::fs::write(place.join("passwords"), passwords).expect("written");
        let hashed = Command::new("mosquitto_passwd")
            .arg("-U")
            .arg(place.join("passwords"))
            .status();
        assert!(hashed.expect("mosquitto_passwd runs").success());
        std::fs::write(place.join("acl"), SHIPPED_RIGHTS).expect("written");
        let shown = place.display();
        let configuration = format!(
            "listener {port} 127.0.0.1\nuser root\nallow_anonymous false\n\
             password_file {shown}/passwords\nacl_file {shown}/acl\n"
        );
        std::fs::write(place.join("mosquitto.conf"), configuration).expect("written");
        let mut command = Command::new("/usr/sbin/mosquitto");
        let command = command.arg("-c").arg(place.join("mosquitto.conf"));
        let child = command.stderr(Stdio::null()).spawn().expect("starts");
        let broker = Self { port, child };
        let answers = async || TcpStream::connect(("127.0.0.1", port)).ok();
        eventually("the broker answers", answers).await;
        Some(broker)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A service behind the broker, without a listener of its own; `more` says who
/// the canary is there.
async fn behind(broker: &Broker, place: &Path, more: &[(&str, &str)]) -> Flying {
    let (port, secret) = (broker.port.to_string(), place.join("subscriber"));
    std::fs::write(&secret, "of the subscriber\n").expect("written");
    let secret = secret.to_str().expect("plain").to_owned();
    let behind = [
        ("WARDLIGHT_MQTT__LISTENER__ENABLED", "false"),
        ("WARDLIGHT_MQTT__SUBSCRIBER__ENABLED", "true"),
        ("WARDLIGHT_MQTT__SUBSCRIBER__HOST", "127.0.0.1"),
        ("WARDLIGHT_MQTT__SUBSCRIBER__PORT", port.as_str()),
        ("WARDLIGHT_MQTT__SUBSCRIBER__USERNAME", "wardlight"),
        ("WARDLIGHT_MQTT__SUBSCRIBER__PASSWORD_FILE", secret.as_str()),
    ];
    let more: Vec<_> = behind.iter().chain([&ON]).chain(more).copied().collect();
    Flying::start_with(&place.join("data"), &more).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_flies_through_a_broker_under_its_own_name_and_is_late_without_it() {
    let place = directory();
    let Some(broker) = Broker::start(place.path()).await else {
        return;
    };
    let secret = place.path().join("canary");
    std::fs::write(&secret, "of the canary\n").expect("written");
    let own = [
        ("WARDLIGHT_CANARY__USERNAME", "wardlight-canary"),
        (
            "WARDLIGHT_CANARY__PASSWORD_FILE",
            secret.to_str().expect("plain"),
        ),
    ];
    let flying = behind(&broker, place.path(), &own).await;
    flying.came_round().await;
    flying.advance(60);
    flying.came_round().await;
    let port = broker.port;
    drop(broker);
    let closed = async || TcpStream::connect(("127.0.0.1", port)).err();
    eventually("the broker is gone", closed).await;
    flying.is_late(1, "not_sent").await;
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_without_the_right_to_publish_is_told_of() {
    let place = directory();
    let Some(broker) = Broker::start(place.path()).await else {
        return;
    };
    // The subscriber reads, and may not write.
    let flying = behind(&broker, place.path(), &[]).await;
    flying.is_late(1, "sent_not_acknowledged").await;
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_flies_over_tls_and_a_certificate_for_another_name_is_told_of() {
    let place = directory();
    if !certificates(place.path()) {
        return;
    }
    let file = |name: &str| place.path().join(name).to_str().expect("plain").to_owned();
    let (certificate, key, ca) = (file("listener.pem"), file("listener.key"), file("ca.pem"));
    for (name, name_is_right) in [("127.0.0.1", true), ("elsewhere.example.org", false)] {
        let tls = [
            ON,
            (
                "WARDLIGHT_MQTT__LISTENER__TLS_CERTIFICATE",
                certificate.as_str(),
            ),
            ("WARDLIGHT_MQTT__LISTENER__TLS_KEY", key.as_str()),
            ("WARDLIGHT_CANARY__CA_FILE", ca.as_str()),
            ("WARDLIGHT_CANARY__SERVER_NAME", name),
        ];
        let flying = Flying::start_with(&place.path().join(name), &tls).await;
        if name_is_right {
            flying.came_round().await;
            assert!(flying.told().iter().all(|told| told["type"] != LATE));
        } else {
            flying.is_late(1, "not_sent").await;
        }
        flying.service.stop().await;
    }
}
