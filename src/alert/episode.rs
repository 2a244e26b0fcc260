//! One episode. Decides only: no clock, no channel, no disk.

use super::acm::AlarmState;
use super::attention::{Attention, Eased};
use super::settings::Settings;
use crate::domain::{
    AlertKind, ClinicalTime, Condition, Evidence, Finding, Handling, MeasuredTime, Priority,
    compact_kind,
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
    /// How urgent it is.
    pub priority: Priority,
    /// The highest it has been.
    pub highest: Priority,
    /// The highest it has been since a person last saw it.
    pub(super) unseen: Priority,
    /// Whether it holds.
    pub condition: Condition,
    /// What people did.
    pub handling: Handling,
    /// The alarm state as it was last told.
    pub(super) told_state: AlarmState,
    /// When it was raised.
    pub raised_at: ClinicalTime,
    /// When the condition began.
    pub began_at: MeasuredTime,
    /// When the condition ended, while it is ended.
    pub ended_at: Option<ClinicalTime>,
    /// From what; the newest.
    pub evidence: Evidence,
    /// Snooze, assignment and what else people did; few episodes have any.
    pub attention: Option<Box<Attention>>,
    /// When it resolves by itself, or (resolved) when it is forgotten or its
    /// suppression ends.
    pub(super) due: Option<ClinicalTime>,
    pub(super) told_at: ClinicalTime,
}

impl Episode {
    pub(super) fn new(finding: &Finding, priority: Priority, began: MeasuredTime) -> Self {
        Self {
            number: 0,
            kind: finding.kind,
            priority,
            highest: priority,
            unseen: priority,
            condition: Condition::Active,
            handling: Handling::Open,
            told_state: AlarmState::Inactive,
            raised_at: finding.at,
            began_at: began,
            ended_at: None,
            evidence: finding.evidence.clone(),
            attention: None,
            due: None,
            told_at: finding.at,
        }
    }

    /// Whether it waits for a person even after its condition ended.
    pub fn latches(&self) -> bool {
        self.unseen == Priority::High && self.kind.is_physiological()
    }

    /// Whether it is not resolved.
    pub fn is_open(&self) -> bool {
        self.handling != Handling::Resolved
    }

    /// Whether a person closed it while its condition holds.
    pub fn is_suppressed(&self) -> bool {
        self.handling == Handling::Resolved && self.condition == Condition::Active
    }

    /// Whether a person made it quiet for a while.
    pub fn is_snoozed(&self) -> bool {
        let attention = self.attention.as_ref();
        attention.is_some_and(|attention| attention.snooze.is_some())
    }

    /// The alarm state of IHE ACM.
    pub fn alarm_state(&self) -> AlarmState {
        match (self.handling, self.condition) {
            (Handling::Resolved, _) => AlarmState::Inactive,
            (Handling::Open | Handling::Acknowledged, Condition::Active) => AlarmState::Active,
            (Handling::Open, Condition::Ended) if self.latches() => AlarmState::Latched,
            (Handling::Open | Handling::Acknowledged, Condition::Ended) => AlarmState::Inactive,
        }
    }

    pub(super) fn attention_mut(&mut self) -> &mut Attention {
        self.attention.get_or_insert_default()
    }

    /// The condition ended, and with it a snooze.
    pub(super) fn end_condition(&mut self, at: ClinicalTime, settings: &Settings) {
        self.condition = Condition::Ended;
        self.ended_at = Some(at);
        self.calm_down();
        self.due = match self.handling {
            Handling::Open if self.latches() => None, // a person must see it first
            Handling::Open | Handling::Acknowledged => Some(self.quiet_end(at, settings)),
            Handling::Resolved => Some(self.forget_at(at, settings)),
        };
    }

    /// A person has seen it.
    pub(super) fn acknowledge(&mut self, author: &str, at: ClinicalTime, settings: &Settings) {
        self.handling = Handling::Acknowledged;
        let attention = self.attention_mut();
        attention.acknowledged_by = Some(author.to_owned());
        attention.answered_at = Some(at);
        if self.condition == Condition::Ended {
            self.due = Some(self.quiet_end(at, settings));
        }
        self.await_recovery(at, settings);
    }

    /// It is closed.
    pub(super) fn resolve(&mut self, at: ClinicalTime, settings: &Settings) {
        self.handling = Handling::Resolved;
        if let Some(attention) = self.attention.as_mut() {
            attention.acknowledged_by = None;
            attention.snooze = None;
        }
        self.await_recovery(at, settings);
        self.due = Some(match self.condition {
            Condition::Active => at.plus_ms(i64::from(settings.suppress_minutes) * 60_000),
            Condition::Ended => self.forget_at(at, settings),
        });
    }

    /// A person takes it up again after it was resolved.
    pub(super) fn take_up_again(&mut self, at: ClinicalTime, settings: &Settings) {
        self.ask_anew();
        self.due = match self.condition {
            Condition::Active => None,
            Condition::Ended if self.latches() => None,
            Condition::Ended => Some(self.quiet_end(at, settings)),
        };
        let attention = self.attention_mut();
        attention.answered_at = Some(at);
        if let Some(eased) = attention.eased.as_mut() {
            eased.since = at;
        }
        self.told_at = at;
    }

    /// The condition is back, or more urgent: people must answer anew.
    pub(super) fn reopen(&mut self, at: ClinicalTime) {
        self.condition = Condition::Active;
        self.ended_at = None;
        self.calm_down();
        self.ask_anew();
        self.due = None;
        self.told_at = at;
    }

    /// People must answer (again).
    pub(super) fn ask_anew(&mut self) {
        self.unseen = match self.handling {
            Handling::Open => self.unseen.max(self.priority),
            Handling::Acknowledged | Handling::Resolved => self.priority,
        };
        self.handling = Handling::Open;
        if let Some(attention) = self.attention.as_mut() {
            attention.acknowledged_by = None;
            attention.remind_at = None;
            attention.expires_at = None;
        }
    }

    /// Ends what belongs to a condition as it was: a snooze, timers, signs of recovery.
    fn calm_down(&mut self) {
        if let Some(attention) = self.attention.as_mut() {
            attention.snooze = None;
            attention.remind_at = None;
            attention.expires_at = None;
            attention.eased = None;
        }
    }

    /// Becomes more urgent.
    pub(super) fn rise_to(&mut self, priority: Priority) {
        self.priority = priority;
        self.highest = self.highest.max(priority);
    }

    /// Detectors say at `at` that it is as urgent as `priority`; true when the
    /// episode is less urgent from now on.
    pub(super) fn note_level(
        &mut self,
        priority: Priority,
        at: ClinicalTime,
        settings: &Settings,
    ) -> bool {
        if priority >= self.priority {
            self.forget_easing();
            return false;
        }
        let before = self.attention.as_ref().and_then(|a| a.eased);
        let eased = Eased::noted(before, priority, at);
        let long_enough =
            at.ms_since(eased.since) >= i64::from(settings.deescalate_minutes) * 60_000;
        let falls = long_enough && self.is_open();
        let next = match falls {
            true if eased.latest < eased.most => Some(Eased::noted(None, eased.latest, at)),
            true => None,
            false => Some(eased),
        };
        self.attention_mut().eased = next;
        if falls {
            self.priority = eased.most;
            self.fit_timers(at, settings);
        }
        falls
    }

    /// Nothing says any more that it is less urgent.
    pub(super) fn forget_easing(&mut self) {
        if let Some(attention) = self.attention.as_mut() {
            attention.eased = None;
        }
    }

    /// How urgent detectors last said it is.
    pub(super) fn level(&self) -> Priority {
        let eased = self.attention.as_ref().and_then(|a| a.eased);
        eased.map_or(self.priority, |eased| eased.latest)
    }

    /// After a change of priority: timers that run go on, those that the new
    /// priority does not have end.
    fn fit_timers(&mut self, at: ClinicalTime, settings: &Settings) {
        let running = self.attention.as_ref().map(|a| (a.remind_at, a.expires_at));
        self.await_recovery(at, settings);
        if let (Some((remind, expire)), Some(attention)) = (running, self.attention.as_mut()) {
            attention.remind_at = attention.remind_at.map(|at| remind.unwrap_or(at));
            attention.expires_at = attention.expires_at.map(|at| expire.unwrap_or(at));
        }
    }

    pub(super) fn quiet_end(&self, from: ClinicalTime, settings: &Settings) -> ClinicalTime {
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
