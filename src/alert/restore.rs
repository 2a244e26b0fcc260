//! Episodes from what people were shown of them.

use super::attention::{Assignment, Snooze};
use super::episode::Episode;
use super::episodes::Episodes;
use super::settings::Settings;
use crate::domain::{ClinicalTime, Condition, Finding, FindingState, Handling, Priority};

/// What a document remembers of an episode.
pub struct Remembered<'a> {
    /// Its number.
    pub number: u32,
    /// What was found; its priority is the episode's.
    pub finding: Finding,
    /// The highest priority it had, where the document says it.
    pub highest: Option<Priority>,
    /// Whether it holds.
    pub condition: Condition,
    /// What people did.
    pub handling: Handling,
    /// Who acknowledged it.
    pub acknowledged_by: Option<&'a str>,
    /// When a person last answered.
    pub answered_at: Option<ClinicalTime>,
    /// Until when it is quiet.
    pub snooze: Option<Snooze>,
    /// Who takes care of it.
    pub assignment: Option<Assignment>,
}

impl Episodes {
    /// Puts back an episode that only its document remembers. One that was
    /// closed is only counted, so that its id is not given again. Timers of an
    /// acknowledgement begin anew; nobody is taken to have seen more than the
    /// document says.
    pub fn restore(&mut self, known: Remembered<'_>, now: ClinicalTime, settings: &Settings) {
        self.raised = self.raised.max(known.number);
        let FindingState::Raise { priority, began } = known.finding.state else {
            return;
        };
        let same = |e: &Episode| e.kind == known.finding.kind;
        if known.handling == Handling::Resolved || self.kept.iter().any(same) {
            return;
        }
        let mut episode = Episode::new(&known.finding, priority, began);
        episode.number = known.number;
        episode.highest = known.highest.unwrap_or(priority).max(priority);
        episode.unseen = episode.highest;
        let snooze = known.snooze.map(|snooze| Snooze {
            until: snooze.until.max(now),
            ..snooze
        });
        if snooze.is_some() || known.assignment.is_some() || known.answered_at.is_some() {
            let attention = episode.attention_mut();
            attention.snooze = snooze;
            attention.assignment = known.assignment;
            attention.answered_at = known.answered_at;
        }
        if known.handling == Handling::Acknowledged {
            let by = known.acknowledged_by.unwrap_or_default();
            episode.acknowledge(by, now, settings);
            episode.attention_mut().answered_at = known.answered_at;
        }
        if known.condition == Condition::Ended {
            episode.end_condition(now, settings);
        }
        episode.told_state = episode.alarm_state();
        self.kept.push(episode);
    }
}
