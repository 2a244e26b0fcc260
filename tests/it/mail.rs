//! Mail through a real SMTP server (Debian's python3-aiosmtpd).

use crate::service::{Service, directory, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use wardlight::domain::{MeasuredTime, PatientId, Vital, WardId};
use wardlight::registry::{Command as Order, ObservedValue};

const PYTHON: &str = "/usr/bin/python3";
const PUBLIC: &str = "https://wardlight.example.org";

/// Makes an authority and a server certificate for localhost in `folder`.
fn certificates(folder: &Path) -> bool {
    let openssl = |arguments: &str| {
        let mut openssl = Command::new("openssl");
        let openssl = openssl.args(arguments.split(' ')).current_dir(folder);
        let ran = openssl.stderr(Stdio::null()).status();
        ran.is_ok_and(|status| status.success())
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=Test -days 2"
    )) && openssl(&format!(
        "req -x509 {key} -CA ca.pem -CAkey ca.key -keyout server.key -out server.pem \
             -subj /CN=mail -days 2 -addext subjectAltName=DNS:localhost \
             -addext basicConstraints=critical,CA:FALSE"
    ))
}

struct MailServer {
    port: u16,
    folder: PathBuf,
    child: Child,
}

impl MailServer {
    async fn start(folder: &Path) -> Option<Self> {
        let mut asked = Command::new(PYTHON);
        let asked = asked.args(["-c", "import aiosmtpd"]).stderr(Stdio::null());
        if !asked.status().is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: python3-aiosmtpd is not installed, mail is not tested");
            return None;
        }
        if !certificates(folder) {
            eprintln!("SKIPPED: openssl is missing or too old, mail is not tested");
            return None;
        }
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp/server.py");
        let child = Command::new(PYTHON)
            .arg(script)
            .arg(folder)
            .arg(port.to_string())
            .stdin(Stdio::null())
            .spawn()
            .expect("starts");
        let server = Self {
            port,
            folder: folder.to_owned(),
            child,
        };
        let listens = async || folder.join("port").exists().then_some(());
        eventually("the mail server", listens).await;
        Some(server)
    }

    fn mails(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.join("mails")).unwrap_or_default();
        // The last line may not be written yet.
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines.collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A service that gives one exchange with the server so many seconds.
async fn start(data: &Path, server: &MailServer, credentials: &str, seconds: &str) -> Service {
    let file = server.folder.join("credentials");
    std::fs::write(&file, credentials).expect("written");
    let (port, ca) = (server.port.to_string(), server.folder.join("ca.pem"));
    let more = [
        ("WARDLIGHT_EMAIL__SERVER", "localhost"),
        ("WARDLIGHT_WEBHOOKS__PUBLIC_URL", PUBLIC),
        ("WARDLIGHT_EMAIL__TIMEOUT_SECONDS", seconds),
        ("WARDLIGHT_EMAIL__PORT", port.as_str()),
        ("WARDLIGHT_EMAIL__FROM", "Wardlight <wardlight@example.org>"),
        (
            "WARDLIGHT_EMAIL__CREDENTIALS_FILE",
            file.to_str().expect("plain"),
        ),
        (
            "WARDLIGHT_EMAIL__AUTHORITIES_FILE",
            ca.to_str().expect("plain"),
        ),
    ];
    let service = Service::start(data, &more).await;
    service.enter(&[]).await;
    service
}

async fn hook(service: &Service, recipients: Value) -> String {
    let hook = json!({ "label": "Night mail", "format": "email", "recipients": recipients });
    let hook = service.post("/v1/webhooks", hook).await;
    hook["id"].as_str().expect("named").to_owned()
}

async fn sent(service: &Service, hook: &str) -> Value {
    service
        .post(&format!("/v1/webhooks/{hook}/test"), json!(null))
        .await;
    let uri = format!("/v1/webhooks/{hook}/deliveries");
    let ended = async || {
        let newest = service.get(&uri).await["items"][0].clone();
        (newest["attempts"] != 0).then_some(newest)
    };
    eventually("an attempt", ended).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_goes_over_tls_with_a_password_and_its_repeat_has_the_same_bytes() {
    let (data, folder) = (directory(), directory());
    let Some(server) = MailServer::start(folder.path()).await else {
        return;
    };
    let service = start(data.path(), &server, "wardlight\nthe password\n", "10").await;
    let recipients = json!(["night@example.org", "day@example.org"]);
    let hook = hook(&service, recipients.clone()).await;
    let delivery = sent(&service, &hook).await;
    assert_eq!(delivery["state"], "delivered", "{delivery}");
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (&mails[0]["tls"], &mails[0]["to"]),
        (&json!(true), &recipients)
    );
    assert_eq!(mails[0]["from"], "wardlight@example.org");
    let content = mails[0]["content"].as_str().expect("text");
    let id = delivery["id"].as_str().expect("named");
    assert!(
        content.contains(&format!("Message-ID: <{id}@example.org>")),
        "{content}"
    );
    assert!(
        content.contains("Subject: SIMULATED LOW: Night mail (Test message)"),
        "{content}"
    );
    let uri = format!("/v1/webhooks/{hook}/deliveries/replay");
    service.post(&uri, json!({ "deliveries": [id] })).await;
    let repeat = async || server.mails().get(1).cloned();
    let repeat = eventually("the repeat", repeat).await;
    assert_eq!(repeat["content"], content);
    service.stop().await;
}

/// What Python's email package reads in a mail.
fn read(content: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp/links.py");
    let mut child = Command::new(PYTHON)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(content.as_bytes()).expect("reads");
    drop(input);
    let output = child.wait_with_output().expect("ends");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A fever of a patient whose label somebody wrote markup into.
async fn falls_ill(service: &Service) {
    let patient = PatientId::new("p1").expect("valid");
    let ward = WardId::new("oncology").expect("valid");
    service.enter_wearing_nothing(&patient, &ward).await;
    let label = json!({ "label": "<b>Zoë</b> =3D \"Q\"" });
    let (status, said) = service
        .ask(Method::PUT, "/v1/patients/p1", Some(label))
        .await;
    assert!(status.is_success(), "{said}");
    let readings = vec![ObservedValue {
        at: MeasuredTime::from_epoch_ms(service.now()),
        vital: Vital::BodyTemperature,
        value: 39.2,
    }];
    let source = "bedside".to_owned();
    let observe = Order::Observe {
        patient,
        readings,
        source,
    };
    service.order(observe).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_link_of_a_mail_leads_where_it_says_after_its_way_through_the_mail() {
    let (data, folder) = (directory(), directory());
    let Some(server) = MailServer::start(folder.path()).await else {
        return;
    };
    let service = start(data.path(), &server, "wardlight\nthe password\n", "10").await;
    let hook = json!({ "label": "Night mail", "format": "email", "actions": true,
        "recipients": ["night@example.org"], "include_patient_label": true });
    service.post("/v1/webhooks", hook).await;
    falls_ill(&service).await;
    let first = async || server.mails().first().cloned();
    let mail = eventually("the mail", first).await;
    let read = read(mail["content"].as_str().expect("text"));
    assert_eq!(read["defects"], json!([]));
    let subject = read["subject"].as_str().expect("text");
    assert!(subject.contains("<b>Zoë</b> =3D \"Q\""), "{subject}");
    let links = |part: &str| -> Vec<String> {
        let links = read[part].as_array().expect("a list").iter();
        links
            .map(|link| link.as_str().expect("text").to_owned())
            .collect()
    };
    let (html, text) = (links("html"), links("text"));
    assert_eq!((html.len(), text.len()), (5, 4), "{read}");
    assert!(text.iter().all(|link| html.contains(link)), "{read}");
    for link in html {
        let path = link.strip_prefix(PUBLIC).expect("ours");
        let answer = reqwest::get(service.url(path)).await.expect("answers");
        assert_eq!(answer.status(), 200, "{path}");
        let media_type = answer.headers()["content-type"].to_str().expect("text");
        let picture = path.starts_with("/charts/");
        assert_eq!(media_type == "image/png", picture, "{path}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_that_is_refused_keeps_no_mail_from_the_others() {
    let (data, folder) = (directory(), directory());
    let Some(server) = MailServer::start(folder.path()).await else {
        return;
    };
    let service = start(data.path(), &server, "wardlight\nthe password\n", "10").await;
    let both = hook(
        &service,
        json!(["unknown@example.org", "night@example.org"]),
    )
    .await;
    let delivery = sent(&service, &both).await;
    assert_eq!(delivery["state"], "delivered", "{delivery}");
    assert_eq!(server.mails()[0]["to"], json!(["night@example.org"]));
    let nobody = hook(&service, json!(["unknown@example.org"])).await;
    let delivery = sent(&service, &nobody).await;
    assert_eq!(
        (&delivery["state"], &delivery["last_error"]),
        (&json!("waiting"), &json!("mail_refused"))
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_that_is_deferred_is_tried_again_alone_and_the_channel_works() {
    let (data, folder) = (directory(), directory());
    let Some(server) = MailServer::start(folder.path()).await else {
        return;
    };
    let service = start(data.path(), &server, "wardlight\nthe password\n", "10").await;
    let recipients = json!(["later@example.org", "night@example.org"]);
    let later = hook(&service, recipients).await;
    let delivery = sent(&service, &later).await;
    assert_eq!(
        (&delivery["state"], &delivery["last_error"]),
        (&json!("waiting"), &json!("mail_deferred_by_some"))
    );
    assert_eq!(server.mails()[0]["to"], json!(["night@example.org"]));
    // Its mailbox is emptied: it alone gets what the other has.
    std::fs::write(folder.path().join("emptied"), "").expect("written");
    let reached = async || {
        service.pass(1).await;
        server.mails().get(1).cloned()
    };
    let second = eventually("the second", reached).await;
    assert_eq!(second["to"], json!(["later@example.org"]));
    let uri = format!("/v1/webhooks/{later}/deliveries");
    let delivered = async || {
        let newest = service.get(&uri).await["items"][0].clone();
        (newest["state"] == "delivered").then_some(())
    };
    eventually("delivered", delivered).await;
    assert_eq!(server.mails().len(), 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_or_an_unknown_authority_sends_nothing() {
    let (data, folder) = (directory(), directory());
    let Some(server) = MailServer::start(folder.path()).await else {
        return;
    };
    let service = start(data.path(), &server, "wardlight\nguess\n", "10").await;
    let hook_id = hook(&service, json!(["night@example.org"])).await;
    let delivery = sent(&service, &hook_id).await;
    assert_eq!(delivery["last_error"], "mail_refused", "{delivery}");
    service.stop().await;
    // An authority of its own, but not the server's.
    let other = directory();
    assert!(certificates(other.path()));
    std::fs::copy(other.path().join("ca.pem"), folder.path().join("ca.pem")).expect("copied");
    let data = directory();
    let service = start(data.path(), &server, "wardlight\nthe password\n", "2").await;
    let hook_id = hook(&service, json!(["night@example.org"])).await;
    let delivery = sent(&service, &hook_id).await;
    assert_eq!(delivery["state"], "waiting");
    assert!(server.mails().is_empty());
    service.stop().await;
}
