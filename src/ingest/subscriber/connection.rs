//! One connection: reads, decodes, delivers, acknowledges.

use super::event::SubscriptionRefused;
use super::generation::Generation;
use super::inlet::Inlet;
use super::ledger::Ledger;
use super::subscriptions::Subscriptions;
use super::transport::Stream;
use super::{ConnectionEnd, Counters, SubscriberHealth, packets};
use crate::domain::{ClinicalTime, WallTime};
use crate::engine::{Delivery, Envelope, Input, Settlements};
use crate::runtime::Clock;
use bytes::{Bytes, BytesMut};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAck, Publish, SubAck};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tokio_util::sync::CancellationToken;

/// Read at once: some hundred messages of a watch.
const READ_BYTES: usize = 64 * 1024;
/// How long an orderly end waits for the engine to settle what it was given.
const DRAIN: Duration = Duration::from_secs(5);
/// How long a goodbye may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// What outlives a connection.
pub(super) struct Shared<F> {
    pub(super) clock: Clock,
    pub(super) to_input: F,
    pub(super) counters: Arc<Counters>,
    pub(super) health: watch::Sender<SubscriberHealth>,
    pub(super) topics: watch::Receiver<Vec<String>>,
    pub(super) topics_open: bool,
    pub(super) subscriptions: Subscriptions,
    pub(super) inlet: Inlet,
}

/// The limits of one connection: ours, as the broker narrowed them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) keep_alive: Duration,
    pub(super) receive_maximum: usize,
    pub(super) incoming_bytes_max: u32,
    pub(super) outgoing_bytes_max: Option<u32>,
}

/// One connection, from CONNACK to its end.
pub(super) struct Connection<'a, F> {
    shared: &'a mut Shared<F>,
    limits: Limits,
    generation: Arc<Generation>,
    settlements: Arc<dyn Settlements>,
    ledger: Ledger,
    buffer: BytesMut,
    out: BytesMut,
    taken: Vec<u16>,
    ready: Vec<u16>,
    unflushed: bool,
    unread: bool,
    awaits_pong: bool,
    awaits_suback: Option<u16>,
    stopping: Option<Instant>,
}

impl<'a, F> Connection<'a, F>
where
    F: Fn(&str, Option<&str>, Bytes, ClinicalTime) -> Input,
{
    /// Takes over after CONNACK; `rest` is what came behind it.
    pub(super) fn new(
        shared: &'a mut Shared<F>,
        generation: u64,
        limits: Limits,
        rest: BytesMut,
    ) -> Self {
        let generation = Arc::new(Generation::new(generation, Arc::clone(&shared.counters)));
        let settlements: Arc<dyn Settlements> = Arc::<Generation>::clone(&generation);
        Self {
            shared,
            limits,
            generation,
            settlements,
            ledger: Ledger::default(),
            buffer: rest,
            out: BytesMut::new(),
            taken: Vec::new(),
            ready: Vec::new(),
            unflushed: false,
            unread: false,
            awaits_pong: false,
            awaits_suback: None,
            stopping: None,
        }
    }

    /// Serves until the connection ends; says why, and how many messages
    /// stayed unacknowledged.
    pub(super) async fn serve(
        mut self,
        stream: Box<dyn Stream>,
        session_present: bool,
        cancel: &CancellationToken,
    ) -> (ConnectionEnd, usize) {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let greeting = self.shared.subscriptions.on_connected(session_present);
        let end = match self.send_all(greeting) {
            Ok(()) => self.exchange(&mut reader, &mut writer, cancel).await,
            Err(end) => Err(end),
        };
        let end = end.err().unwrap_or(ConnectionEnd::Stopped);
        self.generation.close();
        self.shared.inlet.forget_acknowledgeable();
        let _ = tokio::time::timeout(FAREWELL, self.farewell(&end, reader, writer)).await;
        (end, self.ledger.len())
    }

    async fn exchange(
        &mut self,
        reader: &mut ReadHalf<Box<dyn Stream>>,
        writer: &mut WriteHalf<Box<dyn Stream>>,
        cancel: &CancellationToken,
    ) -> Result<(), ConnectionEnd> {
        let first = Instant::now() + self.limits.keep_alive;
        let mut tick = interval_at(first, self.limits.keep_alive);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.handle_bytes()?;
        loop {
            if self.stopping.is_some() && self.is_drained() {
                return Ok(());
            }
            self.make_room();
            let deadline = self.stopping.unwrap_or(first);
            let reads = self.stopping.is_none() && self.has_window();
            // In this order: what frees the broker and the engine comes before
            // what brings them more.
            tokio::select! {
                biased;
                () = cancel.cancelled(), if self.stopping.is_none() => {
                    self.stopping = Some(Instant::now() + DRAIN);
                }
                () = self.generation.settled() => self.handle_settled()?,
                sent = send_some(writer, &mut self.out, &mut self.unflushed),
                    if self.unflushed || !self.out.is_empty() => sent?,
                moved = self.shared.inlet.flush_one(), if !self.shared.inlet.is_empty() => {
                    moved?;
                    self.shared.inlet.flush()?;
                }
                _ = tick.tick() => self.handle_tick()?,
                changed = self.shared.topics.changed(), if self.shared.topics_open => {
                    self.handle_topics(changed.is_ok())?;
                }
                read = reader.read_buf(&mut self.buffer), if reads => {
                    if read? == 0 {
                        return Err(ConnectionEnd::Closed);
                    }
                    self.handle_bytes()?;
                }
                () = sleep_until(deadline), if self.stopping.is_some() => return Ok(()),
            }
        }
    }

    /// A broker that keeps to the receive maximum never passes this limit.
    /// Mosquitto 2.0.11 does not keep to it: while it has messages queued, each
    /// acknowledgement makes it send a whole window more. What it sends too
    /// much waits in the socket instead of our memory.
    fn has_window(&self) -> bool {
        self.ledger.len() <= self.limits.receive_maximum
    }

    fn is_drained(&self) -> bool {
        let engine_done = self.ledger.is_empty() && self.shared.inlet.is_empty();
        engine_done && self.out.is_empty() && !self.unflushed
    }

    fn make_room(&mut self) {
        if self.buffer.capacity() - self.buffer.len() < READ_BYTES / 16 {
            self.buffer.reserve(READ_BYTES);
        }
    }

    fn handle_bytes(&mut self) -> Result<(), ConnectionEnd> {
        let (stamp, received) = (self.shared.clock.clinical(), self.shared.clock.wall());
        let limit = self.limits.incoming_bytes_max;
        while self.has_window() {
            match packets::next(&mut self.buffer, limit)? {
                Some(Packet::Publish(publish)) => self.handle_publish(publish, stamp, received)?,
                Some(other) => self.handle_control(&other)?,
                None => break,
            }
        }
        self.unread = !self.has_window();
        if self.unread {
            Counters::add(&self.shared.counters.window_breaches, 1);
        }
        self.shared.inlet.flush()?;
        self.write_acks()
    }

    fn handle_publish(
        &mut self,
        publish: Publish,
        stamp: ClinicalTime,
        received: WallTime,
    ) -> Result<(), ConnectionEnd> {
        let counters = &self.shared.counters;
        Counters::add(&counters.messages, 1);
        Counters::add(&counters.payload_bytes, publish.payload.len() as u64);
        let properties = publish.properties.as_ref();
        if publish.topic.is_empty() || properties.is_some_and(|p| p.topic_alias.is_some()) {
            return Err(ConnectionEnd::TopicMissing);
        }
        if publish.dup {
            Counters::add(&counters.redelivered, 1);
        }
        let guaranteed = match publish.qos {
            QoS::AtMostOnce => false,
            QoS::AtLeastOnce => true,
            // We subscribed at QoS 1: the broker must not send more than that.
            QoS::ExactlyOnce => return Err(ConnectionEnd::Protocol),
        };
        if publish.retain {
            Counters::add(&counters.retained, 1);
            if guaranteed {
                self.ledger.opened_done(publish.pkid, &mut self.ready);
            }
            return Ok(());
        }
        let topic = String::from_utf8_lossy(&publish.topic);
        let content_type = properties.and_then(|p| p.content_type.as_deref());
        let input = (self.shared.to_input)(&topic, content_type, publish.payload, stamp);
        let delivery = guaranteed.then(|| {
            let token = self.generation.token(publish.pkid);
            Delivery::new(Arc::clone(&self.settlements), token)
        });
        let envelope = Envelope {
            stamp,
            received,
            input,
            delivery,
        };
        if guaranteed {
            self.ledger.opened(publish.pkid);
            self.shared.inlet.take(envelope);
            return Ok(());
        }
        Counters::add(&self.shared.counters.no_guarantee, 1);
        if !self.shared.inlet.take_or_drop(envelope) {
            Counters::add(&self.shared.counters.no_guarantee_dropped, 1);
        }
        Ok(())
    }

    fn handle_control(&mut self, packet: &Packet) -> Result<(), ConnectionEnd> {
        match packet {
            Packet::PingResp(_) => self.awaits_pong = false,
            Packet::SubAck(ack) => self.handle_suback(ack)?,
            Packet::UnsubAck(_) => {}
            Packet::Disconnect(disconnect) => {
                let code = disconnect.reason_code;
                return Err(ConnectionEnd::Disconnected { code });
            }
            Packet::Auth(_)
            | Packet::Connect(..)
            | Packet::ConnAck(_)
            | Packet::Publish(_)
            | Packet::PubAck(_)
            | Packet::PingReq(_)
            | Packet::Subscribe(_)
            | Packet::PubRec(_)
            | Packet::PubRel(_)
            | Packet::PubComp(_)
            | Packet::Unsubscribe(_) => return Err(ConnectionEnd::Protocol),
        }
        Ok(())
    }

    fn handle_suback(&mut self, ack: &SubAck) -> Result<(), ConnectionEnd> {
        let answer = self.shared.subscriptions.on_suback(ack);
        for refusal in answer.ok_or(ConnectionEnd::Protocol)? {
            Counters::add(&self.shared.counters.subscriptions_refused, 1);
            SubscriptionRefused {
                position: refusal.position,
                code: format!("{:?}", refusal.code),
            }
            .emit();
        }
        self.show_subscriptions();
        Ok(())
    }

    fn handle_settled(&mut self) -> Result<(), ConnectionEnd> {
        self.generation.take(&mut self.taken);
        for packet in self.taken.drain(..) {
            self.ledger.settled(packet, &mut self.ready);
        }
        if self.unread && self.stopping.is_none() && self.has_window() {
            return self.handle_bytes();
        }
        self.write_acks()
    }

    fn handle_tick(&mut self) -> Result<(), ConnectionEnd> {
        // While we do not read, an answer may lie in the socket unseen.
        let listening = self.has_window() && self.stopping.is_none();
        if self.awaits_pong && listening {
            return Err(ConnectionEnd::PingTimeout);
        }
        let oldest = self.shared.subscriptions.oldest_pending();
        if listening && oldest.is_some() && oldest == self.awaits_suback {
            return Err(ConnectionEnd::SubscribeTimeout);
        }
        self.awaits_suback = oldest;
        self.awaits_pong = true;
        // Whatever was too large did not come this time.
        let blocked = |health: &mut SubscriberHealth| health.oversize.take().is_some();
        self.shared.health.send_if_modified(blocked);
        let mut send = vec![packets::ping()];
        send.extend(self.shared.subscriptions.ask_again());
        self.send_all(send)
    }

    fn handle_topics(&mut self, alive: bool) -> Result<(), ConnectionEnd> {
        if !alive {
            // Nobody is left to change the list.
            self.shared.topics_open = false;
            return Ok(());
        }
        let wanted = self.shared.topics.borrow_and_update().clone();
        let send = self.shared.subscriptions.on_changed(wanted);
        self.send_all(send)
    }

    fn send_all(&mut self, send: Vec<Packet>) -> Result<(), ConnectionEnd> {
        for packet in send {
            packets::write(&packet, &mut self.out, self.limits.outgoing_bytes_max)?;
        }
        self.show_subscriptions();
        Ok(())
    }

    fn write_acks(&mut self) -> Result<(), ConnectionEnd> {
        Counters::add(&self.shared.counters.acknowledged, self.ready.len() as u64);
        for packet in self.ready.drain(..) {
            let written = PubAck::new(packet, None).write(&mut self.out);
            written.map_err(ConnectionEnd::Unwritable)?;
        }
        Ok(())
    }

    fn show_subscriptions(&self) {
        let subscriptions = &self.shared.subscriptions;
        let (pending, refused) = (subscriptions.pending(), subscriptions.refused());
        self.shared.health.send_if_modified(|health| {
            let before = *health;
            health.subscriptions_pending = pending;
            health.subscriptions_refused = refused;
            *health != before
        });
    }

    /// Sends what is left and says goodbye. The socket is read to its end
    /// first: closing it over unread bytes would reset it, and the last
    /// acknowledgements with it.
    async fn farewell(
        &mut self,
        end: &ConnectionEnd,
        mut reader: ReadHalf<Box<dyn Stream>>,
        mut writer: WriteHalf<Box<dyn Stream>>,
    ) -> Result<(), ConnectionEnd> {
        let Some(code) = end.farewell() else {
            return Ok(());
        };
        packets::write_disconnect(code, &mut self.out);
        writer.write_all_buf(&mut self.out).await?;
        writer.shutdown().await?;
        let mut unread = BytesMut::with_capacity(READ_BYTES);
        while reader.read_buf(&mut unread).await? > 0 {
            unread.clear();
        }
        Ok(())
    }
}

/// Writes some of `out`, and flushes once all of it is written. Every step can
/// be dropped and begun again.
async fn send_some(
    writer: &mut WriteHalf<Box<dyn Stream>>,
    out: &mut BytesMut,
    unflushed: &mut bool,
) -> Result<(), ConnectionEnd> {
    if !out.is_empty() {
        writer.write_buf(out).await?;
        *unflushed = true;
    }
    if out.is_empty() {
        writer.flush().await?;
        *unflushed = false;
    }
    Ok(())
}
