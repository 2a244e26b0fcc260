//! Acknowledgements that are owed, in the order their messages came.

use super::wire::{Ack, Answers, Violation};
use std::collections::{HashMap, VecDeque};

/// What a connection owes its client.
pub(super) struct Exchanges {
    /// Token of the first entry of `owed`.
    first: u64,
    owed: VecDeque<Owed>,
    /// QoS 2 exchanges by packet id.
    open: HashMap<u16, Phase>,
    /// QoS 1 and 2 messages of this connection without their last answer.
    unfinished: usize,
}

struct Owed {
    ack: Ack,
    packet: u16,
    ready: bool,
}

/// Where a QoS 2 exchange stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Phase {
    step: Step,
    /// Whether the engine keeps the id.
    stored: bool,
    /// Whether it counts towards this connection's receive maximum.
    counted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    /// The message is on its way to the disk.
    Storing,
    /// PUBREC was sent; PUBREL is awaited.
    Received,
    /// PUBREL came and is on its way to the disk.
    Releasing,
}

/// What to do with a PUBREL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Release {
    /// Give it to the engine, with this token.
    Store(u64),
    /// It is answered.
    Answered,
}

impl Exchanges {
    /// `open`: exchanges that the engine kept from earlier connections.
    pub(super) fn new(open: &[u16]) -> Self {
        let kept = Phase {
            step: Step::Received,
            stored: true,
            counted: false,
        };
        Self {
            first: 0,
            owed: VecDeque::new(),
            open: open.iter().map(|packet| (*packet, kept)).collect(),
            unfinished: 0,
        }
    }

    /// Answers that are still owed.
    pub(super) fn owed(&self) -> usize {
        self.owed.len()
    }

    /// Messages that count towards the receive maximum.
    pub(super) const fn unfinished(&self) -> usize {
        self.unfinished
    }

    /// A QoS 1 message that the engine will settle under the returned token.
    pub(super) fn acknowledge_later(&mut self, packet: u16) -> u64 {
        self.unfinished += 1;
        self.owe(Ack::Acknowledged, packet, false)
    }

    /// A QoS 1 message that is answered without the engine, in its turn.
    pub(super) fn acknowledge(&mut self, ack: Ack, packet: u16) {
        self.unfinished += 1;
        self.owe(ack, packet, true);
    }

    /// Whether a QoS 2 message under `packet` is open already.
    pub(super) fn is_open(&self, packet: u16) -> bool {
        self.open.contains_key(&packet)
    }

    /// A QoS 2 message came again: PUBREC again, unless it is still to come.
    pub(super) fn repeat(&mut self, packet: u16) {
        let storing = |phase: &Phase| phase.step == Step::Storing;
        if !self.open.get(&packet).is_some_and(storing) {
            self.owe(Ack::Received, packet, true);
        }
    }

    /// A new QoS 2 message that the engine will settle under the returned token.
    pub(super) fn receive_later(&mut self, packet: u16) -> u64 {
        self.open(packet, true);
        self.owe(Ack::Received, packet, false)
    }

    /// A new QoS 2 message that is received without the engine, in its turn.
    pub(super) fn receive(&mut self, packet: u16) {
        self.open(packet, false);
        self.owe(Ack::Received, packet, true);
    }

    /// A QoS 2 message that is refused, in its turn: no exchange opens.
    pub(super) fn refuse(&mut self, packet: u16) {
        self.unfinished += 1;
        self.owe(Ack::ReceivedNot, packet, true);
    }

    /// PUBREL came.
    pub(super) fn release(&mut self, packet: u16) -> Release {
        match self.open.get_mut(&packet) {
            None => {
                self.owe(Ack::NothingOpen, packet, true);
                Release::Answered
            }
            // It came twice: the answer is on its way.
            Some(phase) if phase.step == Step::Releasing => Release::Answered,
            Some(phase) => {
                phase.step = Step::Releasing;
                let stored = phase.stored;
                let token = self.owe(Ack::Complete, packet, !stored);
                if stored {
                    Release::Store(token)
                } else {
                    Release::Answered
                }
            }
        }
    }

    /// The engine settled `token`.
    ///
    /// # Errors
    /// An earlier token was not settled: the engine dropped its delivery, and
    /// only a new connection makes the client send that message again.
    pub(super) fn settle(&mut self, token: u64) -> Result<(), Violation> {
        let index = token.checked_sub(self.first);
        let index = index.and_then(|index| usize::try_from(index).ok());
        let index = index.ok_or(Violation::Unsettled)?;
        if self.owed.iter().take(index).any(|owed| !owed.ready) {
            return Err(Violation::Unsettled);
        }
        let owed = self.owed.get_mut(index).ok_or(Violation::Unsettled)?;
        owed.ready = true;
        Ok(())
    }

    /// Writes every answer that is ready and whose turn it is; returns how many.
    pub(super) fn write(&mut self, answers: &mut Answers) -> u64 {
        let mut written = 0;
        while let Some(owed) = self.owed.pop_front_if(|owed| owed.ready) {
            self.first += 1;
            written += 1;
            self.sent(&owed);
            answers.acknowledge(owed.ack, owed.packet);
        }
        written
    }

    /// Gives back what is not needed for what is owed.
    pub(super) fn release_buffers(&mut self) {
        self.owed.shrink_to_fit();
        self.open.shrink_to_fit();
    }

    fn owe(&mut self, ack: Ack, packet: u16, ready: bool) -> u64 {
        let token = self.first + self.owed.len() as u64;
        self.owed.push_back(Owed { ack, packet, ready });
        token
    }

    fn open(&mut self, packet: u16, stored: bool) {
        self.unfinished += 1;
        let phase = Phase {
            step: Step::Storing,
            stored,
            counted: true,
        };
        self.open.insert(packet, phase);
    }

    fn sent(&mut self, owed: &Owed) {
        match owed.ack {
            Ack::Acknowledged | Ack::AcknowledgedNot | Ack::ReceivedNot => self.unfinished -= 1,
            Ack::Received => {
                if let Some(phase) = self.open.get_mut(&owed.packet)
                    && phase.step == Step::Storing
                {
                    phase.step = Step::Received;
                }
            }
            Ack::Complete => {
                if self.open.remove(&owed.packet).is_some_and(|p| p.counted) {
                    self.unfinished -= 1;
                }
            }
            Ack::NothingOpen => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::listener::wire::Version;

    fn written(exchanges: &mut Exchanges) -> Vec<u8> {
        let mut answers = Answers::new(Version::V4, u32::MAX);
        exchanges.write(&mut answers);
        answers.waiting().to_vec()
    }

    #[test]
    fn answers_wait_for_those_before_them() {
        let mut exchanges = Exchanges::new(&[]);
        let first = exchanges.acknowledge_later(1);
        exchanges.acknowledge(Ack::Acknowledged, 2);
        let third = exchanges.receive_later(3);
        assert!(written(&mut exchanges).is_empty());
        assert_eq!(exchanges.settle(first), Ok(()));
        assert_eq!(written(&mut exchanges), [0x40, 2, 0, 1, 0x40, 2, 0, 2]);
        assert_eq!((exchanges.owed(), exchanges.unfinished()), (1, 1));
        assert_eq!(exchanges.settle(third), Ok(()));
        assert_eq!(written(&mut exchanges), [0x50, 2, 0, 3]);
        assert_eq!((exchanges.owed(), exchanges.unfinished()), (0, 1));
    }

    #[test]
    fn a_delivery_that_was_dropped_unsettled_ends_the_connection() {
        let mut exchanges = Exchanges::new(&[]);
        let first = exchanges.acknowledge_later(1);
        let second = exchanges.acknowledge_later(2);
        assert_eq!(exchanges.settle(second), Err(Violation::Unsettled));
        assert_eq!(exchanges.settle(first), Ok(()));
        written(&mut exchanges);
        assert_eq!(exchanges.settle(first), Err(Violation::Unsettled));
        assert_eq!(exchanges.settle(99), Err(Violation::Unsettled));
    }

    #[test]
    fn a_release_that_comes_twice_is_stored_once() {
        let mut exchanges = Exchanges::new(&[5]);
        assert!(exchanges.is_open(5));
        let Release::Store(token) = exchanges.release(5) else {
            panic!("kept by the engine");
        };
        assert_eq!(exchanges.release(5), Release::Answered);
        assert_eq!(exchanges.settle(token), Ok(()));
        assert_eq!(written(&mut exchanges), [0x70, 2, 0, 5]);
        assert!(!exchanges.is_open(5));
        assert_eq!(exchanges.unfinished(), 0, "it was of an earlier connection");
    }
}
