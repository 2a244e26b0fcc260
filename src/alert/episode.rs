//! One episode. Decides only: no clock, no channel, no disk.

use super::settings::Settings;
use crate::domain::{
    AlertKind, ClinicalTime, Condition, Evidence, Handling, MeasuredTime, Priority, compact_kind,
};
use serde::{Deserialize, Serialize};

/// An episode that is open, or closed so recently that it may come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// The patient's episodes are numbered from 1.
    pub number: u32,
    /// About what.
    #[serde(with = "compact_kind")]
    pub kind: AlertKind,
    /// The highest it has been.
    pub priority: Priority,
    /// Whether it holds.
    pub condition: Condition,
    /// What people did.
    pub handling: Handling,
    /// When it was raised.
    pub raised_at: ClinicalTime,
    /// When the condition began.
    pub began_at: MeasuredTime,
    /// When the condition ended, while it is ended.
    pub ended_at: Option<ClinicalTime>,
    /// From what; the newest.
    pub evidence: Evidence,
    /// Who acknowledged it.
    pub acknowledged_by: Option<String>,
    /// When it resolves by itself, or (resolved) when it is forgotten or its
    /// suppression ends.
    pub(super) due: Option<ClinicalTime>,
    pub(super) told_at: ClinicalTime,
}

impl Episode {
    /// Whether it waits for a person even after its condition ended.
    pub fn latches(&self) -> bool {
        self.priority == Priority::High && self.kind.is_physiological()
    }

    /// Whether it is not resolved.
    pub fn is_open(&self) -> bool {
        self.handling != Handling::Resolved
    }

    /// Whether a person closed it while its condition holds.
    pub fn is_suppressed(&self) -> bool {
        self.handling == Handling::Resolved && self.condition == Condition::Active
    }

    /// The condition ended.
    pub(super) fn end_condition(&mut self, at: ClinicalTime, settings: &Settings) {
        self.condition = Condition::Ended;
        self.ended_at = Some(at);
        self.due = match self.handling {
            Handling::Open if self.latches() => None, // a person must see it first
            Handling::Open | Handling::Acknowledged => Some(self.quiet_end(at, settings)),
            Handling::Resolved => Some(self.forget_at(at, settings)),
        };
    }

    /// A person has seen it.
    pub(super) fn acknowledge(&mut self, author: &str, at: ClinicalTime, settings: &Settings) {
        self.handling = Handling::Acknowledged;
        self.acknowledged_by = Some(author.to_owned());
        if self.condition == Condition::Ended {
            self.due = Some(self.quiet_end(at, settings));
        }
    }

    /// It is closed.
    pub(super) fn resolve(&mut self, at: ClinicalTime, settings: &Settings) {
        self.handling = Handling::Resolved;
        self.due = Some(match self.condition {
            Condition::Active => at.plus_ms(i64::from(settings.suppress_minutes) * 60_000),
            Condition::Ended => self.forget_at(at, settings),
        });
    }

    /// The condition is back: people must answer anew.
    pub(super) fn reopen(&mut self, at: ClinicalTime) {
        self.condition = Condition::Active;
        self.ended_at = None;
        self.handling = Handling::Open;
        self.acknowledged_by = None;
        self.due = None;
        self.told_at = at;
    }

    fn quiet_end(&self, from: ClinicalTime, settings: &Settings) -> ClinicalTime {
        let minutes = if self.kind == AlertKind::Deterioration {
            settings.quiet_minutes_deterioration
        } else if self.kind.is_physiological() {
            settings.quiet_minutes
        } else {
            settings.quiet_minutes_technical
        };
        from.plus_ms(i64::from(minutes) * 60_000)
    }

    /// When it can no longer come back.
    fn forget_at(&self, from: ClinicalTime, settings: &Settings) -> ClinicalTime {
        let minutes = if self.kind == AlertKind::Deterioration {
            settings.reopen_minutes_deterioration
        } else {
            settings.reopen_minutes
        };
        from.plus_ms(i64::from(minutes) * 60_000)
    }
}
