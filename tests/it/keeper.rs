//! A watch that keeps every message until it is acknowledged, over any number
//! of connections.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wardlight_simulators::publish::{
    BrokerOptions, ConnectionReport, Outcome, Publication, Publisher,
};

pub(crate) struct Keeper {
    publisher: Publisher,
    device: String,
    sent: u64,
    acknowledged: Arc<Mutex<BTreeSet<u64>>>,
}

impl Keeper {
    pub(crate) fn start(port: u16, device: &str, password: &str) -> Self {
        let options = BrokerOptions {
            username: Some(device.to_owned()),
            password: Some(password.to_owned()),
            window: 8,
            retry_most: Duration::from_millis(100),
            ..BrokerOptions::new("127.0.0.1", port, device)
        };
        let acknowledged = Arc::<Mutex<BTreeSet<u64>>>::default();
        let heard = Arc::clone(&acknowledged);
        let publisher = Publisher::start(options, move |settled| {
            if settled.outcome == Outcome::Acknowledged {
                heard.lock().expect("not poisoned").insert(settled.id);
            }
        });
        Self {
            publisher,
            device: device.to_owned(),
            sent: 0,
            acknowledged,
        }
    }

    /// Messages handed over so far: the number of the next one.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Hands one more message over; does not wait for its acknowledgement.
    pub(crate) async fn send(&mut self, payload: Vec<u8>) {
        let publication = Publication {
            id: self.sent,
            topic: format!("wardlight/v1/{}/vitals", self.device),
            payload: payload.into(),
            qos: 1,
            retain: false,
        };
        self.publisher.publish(publication).await.expect("runs");
        self.sent += 1;
    }

    /// Numbers of the messages that were acknowledged.
    pub(crate) fn acknowledged(&self) -> BTreeSet<u64> {
        self.acknowledged.lock().expect("not poisoned").clone()
    }

    /// Waits until everything is acknowledged.
    pub(crate) async fn finish(self) -> ConnectionReport {
        self.publisher.finish().await.expect("it may connect")
    }
}
