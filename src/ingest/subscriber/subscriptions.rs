//! What we asked the broker for and what it granted.

use super::packets;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, SubAck, SubscribeReasonCode};
use std::collections::BTreeMap;

/// Filters in one SUBSCRIBE, so that it stays below any broker's packet limit.
const FILTERS_IN_PACKET_MAX: usize = 50;

/// The subscriptions of our session; lives longer than a connection.
#[derive(Debug)]
pub(super) struct Subscriptions {
    wanted: Vec<String>,
    retired: Vec<String>,
    first: bool,
    last_packet: u16,
    pending: BTreeMap<u16, Vec<String>>,
    refused: Vec<String>,
}

/// One filter that was not granted as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Its place in the topic list.
    pub(super) position: usize,
    /// What the broker said.
    pub(super) code: SubscribeReasonCode,
}

impl Subscriptions {
    pub(super) fn new(wanted: Vec<String>, retired: Vec<String>) -> Self {
        Self {
            wanted,
            retired,
            first: true,
            last_packet: 0,
            pending: BTreeMap::new(),
            refused: Vec::new(),
        }
    }

    /// What to send after CONNACK.
    ///
    /// A session that the broker kept holds our subscriptions. Ours may have
    /// changed while we were stopped, so the first connection of a process
    /// sends them anyway; that is harmless with retain handling 2.
    pub(super) fn on_connected(&mut self, session_present: bool) -> Vec<Packet> {
        let unanswered = std::mem::take(&mut self.pending).into_values().flatten();
        let mut open: Vec<String> = unanswered.chain(self.refused.drain(..)).collect();
        let mut send = Vec::new();
        if session_present && self.first {
            send.extend(self.unsubscribe(&self.retired.clone()));
        }
        if self.first || !session_present {
            open.clone_from(&self.wanted);
        }
        self.first = false;
        send.extend(self.subscribe(&open));
        send
    }

    /// What to send when the topic list changed to `wanted`.
    pub(super) fn on_changed(&mut self, wanted: Vec<String>) -> Vec<Packet> {
        let without = |all: &[String], these: &[String]| -> Vec<String> {
            let missing = |topic: &&String| !these.contains(topic);
            all.iter().filter(missing).cloned().collect()
        };
        let gone = without(&self.wanted, &wanted);
        let new = without(&wanted, &self.wanted);
        self.wanted = wanted;
        self.refused.retain(|topic| !gone.contains(topic));
        let mut send = self.unsubscribe(&gone);
        send.extend(self.subscribe(&new));
        send
    }

    /// Notes the broker's answer; none when nobody asked.
    pub(super) fn on_suback(&mut self, ack: &SubAck) -> Option<Vec<Refusal>> {
        let topics = self.pending.remove(&ack.pkid)?;
        if topics.len() != ack.return_codes.len() {
            return None;
        }
        let mut refusals = Vec::new();
        for (topic, code) in topics.into_iter().zip(&ack.return_codes) {
            match code {
                SubscribeReasonCode::Success(QoS::AtLeastOnce | QoS::ExactlyOnce) => continue,
                SubscribeReasonCode::Success(QoS::AtMostOnce)
                | SubscribeReasonCode::Failure
                | SubscribeReasonCode::Unspecified
                | SubscribeReasonCode::ImplementationSpecific
                | SubscribeReasonCode::NotAuthorized
                | SubscribeReasonCode::TopicFilterInvalid
                | SubscribeReasonCode::PkidInUse
                | SubscribeReasonCode::QuotaExceeded
                | SubscribeReasonCode::SharedSubscriptionsNotSupported
                | SubscribeReasonCode::SubscriptionIdNotSupported
                | SubscribeReasonCode::WildcardSubscriptionsNotSupported => {}
            }
            let place = self.wanted.iter().position(|wanted| *wanted == topic);
            if let Some(position) = place {
                let code = *code;
                refusals.push(Refusal { position, code });
                self.refused.push(topic);
            }
        }
        Some(refusals)
    }

    /// Asks again for what was refused: an access list may have been corrected.
    pub(super) fn ask_again(&mut self) -> Vec<Packet> {
        let refused = std::mem::take(&mut self.refused);
        self.subscribe(&refused)
    }

    /// The number of the oldest unanswered SUBSCRIBE.
    pub(super) fn oldest_pending(&self) -> Option<u16> {
        self.pending.keys().next().copied()
    }

    pub(super) fn pending(&self) -> usize {
        self.pending.values().map(Vec::len).sum()
    }

    pub(super) fn refused(&self) -> usize {
        self.refused.len()
    }

    fn subscribe(&mut self, topics: &[String]) -> Vec<Packet> {
        let mut send = Vec::new();
        for some in topics.chunks(FILTERS_IN_PACKET_MAX) {
            let packet = self.next_packet();
            self.pending.insert(packet, some.to_vec());
            send.push(packets::subscribe(packet, some));
        }
        send
    }

    fn unsubscribe(&mut self, topics: &[String]) -> Vec<Packet> {
        let mut send = Vec::new();
        for some in topics.chunks(FILTERS_IN_PACKET_MAX) {
            let packet = self.next_packet();
            send.push(packets::unsubscribe(packet, some));
        }
        send
    }

    fn next_packet(&mut self) -> u16 {
        self.last_packet = self.last_packet.checked_add(1).unwrap_or(1);
        self.last_packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn asked(packets: &[Packet]) -> Vec<(&'static str, Vec<String>)> {
        let of = |packet: &Packet| match packet {
            Packet::Subscribe(s) => ("+", s.filters.iter().map(|f| f.path.clone()).collect()),
            Packet::Unsubscribe(u) => ("-", u.filters.clone()),
            other => panic!("neither subscribes nor unsubscribes: {other:?}"),
        };
        packets.iter().map(of).collect()
    }

    fn ack(pkid: u16, return_codes: Vec<SubscribeReasonCode>) -> SubAck {
        SubAck {
            pkid,
            return_codes,
            properties: None,
        }
    }

    const GRANTED: SubscribeReasonCode = SubscribeReasonCode::Success(QoS::AtLeastOnce);

    #[test]
    fn a_kept_session_is_asked_once_and_a_lost_one_again() {
        let mut all = Subscriptions::new(topics(&["a", "b"]), topics(&["old"]));
        let first = all.on_connected(true);
        assert_eq!(
            asked(&first),
            [("-", topics(&["old"])), ("+", topics(&["a", "b"]))]
        );
        assert_eq!(all.on_suback(&ack(2, vec![GRANTED; 2])), Some(Vec::new()));
        assert!(all.on_connected(true).is_empty());
        let lost = all.on_connected(false);
        assert_eq!(asked(&lost), [("+", topics(&["a", "b"]))]);
    }

    #[test]
    fn a_subscription_without_an_answer_is_asked_for_on_the_next_connection() {
        let mut all = Subscriptions::new(topics(&["a"]), Vec::new());
        let _ = all.on_connected(false);
        assert_eq!(all.pending(), 1);
        let again = all.on_connected(true);
        assert_eq!(asked(&again), [("+", topics(&["a"]))]);
    }

    #[test]
    fn a_refusal_and_a_grant_without_guarantee_are_noticed_and_asked_for_again() {
        let mut all = Subscriptions::new(topics(&["a", "b", "c"]), Vec::new());
        let _ = all.on_connected(false);
        let codes = vec![
            SubscribeReasonCode::NotAuthorized,
            GRANTED,
            SubscribeReasonCode::Success(QoS::AtMostOnce),
        ];
        let refusals = all.on_suback(&ack(1, codes)).expect("asked");
        let positions: Vec<usize> = refusals.iter().map(|r| r.position).collect();
        assert_eq!((positions, all.refused()), (vec![0, 2], 2));
        let again = all.ask_again();
        assert_eq!(asked(&again), [("+", topics(&["a", "c"]))]);
    }

    #[test]
    fn a_changed_topic_list_takes_back_what_is_gone_and_asks_for_what_is_new() {
        let mut all = Subscriptions::new(topics(&["a", "b"]), Vec::new());
        let _ = all.on_connected(false);
        let changed = all.on_changed(topics(&["b", "c"]));
        assert_eq!(
            asked(&changed),
            [("-", topics(&["a"])), ("+", topics(&["c"]))]
        );
    }

    #[test]
    fn an_answer_nobody_asked_for_is_no_answer() {
        let mut all = Subscriptions::new(topics(&["a"]), Vec::new());
        assert_eq!(all.on_suback(&ack(9, vec![GRANTED])), None);
        let _ = all.on_connected(false);
        assert_eq!(all.on_suback(&ack(1, vec![GRANTED; 2])), None);
    }
}
