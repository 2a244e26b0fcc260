//! A publisher fed over a bounded channel.

use super::connection::{Connection, ConnectionEnd, ConnectionReport};
use super::frames::{FrameError, Protocol, PublishFrame, encode_publish};
use super::options::BrokerOptions;
use super::source::{Next, Outcome, Source};
use super::transport::ConnectError;
use bytes::{Bytes, BytesMut};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Messages waiting for the window; when full, [`Publisher::publish`] waits.
const QUEUE_MESSAGES_MAX: usize = 10_000;

/// One message to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The caller's name for it, given back with its outcome.
    pub id: u64,
    /// Where to.
    pub topic: String,
    /// The bytes.
    pub payload: Bytes,
    /// Quality of service, 0 to 2.
    pub qos: u8,
    /// Retain flag.
    pub retain: bool,
}

/// A message and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// [`Publication::id`].
    pub id: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// The publisher's task is gone; [`Publisher::finish`] says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the publisher has stopped")]
pub struct PublisherStopped;

/// One MQTT client, for one device or shared by many.
#[derive(Debug)]
pub struct Publisher {
    tx: mpsc::Sender<Publication>,
    task: JoinHandle<Result<ConnectionReport, ConnectError>>,
    cancel: CancellationToken,
    silence: CancellationToken,
}

impl Publisher {
    /// Starts the client. `on_settled` hears of every message exactly once, on the client's
    /// task: it must not wait. Needs a tokio runtime.
    pub fn start(options: BrokerOptions, on_settled: impl FnMut(Settled) + Send + 'static) -> Self {
        let (tx, rx) = mpsc::channel(QUEUE_MESSAGES_MAX);
        let source = ChannelSource {
            protocol: options.protocol,
            rx,
            ahead: None,
            closed: false,
            on_settled: Box::new(on_settled),
        };
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        let connection = Connection::new(options, source);
        let silence = connection.silence();
        let task = tokio::spawn(async move {
            let ConnectionEnd {
                report,
                mut source,
                given_up,
            } = connection.run(stop).await;
            source.give_up_rest();
            given_up.map_or(Ok(report), Err)
        });
        Self {
            tx,
            task,
            cancel,
            silence,
        }
    }

    /// Hands a message over; waits while the queue is full.
    ///
    /// # Errors
    /// The client has stopped.
    pub async fn publish(&self, publication: Publication) -> Result<(), PublisherStopped> {
        self.tx
            .send(publication)
            .await
            .map_err(|_| PublisherStopped)
    }

    /// Takes no more, waits until everything is settled, says goodbye.
    ///
    /// # Errors
    /// It was never connected and gave up: everything is [`Outcome::Unsettled`].
    pub async fn finish(self) -> Result<ConnectionReport, ConnectError> {
        drop(self.tx);
        self.task.await.unwrap_or_else(|_| Ok(Default::default()))
    }

    /// Says goodbye now; what is not settled is reported as [`Outcome::Unsettled`].
    ///
    /// # Errors
    /// As for [`Self::finish`].
    pub async fn stop(self) -> Result<ConnectionReport, ConnectError> {
        self.cancel.cancel();
        self.task.await.unwrap_or_else(|_| Ok(Default::default()))
    }

    /// Ends without a goodbye, as a watch that dies: the broker publishes the Will. What was
    /// handed over is settled first, as far as that is possible within `grace`; the rest
    /// is lost with the watch, and nobody hears of it.
    pub async fn vanish(self, grace: Duration) {
        self.silence.cancel();
        drop(self.tx);
        let mut task = self.task;
        if tokio::time::timeout(grace, &mut task).await.is_err() {
            task.abort();
            // An aborted task ends with a cancellation, which is what was asked for.
            let _ = task.await;
        }
    }
}

struct ChannelSource {
    protocol: Protocol,
    rx: mpsc::Receiver<Publication>,
    ahead: Option<Publication>,
    closed: bool,
    on_settled: Box<dyn FnMut(Settled) + Send>,
}

impl ChannelSource {
    fn give_up_rest(&mut self) {
        self.rx.close();
        while let Next::Message(publication) = self.next() {
            self.settled(publication, Outcome::Unsettled);
        }
    }
}

impl Source for ChannelSource {
    type Message = Publication;

    fn next(&mut self) -> Next<Publication> {
        if let Some(publication) = self.ahead.take() {
            return Next::Message(publication);
        }
        match self.rx.try_recv() {
            Ok(publication) => Next::Message(publication),
            Err(mpsc::error::TryRecvError::Empty) => Next::Later,
            Err(mpsc::error::TryRecvError::Disconnected) => {
                self.closed = true;
                Next::End
            }
        }
    }

    async fn ready(&mut self) {
        if self.ahead.is_none() && !self.closed {
            self.ahead = self.rx.recv().await;
        }
    }

    fn qos(&self, message: &Publication) -> u8 {
        message.qos
    }

    fn write(
        &mut self,
        message: &Publication,
        packet_id: u16,
        duplicate: bool,
        out: &mut BytesMut,
    ) -> Result<(), FrameError> {
        let frame = PublishFrame {
            topic: &message.topic,
            payload: &message.payload,
            qos: message.qos,
            packet_id,
            duplicate,
            retain: message.retain,
        };
        encode_publish(self.protocol, &frame, out)
    }

    fn settled(&mut self, message: Publication, outcome: Outcome) {
        (self.on_settled)(Settled {
            id: message.id,
            outcome,
        });
    }
}
