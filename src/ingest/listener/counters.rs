//! What the listener counts, for the metrics.

use super::wire::{Refusal, Violation};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one listener; cheap to add to from any task.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections that were accepted from the network.
    pub connections: AtomicU64,
    /// Connections that are open now.
    pub connections_open: AtomicU64,
    /// Connections closed at once because there were too many.
    pub connections_over_limit: AtomicU64,
    /// Connections that sent no acceptable CONNECT in time.
    pub connect_timeouts: AtomicU64,
    /// Sessions that a newer connection took over.
    pub takeovers: AtomicU64,
    /// Messages received, by QoS.
    pub messages: [AtomicU64; 3],
    /// Messages that clients marked as sent before.
    pub messages_redelivered: AtomicU64,
    /// Messages that gave an unreadable input.
    pub messages_unreadable: AtomicU64,
    /// QoS 0 messages dropped because the engine's inbox was full.
    pub messages_dropped: AtomicU64,
    /// Messages with the retain flag: not judged.
    pub messages_retained: AtomicU64,
    /// Publishes outside the device's own topic.
    pub messages_not_authorized: AtomicU64,
    /// QoS 2 messages that came again.
    pub messages_repeated: AtomicU64,
    /// Acknowledgements written (PUBACK, PUBREC, PUBCOMP).
    pub acknowledgements: AtomicU64,
    /// Times that a client had to wait because it was over its rate.
    pub rate_pauses: AtomicU64,
    /// Times that a client had to wait because the engine's inbox was full.
    pub inbox_pauses: AtomicU64,
    /// Subscriptions refused.
    pub subscriptions_refused: AtomicU64,
    /// Wills that were published.
    pub wills: AtomicU64,
    /// Sessions that expired.
    pub sessions_expired: AtomicU64,
    pub(super) refusals: [AtomicU64; Refusal::ALL.len()],
    pub(super) violations: [AtomicU64; Violation::ALL.len()],
}

/// Adds `count`; nobody orders anything by a counter.
pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

impl Counters {
    /// Everything that only grows, with its name, a label (empty when it has
    /// none) and its value; the labels of one name follow each other.
    pub fn each_total(&self, mut visit: impl FnMut(&'static str, &'static str, u64)) {
        let plain = [
            ("messages_redelivered", &self.messages_redelivered),
            ("connections", &self.connections),
            ("connections_over_limit", &self.connections_over_limit),
            ("connect_timeouts", &self.connect_timeouts),
            ("takeovers", &self.takeovers),
            ("messages_unreadable", &self.messages_unreadable),
            ("messages_dropped", &self.messages_dropped),
            ("messages_retained", &self.messages_retained),
            ("messages_not_authorized", &self.messages_not_authorized),
            ("messages_repeated", &self.messages_repeated),
            ("acknowledgements", &self.acknowledgements),
            ("rate_pauses", &self.rate_pauses),
            ("inbox_pauses", &self.inbox_pauses),
            ("subscriptions_refused", &self.subscriptions_refused),
            ("wills", &self.wills),
            ("sessions_expired", &self.sessions_expired),
        ];
        for (name, counter) in plain {
            visit(name, "", counter.load(Ordering::Relaxed));
        }
        for (qos, counter) in ["0", "1", "2"].into_iter().zip(&self.messages) {
            visit("messages", qos, counter.load(Ordering::Relaxed));
        }
        for (refusal, counter) in Refusal::ALL.into_iter().zip(&self.refusals) {
            visit("refusals", refusal.code(), counter.load(Ordering::Relaxed));
        }
        for (violation, counter) in Violation::ALL.into_iter().zip(&self.violations) {
            visit(
                "violations",
                violation.code(),
                counter.load(Ordering::Relaxed),
            );
        }
    }

    pub(super) fn refused(&self, refusal: Refusal) {
        let counters = Refusal::ALL.into_iter().zip(&self.refusals);
        for (_, counter) in counters.filter(|(known, _)| *known == refusal) {
            add(counter, 1);
        }
    }

    pub(super) fn violated(&self, violation: Violation) {
        let counters = Violation::ALL.into_iter().zip(&self.violations);
        for (_, counter) in counters.filter(|(known, _)| *known == violation) {
            add(counter, 1);
        }
    }
}
