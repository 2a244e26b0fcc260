//! How episodes end, come back and stay quiet.

use super::matrix::{self, Kinds, Matrix};
use super::minutes::MinutesByPriority;
use crate::domain::{AlertKind, Priority};
use serde::{Deserialize, Serialize};

/// The most minutes that any setting takes.
const DAY_MINUTES: u32 = 1_440;

/// Settings of the episode machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// After the condition ended an episode stays open for so many minutes;
    /// if the condition returns in them it is the same episode.
    pub quiet_minutes: u32,
    /// The same for technical conditions.
    pub quiet_minutes_technical: u32,
    /// The same for deterioration, which ends with a margin of its own and is
    /// told anew after a shift.
    pub quiet_minutes_deterioration: u32,
    /// A condition that returns within so many minutes after its episode was
    /// resolved reopens it; later it is a new one.
    pub reopen_minutes: u32,
    /// The same for deterioration.
    pub reopen_minutes_deterioration: u32,
    /// Resolved by a person while the condition holds: it stays quiet for so
    /// many minutes unless it ends or becomes more urgent.
    pub suppress_minutes: u32,
    /// Worse values of an open episode are told at most once in so many minutes.
    pub update_minutes: u32,
    /// An episode becomes less urgent when detectors have said so for so many
    /// minutes.
    pub deescalate_minutes: u32,
    /// The longest that a person may snooze an episode; 0: not at all.
    pub snooze_minutes_max: MinutesByPriority,
    /// Acknowledged and it still holds: told again every so many minutes; 0: never.
    pub remind_minutes: MinutesByPriority,
    /// Acknowledged and it still holds: after so many minutes it must be
    /// answered anew; 0: never.
    pub acknowledgement_minutes: MinutesByPriority,
    /// Priorities by result and onset.
    pub matrix: Matrix,
    /// Kinds whose priority comes from the matrix, not from their detector.
    pub kinds: Kinds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quiet_minutes: 30,
            quiet_minutes_technical: 5,
            quiet_minutes_deterioration: 0,
            reopen_minutes: 60,
            reopen_minutes_deterioration: 0,
            suppress_minutes: 240,
            update_minutes: 5,
            deescalate_minutes: 60,
            snooze_minutes_max: MinutesByPriority::new(30, 120, 480),
            remind_minutes: MinutesByPriority::new(60, 240, 0),
            acknowledgement_minutes: MinutesByPriority::new(240, 720, 0),
            matrix: Matrix::default(),
            kinds: Kinds::new(),
        }
    }
}

impl Settings {
    /// Everything that is wrong with the settings.
    pub fn problems(&self) -> Vec<String> {
        let single = [
            ("quiet_minutes", self.quiet_minutes, 0),
            ("quiet_minutes_technical", self.quiet_minutes_technical, 0),
            (
                "quiet_minutes_deterioration",
                self.quiet_minutes_deterioration,
                0,
            ),
            ("reopen_minutes", self.reopen_minutes, 0),
            (
                "reopen_minutes_deterioration",
                self.reopen_minutes_deterioration,
                0,
            ),
            ("suppress_minutes", self.suppress_minutes, 1),
            ("update_minutes", self.update_minutes, 0),
            ("deescalate_minutes", self.deescalate_minutes, 1),
        ];
        let single = single.map(|(name, minutes, least)| (name.to_owned(), minutes, least));
        let by_priority = [
            ("snooze_minutes_max", self.snooze_minutes_max),
            ("remind_minutes", self.remind_minutes),
            ("acknowledgement_minutes", self.acknowledgement_minutes),
        ];
        let by_priority = by_priority.into_iter().flat_map(|(name, minutes)| {
            let named = move |(of, minutes)| (format!("{name}.{of}"), minutes, 0);
            minutes.each().into_iter().map(named)
        });
        let out_of_range = single
            .into_iter()
            .chain(by_priority)
            .filter(|(_, minutes, least)| !(*least..=DAY_MINUTES).contains(minutes))
            .map(|(name, minutes, least)| {
                format!("alerts.{name} must lie in {least}..={DAY_MINUTES}, it is {minutes}")
            });
        let kinds = self.kinds.keys();
        let unknown = kinds.filter_map(|name| matrix::problem_of(name));
        out_of_range.chain(unknown).collect()
    }

    /// The priority in force for what a detector said of a kind: its own,
    /// unless the organisation derived one for the kind. Then the matrix gives
    /// the base, and what the detector said lies as many steps above it as it
    /// lay above the detector's own base (`own_base`), up to high.
    pub fn priority(&self, kind: AlertKind, said: Priority, own_base: Priority) -> Priority {
        match self.kinds.get(kind.name()) {
            Some(of) => matrix::moved(said, own_base, self.matrix.priority(*of)),
            None => said,
        }
    }
}
