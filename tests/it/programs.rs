//! The README's Python programs, run as they stand: the receiver that verifies,
//! and the sender that answers.

use crate::service::{Service, directory, eventually};
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use wardlight::domain::{MeasuredTime, PatientId, Vital, WardId};
use wardlight::registry::{Command as Order, ObservedValue};
use wardlight::runtime::Clock;

const PYTHON: &str = "/usr/bin/python3";

/// The README's programs: the receiver, the sender.
fn programs() -> [String; 2] {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(path).expect("there is a README.md");
    let blocks = text.split("```python\n").skip(1);
    let blocks = blocks.filter_map(|rest| Some(rest.split_once("```")?.0.to_owned()));
    let blocks: Vec<_> = blocks.collect();
    blocks.try_into().expect("two programs")
}

/// A program that runs in `folder` until it is dropped.
struct Running(Child);

impl Running {
    fn start(folder: &Path, text: &str) -> Self {
        let got = std::fs::File::create(folder.join("got")).expect("written");
        let child = Command::new(PYTHON)
            .args(["-c", text])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(got)
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("starts"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the sender's `answer` once; gives what it gives.
async fn answered(sender: &str, call: String) -> Value {
    let text = format!("{sender}\nprint(json.dumps({call}))");
    let run = move || Command::new(PYTHON).args(["-c", &text]).output();
    let run = tokio::task::spawn_blocking(run).await.expect("no panic");
    let output = run.expect("runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

async fn falls_ill(service: &Service) {
    let patient = PatientId::new("p1").expect("valid");
    let ward = WardId::new("oncology").expect("valid");
    service.enter_wearing_nothing(&patient, &ward).await;
    let readings = vec![ObservedValue {
        at: MeasuredTime::from_epoch_ms(service.now()),
        vital: Vital::BodyTemperature,
        value: 39.2,
    }];
    let source = "bedside".to_owned();
    service
        .order(Order::Observe {
            patient,
            readings,
            source,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_readmes_receiver_believes_us_and_its_sender_is_believed() {
    if Command::new(PYTHON).arg("--version").output().is_err() {
        eprintln!("SKIPPED: python3 is not installed, the README's programs are not run");
        return;
    }
    let (data, folder) = (directory(), directory());
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("bound").port();
    drop(free);
    let allowed = format!("[\"127.0.0.1:{port}\"]");
    let more = [(
        "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
        allowed.as_str(),
    )];
    // The programs know only their machine's clock.
    let now = Clock::real().wall().epoch_ms();
    let service = Service::start_at(data.path(), &more, now).await;
    service.enter(&[]).await;
    let url = format!("http://127.0.0.1:{port}/hook");
    let hook = json!({ "url": url, "label": "Ward system", "actions": true });
    let hook = service.post("/v1/webhooks", hook).await;
    let text = |name: &str| hook[name].as_str().expect("shown").to_owned();
    let (id, secret) = (text("id"), text("secret"));
    std::fs::write(folder.path().join("hook.secret"), format!("{secret}\n")).expect("written");
    let [receiver, sender] = programs();
    assert!(receiver.contains("9000"));
    let _receiver = Running::start(folder.path(), &receiver.replace("9000", &port.to_string()));
    let listens = async || TcpStream::connect(("127.0.0.1", port)).ok();
    drop(eventually("the receiver", listens).await);

    falls_ill(&service).await;
    let told = async || {
        let got = std::fs::read_to_string(folder.path().join("got")).unwrap_or_default();
        let (_, rest) = got.split_once("'alert': '")?;
        Some(rest.split_once('\'')?.0.to_owned())
    };
    let alert = eventually("the receiver's word", told).await;

    let base = service.url("");
    let call = |order: &str| {
        let base = base.trim_end_matches('/');
        format!("answer('{base}', '{id}', '{secret}', alert='{alert}', by='Bridge', {order})")
    };
    for (order, changed, handling) in [
        ("action='snooze', minutes=20", true, "open"),
        ("action='acknowledge', comment='seen'", true, "acknowledged"),
        ("action='acknowledge'", false, "acknowledged"),
        ("action='resolve', outcome='admitted'", true, "resolved"),
    ] {
        let said = answered(&sender, call(order)).await;
        let expected = (&json!(changed), &json!(handling));
        assert_eq!((&said["changed"], &said["handling"]), expected, "{order}");
    }
    service.stop().await;
}
