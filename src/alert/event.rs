//! What happened to an episode, with the whole episode as it stands.

use super::acm::{self, Acm, Phase};
use super::attention::Attention;
use super::episode::Episode;
use super::episodes::Patient;
use crate::domain::{
    AlertId, AlertKind, ClinicalTime, Condition, Evidence, Handling, MeasuredTime, PatientNumber,
    Priority, Usefulness, Vital,
};
use serde::Serialize;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EventType {
    /// A new episode: exactly once each.
    Raised,
    /// An episode that was over when it became known: listed, told to nobody.
    FoundLate,
    /// Worse by a documented step.
    Updated,
    /// More urgent; a person must answer anew.
    Escalated,
    /// Less urgent for long enough to be believed.
    Deescalated,
    /// The condition no longer holds.
    ConditionEnded,
    /// The condition came back.
    Reopened,
    /// A person has seen it.
    Acknowledged,
    /// Acknowledged long ago and it still holds: a person must answer anew.
    AcknowledgementExpired,
    /// Acknowledged, and it still holds.
    Reminded,
    /// Quiet until a time that a person set.
    Snoozed,
    /// No longer quiet, because a person said so.
    Unsnoozed,
    /// No longer quiet, because the time is over.
    SnoozeEnded,
    /// A named person or team takes care of it.
    Assigned,
    /// Closed, by a person or by the quiet timer.
    Resolved,
    /// A remark.
    Commented,
    /// It rested on readings that were another patient's.
    EnteredInError,
    /// Somebody was told, or could not be; of routing, not of the episode.
    Notified,
    /// A notification was kept back, grouped or overtaken; of routing.
    Suppressed,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Raised,
        Self::FoundLate,
        Self::Updated,
        Self::Escalated,
        Self::Deescalated,
        Self::ConditionEnded,
        Self::Reopened,
        Self::Acknowledged,
        Self::AcknowledgementExpired,
        Self::Reminded,
        Self::Snoozed,
        Self::Unsnoozed,
        Self::SnoozeEnded,
        Self::Assigned,
        Self::Resolved,
        Self::Commented,
        Self::EnteredInError,
        Self::Notified,
        Self::Suppressed,
    ];

    /// Whether an episode begins with it.
    pub const fn begins(self) -> bool {
        matches!(self, Self::Raised | Self::FoundLate)
    }

    /// The name in webhooks, the API and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raised => "alert.raised",
            Self::FoundLate => "alert.found_late",
            Self::Updated => "alert.updated",
            Self::Escalated => "alert.escalated",
            Self::Deescalated => "alert.deescalated",
            Self::ConditionEnded => "alert.condition_ended",
            Self::Reopened => "alert.reopened",
            Self::Acknowledged => "alert.acknowledged",
            Self::AcknowledgementExpired => "alert.acknowledgement_expired",
            Self::Reminded => "alert.reminded",
            Self::Snoozed => "alert.snoozed",
            Self::Unsnoozed => "alert.unsnoozed",
            Self::SnoozeEnded => "alert.snooze_ended",
            Self::Assigned => "alert.assigned",
            Self::Resolved => "alert.resolved",
            Self::Commented => "alert.commented",
            Self::EnteredInError => "alert.entered_in_error",
            Self::Notified => "alert.notified",
            Self::Suppressed => "alert.suppressed",
        }
    }
}

/// One event of one episode.
#[derive(Clone, PartialEq, Debug)]
pub struct EpisodeEvent {
    /// The episode.
    pub id: AlertId,
    /// What happened.
    pub event: EventType,
    /// When.
    pub at: ClinicalTime,
    /// Whose.
    pub patient: PatientNumber,
    /// About what.
    pub kind: AlertKind,
    /// How urgent now.
    pub priority: Priority,
    /// The highest it has been.
    pub highest: Priority,
    /// Whether it holds.
    pub condition: Condition,
    /// What people did.
    pub handling: Handling,
    /// Snooze, assignment and what else people did.
    pub attention: Option<Box<Attention>>,
    /// The same in the words of IHE ACM.
    pub acm: Acm,
    /// When it was raised.
    pub raised_at: ClinicalTime,
    /// When the condition began.
    pub began_at: MeasuredTime,
    /// When the condition ended, while it is ended.
    pub ended_at: Option<ClinicalTime>,
    /// From what; the newest.
    pub evidence: Evidence,
    /// Who answered; none for the machine.
    pub author: Option<String>,
    /// What they said, or why the machine closed it.
    pub comment: Option<String>,
    /// Whether it was worth the interruption; of who resolved it.
    pub usefulness: Option<Usefulness>,
    /// The newest values of the deciding vitals, where the event is about how
    /// the patient is now.
    pub current: Vec<CurrentValue>,
}

/// The newest value of a vital.
#[derive(Clone, Copy, PartialEq, Serialize)]
pub struct CurrentValue {
    /// The vital.
    pub vital: Vital,
    /// In the vital's unit.
    pub value: f64,
    /// When it was measured.
    pub measured: MeasuredTime,
    /// How old it was then, ms.
    pub age_ms: i64,
}

impl std::fmt::Debug for CurrentValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CurrentValue(…)")
    }
}

impl EpisodeEvent {
    /// Whether it reminds people of what still holds.
    pub fn asks_how_it_is_now(&self) -> bool {
        matches!(
            self.event,
            EventType::Reminded | EventType::AcknowledgementExpired | EventType::SnoozeEnded
        )
    }

    pub(super) fn new(
        patient: &Patient<'_>,
        episode: &mut Episode,
        event: EventType,
        at: ClinicalTime,
    ) -> Self {
        let state = episode.alarm_state();
        let before = std::mem::replace(&mut episode.told_state, state);
        let acm = Acm {
            phase: Phase::of(event, before, state),
            state,
            inactivation: acm::inactivation(episode.handling, episode.attention.as_deref()),
            alert_type: acm::alert_type(episode.kind),
            priority: acm::priority(episode.priority),
        };
        Self {
            id: id_of(patient, episode.number),
            event,
            at,
            patient: patient.number,
            kind: episode.kind,
            priority: episode.priority,
            highest: episode.highest,
            condition: episode.condition,
            handling: episode.handling,
            attention: episode.attention.clone(),
            acm,
            raised_at: episode.raised_at,
            began_at: episode.began_at,
            ended_at: episode.ended_at,
            evidence: episode.evidence.clone(),
            author: None,
            comment: None,
            usefulness: None,
            current: Vec::new(),
        }
    }

    pub(super) fn by(mut self, author: &str, comment: Option<&str>) -> Self {
        self.author = Some(author.to_owned());
        self.comment = comment.map(str::to_owned);
        self
    }

    pub(super) fn because(mut self, comment: &str) -> Self {
        self.comment = Some(comment.to_owned());
        self
    }
}

fn id_of(patient: &Patient<'_>, number: u32) -> AlertId {
    let text = format!("alr_{}_{}_{number}", patient.site, patient.number.0);
    AlertId::new(&text).expect("the site is 1 to 24 characters of an identifier, checked at start")
}

/// The patient and the episode's number of an alert id; none when it is not of `site`.
pub fn number_of(id: &AlertId, site: &str) -> Option<(PatientNumber, u32)> {
    let rest = id
        .as_str()
        .strip_prefix("alr_")?
        .strip_prefix(site)?
        .strip_prefix('_')?;
    let (patient, number) = rest.split_once('_')?;
    Some((PatientNumber(patient.parse().ok()?), number.parse().ok()?))
}
