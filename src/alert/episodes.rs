//! All episodes of one patient that are open or may still come back.

use super::acm::AlarmState;
use super::episode::Episode;
use super::event::{EpisodeEvent, EventType};
use super::settings::Settings;
use super::timer::Timer;
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
            FindingState::Ease { priority } if monitored => {
                self.on_ease(patient, finding, priority, settings, events);
            }
            FindingState::Late { priority, began } => {
                self.on_late(patient, finding, (priority, began), events);
            }
            FindingState::Raise { .. } | FindingState::Ease { .. } | FindingState::Clear => {
                self.on_clear(patient, finding, settings, events);
            }
            FindingState::Hold | FindingState::Unknown => self.on_doubt(finding.kind),
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
        while let Some((due, place, timer)) = self.next() {
            if due > now {
                break;
            }
            self.fire(patient, (place, timer), due, settings, events);
        }
    }

    /// When [`Episodes::advance`] must be called even if nothing happens.
    pub fn next_due(&self) -> Option<ClinicalTime> {
        self.next().map(|(due, ..)| due)
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
            let event = EpisodeEvent::new(patient, &mut episode, EventType::EnteredInError, at);
            events.push(event.by(author, Some(why)));
        }
        self.kept = kept;
    }

    fn next(&self) -> Option<(ClinicalTime, usize, Timer)> {
        let timers = self.kept.iter().enumerate().filter_map(|(place, episode)| {
            let (due, timer) = episode.next_timer()?;
            Some((due, place, timer))
        });
        timers.min()
    }

    fn fire(
        &mut self,
        patient: &Patient<'_>,
        (place, timer): (usize, Timer),
        at: ClinicalTime,
        settings: &Settings,
        events: &mut Vec<EpisodeEvent>,
    ) {
        let Some(episode) = self.kept.get_mut(place) else {
            return;
        };
        let event = match timer {
            Timer::Snooze => {
                episode.end_snooze(at, settings);
                EventType::SnoozeEnded
            }
            Timer::Expiry => {
                episode.expire(at);
                EventType::AcknowledgementExpired
            }
            Timer::Reminder => {
                episode.reminded(at, settings);
                EventType::Reminded
            }
            Timer::Close => return self.close(patient, place, at, settings, events),
        };
        events.push(EpisodeEvent::new(patient, episode, event, at));
    }

    /// The time of an episode's handling is over.
    fn close(
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
                let draft = Episode {
                    priority: old.level(),
                    ..old
                };
                self.begin(patient, draft, at, events);
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
            self.begin(patient, Episode::new(finding, priority, began), at, events);
            return;
        };
        let Some(episode) = self.kept.get_mut(place) else {
            return;
        };
        let more_urgent = priority > episode.priority;
        if episode.is_suppressed() && more_urgent {
            self.kept.remove(place);
            self.begin(patient, Episode::new(finding, priority, began), at, events);
            return;
        }
        episode.evidence = finding.evidence.clone();
        episode.rise_to(episode.priority.max(priority));
        let eased = episode.note_level(priority, at, settings);
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
            (Condition::Active, Handling::Open | Handling::Acknowledged) if eased => {
                EventType::Deescalated
            }
            (Condition::Active, Handling::Open | Handling::Acknowledged) => {
                let since = at.ms_since(episode.told_at);
                if episode.is_snoozed() || since < i64::from(settings.update_minutes) * 60_000 {
                    return;
                }
                episode.told_at = at;
                EventType::Updated
            }
        };
        events.push(EpisodeEvent::new(patient, episode, event, at));
    }

    /// It held once and is over: an episode of its own, closed from the start,
    /// unless one of its kind is open and tells it already.
    fn on_late(
        &mut self,
        patient: &Patient<'_>,
        finding: &Finding,
        (priority, began): (Priority, MeasuredTime),
        events: &mut Vec<EpisodeEvent>,
    ) {
        let open = |episode: &Episode| episode.kind == finding.kind && episode.is_open();
        if self.kept.iter().any(open) {
            return;
        }
        self.raised += 1;
        let mut episode = Episode {
            number: self.raised,
            condition: Condition::Ended,
            handling: Handling::Resolved,
            ended_at: Some(finding.at),
            ..Episode::new(finding, priority, began)
        };
        let event = EpisodeEvent::new(patient, &mut episode, EventType::FoundLate, finding.at);
        events.push(event.because(&finding.evidence.summary));
    }

    /// It still holds, perhaps less urgently.
    fn on_ease(
        &mut self,
        patient: &Patient<'_>,
        finding: &Finding,
        priority: Priority,
        settings: &Settings,
        events: &mut Vec<EpisodeEvent>,
    ) {
        let holds = |e: &&mut Episode| e.kind == finding.kind && e.condition == Condition::Active;
        let Some(episode) = self.kept.iter_mut().find(holds) else {
            return;
        };
        if priority < episode.priority {
            episode.evidence = finding.evidence.clone();
        }
        if episode.note_level(priority, finding.at, settings) {
            let event = EpisodeEvent::new(patient, episode, EventType::Deescalated, finding.at);
            events.push(event);
        }
    }

    /// What was said before may no longer be so.
    fn on_doubt(&mut self, kind: AlertKind) {
        if let Some(episode) = self.kept.iter_mut().find(|e| e.kind == kind) {
            episode.forget_easing();
        }
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
        draft: Episode,
        at: ClinicalTime,
        events: &mut Vec<EpisodeEvent>,
    ) {
        self.raised += 1;
        let mut episode = Episode {
            number: self.raised,
            raised_at: at,
            highest: draft.priority,
            handling: Handling::Resolved, // what was seen of another says nothing of this
            told_state: AlarmState::Inactive,
            attention: None,
            ..draft
        };
        episode.reopen(at);
        let event = EpisodeEvent::new(patient, &mut episode, EventType::Raised, at);
        events.push(event);
        self.kept.push(episode);
    }
}
