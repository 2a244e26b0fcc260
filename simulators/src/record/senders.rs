//! The connections of a replay: one for all, or one for each device under its own name.

use super::line::RecordedMessage;
use super::replay::ReplayError;
use crate::publish::{BrokerOptions, ConnectionReport, Publication, Publisher};
use bytes::Bytes;
use std::collections::BTreeMap;

/// The key of the one connection that serves all.
const ALL: &str = "";

/// Publishers by device; as many as the recording has devices, at most.
pub(super) struct Senders {
    broker: BrokerOptions,
    publishers: BTreeMap<String, Publisher>,
}

impl Senders {
    pub(super) fn new(broker: BrokerOptions) -> Self {
        Self {
            broker,
            publishers: BTreeMap::new(),
        }
    }

    /// Hands a message to its connection, which begins with its first message.
    pub(super) async fn publish(
        &mut self,
        id: u64,
        message: RecordedMessage,
    ) -> Result<(), ReplayError> {
        let sender = self.sender_of(id, &message.topic)?;
        let broker = &self.broker;
        let publisher = self.publishers.entry(sender.clone()).or_insert_with(|| {
            let own = (sender != ALL).then(|| broker.for_device(&sender));
            Publisher::start(own.unwrap_or_else(|| broker.clone()), |_| {})
        });
        let publication = Publication {
            id,
            topic: message.topic,
            payload: Bytes::from(message.payload),
            qos: message.qos,
            retain: message.retain,
        };
        let Err(stopped) = publisher.publish(publication).await else {
            return Ok(());
        };
        match self.publishers.remove(&sender) {
            Some(publisher) => finished(sender, publisher).await?,
            None => ConnectionReport::default(),
        };
        Err(ReplayError::Publisher(stopped))
    }

    /// Waits until everything is settled; the figures of all connections.
    pub(super) async fn finish(self) -> Result<ConnectionReport, ReplayError> {
        let mut sums = ConnectionReport::default();
        for (sender, publisher) in self.publishers {
            sums.add(&finished(sender, publisher).await?);
        }
        Ok(sums)
    }

    fn sender_of(&self, id: u64, topic: &str) -> Result<String, ReplayError> {
        if !self.broker.wants_own_names() {
            return Ok(ALL.to_owned());
        }
        let device = topic.rsplit('/').nth(1).filter(|device| *device != ALL);
        device
            .map(str::to_owned)
            .ok_or(ReplayError::Topic { line: id + 1 })
    }
}

async fn finished(sender: String, publisher: Publisher) -> Result<ConnectionReport, ReplayError> {
    let ended = publisher.finish().await;
    ended.map_err(|source| match sender.as_str() {
        ALL => ReplayError::Connect(source),
        _ => ReplayError::ConnectDevice {
            device: sender,
            source,
        },
    })
}
