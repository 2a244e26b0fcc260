//! The API as a colleague's program uses it, over a network that breaks.

use crate::wait::answered;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A caller with a token.
#[derive(Clone)]
pub(crate) struct Api {
    client: reqwest::Client,
    root: String,
    token: String,
    under_way: Arc<AtomicU64>,
    asked: Arc<AtomicU64>,
}

impl Api {
    pub(crate) fn new(port: u16, token: String) -> Self {
        // The second way in finds it installed; that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            client,
            root: format!("http://127.0.0.1:{port}"),
            token,
            under_way: Arc::default(),
            asked: Arc::default(),
        }
    }

    /// Changes that were asked for and are not answered.
    pub(crate) fn under_way(&self) -> u64 {
        self.under_way.load(Ordering::SeqCst)
    }

    /// Changes that were ever asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// One try; none when no answer came back.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Option<(u16, String)> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let counted = method != reqwest::Method::GET;
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.root))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        self.under_way.fetch_add(counted.into(), Ordering::SeqCst);
        self.asked.fetch_add(counted.into(), Ordering::SeqCst);
        let answer = async {
            let answer = request.send().await.ok()?;
            let status = answer.status().as_u16();
            Some((status, answer.text().await.ok()?))
        };
        let answer = answer.await;
        self.under_way.fetch_sub(counted.into(), Ordering::SeqCst);
        answer
    }

    /// Tries until it is done: 2xx, or 409 from the second try on, because the
    /// first may have been done although its answer was lost.
    pub(crate) async fn change(&self, method: &str, path: &str, body: &Value) -> String {
        let mut tries = 0;
        loop {
            tries += 1;
            let (status, said) = answered(path, || self.ask(method, path, Some(body))).await;
            match status {
                200..300 => return said,
                409 => return said,
                503 => assert!(tries < 1000, "{method} {path}: always 503"),
                _ => panic!("{method} {path}: {status} {said}"),
            }
        }
    }

    /// The metrics without labels, if the service answers.
    pub(crate) async fn metrics(&self) -> Option<HashMap<String, u64>> {
        let (_, text) = self
            .ask("GET", "/metrics", None)
            .await
            .filter(|(status, _)| *status == 200)?;
        let pairs = text.lines().filter(|line| !line.starts_with('#'));
        let parsed = pairs.filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((
                name.strip_prefix("wardlight_")?.to_owned(),
                value.parse().ok()?,
            ))
        });
        Some(parsed.collect())
    }
}
