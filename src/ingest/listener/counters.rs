//! What the listener counts, for the metrics.

use super::wire::{Refusal, Violation};
use std::sync::atomic::{AtomicU64, Ordering};

/// One value on its way to `/metrics`.
#[derive(Debug, Clone, Copy)]
pub struct Total {
    /// The counter's name.
    pub name: &'static str,
    /// What it counts, for people.
    pub help: &'static str,
    /// Which of its values; empty when it has one only.
    pub label: &'static str,
    /// How many since the start.
    pub value: u64,
}

macro_rules! counters {
    ($($(#[doc = $help:literal])+ $name:ident),+ $(,)?) => {
        /// Counters of one listener; cheap to add to from any task.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[doc = $help])+ pub $name: AtomicU64,)+
            /// Connections that are open now.
            pub connections_open: AtomicU64,
            /// Messages received, by QoS.
            pub messages: [AtomicU64; 3],
            pub(super) refusals: [AtomicU64; Refusal::ALL.len()],
            pub(super) violations: [AtomicU64; Violation::ALL.len()],
        }

        impl Counters {
            /// The counters without a label.
            fn plain(&self) -> [Total; [$(stringify!($name)),+].len()] {
                [$(Total {
                    name: stringify!($name),
                    help: concat!($($help),+).trim(),
                    label: "",
                    value: self.$name.load(Ordering::Relaxed),
                }),+]
            }
        }
    };
}

counters! {
    /// Connections that were accepted from the network.
    connections,
    /// Connections closed at once because there were too many.
    connections_over_limit,
    /// Connections that sent no acceptable CONNECT in time.
    connect_timeouts,
    /// Sessions that a newer connection took over.
    takeovers,
    /// Messages that clients marked as sent before.
    messages_redelivered,
    /// Messages that gave an unreadable input.
    messages_unreadable,
    /// QoS 0 messages dropped because the engine's inbox was full.
    messages_dropped,
    /// Messages with the retain flag: not judged.
    messages_retained,
    /// Publishes outside the device's own topic.
    messages_not_authorized,
    /// QoS 2 messages that came again.
    messages_repeated,
    /// Acknowledgements written (PUBACK, PUBREC, PUBCOMP).
    acknowledgements,
    /// Times that a client had to wait because it was over its rate.
    rate_pauses,
    /// Times that a client had to wait because the engine's inbox was full.
    inbox_pauses,
    /// Subscriptions refused.
    subscriptions_refused,
    /// Wills that were published.
    wills,
    /// Sessions that expired.
    sessions_expired,
}

/// Adds `count`; nobody orders anything by a counter.
pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

impl Counters {
    /// Everything that only grows; the values of one name follow each other.
    pub fn each_total(&self, mut visit: impl FnMut(Total)) {
        self.plain().into_iter().for_each(&mut visit);
        let help = "Messages received, by QoS.";
        labelled("messages", help, ["0", "1", "2"], &self.messages).for_each(&mut visit);
        let help = "Connections refused, by the reason that the client was given.";
        let codes = Refusal::ALL.map(Refusal::code);
        labelled("refusals", help, codes, &self.refusals).for_each(&mut visit);
        let help = "Connections closed because the client broke the protocol, by the rule.";
        let codes = Violation::ALL.map(Violation::code);
        labelled("violations", help, codes, &self.violations).for_each(&mut visit);
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

fn labelled<const COUNT: usize>(
    name: &'static str,
    help: &'static str,
    labels: [&'static str; COUNT],
    counters: &[AtomicU64; COUNT],
) -> impl Iterator<Item = Total> {
    labels
        .into_iter()
        .zip(counters)
        .map(move |(label, counter)| Total {
            name,
            help,
            label,
            value: counter.load(Ordering::Relaxed),
        })
}
