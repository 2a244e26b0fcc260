//! An event of an episode told again, as the episode stands by now.

use super::episode::Episode;
use super::episodes::{Episodes, Patient};
use super::event::{EpisodeEvent, EventType};
use super::routing::Facts;
use crate::domain::{ClinicalTime, Evidence, Finding, FindingState};

impl Episodes {
    /// The event `event` of episode `number`, told at `at`. Of an episode that
    /// is no longer kept only what routing knows is told.
    pub fn recount(
        &self,
        patient: &Patient<'_>,
        number: u32,
        facts: &Facts,
        event: EventType,
        at: ClinicalTime,
    ) -> EpisodeEvent {
        let kept = self.kept.iter().find(|episode| episode.number == number);
        let mut episode = kept.cloned().unwrap_or_else(|| faded(number, facts));
        EpisodeEvent::new(patient, &mut episode, event, at)
    }
}

fn faded(number: u32, facts: &Facts) -> Episode {
    let finding = Finding {
        kind: facts.kind,
        state: FindingState::Clear,
        at: facts.raised_at,
        evidence: Evidence::default(),
    };
    let mut episode = Episode::new(&finding, facts.priority, facts.began_at);
    episode.number = number;
    episode.condition = facts.condition;
    episode.handling = facts.handling;
    episode.told_state = episode.alarm_state();
    episode
}
