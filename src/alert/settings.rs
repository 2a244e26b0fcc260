//! How episodes end, come back and stay quiet.

use serde::{Deserialize, Serialize};

/// Settings of the episode machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        }
    }
}

impl Settings {
    /// Everything that is wrong with the settings.
    pub fn problems(&self) -> Vec<String> {
        [
            ("quiet_minutes", self.quiet_minutes, 0..=1_440),
            (
                "quiet_minutes_technical",
                self.quiet_minutes_technical,
                0..=1_440,
            ),
            (
                "quiet_minutes_deterioration",
                self.quiet_minutes_deterioration,
                0..=1_440,
            ),
            ("reopen_minutes", self.reopen_minutes, 0..=1_440),
            (
                "reopen_minutes_deterioration",
                self.reopen_minutes_deterioration,
                0..=1_440,
            ),
            ("suppress_minutes", self.suppress_minutes, 1..=1_440),
            ("update_minutes", self.update_minutes, 0..=1_440),
        ]
        .into_iter()
        .filter(|(_, minutes, range)| !range.contains(minutes))
        .map(|(name, minutes, range)| {
            format!("alerts.{name} must lie in {range:?}, it is {minutes}")
        })
        .collect()
    }
}
