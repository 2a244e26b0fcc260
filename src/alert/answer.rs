//! What people answer to an alert.

use super::episode::Episode;
use super::episodes::{Episodes, Patient};
use super::event::{EpisodeEvent, EventType};
use super::settings::Settings;
use crate::domain::{ClinicalTime, Handling, Usefulness};

/// A person's answer to one episode.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The episode's number (see [`super::number_of`]).
    pub number: u32,
    /// The name that the audit shows.
    pub author: &'a str,
    /// What they say: a remark, a reason or the outcome.
    pub comment: Option<&'a str>,
    /// When.
    pub at: ClinicalTime,
}

/// Why an answer was refused, in words for the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandRefused {
    /// The episode is over and can no longer be answered.
    #[error("the alert is resolved and over")]
    Over,
    /// Somebody has.
    #[error("the alert was already acknowledged by {by}")]
    AlreadyAcknowledged {
        /// Who.
        by: String,
    },
    /// Somebody has, or the quiet timer.
    #[error("the alert is already resolved")]
    AlreadyResolved,
    /// Closing needs an outcome.
    #[error("resolving needs an outcome: say what was found or done")]
    OutcomeMissing,
    /// A remark needs words.
    #[error("a comment needs a text")]
    TextMissing,
    /// An assignment needs a name.
    #[error("must name a person or a team")]
    NobodyNamed,
    /// There is nothing to be quiet about.
    #[error("the condition has ended: acknowledge or resolve the alert instead")]
    ConditionEnded,
    /// This priority is never quiet.
    #[error("alerts of this priority cannot be snoozed")]
    SnoozeNotAllowed,
    /// A snooze lies ahead and has an end.
    #[error("must lie after now and at most {minutes_max} minutes ahead")]
    SnoozeOutOfRange {
        /// The longest that its priority may be snoozed.
        minutes_max: u32,
    },
}

impl Episodes {
    /// A person has seen it. The same person twice is once.
    ///
    /// # Errors
    /// [`CommandRefused`] when it is over or resolved, or another person has acknowledged it.
    pub fn acknowledge(
        &mut self,
        patient: &Patient<'_>,
        answer: &Answer<'_>,
        settings: &Settings,
    ) -> Result<Option<EpisodeEvent>, CommandRefused> {
        let episode = self.answered(answer.number)?;
        match episode.handling {
            Handling::Open => {}
            Handling::Acknowledged => {
                let by = episode.attention.as_ref();
                let by = by.and_then(|a| a.acknowledged_by.clone());
                return match by.unwrap_or_default() {
                    by if by == answer.author => Ok(None),
                    by => Err(CommandRefused::AlreadyAcknowledged { by }),
                };
            }
            Handling::Resolved => return Err(CommandRefused::AlreadyResolved),
        }
        episode.acknowledge(answer.author, answer.at, settings);
        Ok(Some(told(
            patient,
            episode,
            EventType::Acknowledged,
            answer,
        )))
    }

    /// Closes it with its outcome, also while its condition holds: then it
    /// stays quiet until the condition ends, becomes more urgent or
    /// `suppress_minutes` pass.
    ///
    /// # Errors
    /// [`CommandRefused`] when it is over or resolved, or the outcome is empty.
    pub fn resolve(
        &mut self,
        patient: &Patient<'_>,
        answer: &Answer<'_>,
        usefulness: Option<Usefulness>,
        settings: &Settings,
    ) -> Result<Option<EpisodeEvent>, CommandRefused> {
        if answer
            .comment
            .is_none_or(|outcome| outcome.trim().is_empty())
        {
            return Err(CommandRefused::OutcomeMissing);
        }
        let episode = self.answered(answer.number)?;
        if !episode.is_open() {
            return Err(CommandRefused::AlreadyResolved);
        }
        episode.resolve(answer.at, settings);
        episode.attention_mut().answered_at = Some(answer.at);
        let mut event = told(patient, episode, EventType::Resolved, answer);
        event.usefulness = usefulness;
        Ok(Some(event))
    }

    /// Adds a remark; changes nothing.
    ///
    /// # Errors
    /// [`CommandRefused`] when it is no longer kept (the store still has it), or the text is empty.
    pub fn comment(
        &mut self,
        patient: &Patient<'_>,
        answer: &Answer<'_>,
    ) -> Result<Option<EpisodeEvent>, CommandRefused> {
        if answer.comment.is_none_or(|text| text.trim().is_empty()) {
            return Err(CommandRefused::TextMissing);
        }
        let episode = self.answered(answer.number)?;
        Ok(Some(told(patient, episode, EventType::Commented, answer)))
    }

    pub(super) fn answered(&mut self, number: u32) -> Result<&mut Episode, CommandRefused> {
        let found = self.kept.iter_mut().find(|e| e.number == number);
        found.ok_or(CommandRefused::Over)
    }
}

/// What an answer did, in its author's name.
pub(super) fn told(
    patient: &Patient<'_>,
    episode: &mut Episode,
    event: EventType,
    answer: &Answer<'_>,
) -> EpisodeEvent {
    EpisodeEvent::new(patient, episode, event, answer.at).by(answer.author, answer.comment)
}
