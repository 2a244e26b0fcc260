//! The window: messages sent and not yet settled, by packet id. Decides only, no socket.

use std::collections::VecDeque;

/// Unsettled messages of one session.
#[derive(Debug, Clone)]
pub struct Window<M> {
    slots: Vec<Option<Slot<M>>>,
    free: VecDeque<u16>,
    limit: usize,
    taken: usize,
    order: u64,
}

#[derive(Debug, Clone)]
struct Slot<M> {
    message: Option<M>,
    order: u64,
}

/// What a reconnect means for the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconnected<M> {
    /// Packet ids to send again, oldest first; `true` = only the release of QoS 2.
    pub again: Vec<(u16, bool)>,
    /// Messages given up.
    pub discarded: Vec<M>,
}

impl<M> Window<M> {
    /// A window of at most so many messages.
    #[must_use]
    pub fn new(size: u16) -> Self {
        let size = size.max(1);
        Self {
            slots: std::iter::repeat_with(|| None)
                .take(usize::from(size) + 1)
                .collect(),
            free: (1..=size).collect(),
            limit: usize::from(size),
            taken: 0,
            order: 0,
        }
    }

    /// Lowers or restores the bound (Receive Maximum of a v5 broker).
    pub fn limit_to(&mut self, messages: u16) {
        self.limit = usize::from(messages.max(1));
    }

    /// Whether another message may be sent.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.taken < self.limit && !self.free.is_empty()
    }

    /// Whether everything is settled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.taken == 0
    }

    /// Messages in the window.
    #[must_use]
    pub fn len(&self) -> usize {
        self.taken
    }

    /// Takes a message in and gives its packet id. The limit is the caller's to ask
    /// ([`Self::has_room`]); only a window without a free id refuses.
    ///
    /// # Errors
    /// The message itself when every packet id is taken.
    pub fn insert(&mut self, message: M) -> Result<u16, M> {
        let Some(packet_id) = self.free.pop_front() else {
            return Err(message);
        };
        self.order += 1;
        if let Some(slot) = self.slots.get_mut(usize::from(packet_id)) {
            *slot = Some(Slot {
                message: Some(message),
                order: self.order,
            });
        }
        self.taken += 1;
        Ok(packet_id)
    }

    /// The message under a packet id, unless it was received already (QoS 2).
    #[must_use]
    pub fn get(&self, packet_id: u16) -> Option<&M> {
        self.slots
            .get(usize::from(packet_id))?
            .as_ref()?
            .message
            .as_ref()
    }

    /// Settles a packet id for good (PUBACK, or a refusal). An unknown id gives `None`.
    pub fn settle(&mut self, packet_id: u16) -> Option<M> {
        let slot = self.slots.get_mut(usize::from(packet_id))?.take()?;
        self.free.push_back(packet_id);
        self.taken -= 1;
        slot.message
    }

    /// PUBREC: the message is the broker's; its id stays taken until [`Self::settle`].
    pub fn received(&mut self, packet_id: u16) -> Option<M> {
        self.slots
            .get_mut(usize::from(packet_id))?
            .as_mut()?
            .message
            .take()
    }

    /// A new connection: what to send again, what to give up.
    pub fn reconnected(
        &mut self,
        session_present: bool,
        discard_when_absent: bool,
    ) -> Reconnected<M> {
        let mut unsettled = self.unsettled();
        let mut discarded = Vec::new();
        if !session_present {
            // A received QoS 2 message is done: a broker without session knows no release.
            unsettled.retain(|&(_, packet_id, received)| {
                let gone = received || discard_when_absent;
                if gone && let Some(message) = self.settle(packet_id) {
                    discarded.push(message);
                }
                !gone
            });
        }
        let again = unsettled
            .into_iter()
            .map(|(_, packet_id, received)| (packet_id, received))
            .collect();
        Reconnected { again, discarded }
    }

    /// Gives up everything and returns it, oldest first.
    pub fn drain(&mut self) -> Vec<M> {
        let unsettled = self.unsettled();
        unsettled
            .into_iter()
            .filter_map(|(_, packet_id, _)| self.settle(packet_id))
            .collect()
    }

    fn unsettled(&self) -> Vec<(u64, u16, bool)> {
        let mut unsettled: Vec<(u64, u16, bool)> = (0_u16..)
            .zip(&self.slots)
            .filter_map(|(packet_id, slot)| {
                slot.as_ref()
                    .map(|slot| (slot.order, packet_id, slot.message.is_none()))
            })
            .collect();
        unsettled.sort_unstable();
        unsettled
    }
}

#[cfg(test)]
mod tests {
    use super::{Reconnected, Window};

    fn filled() -> Window<&'static str> {
        let mut window = Window::new(3);
        for message in ["a", "b", "c"] {
            window.insert(message).expect("there is room");
        }
        window
    }

    #[test]
    fn a_full_window_takes_nothing_until_one_is_settled() {
        let mut window = filled();
        assert_eq!(window.insert("d"), Err("d"));
        assert_eq!(window.settle(2), Some("b"));
        assert_eq!(window.insert("d"), Ok(2));
    }

    #[test]
    fn an_acknowledgement_for_an_unknown_id_settles_nothing() {
        let mut window = filled();
        assert_eq!(window.settle(9), None);
        assert_eq!(window.settle(2), Some("b"));
        assert_eq!(window.settle(2), None);
        assert_eq!(window.len(), 2);
    }

    #[test]
    fn a_session_that_is_present_gets_everything_again_in_order() {
        let mut window = filled();
        window.settle(1);
        window.insert("d").expect("there is room");
        assert_eq!(window.received(2), Some("b"));
        let expected = Reconnected {
            again: vec![(2, true), (3, false), (1, false)],
            discarded: Vec::new(),
        };
        assert_eq!(window.reconnected(true, true), expected);
    }

    #[test]
    fn without_a_session_messages_are_discarded_only_when_asked() {
        let mut window = filled();
        assert_eq!(window.reconnected(false, false).again.len(), 3);
        assert_eq!(window.reconnected(false, true).discarded, ["a", "b", "c"]);
        assert!(window.is_empty());
    }

    #[test]
    fn a_received_message_is_neither_discarded_nor_sent_to_a_broker_that_forgot_it() {
        let mut window = filled();
        window.received(1);
        let reconnected = window.reconnected(false, false);
        assert_eq!(reconnected.again, [(2, false), (3, false)]);
        assert!(reconnected.discarded.is_empty());
    }

    #[test]
    fn a_lowered_limit_holds_back() {
        let mut window = Window::new(10);
        window.limit_to(1);
        window.insert("a").expect("there is room");
        assert!(!window.has_room());
    }
}
