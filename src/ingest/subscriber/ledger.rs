//! Which messages of a connection still wait for their acknowledgement.

use std::collections::VecDeque;

/// The open messages of one connection, in the order received.
///
/// MQTT 5 asks for PUBACKs in the order of the PUBLISHes [MQTT-4.6.0-2]. The
/// engine settles in that order; messages that never reach the engine
/// (retained ones) wait for their turn here.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    open: VecDeque<Open>,
}

#[derive(Debug)]
struct Open {
    packet: u16,
    done: bool,
}

impl Ledger {
    /// A message went to the engine.
    pub(super) fn opened(&mut self, packet: u16) {
        self.open.push_back(Open {
            packet,
            done: false,
        });
    }

    /// A message needs nothing more; it is acknowledged when those before it are.
    pub(super) fn opened_done(&mut self, packet: u16, ready: &mut Vec<u16>) {
        self.open.push_back(Open { packet, done: true });
        self.pop_done(ready);
    }

    /// The engine settled a message. One that it passed over stays open, holds
    /// up nothing, and is sent again after the next reconnect.
    pub(super) fn settled(&mut self, packet: u16, ready: &mut Vec<u16>) {
        if self.open.front().is_some_and(|open| open.packet == packet) {
            self.open.pop_front();
            ready.push(packet);
            self.pop_done(ready);
            return;
        }
        let place = self.open.iter().position(|open| open.packet == packet);
        if place.and_then(|place| self.open.remove(place)).is_some() {
            ready.push(packet);
        }
    }

    /// How many messages are open.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn pop_done(&mut self, ready: &mut Vec<u16>) {
        while self.open.front().is_some_and(|open| open.done) {
            ready.extend(self.open.pop_front().map(|open| open.packet));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retained_message_is_acknowledged_in_its_turn() {
        let (mut ledger, mut ready) = (Ledger::default(), Vec::new());
        ledger.opened_done(1, &mut ready);
        assert_eq!(ready, [1]);
        ledger.opened(2);
        ledger.opened_done(3, &mut ready);
        ledger.opened(4);
        assert_eq!(ready, [1]);
        ledger.settled(2, &mut ready);
        assert_eq!(ready, [1, 2, 3]);
        ledger.settled(4, &mut ready);
        assert_eq!(ready, [1, 2, 3, 4]);
    }

    #[test]
    fn a_message_the_engine_passed_over_stays_open_and_holds_up_nothing() {
        let (mut ledger, mut ready) = (Ledger::default(), Vec::new());
        for packet in 1..=3 {
            ledger.opened(packet);
        }
        ledger.settled(2, &mut ready);
        ledger.settled(3, &mut ready);
        ledger.settled(9, &mut ready);
        assert_eq!(ready, [2, 3]);
        assert_eq!(ledger.len(), 1);
    }
}
