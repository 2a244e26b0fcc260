//! The canary over the real way in and a real webhook: what breaks on the way is
//! told once and told over once, and nobody sees it among patients.

use crate::receiver::Receiver;
use crate::service::{START, Service, directory, eventually};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use wardlight::domain::{CANARY, DeviceId, EndpointId};
use wardlight::registry::Command;
use wardlight::store::database_path;

const LATE: &str = "system.canary_late";
const RECOVERED: &str = "system.canary_recovered";

struct Flying {
    service: Service,
    receiver: Receiver,
}

impl Flying {
    async fn start(data: &Path) -> Self {
        let receiver = Receiver::start().await;
        let service = Self::service(data, &receiver, START).await;
        service.enter(&["ada"]).await;
        let url = format!("http://127.0.0.1:{}/hook", receiver.port);
        let hook = json!({ "url": url, "label": "Pager" });
        service.post("/v1/webhooks", hook).await;
        Self { service, receiver }
    }

    async fn service(data: &Path, receiver: &Receiver, at: i64) -> Service {
        let allowed = format!("[\"127.0.0.1:{}\"]", receiver.port);
        let more = [
            (
                "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
                allowed.as_str(),
            ),
            ("WARDLIGHT_CANARY__ENABLED", "true"),
        ];
        Service::start_at(data, &more, at).await
    }

    async fn canary(&self) -> Value {
        let health = self.service.get("/health/ready").await;
        let parts = health["components"].as_array().expect("a list");
        let canary = parts.iter().find(|part| part["name"] == "canary");
        canary.expect("it is shown").clone()
    }

    /// Waits until the reading sent at this moment has come round.
    async fn came_round(&self) {
        let reason = "the last round trip ended 0 s ago";
        eventually("a round trip", async || {
            let canary = self.canary().await;
            let text = canary["reason"].as_str().unwrap_or_default();
            (canary["state"] == "working" && text.starts_with(reason)).then_some(())
        })
        .await;
    }

    fn advance(&self, seconds: u64) {
        self.service.clock.advance(Duration::from_secs(seconds));
    }

    /// What the pager was told about the system, oldest first.
    fn told(&self) -> Vec<Value> {
        let got = self.receiver.got();
        let all = got.iter().map(crate::receiver::Got::json);
        all.filter(|body| {
            body["type"]
                .as_str()
                .is_some_and(|t| t.starts_with("system."))
        })
        .collect()
    }

    async fn told_of(&self, count: usize, event: &str) -> Value {
        let told = eventually(event, async || {
            let told = self.told();
            (told.len() >= count).then_some(told)
        })
        .await;
        assert_eq!(told.len(), count, "{told:?}");
        let last = told.last().expect("some").clone();
        assert_eq!(last["type"], event);
        last
    }

    /// A reading sets out, and does not come round in time.
    async fn is_late(&self, count: usize, seen: &str) {
        let told = eventually("late", async || {
            // A second a look: it sets out and is late in between.
            self.advance(1);
            (self.told().len() >= count).then_some(())
        });
        told.await;
        let told = self.told_of(count, LATE).await;
        assert_eq!(told["data"]["error"], seen);
        assert_eq!(told["data"]["priority"], "high");
        let canary = self.canary().await;
        assert_eq!(canary["state"], "degraded", "{canary}");
        // Later looks and later readings do not say it again.
        for _ in 0..3 {
            self.advance(60);
            self.service.settle().await;
        }
    }

    async fn is_well(&self, count: usize) {
        self.advance(60);
        let told = self.told_of(count, RECOVERED).await;
        assert_eq!(told["data"]["priority"], "low");
        self.came_round().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_in_that_is_shut_is_told_once_and_told_over_once() {
    let data = directory();
    let flying = Flying::start(data.path()).await;
    flying.came_round().await;
    let device = DeviceId::canary();
    let access = flying.service.running.engine.access.clone();
    let sha256 = access.borrow().devices[CANARY].sha256[0].clone();
    let shut = Command::RevokeDeviceCredential {
        device: device.clone(),
    };
    flying.service.order(shut).await;
    flying.is_late(1, "not_sent").await;
    let open = Command::CreateDeviceCredential { device, sha256 };
    flying.service.order(open).await;
    flying.is_well(2).await;
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_does_not_arrive_is_told_once_also_across_a_restart() {
    let data = directory();
    let mut flying = Flying::start(data.path()).await;
    flying.came_round().await;
    let mut endpoint = flying
        .service
        .running
        .reader
        .endpoint(&EndpointId::canary())
        .expect("reads")
        .expect("entered");
    // An address that the guard refuses: only the canary's own is let pass.
    endpoint.url = "http://127.0.0.1:9/canary".to_owned();
    flying
        .service
        .order(Command::PutEndpoint {
            id: endpoint.id,
            url: endpoint.url,
            label: endpoint.label,
            secrets: endpoint.secrets,
            event_types: endpoint.event_types,
            wards: endpoint.wards,
            channel: endpoint.channel,
        })
        .await;
    flying.is_late(1, "stored_not_delivered").await;
    let now = flying.service.now();
    flying.service.stop().await;
    // The next start makes the way anew.
    flying.service = Flying::service(data.path(), &flying.receiver, now + 5_000).await;
    flying.told_of(2, RECOVERED).await;
    flying.came_round().await;
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_blocked_is_shown_at_once_and_told_when_it_can_be() {
    let data = directory();
    let flying = Flying::start(data.path()).await;
    flying.came_round().await;
    // For less than the five seconds that the writer waits for its turn.
    let lock = rusqlite::Connection::open(database_path(data.path())).expect("opens");
    lock.execute_batch("BEGIN IMMEDIATE").expect("locked");
    eventually("degraded", async || {
        flying.advance(1);
        let canary = flying.canary().await;
        (canary["state"] == "degraded").then_some(())
    })
    .await;
    assert!(flying.told().is_empty());
    lock.execute_batch("ROLLBACK").expect("unlocked");
    let told = eventually("told over", async || {
        flying.advance(1);
        let told = flying.told();
        (told.len() >= 2).then_some(told)
    })
    .await;
    let types: Vec<_> = told.iter().map(|told| &told["type"]).collect();
    assert_eq!(types, [LATE, RECOVERED]);
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_raises_no_false_alarm() {
    let data = directory();
    let mut flying = Flying::start(data.path()).await;
    flying.came_round().await;
    let later = flying.service.now() + 3_600_000;
    flying.service.stop().await;
    flying.service = Flying::service(data.path(), &flying.receiver, later).await;
    flying.came_round().await;
    assert_eq!(flying.told(), Vec::<Value>::new());
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_the_canary_among_patients() {
    let data = directory();
    let flying = Flying::start(data.path()).await;
    for _ in 0..3 {
        flying.came_round().await;
        flying.advance(60);
    }
    let service = &flying.service;
    for path in [
        "/v1/patients",
        "/v1/wards",
        "/v1/devices",
        "/v1/alerts",
        "/v1/webhooks",
        "/v1/board",
        "/v1/quarantine",
    ] {
        let shown = service.get(path).await.to_string();
        assert!(!shown.contains(CANARY), "{path}: {shown}");
    }
    for path in ["patients", "devices", "webhooks"] {
        let url = format!("/v1/{path}/{CANARY}");
        let (status, _) = service.ask(reqwest::Method::GET, &url, None).await;
        assert_eq!(status, 404, "{url}");
    }
    let put = json!({ "label": "Mine now" });
    let url = format!("/v1/patients/{CANARY}");
    let (status, answer) = service.ask(reqwest::Method::PUT, &url, Some(put)).await;
    assert!(status.is_client_error(), "{status} {answer}");
    let counts = service.running.reader.counts().expect("reads");
    assert_eq!(
        (counts.patients, counts.devices, counts.readings),
        (1, 1, 0)
    );
    assert!(
        counts.alerts.is_empty() && counts.deliveries.is_empty(),
        "{counts:?}"
    );
    assert!(flying.receiver.got().is_empty(), "no person is told");
    flying.service.stop().await;
}
