//! One client's life on a broker: connect, publish, lose the connection, come back.

use super::frames::{self, Incoming, Protocol};
use super::options::BrokerOptions;
use super::refusal::Refusal;
use super::source::{Next, Outcome, Source};
use super::transport::{self, ConnectError, Reader, Writer};
use super::window::Window;
use crate::chance::Chance;
use bytes::BytesMut;
use serde::Serialize;
use std::error::Error;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Bytes written ahead before the socket is waited for.
const OUTPUT_BYTES_MAX: usize = 256 * 1024;
/// QoS 2 messages in flight under 3.1.1, which cannot announce a limit: Mosquitto drops
/// the connection above its `max_inflight_messages`, 20 unless configured.
const EXACTLY_ONCE_WINDOW_V4: u16 = 20;
/// Room for answers.
const INPUT_BYTES: usize = 64 * 1024;

/// What one connection did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ConnectionReport {
    /// PUBLISH frames of new messages.
    pub sent: u64,
    /// PUBLISH frames sent again after a reconnect.
    pub resent: u64,
    /// Messages acknowledged.
    pub acknowledged: u64,
    /// Messages sent at QoS 0, which nobody acknowledges.
    pub unguarded: u64,
    /// Messages refused by a reason code.
    pub refused: u64,
    /// Messages given up because the broker had no session.
    pub discarded: u64,
    /// Messages not settled at the end.
    pub unsettled: u64,
    /// Connections after the first.
    pub reconnects: u64,
    /// Acknowledgements that fit no message.
    pub strays: u64,
}

impl ConnectionReport {
    /// Adds another connection's figures.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.resent += other.resent;
        self.acknowledged += other.acknowledged;
        self.unguarded += other.unguarded;
        self.refused += other.refused;
        self.discarded += other.discarded;
        self.unsettled += other.unsettled;
        self.reconnects += other.reconnects;
        self.strays += other.strays;
    }
}

/// A client that publishes what a source gives.
#[derive(Debug)]
pub struct Connection<S: Source> {
    options: BrokerOptions,
    source: S,
    window: Window<S::Message>,
    report: ConnectionReport,
    connected_once: bool,
    ended: bool,
    output: BytesMut,
    input: BytesMut,
    ping_waits: bool,
    receive_maximum: u16,
    exactly_once: bool,
    silent: CancellationToken,
}

/// How a client ended.
#[derive(Debug)]
pub struct ConnectionEnd<S> {
    /// What it did.
    pub report: ConnectionReport,
    /// What it published from, with every message settled.
    pub source: S,
    /// Why it gave up before it was ever connected, if it did.
    pub given_up: Option<ConnectError>,
}

/// Why a session's loop ended without an error.
enum Ended {
    /// The source is empty and everything is settled.
    Finished,
    /// Someone asked for it.
    Cancelled,
}

impl<S: Source> Connection<S> {
    /// A client; nothing is connected yet.
    #[must_use]
    pub fn new(options: BrokerOptions, source: S) -> Self {
        Self {
            window: Window::new(options.window),
            options,
            source,
            report: ConnectionReport::default(),
            connected_once: false,
            ended: false,
            output: BytesMut::with_capacity(2 * OUTPUT_BYTES_MAX),
            input: BytesMut::with_capacity(INPUT_BYTES),
            ping_waits: false,
            receive_maximum: u16::MAX,
            exactly_once: false,
            silent: CancellationToken::new(),
        }
    }

    /// A token that, once cancelled, makes this client end without a goodbye: the broker
    /// then publishes the Will.
    #[must_use]
    pub fn silence(&self) -> CancellationToken {
        self.silent.clone()
    }

    /// Publishes until the source ends and all is settled, or until cancelled. Lost
    /// connections are made again with a growing wait; a refused one too, because a
    /// broker that restarts may refuse for a while. Only a client that was never
    /// connected gives up, when what is in the way stays until a person changes it.
    pub async fn run(mut self, cancel: CancellationToken) -> ConnectionEnd<S> {
        let mut given_up = None;
        let mut wait = self.options.retry_first;
        while !cancel.is_cancelled() {
            let acknowledged_before = self.report.acknowledged;
            match self.session(&cancel).await {
                Ok(Ended::Finished | Ended::Cancelled) => break,
                Err(error) if error.lasts() && !self.connected_once => {
                    given_up = Some(error);
                    break;
                }
                Err(error) => {
                    let cause = error.source().map(ToString::to_string);
                    tracing::warn!(%error, cause, "connection lost");
                }
            }
            if self.report.acknowledged > acknowledged_before {
                wait = self.options.retry_first;
            }
            tokio::select! {
                () = cancel.cancelled() => break,
                () = tokio::time::sleep(self.spread(wait)) => {}
            }
            wait = (wait * 2).min(self.options.retry_most);
        }
        for message in self.window.drain() {
            self.report.unsettled += 1;
            self.source.settled(message, Outcome::Unsettled);
        }
        self.source.flush();
        ConnectionEnd {
            report: self.report,
            source: self.source,
            given_up,
        }
    }

    /// Three quarters to five quarters of a wait, by client id and attempt: a broker that
    /// comes back must not see every watch at once, and a run must be repeatable.
    fn spread(&self, wait: Duration) -> Duration {
        let chance = Chance::new(0).child(&self.options.client_id);
        let attempt = self
            .report
            .reconnects
            .wrapping_add(u64::from(wait.subsec_millis()));
        wait.mul_f64(chance.between(attempt.cast_signed(), 0.75, 1.25))
    }

    /// One connection from CONNECT to its end.
    async fn session(&mut self, cancel: &CancellationToken) -> Result<Ended, ConnectError> {
        self.input.clear();
        self.output.clear();
        self.ping_waits = false;
        let (mut reader, mut writer) = self.connect().await?;
        let mut next_ping = Instant::now() + self.ping_every();
        loop {
            self.fill();
            if self.ended && self.window.is_empty() && self.output.is_empty() {
                return self.leave(&mut writer, Ended::Finished).await;
            }
            let wants_more =
                !self.ended && self.window.has_room() && self.output.len() < OUTPUT_BYTES_MAX;
            tokio::select! {
                biased;
                read = reader.read_buf(&mut self.input) => self.handle_bytes(read)?,
                written = writer.write_buf(&mut self.output), if !self.output.is_empty() => {
                    written.map_err(|source| self.socket(source))?;
                }
                () = cancel.cancelled() => return self.leave(&mut writer, Ended::Cancelled).await,
                () = self.source.ready(), if wants_more => {}
                () = tokio::time::sleep_until(next_ping) => {
                    self.handle_ping_timer()?;
                    next_ping = Instant::now() + self.ping_every();
                }
            }
        }
    }

    async fn connect(&mut self) -> Result<(Reader, Writer), ConnectError> {
        let limit = self.options.connect_timeout;
        tokio::time::timeout(limit, self.handshake())
            .await
            .map_err(|_| ConnectError::TimedOut)?
    }

    async fn handshake(&mut self) -> Result<(Reader, Writer), ConnectError> {
        let (mut reader, mut writer) = transport::open(&self.options).await?;
        frames::encode_connect(&self.options, &mut self.output)?;
        writer
            .write_all_buf(&mut self.output)
            .await
            .map_err(|source| self.socket(source))?;
        writer.flush().await.map_err(|source| self.socket(source))?;
        loop {
            if let Some(incoming) = frames::decode(self.options.protocol, &mut self.input)? {
                self.handle_connect_answer(incoming)?;
                return Ok((reader, writer));
            }
            let read = reader
                .read_buf(&mut self.input)
                .await
                .map_err(|source| self.socket(source))?;
            if read == 0 {
                return Err(ConnectError::Closed);
            }
        }
    }

    fn handle_connect_answer(&mut self, incoming: Incoming) -> Result<(), ConnectError> {
        let Incoming::ConnectAcknowledged {
            session_present,
            refusal,
            receive_maximum,
        } = incoming
        else {
            return Err(ConnectError::Refused(Refusal::NotNow));
        };
        if let Some(refusal) = refusal {
            return Err(ConnectError::Refused(refusal));
        }
        self.receive_maximum = receive_maximum.unwrap_or(u16::MAX);
        self.limit_window();
        if self.connected_once {
            self.report.reconnects += 1;
        }
        self.connected_once = true;
        let discard = self.options.discard_unacknowledged_when_session_absent;
        let reconnected = self.window.reconnected(session_present, discard);
        for message in reconnected.discarded {
            self.report.discarded += 1;
            self.source.settled(message, Outcome::Discarded);
        }
        for (packet_id, received) in reconnected.again {
            if received {
                frames::encode_release(packet_id, &mut self.output);
            } else if let Some(message) = self.window.get(packet_id) {
                self.source
                    .write(message, packet_id, session_present, &mut self.output)?;
                self.report.resent += 1;
            }
        }
        Ok(())
    }

    /// Moves messages from the source into the window and the output.
    fn fill(&mut self) {
        while !self.ended && self.output.len() < OUTPUT_BYTES_MAX && self.window.has_room() {
            match self.source.next() {
                Next::Later => break,
                Next::End => self.ended = true,
                Next::Message(message) if self.source.qos(&message) == 0 => {
                    self.send_unguarded(message)
                }
                Next::Message(message) => self.send(message),
            }
        }
    }

    /// QoS 0: gone once it is written.
    fn send_unguarded(&mut self, message: S::Message) {
        let before = self.output.len();
        match self.source.write(&message, 0, false, &mut self.output) {
            Ok(()) => {
                self.report.sent += 1;
                self.report.unguarded += 1;
                self.source.settled(message, Outcome::Unguarded);
            }
            Err(error) => {
                tracing::error!(%error, "a message cannot be written as MQTT");
                self.output.truncate(before);
                self.settle(Some(message), false);
            }
        }
    }

    fn send(&mut self, message: S::Message) {
        if self.source.qos(&message) == 2 && !self.exactly_once {
            self.exactly_once = true;
            self.limit_window();
        }
        let packet_id = match self.window.insert(message) {
            Ok(packet_id) => packet_id,
            Err(message) => {
                // `fill` asks for room first; a message must not be lost if that changes.
                self.settle(Some(message), false);
                return;
            }
        };
        let before = self.output.len();
        let written = self.window.get(packet_id).map(|message| {
            self.source
                .write(message, packet_id, false, &mut self.output)
        });
        match written {
            Some(Err(error)) => {
                tracing::error!(%error, "a message cannot be written as MQTT");
                self.output.truncate(before);
                let message = self.window.settle(packet_id);
                self.settle(message, false);
            }
            Some(Ok(())) | None => self.report.sent += 1,
        }
    }

    fn limit_window(&mut self) {
        let quiet_limit = match self.options.protocol {
            Protocol::V4 if self.exactly_once => EXACTLY_ONCE_WINDOW_V4,
            Protocol::V4 | Protocol::V5 => u16::MAX,
        };
        let limit = self
            .options
            .window
            .min(self.receive_maximum)
            .min(quiet_limit);
        self.window.limit_to(limit);
    }

    fn handle_bytes(&mut self, read: std::io::Result<usize>) -> Result<(), ConnectError> {
        if read.map_err(|source| self.socket(source))? == 0 {
            return Err(ConnectError::Closed);
        }
        while let Some(incoming) = frames::decode(self.options.protocol, &mut self.input)? {
            self.handle_incoming(incoming)?;
        }
        self.ping_waits = false;
        self.source.flush();
        Ok(())
    }

    fn handle_incoming(&mut self, incoming: Incoming) -> Result<(), ConnectError> {
        match incoming {
            Incoming::Acknowledged {
                packet_id,
                accepted,
            } => {
                let message = self.window.settle(packet_id);
                self.settle(message, accepted);
            }
            Incoming::Received {
                packet_id,
                accepted: true,
            } => {
                let message = self.window.received(packet_id);
                self.settle(message, true);
                frames::encode_release(packet_id, &mut self.output);
            }
            Incoming::Received {
                packet_id,
                accepted: false,
            } => {
                let message = self.window.settle(packet_id);
                self.settle(message, false);
            }
            Incoming::Completed { packet_id } => {
                self.window.settle(packet_id);
            }
            Incoming::Disconnected => return Err(ConnectError::Closed),
            Incoming::ConnectAcknowledged { .. } | Incoming::Other => {}
        }
        Ok(())
    }

    fn settle(&mut self, message: Option<S::Message>, accepted: bool) {
        match (message, accepted) {
            (Some(message), true) => {
                self.report.acknowledged += 1;
                self.source.settled(message, Outcome::Acknowledged);
            }
            (Some(message), false) => {
                self.report.refused += 1;
                self.source.settled(message, Outcome::Refused);
            }
            (None, _) => self.report.strays += 1,
        }
    }

    /// Pings, and gives the connection up when the last ping was not answered.
    fn handle_ping_timer(&mut self) -> Result<(), ConnectError> {
        if self.ping_waits {
            return Err(ConnectError::TimedOut);
        }
        self.ping_waits = true;
        frames::encode_ping(&mut self.output);
        Ok(())
    }

    fn ping_every(&self) -> Duration {
        (self.options.keep_alive / 2).max(Duration::from_secs(1))
    }

    async fn leave(&mut self, writer: &mut Writer, ended: Ended) -> Result<Ended, ConnectError> {
        if self.silent.is_cancelled() {
            return Ok(ended);
        }
        // Half a frame may be in the output: it goes first, so that the goodbye is readable.
        frames::encode_disconnect(&mut self.output);
        let goodbye = async {
            writer.write_all_buf(&mut self.output).await?;
            writer.shutdown().await
        };
        // The broker may be gone already; then there is nobody to say goodbye to.
        let _ = tokio::time::timeout(Duration::from_secs(1), goodbye).await;
        Ok(ended)
    }

    fn socket(&self, source: std::io::Error) -> ConnectError {
        ConnectError::Socket {
            host: self.options.host.clone(),
            port: self.options.port,
            source,
        }
    }
}
