//! What an event of an alert said, as it is stored.

use super::bounds::Untold;
use crate::api::moment::Moment;
use crate::api::source::ReadError;
use crate::domain::{Condition, Handling, Priority, Usefulness};
use serde::Deserialize;

/// One event with the alert as it stood with it.
#[derive(Clone, Deserialize)]
pub(super) struct Told {
    /// What happened (`alert.raised`).
    #[serde(rename = "type")]
    pub(super) event: String,
    pub(super) at: Moment,
    pub(super) alert: String,
    /// The ward of the patient at that time.
    pub(super) ward: String,
    pub(super) kind: String,
    pub(super) vital: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) priority: Priority,
    pub(super) condition: Condition,
    pub(super) handling: Handling,
    pub(super) raised_at: Moment,
    pub(super) began_at: Moment,
    /// Who; none for the machine.
    pub(super) author: Option<String>,
    pub(super) snoozed: Option<Snoozed>,
    pub(super) assigned: Option<Assigned>,
    pub(super) usefulness: Option<Usefulness>,
    pub(super) notification: Option<Notification>,
}

/// Quiet for a while.
#[derive(Clone, Deserialize)]
pub(super) struct Snoozed {
    pub(super) until: Moment,
    pub(super) by: String,
    pub(super) reason: Option<String>,
}

/// Somebody takes care of it.
#[derive(Clone, Deserialize)]
pub(super) struct Assigned {
    pub(super) to: String,
}

/// What became of a notification.
#[derive(Clone, Deserialize)]
pub(super) struct Notification {
    pub(super) state: String,
}

impl Told {
    /// Reads a stored event.
    ///
    /// # Errors
    /// [`Untold::Read`] when it is damaged.
    pub(super) fn read(document: &str) -> Result<Self, Untold> {
        serde_json::from_str(document).map_err(|source| {
            Untold::Read(ReadError {
                what: "an alert's event",
                source: Box::new(source),
            })
        })
    }

    /// Whether a person answered: acknowledged it or closed it.
    pub(super) fn is_answer(&self) -> bool {
        self.author.is_some()
            && matches!(self.event.as_str(), "alert.acknowledged" | "alert.resolved")
    }

    /// Whether a notification went out to a channel.
    pub(super) fn is_sent(&self) -> bool {
        let state = self.notification.as_ref();
        state.is_some_and(|notification| notification.state == "sent")
    }
}
