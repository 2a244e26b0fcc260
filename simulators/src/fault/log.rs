//! What was really sent: the oracle's book.

use crate::device::MessageKind;

/// One fault that befell a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Sent a second time with the same bytes.
    Duplicated,
    /// Held back for a moment so that later ones overtake it.
    Reordered,
    /// Held back long.
    Delayed,
    /// Never sent.
    Lost,
    /// Its times carry the error of a skewed clock.
    ClockSkewed,
    /// The first of a new session after a restart.
    AfterRestart,
}

/// One message and all of its sendings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRecord {
    /// Device id.
    pub device: String,
    /// Session as sent.
    pub session: u32,
    /// Sequence as sent.
    pub sequence: u64,
    /// What it is.
    pub kind: MessageKind,
    /// When the device had it ready, true simulated epoch ms.
    pub made_at_ms: i64,
    /// When it leaves, true simulated epoch ms; empty when lost.
    pub sent_at_ms: Vec<i64>,
    /// Moments in it.
    pub moments: usize,
    /// What befell it.
    pub faults: Vec<Fault>,
}

/// Everything one device sent, in the order it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentLog {
    /// One entry a message.
    pub records: Vec<SentRecord>,
}

impl SentLog {
    /// How often a fault happened.
    #[must_use]
    pub fn count(&self, fault: Fault) -> usize {
        self.records
            .iter()
            .filter(|record| record.faults.contains(&fault))
            .count()
    }

    /// Messages that left at least once.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.records
            .iter()
            .filter(|record| !record.sent_at_ms.is_empty())
            .count()
    }
}
