//! An alert episode of the past, as it was stored or as a replay gives it.

use crate::alert::{EpisodeEvent, EventType};
use crate::domain::{AlertId, AlertKind, ClinicalTime, Handling, Priority, RuleId, Vital};
use crate::store::AlertView;
use serde::{Deserialize, Serialize, Serializer};

/// One episode about the patient's body.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct Episode {
    /// None for one that never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) alert: Option<AlertId>,
    #[serde(skip)]
    pub(super) kind: AlertKind,
    /// The highest it had.
    pub(super) priority: Priority,
    #[serde(serialize_with = "shown")]
    pub(super) raised_at: ClinicalTime,
    /// None while it is open.
    #[serde(serialize_with = "shown_if_any")]
    pub(super) resolved_at: Option<ClinicalTime>,
}

fn shown<S: Serializer>(at: &ClinicalTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&crate::engine::rfc3339(at.epoch_ms()))
}

fn shown_if_any<S: Serializer>(at: &Option<ClinicalTime>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_some(&at.map(|at| crate::engine::rfc3339(at.epoch_ms())))
}

impl Episode {
    /// Whether both are of one kind and were open at one time.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let before =
            |one: &Self, other: &Self| one.resolved_at.is_some_and(|end| end < other.raised_at);
        self.kind == other.kind && !before(self, other) && !before(other, self)
    }

    /// Whether both were raised at one time with one priority.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.raised_at == other.raised_at && self.priority == other.priority
    }
}

/// What of an alert's document is compared.
#[derive(Deserialize)]
struct Told {
    kind: String,
    vital: Option<Vital>,
    rule: Option<RuleId>,
    priority: Priority,
    handling: Handling,
    raised_at: jiff::Timestamp,
    updated_at: jiff::Timestamp,
    entered_in_error: Option<serde::de::IgnoredAny>,
}

/// The episode of a stored alert; none for what rests on devices, and for what
/// was entered in error.
pub(super) fn stored(alert: AlertView) -> anyhow::Result<Option<Episode>> {
    let told: Told = serde_json::from_str(&alert.document)?;
    let kind = AlertKind::from_words(&told.kind, told.vital, told.rule);
    let kind = kind.filter(|kind| kind.is_physiological());
    let at = |time: jiff::Timestamp| ClinicalTime::from_epoch_ms(time.as_millisecond());
    let over = told.handling == Handling::Resolved;
    Ok(kind
        .filter(|_| told.entered_in_error.is_none())
        .map(|kind| Episode {
            alert: Some(alert.id),
            kind,
            priority: told.priority,
            raised_at: at(told.raised_at),
            resolved_at: over.then(|| at(told.updated_at)),
        }))
}

/// The episodes of a replay, in the order of raising.
#[derive(Default)]
pub(super) struct Replayed {
    kept: Vec<(AlertId, Episode)>,
}

impl Replayed {
    /// Takes what happened.
    pub(super) fn note(&mut self, events: &[EpisodeEvent]) {
        for event in events.iter().filter(|event| event.kind.is_physiological()) {
            let known = self.kept.iter_mut().rev().find(|(id, _)| *id == event.id);
            match known {
                Some((_, episode)) => {
                    episode.priority = episode.priority.max(event.priority);
                    if let EventType::Resolved | EventType::Reopened = event.event {
                        let over = event.event == EventType::Resolved;
                        episode.resolved_at = over.then_some(event.at);
                    }
                }
                None => self.kept.push((event.id.clone(), raised(event))),
            }
        }
    }

    pub(super) fn episodes(self) -> Vec<Episode> {
        self.kept.into_iter().map(|(_, episode)| episode).collect()
    }
}

fn raised(event: &EpisodeEvent) -> Episode {
    Episode {
        alert: None,
        kind: event.kind,
        priority: event.priority,
        raised_at: event.raised_at,
        resolved_at: None,
    }
}
