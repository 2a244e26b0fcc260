//! Events by their names in stored documents, and what routing makes of them.

use crate::alert::EventType;

impl EventType {
    /// Whether it asks people to look: a chain starts with it.
    pub const fn starts_a_chain(self) -> bool {
        matches!(
            self,
            Self::Raised
                | Self::Escalated
                | Self::Reopened
                | Self::AcknowledgementExpired
                | Self::SnoozeEnded
                | Self::Unsnoozed
        )
    }

    /// Whether it stops everything that is under way for its alert.
    pub const fn stops_everything(self) -> bool {
        matches!(
            self,
            Self::Acknowledged | Self::Resolved | Self::Snoozed | Self::EnteredInError
        )
    }

    /// Whether a delivery of it says nothing any more once the alert was answered.
    pub const fn is_superseded_by_an_answer(self) -> bool {
        match self {
            Self::Raised
            | Self::Updated
            | Self::Escalated
            | Self::Deescalated
            | Self::ConditionEnded
            | Self::Reopened
            | Self::AcknowledgementExpired
            | Self::Reminded
            | Self::SnoozeEnded
            | Self::Unsnoozed => true,
            Self::Acknowledged
            | Self::Snoozed
            | Self::Assigned
            | Self::FoundLate
            | Self::Resolved
            | Self::Commented
            | Self::EnteredInError
            | Self::Notified
            | Self::Suppressed => false,
        }
    }

    /// Whether it says once more what people were told: not where they asked
    /// for quiet.
    pub const fn speaks_again(self) -> bool {
        matches!(self, Self::Updated | Self::Reminded)
    }

    /// The event of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// [`EventType`] as its name.
pub(super) mod event_name {
    use crate::alert::EventType;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::alert::routing) fn serialize<S: Serializer>(
        event: &EventType,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(event.name())
    }

    pub(in crate::alert::routing) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<EventType, D::Error> {
        let name = String::deserialize(from)?;
        EventType::from_name(&name).ok_or_else(|| D::Error::custom("unknown event"))
    }
}
