//! Episodes of a patient whose snapshot another version wrote, from the alerts
//! as they were stored.

use crate::alert::{Episodes, Settings, number_of};
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
}

#[derive(Deserialize)]
struct Answered {
    by: String,
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
        let by = told
            .acknowledged
            .as_ref()
            .map(|answered| answered.by.as_str());
        let standing = (told.condition, told.handling);
        episodes.restore(number, &finding, standing, by, now, settings);
    }
    episodes
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
