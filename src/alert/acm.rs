//! The same events and states in the words of IHE ACM (PCD-04) and ISO/IEEE
//! 11073: what an alert manager of a hospital understands.
//!
//! | here | alarm state |
//! | --- | --- |
//! | the condition holds, not resolved | `active` |
//! | it ended, is high and physiological, and nobody has seen it | `latched` |
//! | everything else | `inactive` |
//!
//! Resolved by a person while the condition holds is `inactive` too: the person
//! reset it, and if it is raised again, that is another alert.

use super::attention::Attention;
use super::event::EventType;
use crate::domain::{AlertKind, Handling, Priority};
use serde::{Deserialize, Serialize};

/// `MDC_ATTR_EVENT_PHASE` (68481).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The condition became present.
    Start,
    /// Unchanged, told again.
    Continue,
    /// The condition is gone and nothing is latched.
    End,
    /// Something other than the priority changed.
    Update,
    /// More urgent.
    Escalate,
    /// Less urgent.
    Deescalate,
    /// The latch was cleared.
    Reset,
}

/// `MDC_ATTR_ALARM_STATE` (68482).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmState {
    /// Not present.
    Inactive,
    /// Present.
    Active,
    /// No longer present; a person must see it.
    Latched,
}

/// `MDC_ATTR_ALARM_INACTIVATION_STATE` (68483), as far as it occurs here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inactivation {
    /// Nothing is inactivated.
    Enabled,
    /// Quiet until a time: snoozed.
    AudioPaused,
    /// A person has seen it.
    AlertAcknowledged,
}

/// An event in those words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Acm {
    /// The phase; none for what ACM would not report (an alert that was
    /// inactive and stays so).
    pub phase: Option<Phase>,
    /// The alarm state after it.
    pub state: AlarmState,
    /// The inactivation state; may repeat.
    pub inactivation: Vec<Inactivation>,
    /// `MDC_ATTR_ALERT_TYPE` (68485): `SP` physiological, `ST` technical.
    #[serde(rename = "type")]
    pub alert_type: &'static str,
    /// `MDC_ATTR_ALARM_PRIORITY` (68484): `PL`, `PM` or `PH`.
    pub priority: &'static str,
}

impl Phase {
    /// The phase of an event between two states.
    pub(super) fn of(event: EventType, before: AlarmState, after: AlarmState) -> Option<Self> {
        use AlarmState::{Active, Inactive, Latched};
        match (event, before, after) {
            (EventType::Raised, ..) => Some(Self::Start),
            (EventType::Escalated, ..) => Some(Self::Escalate),
            (EventType::Deescalated, ..) => Some(Self::Deescalate),
            (_, Inactive, Inactive) => None,
            (_, Inactive, Active) => Some(Self::Start),
            (_, Active, Inactive) => Some(Self::End),
            (_, Latched, Inactive) => Some(Self::Reset),
            (_, Active, Latched) | (_, Latched, Active) | (_, Inactive, Latched) => {
                Some(Self::Update)
            }
            (_, Active, Active) | (_, Latched, Latched) => Some(Self::of_the_same(event)),
        }
    }

    /// The phase of an event that left the alarm state as it was.
    const fn of_the_same(event: EventType) -> Self {
        match event {
            EventType::Reminded
            | EventType::Commented
            | EventType::Assigned
            | EventType::Notified
            | EventType::Suppressed => Self::Continue,
            EventType::Raised
            | EventType::FoundLate
            | EventType::Updated
            | EventType::Escalated
            | EventType::Deescalated
            | EventType::ConditionEnded
            | EventType::Reopened
            | EventType::Acknowledged
            | EventType::AcknowledgementExpired
            | EventType::Snoozed
            | EventType::Unsnoozed
            | EventType::SnoozeEnded
            | EventType::Resolved
            | EventType::EnteredInError => Self::Update,
        }
    }
}

/// The inactivation states of an episode.
pub(super) fn inactivation(handling: Handling, attention: Option<&Attention>) -> Vec<Inactivation> {
    let mut states = Vec::new();
    if attention.is_some_and(|attention| attention.snooze.is_some()) {
        states.push(Inactivation::AudioPaused);
    }
    if handling == Handling::Acknowledged {
        states.push(Inactivation::AlertAcknowledged);
    }
    if states.is_empty() {
        states.push(Inactivation::Enabled);
    }
    states
}

/// The code of a priority.
pub(super) const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "PL",
        Priority::Medium => "PM",
        Priority::High => "PH",
    }
}

/// The code of a kind's type.
pub(super) const fn alert_type(kind: AlertKind) -> &'static str {
    if kind.is_physiological() { "SP" } else { "ST" }
}
