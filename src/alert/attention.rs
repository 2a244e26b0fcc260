//! What people did about an episode beyond its handling: who has it, until
//! when it is quiet, and when it speaks again. Few episodes have any of it, so
//! it stands in a box.

use crate::domain::{ClinicalTime, Priority};
use serde::{Deserialize, Serialize};

/// What people did, and the timers it set.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Attention {
    /// Who acknowledged it, while it is acknowledged.
    pub acknowledged_by: Option<String>,
    /// When a person last answered: acknowledged, snoozed, resolved or reopened it.
    pub answered_at: Option<ClinicalTime>,
    /// Until when it is quiet, and because of whom.
    pub snooze: Option<Snooze>,
    /// Who takes care of it.
    pub assignment: Option<Assignment>,
    /// When it is told again although it is acknowledged.
    pub(super) remind_at: Option<ClinicalTime>,
    /// When the acknowledgement no longer counts.
    pub(super) expires_at: Option<ClinicalTime>,
    /// Since when it is less urgent than it says.
    pub(super) eased: Option<Eased>,
}

/// Quiet for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// Until when.
    pub until: ClinicalTime,
    /// Because of whom.
    pub by: String,
    /// Since when.
    pub at: ClinicalTime,
    /// Why, if they said.
    pub reason: Option<String>,
}

/// Somebody takes care of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// A person or a team, as the ward calls them.
    pub to: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: ClinicalTime,
}

/// Detectors say that it is less urgent than it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Eased {
    /// The first time they said so.
    pub(super) since: ClinicalTime,
    /// The most urgent they have said since.
    pub(super) most: Priority,
    /// What they said last.
    pub(super) latest: Priority,
}

impl Eased {
    /// Detectors say `priority` at `at`.
    pub(super) fn noted(before: Option<Self>, priority: Priority, at: ClinicalTime) -> Self {
        Self {
            since: before.map_or(at, |eased| eased.since),
            most: before.map_or(priority, |eased| eased.most.max(priority)),
            latest: priority,
        }
    }
}
