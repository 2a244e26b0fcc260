//! Our signatures, judged by the libraries that receivers use.

use crate::receiver::{Got, Receiver};
use crate::service::{Service, directory, eventually};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use wardlight::runtime::Clock;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/standardwebhooks")
}

/// A program that verifies, and where it finds its library.
struct Verifier {
    program: &'static str,
    script: &'static str,
    path: (&'static str, &'static str),
}

/// Knows `v1a`, which the libraries do not; its secret is the public key.
const ED25519: Verifier = Verifier {
    program: "node",
    script: "verify_ed25519.js",
    path: ("NODE_PATH", "javascript"),
};

const VERIFIERS: [Verifier; 2] = [
    Verifier {
        program: "/usr/bin/python3",
        script: "verify.py",
        path: ("PYTHONPATH", "python"),
    },
    Verifier {
        program: "node",
        script: "verify.js",
        path: ("NODE_PATH", "javascript"),
    },
];

impl Verifier {
    fn is_installed(&self) -> bool {
        let mut asked = Command::new(self.program);
        let there = asked.arg("--version").output().is_ok();
        if !there {
            eprintln!(
                "SKIPPED: {} is not installed, its library judges nothing",
                self.program
            );
        }
        there
    }

    /// Whether the library believes it.
    fn believes(&self, secret: &str, headers: &Value, body: &str) -> bool {
        let (name, below) = self.path;
        let mut child = Command::new(self.program)
            .arg(folder().join(self.script))
            .env(name, folder().join(below))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .spawn()
            .expect("starts");
        let given = json!({ "secret": secret, "headers": headers, "body": body });
        let mut input = child.stdin.take().expect("piped");
        input
            .write_all(given.to_string().as_bytes())
            .expect("reads");
        drop(input);
        match child.wait().expect("ends").code() {
            Some(0) => true,
            Some(1) => false,
            other => panic!("{} ended with {other:?}", self.script),
        }
    }
}

async fn test_of(service: &Service, receiver: &Receiver, hook: &str) -> Got {
    let before = receiver.got().len();
    service
        .post(&format!("/v1/webhooks/{hook}/test"), json!(null))
        .await;
    eventually("the test", async || receiver.got().get(before).cloned()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_libraries_of_receivers_believe_our_signatures_and_nothing_that_was_changed() {
    let verifiers: Vec<_> = VERIFIERS.iter().filter(|v| v.is_installed()).collect();
    let (data, receiver) = (directory(), Receiver::start().await);
    let allowed = format!("[\"127.0.0.1:{}\"]", receiver.port);
    let more = [(
        "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
        allowed.as_str(),
    )];
    // The libraries know only their machine's clock.
    let now = Clock::real().wall().epoch_ms();
    let service = Service::start_at(data.path(), &more, now).await;
    service.enter(&[]).await;
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    for format in ["standard", "standard_full", "cloudevents"] {
        let hook = json!({ "url": url, "label": "Ward", "format": format });
        let hook = service.post("/v1/webhooks", hook).await;
        let (id, old) = (
            hook["id"].as_str().expect("named"),
            hook["secret"].as_str().expect("shown"),
        );
        // Rotated once, to a key pair: both sign, and an old receiver still believes.
        let rotated = format!("/v1/webhooks/{id}/rotate");
        let hooked = service.post(&rotated, json!({ "signature": "v1a" })).await;
        let public = hooked["public_key"].as_str().expect("shown");
        let got = test_of(&service, &receiver, id).await;
        let (headers, body) = (
            got.headers(),
            String::from_utf8(got.body.to_vec()).expect("UTF-8"),
        );
        assert!(body.contains("system.test"), "{body}");
        if ED25519.is_installed() {
            assert!(ED25519.believes(public, &headers, &body), "{format}");
            let changed = body.replace("test", "text");
            assert!(!ED25519.believes(public, &headers, &changed), "{format}");
        }
        for verifier in &verifiers {
            let script = verifier.script;
            assert!(
                verifier.believes(old, &headers, &body),
                "{script}, {format}"
            );
            let changed = body.replace("test", "text");
            assert!(
                !verifier.believes(old, &headers, &changed),
                "{script}: the body"
            );
            let mut moved = headers.clone();
            moved["webhook-id"] = "msg_other".into();
            assert!(!verifier.believes(old, &moved, &body), "{script}: the id");
            let other = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
            assert!(
                !verifier.believes(other, &headers, &body),
                "{script}: the secret"
            );
        }
    }
    service.stop().await;
}
