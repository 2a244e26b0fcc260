//! What people do about an alert beside answering it: make it quiet for a
//! while, give it to somebody, take it up again.

use super::answer::{Answer, CommandRefused, told};
use super::attention::{Assignment, Snooze};
use super::episode::Episode;
use super::episodes::{Episodes, Patient};
use super::event::{EpisodeEvent, EventType};
use super::settings::Settings;
use crate::domain::{ClinicalTime, Condition};

/// Clocks of those who ask may be so far ahead of ours.
const CLOCK_TOLERANCE_MS: i64 = 60_000;

impl Episodes {
    /// Makes it quiet `until` then; the answer's words are the reason. The same
    /// person with the same time twice is once.
    ///
    /// # Errors
    /// [`CommandRefused`] when it is over, resolved or its condition has ended,
    /// and when the time is past or further ahead than its priority allows.
    pub fn snooze(
        &mut self,
        patient: &Patient<'_>,
        answer: &Answer<'_>,
        until: ClinicalTime,
        settings: &Settings,
    ) -> Result<Option<EpisodeEvent>, CommandRefused> {
        let episode = self.still_open(answer.number)?;
        let before = episode.attention.as_ref().and_then(|a| a.snooze.as_ref());
        if before.is_some_and(|snooze| snooze.until == until && snooze.by == answer.author) {
            return Ok(None);
        }
        may_snooze(episode, answer.at, until, settings)?;
        let attention = episode.attention_mut();
        attention.answered_at = Some(answer.at);
        attention.snooze = Some(Snooze {
            until,
            by: answer.author.to_owned(),
            at: answer.at,
            reason: answer.comment.map(str::to_owned),
        });
        episode.await_recovery(answer.at, settings);
        Ok(Some(told(patient, episode, EventType::Snoozed, answer)))
    }

    /// Ends a snooze. Where there is none, that is no mistake.
    ///
    /// # Errors
    /// [`CommandRefused`] when it is over or resolved.
    pub fn unsnooze(
        &mut self,
        patient: &Patient<'_>,
        answer: &Answer<'_>,
        settings: &Settings,
    ) -> Result<Option<EpisodeEvent>, CommandRefused> {
        let episode = self.still_open(answer.number)?;
        if !episode.end_snooze(answer.at, settings) {
            return Ok(None);
        }
        Ok(Some(told(patient, episode, EventType::Unsnoozed, answer)))
    }

    /// Gives it to a named person or team. The same person giving it to the
    /// same again is once.
    ///
    /// # Errors
    /// [`CommandRefused`] when it is over or resolved, or nobody is named.
    pub fn assign(
        &mut self,
        patient: &Patient<'_>,
        answer: &Answer<'_>,
        to: &str,
    ) -> Result<Option<EpisodeEvent>, CommandRefused> {
        if to.trim().is_empty() {
            return Err(CommandRefused::NobodyNamed);
        }
        let episode = self.still_open(answer.number)?;
        let before = episode.attention.as_ref();
        let before = before.and_then(|a| a.assignment.as_ref());
        if before.is_some_and(|given| given.to == to && given.by == answer.author) {
            return Ok(None);
        }
        episode.attention_mut().assignment = Some(Assignment {
            to: to.to_owned(),
            by: answer.author.to_owned(),
            at: answer.at,
        });
        Ok(Some(told(patient, episode, EventType::Assigned, answer)))
    }

    /// Takes up again what was resolved, inside the reopening window. Where it
    /// is open, that is no mistake.
    ///
    /// # Errors
    /// [`CommandRefused`] when it is over.
    pub fn reopen(
        &mut self,
        patient: &Patient<'_>,
        answer: &Answer<'_>,
        settings: &Settings,
    ) -> Result<Option<EpisodeEvent>, CommandRefused> {
        let episode = self.answered(answer.number)?;
        if episode.is_open() {
            return Ok(None);
        }
        episode.take_up_again(answer.at, settings);
        Ok(Some(told(patient, episode, EventType::Reopened, answer)))
    }

    fn still_open(&mut self, number: u32) -> Result<&mut Episode, CommandRefused> {
        let episode = self.answered(number)?;
        match episode.is_open() {
            true => Ok(episode),
            false => Err(CommandRefused::AlreadyResolved),
        }
    }
}

fn may_snooze(
    episode: &Episode,
    at: ClinicalTime,
    until: ClinicalTime,
    settings: &Settings,
) -> Result<(), CommandRefused> {
    if episode.condition == Condition::Ended {
        return Err(CommandRefused::ConditionEnded);
    }
    let minutes_max = settings.snooze_minutes_max.of(episode.priority);
    let most_ms = i64::from(minutes_max) * 60_000;
    let ahead_ms = until.ms_since(at);
    match ahead_ms {
        _ if minutes_max == 0 => Err(CommandRefused::SnoozeNotAllowed),
        ms if ms > 0 && ms <= most_ms.saturating_add(CLOCK_TOLERANCE_MS) => Ok(()),
        _ => Err(CommandRefused::SnoozeOutOfRange { minutes_max }),
    }
}
