//! Episodes of a patient whose snapshot another version wrote, from the alerts
//! as they were stored.

use crate::alert::{Assignment, Episodes, Remembered, Settings, Snooze, number_of};
use crate::domain::{
    AlertId, AlertKind, ClinicalTime, Condition, Evidence, Finding, FindingState, Handling,
    MeasuredTime, Priority, RuleId, Vital,
};
use serde::Deserialize;

/// What of an alert's document the episode machine needs.
#[derive(Deserialize)]
struct Told {
    kind: String,
    vital: Option<Vital>,
    rule: Option<RuleId>,
    priority: Priority,
    condition: Condition,
    handling: Handling,
    raised_at: String,
    began_at: String,
    evidence: Evidence,
    acknowledged: Option<Answered>,
    highest_priority: Option<Priority>,
    answered_at: Option<String>,
    snoozed: Option<Snoozed>,
    assigned: Option<Assigned>,
}

#[derive(Deserialize)]
struct Answered {
    by: String,
}

#[derive(Deserialize)]
struct Snoozed {
    until: String,
    by: String,
    at: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Assigned {
    to: String,
    by: String,
    at: String,
}

/// The episodes that `alerts` (newest first, with their documents) tell of.
pub(super) fn episodes(
    alerts: &[(AlertId, String)],
    site: &str,
    now: ClinicalTime,
    settings: &Settings,
) -> Episodes {
    let mut episodes = Episodes::default();
    for (id, document) in alerts {
        let Some((_, number)) = number_of(id, site) else {
            continue;
        };
        let told = serde_json::from_str::<Told>(document).ok();
        let Some((told, finding)) = told.and_then(|told| finding(&told).map(|f| (told, f))) else {
            tracing::warn!("a stored alert's document is unreadable; it stays as it is");
            continue;
        };
        episodes.restore(remembered(number, &told, finding), now, settings);
    }
    episodes
}

fn remembered(number: u32, told: &Told, finding: Finding) -> Remembered<'_> {
    let snooze = told.snoozed.as_ref().and_then(|snoozed| {
        Some(Snooze {
            until: clinical(&snoozed.until)?,
            by: snoozed.by.clone(),
            at: clinical(&snoozed.at)?,
            reason: snoozed.reason.clone(),
        })
    });
    let assignment = told.assigned.as_ref().and_then(|assigned| {
        Some(Assignment {
            to: assigned.to.clone(),
            by: assigned.by.clone(),
            at: clinical(&assigned.at)?,
        })
    });
    Remembered {
        number,
        finding,
        highest: told.highest_priority,
        condition: told.condition,
        handling: told.handling,
        acknowledged_by: told.acknowledged.as_ref().map(|by| by.by.as_str()),
        answered_at: told.answered_at.as_deref().and_then(clinical),
        snooze,
        assignment,
    }
}

fn clinical(text: &str) -> Option<ClinicalTime> {
    epoch_ms(text).map(ClinicalTime::from_epoch_ms)
}

fn finding(told: &Told) -> Option<Finding> {
    let kind = AlertKind::from_words(&told.kind, told.vital, told.rule)?;
    Some(Finding {
        kind,
        state: FindingState::Raise {
            priority: told.priority,
            began: MeasuredTime::from_epoch_ms(epoch_ms(&told.began_at)?),
        },
        at: ClinicalTime::from_epoch_ms(epoch_ms(&told.raised_at)?),
        evidence: told.evidence.clone(),
    })
}

fn epoch_ms(text: &str) -> Option<i64> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.as_millisecond())
}
