//! What each packet of a client means.

use super::connection::Connection;
use super::counters::add;
use super::exchanges::Release;
use super::wire::{Ack, Frame, Goodbye, Kind, Packet, Publish, Qos, Version, Violation};
use crate::decode::device_of;
use crate::domain::{ClinicalTime, WallTime};
use crate::engine::{Delivery, Envelope, Input, OpenExchange, SessionInput};
use crate::ingest::to_input;
use std::sync::Arc;

impl Connection {
    /// Acts on one packet; a goodbye is returned.
    pub(super) fn handle(
        &mut self,
        frame: Frame,
        stamp: ClinicalTime,
        received: WallTime,
    ) -> Result<Option<Goodbye>, Violation> {
        if frame.kind == Kind::Publish {
            self.publish(&frame, stamp, received)?;
            return Ok(None);
        }
        if !self.controls.take() {
            return Err(Violation::RateTooHigh);
        }
        match Packet::read(&frame, self.client.version)? {
            Packet::Release { packet } => self.release(packet, stamp, received),
            Packet::Subscribe { packet, filters } => {
                add(&self.shared.counters.subscriptions_refused, filters as u64);
                self.answers.refuse_subscriptions(packet, filters);
            }
            Packet::Unsubscribe { packet, filters } => {
                self.answers.no_subscriptions_existed(packet, filters);
            }
            Packet::Ping => self.answers.pong(),
            Packet::Disconnect(goodbye) => return self.goodbye(goodbye).map(Some),
        }
        Ok(None)
    }

    /// A session that was to end with its connection cannot be kept after all.
    fn goodbye(&self, goodbye: Goodbye) -> Result<Goodbye, Violation> {
        let keeps = goodbye.expiry_seconds.is_some_and(|seconds| seconds > 0);
        if keeps && !self.client.asked_to_keep {
            return Err(Violation::Protocol);
        }
        Ok(goodbye)
    }

    fn publish(
        &mut self,
        frame: &Frame,
        stamp: ClinicalTime,
        received: WallTime,
    ) -> Result<(), Violation> {
        let publish = Publish::read(frame, self.client.version)?;
        self.messages.take();
        self.count(&publish);
        let packet = publish.packet;
        if publish.qos == Qos::Two && self.exchanges.is_open(packet) {
            add(&self.shared.counters.messages_repeated, 1);
            self.exchanges.repeat(packet);
            return Ok(());
        }
        self.within_receive_maximum(publish.qos)?;
        let device = device_of(&self.shared.decode.topic_prefix, publish.topic);
        if !self.client.principal.may_publish_for(device) {
            return self.not_authorized(publish.qos, packet);
        }
        if publish.retain {
            add(&self.shared.counters.messages_retained, 1);
            self.take_unjudged(publish.qos, packet);
            return Ok(());
        }
        let open = (publish.qos == Qos::Two).then(|| self.exchange(packet));
        let input = to_input(
            &self.shared.decode,
            publish.topic,
            publish.content_type,
            frame.body.slice(publish.payload_at..),
            stamp,
            open,
        );
        if matches!(input, Input::Unreadable { .. }) {
            add(&self.shared.counters.messages_unreadable, 1);
        }
        let token = match publish.qos {
            Qos::Zero => None,
            Qos::One => Some(self.exchanges.acknowledge_later(packet)),
            Qos::Two => Some(self.exchanges.receive_later(packet)),
        };
        self.push(input, token, stamp, received);
        Ok(())
    }

    fn count(&self, publish: &Publish<'_>) {
        let [at_most, at_least, exactly] = &self.shared.counters.messages;
        let counter = match publish.qos {
            Qos::Zero => at_most,
            Qos::One => at_least,
            Qos::Two => exactly,
        };
        add(counter, 1);
        if publish.repeated {
            add(&self.shared.counters.messages_redelivered, 1);
        }
    }

    /// 3.1.1 knows no receive maximum: there, the socket is read no further.
    fn within_receive_maximum(&self, qos: Qos) -> Result<(), Violation> {
        let most = usize::from(self.shared.settings.receive_maximum);
        let counts = qos != Qos::Zero && self.client.version == Version::V5;
        if counts && self.exchanges.unfinished() >= most {
            return Err(Violation::ReceiveMaximum);
        }
        Ok(())
    }

    fn not_authorized(&mut self, qos: Qos, packet: u16) -> Result<(), Violation> {
        add(&self.shared.counters.messages_not_authorized, 1);
        match (self.client.version, qos) {
            (Version::V5, Qos::One) => {
                self.exchanges.acknowledge(Ack::AcknowledgedNot, packet);
                Ok(())
            }
            (Version::V5, Qos::Two) => {
                self.exchanges.refuse(packet);
                Ok(())
            }
            (Version::V4, _) | (Version::V5, Qos::Zero) => Err(Violation::NotAuthorized),
        }
    }

    fn take_unjudged(&mut self, qos: Qos, packet: u16) {
        match qos {
            Qos::Zero => {}
            Qos::One => self.exchanges.acknowledge(Ack::Acknowledged, packet),
            Qos::Two => self.exchanges.receive(packet),
        }
    }

    fn release(&mut self, packet: u16, stamp: ClinicalTime, received: WallTime) {
        match self.exchanges.release(packet) {
            Release::Answered => {}
            Release::Store(token) => {
                let release = SessionInput::Release(self.exchange(packet));
                self.push(Input::Session(release), Some(token), stamp, received);
            }
        }
    }

    fn exchange(&self, packet: u16) -> OpenExchange {
        let client = self.client.id.clone();
        OpenExchange { client, packet }
    }

    fn push(&mut self, input: Input, token: Option<u64>, stamp: ClinicalTime, received: WallTime) {
        let delivery = token.map(|token| Delivery::new(Arc::clone(&self.settlements), token));
        self.batch.push(Envelope {
            stamp,
            received,
            input,
            delivery,
        });
    }
}
