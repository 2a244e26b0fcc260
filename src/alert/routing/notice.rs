//! What routing remembers of one alert.

use super::facts::Facts;
use super::words::event_name;
use crate::alert::EventType;
use crate::domain::{AlertId, ClinicalTime, EndpointId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An alert that somebody was told of, or has to be told of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Notice {
    /// The alert as it stands.
    pub facts: Facts,
    /// A notification that is kept back.
    pub owed: Option<Owed>,
    /// Who was told.
    pub told: BTreeSet<EndpointId>,
    /// Deliveries of later events, the newest last.
    #[serde(default)]
    pub passed: Vec<u64>,
    /// The answer that stopped everything: whoever turns out to have been told
    /// hears it too.
    pub closing: Option<Closing>,
}

/// A notification that is kept back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owed {
    /// What happened.
    #[serde(with = "event_name")]
    pub cause: EventType,
    /// The event's sequence.
    pub seq: u64,
    /// When it happened.
    pub since: ClinicalTime,
    /// Routes on which it was told or grouped.
    pub served: BTreeSet<String>,
    /// What keeps it back; none while that is being decided.
    pub why: Option<Why>,
    /// When that ends by itself.
    pub until: Option<ClinicalTime>,
}

/// What keeps a notification back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub(super) enum Why {
    /// Another alert says more.
    Inhibited {
        /// The other alert.
        by: AlertId,
    },
    /// Maintenance.
    Silenced {
        /// The silence.
        by: String,
    },
    /// Quiet hours.
    Held {
        /// The route whose quiet hours they are.
        route: String,
    },
}

/// What stopped the notifications of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Closing {
    /// What happened.
    #[serde(with = "event_name")]
    pub event: EventType,
    /// The event's sequence.
    pub seq: u64,
}

impl Notice {
    pub(super) fn new(facts: Facts) -> Self {
        Self {
            facts,
            owed: None,
            told: BTreeSet::new(),
            passed: Vec::new(),
            closing: None,
        }
    }
}
