//! Debian's Mosquitto with the shipped configuration.

use crate::wait::{PATIENCE, free_port, within};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const MOSQUITTO: &str = "/usr/sbin/mosquitto";
const PASSWORDS: &str = "/usr/bin/mosquitto_passwd";
const OPENSSL: &str = "/usr/bin/openssl";
const SHIPPED: &str = include_str!("../../deploy/mosquitto/mosquitto.conf");
const SHIPPED_ACCESS: &str = include_str!("../../deploy/mosquitto/acl");

/// Whether it can run here; says loudly when not.
pub(crate) fn is_installed() -> bool {
    let missing = [MOSQUITTO, PASSWORDS, OPENSSL]
        .into_iter()
        .find(|program| !Path::new(program).exists());
    if let Some(program) = missing {
        eprintln!("SKIPPED: {program} is missing; install the packages mosquitto and openssl");
    }
    missing.is_none()
}

/// A running broker.
pub(crate) struct Broker {
    pub(crate) port: u16,
    directory: PathBuf,
    child: Child,
}

impl Broker {
    /// Starts it with a password for every name.
    pub(crate) async fn start(directory: &Path, names: &[(String, String)]) -> Self {
        std::fs::create_dir_all(directory).expect("a directory");
        certificates(directory);
        passwords(directory, names);
        std::fs::write(directory.join("acl"), SHIPPED_ACCESS).expect("written");
        let (port, tls_port) = (free_port(), free_port());
        let place = format!("{}/", directory.display());
        // Only places and ports are replaced; `user` lets it run as whoever runs the test.
        let configuration = SHIPPED
            .replace("/etc/mosquitto/wardlight/", &place)
            .replace("/var/lib/mosquitto/", &place)
            .replace("listener 1883 ", &format!("listener {port} "))
            .replace("listener 8883", &format!("listener {tls_port}"));
        let configuration = format!("user root\n{configuration}");
        std::fs::write(directory.join("mosquitto.conf"), configuration).expect("written");
        let broker = Self {
            port,
            directory: directory.to_owned(),
            child: spawn(directory),
        };
        broker.answers().await;
        broker
    }

    /// Ends it as `systemctl restart` does, and starts it again.
    pub(crate) async fn restart(&mut self) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill runs").success());
        let ended = within(PATIENCE, || matches!(self.child.try_wait(), Ok(Some(_))));
        assert!(ended.await, "mosquitto does not end");
        self.child = spawn(&self.directory);
        self.answers().await;
    }

    async fn answers(&self) {
        let port = self.port;
        let up = within(PATIENCE, || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        let log = || std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        assert!(up.await, "mosquitto does not start: {}", log());
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(directory: &Path) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(directory.join("log"))
        .expect("a log file");
    Command::new(MOSQUITTO)
        .arg("-c")
        .arg(directory.join("mosquitto.conf"))
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .stdin(Stdio::null())
        .spawn()
        .expect("mosquitto starts")
}

fn passwords(directory: &Path, names: &[(String, String)]) {
    let plain: String = names
        .iter()
        .map(|(name, password)| format!("{name}:{password}\n"))
        .collect();
    let file = directory.join("passwords");
    std::fs::write(&file, plain).expect("written");
    let hashed = Command::new(PASSWORDS).arg("-U").arg(&file).status();
    assert!(hashed.expect("mosquitto_passwd runs").success());
}

fn certificates(directory: &Path) {
    let made = Command::new(OPENSSL)
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=broker -keyout broker.key -out broker.pem".split(' '))
        .current_dir(directory)
        .output()
        .expect("openssl runs");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "openssl: {said}");
    std::fs::copy(directory.join("broker.pem"), directory.join("ca.pem")).expect("copied");
}
