//! All episodes of one patient that are open or may still come back.

use super::episode::Episode;
use super::event::{EpisodeEvent, EventType};
use super::settings::Settings;
use crate::domain::{
    AlertKind, ClinicalTime, Condition, EvidenceValue, Finding, FindingState, Handling,
    MeasuredTime, PatientNumber, Priority,
};
use serde::{Deserialize, Serialize};

/// Whose episodes these are.
#[derive(Clone, Copy)]
pub struct Patient<'a> {
    /// The store's number.
    pub number: PatientNumber,
    /// The site's name in alert ids: 1 to 24 characters of `A-Z a-z 0-9 . -`.
    pub site: &'a str,
}

/// The episodes of one patient: at most one a kind.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Episodes {
    /// Episodes ever raised: the newest one's number.
    pub(super) raised: u32,
    pub(super) kept: Vec<Episode>,
}

impl Episodes {
    /// Takes a finding. What is due by its time happens first. While the
    /// patient is not `monitored` nothing pages and conditions end.
    pub fn on_finding(
        &mut self,
        patient: &Patient<'_>,
        monitored: bool,
        finding: &Finding,
        settings: &Settings,
        events: &mut Vec<EpisodeEvent>,
    ) {
        self.advance(patient, finding.at, settings, events);
        match finding.state {
            FindingState::Raise { priority, began } if monitored => {
                self.on_raise(patient, finding, (priority, began), settings, events);
            }
            FindingState::Raise { .. } | FindingState::Clear => {
                self.on_clear(patient, finding, settings, events);
            }
            FindingState::Hold | FindingState::Unknown => {}
        }
    }

    /// Fires the timers due at or before `now`, in the order of their times.
    pub fn advance(
        &mut self,
        patient: &Patient<'_>,
        now: ClinicalTime,
        settings: &Settings,
        events: &mut Vec<EpisodeEvent>,
    ) {
        while let Some((due, place)) = self.next() {
            if due > now {
                break;
            }
            self.fire(patient, place, due, settings, events);
        }
    }

    /// When [`Episodes::advance`] must be called even if nothing happens.
    pub fn next_due(&self) -> Option<ClinicalTime> {
        self.next().map(|(due, _)| due)
    }

    /// What is kept, for views: open episodes and those that may come back.
    pub fn iter(&self) -> impl Iterator<Item = &Episode> {
        self.kept.iter()
    }

    /// Whether an episode of this kind is open.
    pub fn is_open(&self, kind: AlertKind) -> bool {
        self.kept.iter().any(|e| e.kind == kind && e.is_open())
    }

    /// Marks every kept episode that rests on a value that was `moved`: it was
    /// another patient's. Episodes no longer kept are the store's to mark.
    pub fn entered_in_error(
        &mut self,
        patient: &Patient<'_>,
        moved: &dyn Fn(&EvidenceValue) -> bool,
        at: ClinicalTime,
        author: &str,
        events: &mut Vec<EpisodeEvent>,
    ) {
        let mut kept = Vec::new();
        for mut episode in std::mem::take(&mut self.kept) {
            if !episode.evidence.values.iter().any(moved) {
                kept.push(episode);
                continue;
            }
            if episode.condition == Condition::Active {
                episode.condition = Condition::Ended;
                episode.ended_at = Some(at);
            }
            episode.handling = Handling::Resolved;
            let why = "It rested on readings that belong to another patient or to nobody.";
            let event = EpisodeEvent::new(patient, &episode, EventType::EnteredInError, at);
            events.push(event.by(author, Some(why)));
        }
        self.kept = kept;
    }

    /// Puts back an episode that only its document remembers. One that was
    /// closed is only counted, so that its id is not given again.
    pub fn restore(
        &mut self,
        number: u32,
        finding: &Finding,
        (condition, handling): (Condition, Handling),
        acknowledged_by: Option<&str>,
        now: ClinicalTime,
        settings: &Settings,
    ) {
        self.raised = self.raised.max(number);
        let FindingState::Raise { priority, began } = finding.state else {
            return;
        };
        if handling == Handling::Resolved || self.kept.iter().any(|e| e.kind == finding.kind) {
            return;
        }
        let mut episode = new_episode(finding, priority, began);
        episode.number = number;
        if handling == Handling::Acknowledged {
            episode.acknowledge(acknowledged_by.unwrap_or_default(), now, settings);
        }
        if condition == Condition::Ended {
            episode.end_condition(now, settings);
        }
        self.kept.push(episode);
    }

    fn next(&self) -> Option<(ClinicalTime, usize)> {
        self.kept
            .iter()
            .enumerate()
            .filter_map(|(place, episode)| Some((episode.due?, place)))
            .min()
    }

    fn fire(
        &mut self,
        patient: &Patient<'_>,
        place: usize,
        at: ClinicalTime,
        settings: &Settings,
        events: &mut Vec<EpisodeEvent>,
    ) {
        let Some(episode) = self.kept.get_mut(place) else {
            return;
        };
        match (episode.handling, episode.condition) {
            (Handling::Open | Handling::Acknowledged, _) => {
                episode.resolve(at, settings);
                let event = EpisodeEvent::new(patient, episode, EventType::Resolved, at);
                events.push(event.because("The condition ended and stayed away."));
            }
            // Long closed by a person and it still holds: people must hear of it again.
            (Handling::Resolved, Condition::Active) => {
                let old = self.kept.remove(place);
                self.begin(patient, &old, at, events);
            }
            (Handling::Resolved, Condition::Ended) => {
                self.kept.remove(place);
            }
        }
    }

    fn on_raise(
        &mut self,
        patient: &Patient<'_>,
        finding: &Finding,
        (priority, began): (Priority, MeasuredTime),
        settings: &Settings,
        events: &mut Vec<EpisodeEvent>,
    ) {
        let at = finding.at;
        let Some(place) = self.kept.iter().position(|e| e.kind == finding.kind) else {
            self.begin(patient, &new_episode(finding, priority, began), at, events);
            return;
        };
        let Some(episode) = self.kept.get_mut(place) else {
            return;
        };
        let more_urgent = priority > episode.priority;
        if episode.is_suppressed() && more_urgent {
            self.kept.remove(place);
            self.begin(patient, &new_episode(finding, priority, began), at, events);
            return;
        }
        episode.evidence = finding.evidence.clone();
        episode.priority = episode.priority.max(priority);
        episode.began_at = episode.began_at.min(began);
        let event = match (episode.condition, episode.handling) {
            (Condition::Ended, _) => {
                episode.reopen(at);
                EventType::Reopened
            }
            (Condition::Active, Handling::Resolved) => return,
            (Condition::Active, Handling::Open | Handling::Acknowledged) if more_urgent => {
                episode.reopen(at);
                EventType::Escalated
            }
            (Condition::Active, Handling::Open | Handling::Acknowledged) => {
                if at.ms_since(episode.told_at) < i64::from(settings.update_minutes) * 60_000 {
                    return;
                }
                episode.told_at = at;
                EventType::Updated
            }
        };
        events.push(EpisodeEvent::new(patient, episode, event, at));
    }

    fn on_clear(
        &mut self,
        patient: &Patient<'_>,
        finding: &Finding,
        settings: &Settings,
        events: &mut Vec<EpisodeEvent>,
    ) {
        let holds = |e: &&mut Episode| e.kind == finding.kind && e.condition == Condition::Active;
        let Some(episode) = self.kept.iter_mut().find(holds) else {
            return;
        };
        let was_open = episode.is_open();
        episode.end_condition(finding.at, settings);
        if was_open {
            let event = EpisodeEvent::new(patient, episode, EventType::ConditionEnded, finding.at);
            events.push(event.because(&finding.evidence.summary));
        }
    }

    /// Begins a new episode like `draft`.
    fn begin(
        &mut self,
        patient: &Patient<'_>,
        draft: &Episode,
        at: ClinicalTime,
        events: &mut Vec<EpisodeEvent>,
    ) {
        self.raised += 1;
        let mut episode = draft.clone();
        episode.number = self.raised;
        episode.raised_at = at;
        episode.reopen(at);
        events.push(EpisodeEvent::new(patient, &episode, EventType::Raised, at));
        self.kept.push(episode);
    }
}

pub(super) fn new_episode(finding: &Finding, priority: Priority, began: MeasuredTime) -> Episode {
    Episode {
        number: 0,
        kind: finding.kind,
        priority,
        condition: Condition::Active,
        handling: Handling::Open,
        raised_at: finding.at,
        began_at: began,
        ended_at: None,
        evidence: finding.evidence.clone(),
        acknowledged_by: None,
        due: None,
        told_at: finding.at,
    }
}
