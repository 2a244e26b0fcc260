//! The simulators' publisher at the service's own listener: TLS with a private
//! authority and a password for each watch; what is wrong is refused in words.

use crate::program::Program;
use crate::service::{Service, directory, password};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wardlight_simulators::load::{self, LoadError, LoadOptions, LoadReport};
use wardlight_simulators::publish::{
    BrokerOptions, ConnectError, DevicePasswords, Distrust, Protocol, Refusal, TlsOptions,
};
use wardlight_simulators::wall;

const PATIENTS: [&str; 3] = ["0", "1", "2"];
const MESSAGES: u64 = 300;
/// Vitals of each message of a load.
const VITALS: u64 = 6;

/// An authority `ca.pem`, its certificate `listener.pem` for 127.0.0.1, and an
/// authority `other.pem` that signed nothing; or says loudly that it cannot.
pub(crate) fn certificates(place: &Path) -> bool {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    let authority =
        |name: &str| format!("req -x509 {key} -keyout {name}.key -out {name}.pem -subj /CN={name}");
    let signed = format!(
        "req -x509 {key} -CA ca.pem -CAkey ca.key -keyout listener.key -out listener.pem \
         -subj /CN=listener -addext subjectAltName=IP:127.0.0.1 \
         -addext basicConstraints=critical,CA:FALSE"
    );
    for arguments in [authority("ca"), authority("other"), signed] {
        let mut command = Command::new("openssl");
        let made = command
            .args(arguments.split_whitespace())
            .current_dir(place)
            .output();
        let Ok(made) = made else {
            eprintln!("SKIPPED: openssl is missing, the simulators' TLS is not tested");
            return false;
        };
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "openssl {arguments}: {said}");
    }
    true
}

async fn service(place: &Path) -> Service {
    let file = |name: &str| place.join(name).to_str().expect("plain").to_owned();
    let (certificate, key) = (file("listener.pem"), file("listener.key"));
    let tls = [
        (
            "WARDLIGHT_MQTT__LISTENER__TLS_CERTIFICATE",
            certificate.as_str(),
        ),
        ("WARDLIGHT_MQTT__LISTENER__TLS_KEY", key.as_str()),
    ];
    let service = Service::start(&place.join("data"), &tls).await;
    service.enter(&PATIENTS).await;
    service
}

/// Everything right: each watch connects under its own name and password.
fn options(service: &Service, place: &Path) -> LoadOptions {
    let passwords = PATIENTS.map(|patient| {
        let device = format!("watch-{patient}");
        (device.clone(), password(&device))
    });
    let broker = BrokerOptions {
        username: Some("{device}".to_owned()),
        device_passwords: BTreeMap::from(passwords).into(),
        tls: Some(TlsOptions {
            ca_file: place.join("ca.pem"),
            server_name: None,
        }),
        ..BrokerOptions::new("127.0.0.1", service.mqtt().port(), "simulators")
    };
    LoadOptions {
        devices: 3,
        device_prefix: "watch-".to_owned(),
        ..LoadOptions::new(broker, MESSAGES, service.now() - 3_600_000)
    }
}

async fn publish(options: &LoadOptions) -> Result<LoadReport, LoadError> {
    let never = CancellationToken::new();
    let ended = tokio::time::timeout(Duration::from_secs(30), load::run(options, &never));
    ended.await.expect("ends by itself")
}

fn stored(service: &Service) -> u64 {
    service.running.reader.counts().expect("reads").readings
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simulated_watches_publish_to_the_listener_over_tls_under_their_own_names() {
    let place = directory();
    if !certificates(place.path()) {
        return;
    }
    let service = service(place.path()).await;
    let mut options = options(&service, place.path());
    for (round, protocol) in (1..).zip([Protocol::V4, Protocol::V5]) {
        options.session = round;
        options.start_ms += 2;
        options.broker.protocol = protocol;
        let report = publish(&options).await.expect("published");
        assert_eq!(report.connections.acknowledged, MESSAGES, "{protocol:?}");
        assert_eq!(stored(&service), u64::from(round) * MESSAGES * VITALS);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_listener_refuses_a_wrong_password_and_is_not_trusted_under_another_authority() {
    let place = directory();
    if !certificates(place.path()) {
        return;
    }
    let service = service(place.path()).await;
    let right = options(&service, place.path());
    for protocol in [Protocol::V4, Protocol::V5] {
        let mut wrong = right.clone();
        wrong.broker.protocol = protocol;
        wrong.broker.device_passwords = DevicePasswords::default();
        wrong.broker.password = Some("none of theirs".to_owned());
        let error = publish(&wrong).await.expect_err("refused");
        let login = matches!(
            error,
            LoadError::Connect(ConnectError::Refused(Refusal::Login))
        );
        assert!(login, "{protocol:?}: {error:?}");
    }
    let mut distrusting = right;
    distrusting.broker.tls = Some(TlsOptions {
        ca_file: place.path().join("other.pem"),
        server_name: None,
    });
    let error = publish(&distrusting).await.expect_err("not trusted");
    let LoadError::Connect(ConnectError::Untrusted { distrust, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(distrust, Distrust::Authority);
    assert!(distrust.to_string().contains("--tls-ca"), "says what to do");
    assert_eq!(stored(&service), 0);
    service.stop().await;
}

const WATCHES: u32 = 12;

/// A line `device:password` for each watch, with what the program itself made and printed.
fn credentials(program: &Program) -> String {
    (0..WATCHES).fold(String::new(), |mut lines, number| {
        let device = format!("watch-{number}");
        let password = program.run(&["device-credential", "create", &device]);
        // What is printed ends its line itself; writing to a String cannot fail.
        let _ = write!(lines, "{device}:{password}");
        lines
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_watches_connect_with_the_credentials_that_the_program_printed() {
    let place = directory();
    let mut program = Program::new(place.path());
    let rows = (0..WATCHES).map(|n| format!("p-{n},w,watch-{n},2026-01-01T00:00:00Z\n"));
    let patients = place.path().join("patients.csv");
    let csv: String = rows.collect();
    std::fs::write(
        &patients,
        format!("patient,ward,device,device_start\n{csv}"),
    )
    .expect("written");
    program.run(&["import", "patients", patients.to_str().expect("plain")]);
    let file = place.path().join("devices");
    std::fs::write(&file, credentials(&program)).expect("written");
    program.serve(&[]).await;
    let broker = BrokerOptions {
        username: Some("{device}".to_owned()),
        device_passwords: DevicePasswords::read(&file).expect("readable"),
        ..BrokerOptions::new("127.0.0.1", program.mqtt_port, "simulators")
    };
    let options = LoadOptions {
        devices: WATCHES,
        device_prefix: "watch-".to_owned(),
        ..LoadOptions::new(broker, MESSAGES, wall::epoch_ms() - 3_600_000)
    };
    let report = publish(&options).await.expect("published");
    assert_eq!(report.connections.acknowledged, MESSAGES);
    let mut stranger = options;
    stranger.devices += 1;
    let error = publish(&stranger).await.expect_err("one has no password");
    let words = format!("{:#}", anyhow::Error::from(error));
    assert!(words.contains("--device-password-file"), "{words}");
    program.stop().await;
    let database = wardlight::store::database_path(&program.data_dir());
    let settings = wardlight::store::Settings::default();
    let reader = wardlight::store::Reader::offline(&database, &settings).expect("opens");
    let known = reader.counts().expect("reads").readings;
    assert_eq!(known, MESSAGES * VITALS);
}
