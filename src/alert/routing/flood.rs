//! How often what is not urgent may be told: the rest becomes one digest.

use crate::domain::{AlertId, ClinicalTime, PatientNumber, WardId};
use serde::{Deserialize, Serialize};

/// Length of a window.
pub(super) const WINDOW_MS: i64 = 3_600_000;

/// Whose notifications are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Group {
    /// One patient's.
    Patient(PatientNumber),
    /// One ward's.
    Ward(WardId),
}

impl Group {
    pub(super) fn key(&self) -> String {
        match self {
            Self::Patient(number) => format!("patient:{}", number.0),
            Self::Ward(ward) => format!("ward:{}", ward.as_str()),
        }
    }
}

/// Notifications of one group in the hour that began with the first of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flood {
    /// Whose.
    pub group: Group,
    /// When the hour began.
    pub began: ClinicalTime,
    /// How many were told in it.
    pub count: u32,
}

impl Flood {
    /// First moment after its hour.
    pub(super) fn end(&self) -> ClinicalTime {
        self.began.plus_ms(WINDOW_MS)
    }

    /// Whether another one is too many.
    pub(super) fn is_full(&self, limit: u32, at: ClinicalTime) -> bool {
        limit > 0 && at < self.end() && self.count >= limit
    }
}

/// Alerts in one digest at the most; more make another one.
const MEMBERS_MAX: usize = 500;

/// Notifications that one message will stand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Digest {
    /// Whose.
    pub group: Group,
    /// The route on which they came.
    pub route: String,
    /// When it is sent.
    pub due: ClinicalTime,
    /// What it stands for, in order: the alert and the sequence of its event.
    pub members: Vec<(AlertId, u64)>,
}

impl Digest {
    /// Whether another alert needs another digest.
    pub(super) fn is_full(&self) -> bool {
        self.members.len() >= MEMBERS_MAX
    }
}
