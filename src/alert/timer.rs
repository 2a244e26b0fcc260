//! What time alone does to an episode.

use super::episode::Episode;
use super::settings::Settings;
use crate::domain::{ClinicalTime, Condition, Handling};

/// What becomes due. At the same moment the first here comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Timer {
    /// The snooze ends.
    Snooze,
    /// The acknowledgement no longer counts.
    Expiry,
    /// An acknowledged episode is told again.
    Reminder,
    /// It resolves by itself, or is forgotten, or its suppression ends.
    Close,
}

impl Episode {
    /// What becomes due first, and when.
    pub(super) fn next_timer(&self) -> Option<(ClinicalTime, Timer)> {
        let attention = self.attention.as_deref();
        let of = |timer, due: Option<ClinicalTime>| due.map(|due| (due, timer));
        let snoozed = attention.and_then(|a| a.snooze.as_ref());
        [
            of(Timer::Snooze, snoozed.map(|snooze| snooze.until)),
            of(Timer::Expiry, attention.and_then(|a| a.expires_at)),
            of(Timer::Reminder, attention.and_then(|a| a.remind_at)),
            of(Timer::Close, self.due),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The acknowledgement counts from `at`: reminders and its expiry follow.
    /// While it is snoozed they wait for the snooze's end.
    pub(super) fn await_recovery(&mut self, at: ClinicalTime, settings: &Settings) {
        let waits = self.handling == Handling::Acknowledged
            && self.condition == Condition::Active
            && !self.is_snoozed();
        let priority = self.priority;
        let (remind_at, expires_at) = match waits {
            true => (
                settings.remind_minutes.after(at, priority),
                settings.acknowledgement_minutes.after(at, priority),
            ),
            false => (None, None),
        };
        if self.attention.is_some() || remind_at.is_some() || expires_at.is_some() {
            let attention = self.attention_mut();
            (attention.remind_at, attention.expires_at) = (remind_at, expires_at);
        }
    }

    /// A reminder was given at `at`.
    pub(super) fn reminded(&mut self, at: ClinicalTime, settings: &Settings) {
        self.told_at = at;
        let next = settings.remind_minutes.after(at, self.priority);
        self.attention_mut().remind_at = next;
    }

    /// The acknowledgement no longer counts.
    pub(super) fn expire(&mut self, at: ClinicalTime) {
        self.told_at = at;
        self.ask_anew();
    }

    /// Ends a snooze; true when there was one.
    pub(super) fn end_snooze(&mut self, at: ClinicalTime, settings: &Settings) -> bool {
        let ended = self.attention.as_mut().and_then(|a| a.snooze.take());
        if ended.is_some() {
            self.await_recovery(at, settings);
        }
        ended.is_some()
    }
}
