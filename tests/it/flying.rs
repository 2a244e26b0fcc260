//! A service whose canary flies, and somebody's pager.

use crate::receiver::Receiver;
use crate::service::{START, Service, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use wardlight::domain::CANARY;
use wardlight::store::database_path;

pub(crate) const LATE: &str = "system.canary_late";
pub(crate) const RECOVERED: &str = "system.canary_recovered";

/// There is a canary.
pub(crate) const ON: (&str, &str) = ("WARDLIGHT_CANARY__ENABLED", "true");

pub(crate) struct Flying {
    pub(crate) service: Service,
    pub(crate) receiver: Receiver,
    /// What the pager's messages are signed with.
    pub(crate) secret: String,
}

impl Flying {
    pub(crate) async fn start(data: &Path) -> Self {
        Self::start_with(data, &[ON]).await
    }

    pub(crate) async fn start_with(data: &Path, more: &[(&str, &str)]) -> Self {
        let receiver = Receiver::start().await;
        let service = Self::service_with(data, receiver.port, START, more).await;
        service.enter(&["ada"]).await;
        let secret = pager(&service, receiver.port).await;
        Self {
            service,
            receiver,
            secret,
        }
    }

    pub(crate) async fn service(data: &Path, receiver: &Receiver, at: i64) -> Service {
        Self::service_with(data, receiver.port, at, &[ON]).await
    }

    /// A service that may tell whoever listens at `port`.
    pub(crate) async fn service_with(
        data: &Path,
        port: u16,
        at: i64,
        more: &[(&str, &str)],
    ) -> Service {
        let allowed = format!("[\"127.0.0.1:{port}\"]");
        let hosts = "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS";
        let more: Vec<_> = [(hosts, allowed.as_str())]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        Service::start_at(data, &more, at).await
    }

    pub(crate) async fn canary(&self) -> Value {
        let (_, health) = self.service.ask(Method::GET, "/health/ready", None).await;
        let parts = health["components"].as_array().expect("a list");
        let canary = parts.iter().find(|part| part["name"] == "canary");
        canary.expect("it is shown").clone()
    }

    /// Waits until the reading sent at this moment has come round.
    pub(crate) async fn came_round(&self) {
        let reason = "the last round trip ended 0 s ago";
        eventually("a round trip", async || {
            let canary = self.canary().await;
            let text = canary["reason"].as_str().unwrap_or_default();
            (canary["state"] == "working" && text.starts_with(reason)).then_some(())
        })
        .await;
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.service.clock.advance(Duration::from_secs(seconds));
    }

    /// What the pager was told about the system, oldest first.
    pub(crate) fn told(&self) -> Vec<Value> {
        let got = self.receiver.got();
        let all = got.iter().map(crate::receiver::Got::json);
        all.filter(|body| {
            body["type"]
                .as_str()
                .is_some_and(|t| t.starts_with("system."))
        })
        .collect()
    }

    pub(crate) async fn told_of(&self, count: usize, event: &str) -> Value {
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

    /// Events of the canary's alerts that are stored.
    pub(crate) fn stored(&self, data: &Path) -> i64 {
        let conn = rusqlite::Connection::open(database_path(data)).expect("opens");
        let sql = "SELECT count(*) FROM alert_event JOIN patient ON number = patient
            WHERE patient.id = ?1";
        conn.query_row(sql, [CANARY], |row| row.get(0))
            .expect("reads")
    }

    /// A reading sets out and is stored. Only then may time go on: it would run
    /// away from a machine with much to do.
    pub(crate) async fn is_stored(&self, data: &Path) {
        let before = self.stored(data);
        self.advance(60);
        let more = async || (self.stored(data) > before).then_some(());
        eventually("the reading is stored", more).await;
    }

    /// A reading sets out, and does not come round in time.
    pub(crate) async fn is_late(&self, count: usize, seen: &str) {
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

    pub(crate) async fn is_well(&self, count: usize) {
        self.advance(60);
        let told = self.told_of(count, RECOVERED).await;
        assert_eq!(told["data"]["priority"], "low");
        self.came_round().await;
    }
}

/// Registers the pager; its secret.
pub(crate) async fn pager(service: &Service, port: u16) -> String {
    let url = format!("http://127.0.0.1:{port}/hook");
    let hook = json!({ "url": url, "label": "Pager" });
    let hook = service.post("/v1/webhooks", hook).await;
    hook["secret"].as_str().expect("shown once").to_owned()
}
