//! The subscriber against Debian's Mosquitto, and against a scripted broker
//! for what Mosquitto cannot be made to do.

mod broker;
mod client;
mod mosquitto;
mod scripted;
mod secured;
mod shipped;

use super::*;
use crate::domain::QuarantineReason;
use crate::engine::{Delivery, EngineHandle, Envelope, Input, Whole};
use crate::runtime::Clock;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nothing in these tests may take longer.
const PATIENCE: Duration = Duration::from_secs(20);

fn settings(port: u16) -> SubscriberSettings {
    SubscriberSettings {
        enabled: true,
        host: "127.0.0.1".to_owned(),
        port,
        topics: vec!["wardlight/v1/+/vitals/#".to_owned()],
        backoff_ms_first: 20,
        ..SubscriberSettings::default()
    }
}

/// A subscriber at work, with the engine's end of its inbox in the test's hands.
struct Running {
    handle: SubscriberHandle,
    inbox: mpsc::Receiver<Envelope>,
    filler: mpsc::Sender<Envelope>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

fn run(settings: SubscriberSettings) -> Running {
    run_with_inbox(settings, 10_000)
}

fn run_with_inbox(settings: SubscriberSettings, bound: usize) -> Running {
    let (filler, inbox) = mpsc::channel(bound);
    let engine = EngineHandle {
        inbox: filler.clone(),
        outcomes: broadcast::channel(1).0,
        access: watch::channel(std::sync::Arc::default()).1,
    };
    let to_input = |topic: &str, _: Option<&str>, payload: bytes::Bytes, _| Input::Unreadable {
        device: None,
        topic: topic.to_owned(),
        reason: QuarantineReason::Malformed,
        whole: Whole::of(&payload),
        payload,
        open: None,
    };
    let (subscriber, handle) = Subscriber::new(settings, &engine, Clock::real(), to_input);
    let cancel = CancellationToken::new();
    let task = tokio::spawn(subscriber.run(cancel.clone()));
    Running {
        handle,
        inbox,
        filler,
        cancel,
        task,
    }
}

impl Running {
    async fn next(&mut self) -> Envelope {
        let next = tokio::time::timeout(PATIENCE, self.inbox.recv()).await;
        next.expect("a message in time").expect("subscriber lives")
    }

    /// The payloads of the next `count` messages, with their deliveries.
    async fn take(&mut self, count: usize) -> (Vec<String>, Vec<Delivery>) {
        let (mut texts, mut deliveries) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let envelope = self.next().await;
            texts.push(text(&envelope));
            deliveries.extend(envelope.delivery);
        }
        (texts, deliveries)
    }

    async fn health(&self, what: &str, is: impl FnMut(&SubscriberHealth) -> bool) {
        let mut health = self.handle.health.clone();
        let seen = tokio::time::timeout(PATIENCE, health.wait_for(is)).await;
        assert!(seen.is_ok(), "{what}: {:?}", self.handle.health.borrow());
    }

    async fn is_well(&self) {
        self.health("well", SubscriberHealth::is_well).await;
    }

    async fn counted(&self, what: &str, is: impl Fn(CountersSnapshot) -> bool) {
        until(what, || is(self.handle.counters())).await;
    }

    async fn stop(self) {
        self.cancel.cancel();
        let ended = tokio::time::timeout(PATIENCE, self.task).await;
        ended.expect("stops in time").expect("without a panic");
    }

    async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

fn text(envelope: &Envelope) -> String {
    match &envelope.input {
        Input::Unreadable { payload, .. } => String::from_utf8_lossy(payload).into_owned(),
        _ => panic!("the test's inputs are all unreadable"),
    }
}

fn settle(mut deliveries: Vec<Delivery>) {
    Delivery::settle_all(&mut deliveries);
}

/// Waits for a condition that nothing announces.
async fn until(what: &str, is: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !is() {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("m{number}")).collect()
}
