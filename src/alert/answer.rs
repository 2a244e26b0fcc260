//! What people answer to an alert.

use super::episodes::{Episodes, Patient};
use super::event::{EpisodeEvent, EventType};
use super::settings::Settings;
use crate::domain::{ClinicalTime, Handling};

/// A person's answer to one episode.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The episode's number (see [`super::number_of`]).
    pub number: u32,
    /// The name that the audit shows.
    pub author: &'a str,
    /// What they say: a remark, or the outcome.
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
}

impl Episodes {
    /// A person has seen it.
    ///
    /// # Errors
    /// [`CommandRefused`] when it is over, or was acknowledged or resolved before.
    pub fn acknowledge(
        &mut self,
        patient: &Patient<'_>,
        answer: &Answer<'_>,
        settings: &Settings,
    ) -> Result<EpisodeEvent, CommandRefused> {
        let episode = self
            .kept
            .iter_mut()
            .find(|episode| episode.number == answer.number)
            .ok_or(CommandRefused::Over)?;
        match episode.handling {
            Handling::Open => {}
            Handling::Acknowledged => {
                let by = episode.acknowledged_by.clone().unwrap_or_default();
                return Err(CommandRefused::AlreadyAcknowledged { by });
            }
            Handling::Resolved => return Err(CommandRefused::AlreadyResolved),
        }
        episode.acknowledge(answer.author, answer.at, settings);
        let event = EpisodeEvent::new(patient, episode, EventType::Acknowledged, answer.at);
        Ok(event.by(answer.author, answer.comment))
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
        settings: &Settings,
    ) -> Result<EpisodeEvent, CommandRefused> {
        if answer
            .comment
            .is_none_or(|outcome| outcome.trim().is_empty())
        {
            return Err(CommandRefused::OutcomeMissing);
        }
        let episode = self
            .kept
            .iter_mut()
            .find(|episode| episode.number == answer.number)
            .ok_or(CommandRefused::Over)?;
        if !episode.is_open() {
            return Err(CommandRefused::AlreadyResolved);
        }
        episode.resolve(answer.at, settings);
        let event = EpisodeEvent::new(patient, episode, EventType::Resolved, answer.at);
        Ok(event.by(answer.author, answer.comment))
    }

    /// Adds a remark; changes nothing.
    ///
    /// # Errors
    /// [`CommandRefused`] when it is no longer kept (the store still has it), or the text is empty.
    pub fn comment(
        &self,
        patient: &Patient<'_>,
        answer: &Answer<'_>,
    ) -> Result<EpisodeEvent, CommandRefused> {
        if answer.comment.is_none_or(|text| text.trim().is_empty()) {
            return Err(CommandRefused::TextMissing);
        }
        let episode = self
            .kept
            .iter()
            .find(|episode| episode.number == answer.number)
            .ok_or(CommandRefused::Over)?;
        let event = EpisodeEvent::new(patient, episode, EventType::Commented, answer.at);
        Ok(event.by(answer.author, answer.comment))
    }
}
