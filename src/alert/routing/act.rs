//! What routing decides: the engine writes it into the same commit.

use super::facts::Facts;
use super::target::Target;
use crate::alert::EventType;
use crate::domain::{AlertId, EndpointId};

/// One decision, in the order in which it must be carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Write a delivery; the numbers follow each other.
    Send(Message),
    /// These deliveries, where they still wait, say nothing any more.
    Supersede(Vec<u64>),
    /// Deliver the event to everybody who asked for such events: nothing is routed.
    TellAll {
        /// Of which alert.
        alert: AlertId,
        /// What.
        event: EventType,
        /// The event's sequence.
        seq: u64,
    },
    /// Note in the alert's history what became of its notification.
    Note(Box<Note>),
}

/// One delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its number.
    pub number: u64,
    /// To whom.
    pub endpoint: EndpointId,
    /// Of which alerts; several in a digest.
    pub about: Vec<AlertId>,
    /// Whether it stands for notifications that were grouped.
    pub digest: bool,
    /// What it tells.
    pub event: EventType,
    /// The event's sequence.
    pub seq: u64,
    /// The alerts as they stand, in the same order.
    pub facts: Vec<Facts>,
}

/// A line of an alert's history about its notification.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Of which alert.
    pub alert: AlertId,
    /// The alert as it stands.
    pub facts: Facts,
    /// What became of it.
    pub outcome: Outcome,
    /// The event it was about.
    pub cause: EventType,
    /// Why, in words for people.
    pub why: String,
    /// The other alert or the silence that keeps it back.
    pub by: Option<String>,
    /// Where somebody was told or could not be.
    pub told: Option<Told>,
}

/// What became of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Handed to a channel.
    Sent,
    /// A channel could not be used.
    Unable,
    /// Nobody is there to be told.
    Nobody,
    /// Kept back: another alert says more.
    Inhibited,
    /// Kept back: maintenance.
    Silenced,
    /// Kept back: quiet hours.
    Held,
    /// Kept back for a digest.
    Grouped,
    /// An answer or a newer notification came first.
    Superseded,
    /// It was over before what kept it back.
    Lapsed,
}

impl Outcome {
    /// Its word in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Unable => "unable",
            Self::Nobody => "nobody",
            Self::Inhibited => "inhibited",
            Self::Silenced => "silenced",
            Self::Held => "held",
            Self::Grouped => "grouped",
            Self::Superseded => "superseded",
            Self::Lapsed => "lapsed",
        }
    }

    /// Whether somebody was told, or was to be.
    pub const fn is_about_telling(self) -> bool {
        matches!(self, Self::Sent | Self::Unable | Self::Nobody)
    }
}

/// Where somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The route.
    pub route: String,
    /// The step, from 1.
    pub step: usize,
    /// The channel as the chain names it.
    pub target: Target,
    /// Who that was.
    pub endpoint: Option<EndpointId>,
}
