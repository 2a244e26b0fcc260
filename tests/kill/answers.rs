//! Acknowledges every fever that the receiver hears of.

use crate::api::Api;
use crate::wait;
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::mpsc;

/// What the answering person shares with the killer.
#[derive(Default)]
pub(crate) struct Answers {
    waits: AtomicBool,
    waiting: AtomicU64,
    acknowledged: AtomicU64,
}

impl Answers {
    /// Answers whatever comes, as a task that ends with `alerts`.
    pub(crate) fn start(api: &Api, mut alerts: mpsc::Receiver<String>) -> Arc<Self> {
        let shared = Arc::<Self>::default();
        let (api, answers) = (api.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let mut known = HashSet::new();
            while let Some(alert) = alerts.recv().await {
                if !known.insert(alert.clone()) {
                    continue;
                }
                answers.waiting.fetch_add(1, Ordering::SeqCst);
                wait::until("answering goes on", || {
                    !answers.waits.load(Ordering::SeqCst)
                })
                .await;
                let path = format!("/v1/alerts/{alert}/acknowledge");
                api.change("POST", &path, &json!({ "comment": "seen" }))
                    .await;
                answers.waiting.fetch_sub(1, Ordering::SeqCst);
                answers.acknowledged.fetch_add(1, Ordering::SeqCst);
            }
        });
        shared
    }

    /// Answers nothing until [`Self::go_on`].
    pub(crate) fn hold(&self) {
        self.waits.store(true, Ordering::SeqCst);
    }

    /// Answers again.
    pub(crate) fn go_on(&self) {
        self.waits.store(false, Ordering::SeqCst);
    }

    /// Whether an alert waits to be acknowledged.
    pub(crate) fn has_waiting(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Different alerts acknowledged.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }
}
