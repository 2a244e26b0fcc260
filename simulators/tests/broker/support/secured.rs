//! A Mosquitto that wants TLS and a password, with certificates made on the spot.

use super::{Broker, MOSQUITTO};
use std::path::Path;
use std::process::Command;

const OPENSSL: &str = "/usr/bin/openssl";
const PASSWORDS: &str = "/usr/bin/mosquitto_passwd";

impl Broker {
    /// Starts a broker that lets `watch` in with the password `correct horse`, or says
    /// loudly that there is none. Its certificate is for `broker.ward`, by the authority
    /// `ca.pem` of its folder; `other.pem` is an authority that signed nothing.
    pub(crate) fn start_secured() -> Option<Self> {
        are_there(&[MOSQUITTO, PASSWORDS, OPENSSL])?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        certificates(folder.path());
        let place = folder.path().display();
        let more = format!(
            "{}certfile {place}/broker.pem\nkeyfile {place}/broker.key\n",
            login(folder.path(), &[("watch", "correct horse")])
        );
        Some(Self::start_with(folder, &more))
    }

    /// Starts a broker without TLS that lets in who is named with a password, or says
    /// loudly that there is none.
    pub(crate) fn start_with_login(names: &[(&str, &str)]) -> Option<Self> {
        are_there(&[MOSQUITTO, PASSWORDS])?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let more = login(folder.path(), names);
        Some(Self::start_with(folder, &more))
    }
}

fn are_there(programs: &[&str]) -> Option<()> {
    for program in programs {
        if !Path::new(program).exists() {
            eprintln!("SKIPPED: {program} is missing, this test proved nothing");
            return None;
        }
    }
    Some(())
}

/// Writes the broker's file of passwords; gives the configuration that uses it.
fn login(folder: &Path, names: &[(&str, &str)]) -> String {
    for (number, (name, password)) in names.iter().enumerate() {
        let create: &[&str] = if number == 0 { &["-c"] } else { &[] };
        let arguments = [create, &["-b", "passwords", name, password]].concat();
        run(PASSWORDS, &arguments, folder);
    }
    format!(
        "user root\nallow_anonymous false\npassword_file {}/passwords\n",
        folder.display()
    )
}

fn certificates(folder: &Path) {
    let openssl = |arguments: &str| {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        run(OPENSSL, &arguments, folder);
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    for authority in ["ca", "other"] {
        openssl(&format!(
            "req -x509 {key} -keyout {authority}.key -out {authority}.pem -subj /CN={authority}"
        ));
    }
    openssl(&format!(
        "req -x509 {key} -CA ca.pem -CAkey ca.key -keyout broker.key -out broker.pem \
         -subj /CN=broker -addext subjectAltName=DNS:broker.ward \
         -addext basicConstraints=critical,CA:FALSE"
    ));
}

fn run(program: &str, arguments: &[&str], folder: &Path) {
    let done = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {arguments:?}: {said}");
}
