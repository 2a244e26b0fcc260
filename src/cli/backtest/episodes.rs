//! The alert episodes of one patient, as lines of JSON.

use super::cell::show;
use crate::alert::{EpisodeEvent, EventType};
use crate::domain::{AlertId, Evidence, Priority, RuleId};
use crate::engine::measured_end;
use serde::Serialize;
use std::io::{self, Write};

/// One alert episode. What stands at its raising stays as it was then.
#[derive(Serialize)]
pub(super) struct Episode {
    #[serde(skip)]
    id: AlertId,
    patient: String,
    kind: &'static str,
    vital: Option<&'static str>,
    rule: Option<RuleId>,
    /// When it was raised.
    pub(super) priority: Priority,
    highest_priority: Priority,
    /// Measured time at which what decided it ended.
    raised_at: String,
    /// When the condition began, as far as measured.
    began_at: String,
    /// The clock when it was decided: an epoch closes only after its end.
    decided_at: String,
    /// When the condition last ended, while it is ended.
    ended_at: Option<String>,
    /// When the episode was over; none if it never was.
    resolved_at: Option<String>,
    /// How often the condition came back within the episode.
    reopened: u32,
    /// From what it was raised.
    evidence: Evidence,
}

/// The episodes of the patient that is being judged, in the order of raising.
#[derive(Default)]
pub(super) struct Episodes {
    kept: Vec<Episode>,
}

impl Episodes {
    /// Takes what happened to episodes.
    pub(super) fn note<'a>(
        &mut self,
        patient: &str,
        events: impl IntoIterator<Item = &'a EpisodeEvent>,
    ) {
        for event in events {
            if event.event == EventType::Raised {
                self.kept.push(raised(patient, event));
                continue;
            }
            let same = |episode: &&mut Episode| episode.id == event.id;
            if let Some(episode) = self.kept.iter_mut().rev().find(same) {
                episode.follow(event);
            }
        }
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Episode> {
        self.kept.iter()
    }

    /// Writes one line each and forgets them.
    pub(super) fn write(&mut self, to: &mut impl Write) -> io::Result<()> {
        for episode in self.kept.drain(..) {
            serde_json::to_writer(&mut *to, &episode)?;
            to.write_all(b"\n")?;
        }
        Ok(())
    }
}

impl Episode {
    /// What it counts as: its kind, and for a clinical rule which one.
    pub(super) fn counted_as(&self) -> String {
        match self.rule {
            Some(rule) => format!("{}:{rule}", self.kind),
            None => self.kind.to_owned(),
        }
    }

    fn follow(&mut self, event: &EpisodeEvent) {
        let at = show(event.at.epoch_ms());
        self.highest_priority = self.highest_priority.max(event.priority);
        match event.event {
            EventType::ConditionEnded => self.ended_at = Some(at),
            EventType::Resolved => self.resolved_at = Some(at),
            EventType::Reopened => {
                (self.ended_at, self.resolved_at) = (None, None);
                self.reopened += 1;
            }
            EventType::Raised
            | EventType::FoundLate
            | EventType::Updated
            | EventType::Escalated
            | EventType::Deescalated
            | EventType::Acknowledged
            | EventType::AcknowledgementExpired
            | EventType::Reminded
            | EventType::Snoozed
            | EventType::Unsnoozed
            | EventType::SnoozeEnded
            | EventType::Assigned
            | EventType::Commented
            | EventType::EnteredInError
            | EventType::Notified
            | EventType::Suppressed => {}
        }
    }
}

fn raised(patient: &str, event: &EpisodeEvent) -> Episode {
    Episode {
        id: event.id.clone(),
        patient: patient.to_owned(),
        kind: event.kind.name(),
        vital: event.kind.vital().map(|vital| vital.name()),
        rule: event.kind.rule(),
        priority: event.priority,
        highest_priority: event.priority,
        raised_at: show(measured_end(event).epoch_ms()),
        began_at: show(event.began_at.epoch_ms()),
        decided_at: show(event.at.epoch_ms()),
        ended_at: None,
        resolved_at: None,
        reopened: 0,
        evidence: event.evidence.clone(),
    }
}
