//! Counts as they are shown: no share without what it is a share of.

use super::tally::{Tally, Watched};
use serde::Serialize;

const DAY_MS: f64 = 86_400_000.0;
const MINUTE_MS: f64 = 60_000.0;

/// A count of several, and its share of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Share {
    pub(in crate::api) count: u64,
    /// Of how many.
    pub(in crate::api) of: u64,
    /// `count / of`; null of none.
    pub(in crate::api) share: Option<f64>,
}

impl Share {
    pub(super) fn new(count: u64, of: u64) -> Self {
        let share = (of > 0).then(|| rounded(count as f64 / of as f64));
        Self { count, of, share }
    }
}

/// How long it took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Waits {
    /// Of how many alerts.
    pub(in crate::api) of: u64,
    /// Half of them took no longer (nearest rank); null of none.
    pub(in crate::api) median: Option<f64>,
    /// Nine of ten took no longer (nearest rank); null of none.
    pub(in crate::api) p90: Option<f64>,
}

impl Waits {
    fn new(mut waits_ms: Vec<i64>) -> Self {
        waits_ms.sort_unstable();
        Self {
            of: waits_ms.len() as u64,
            median: nearest_rank(&waits_ms, 50),
            p90: nearest_rank(&waits_ms, 90),
        }
    }
}

/// The smallest value that so many percent do not exceed, in minutes.
fn nearest_rank(sorted_ms: &[i64], percent: usize) -> Option<f64> {
    let rank = (sorted_ms.len() * percent).div_ceil(100);
    let ms = sorted_ms.get(rank.checked_sub(1)?)?;
    Some(rounded(*ms as f64 / MINUTE_MS))
}

/// Four decimals.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// 24 hours each, whatever the clocks of the place did.
pub(super) fn days(ms: i64) -> f64 {
    rounded(ms as f64 / DAY_MS)
}

/// So many in each patient-day; none without any.
pub(super) fn per_day(count: u64, ms: i64) -> Option<f64> {
    (ms > 0).then(|| rounded(count as f64 * DAY_MS / ms as f64))
}

/// The burden of one group of alerts.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Figures {
    /// Patients monitored in the span, for any part of it.
    pub(in crate::api) patients: u64,
    /// Days of 24 hours they were monitored, pauses left out.
    pub(in crate::api) patient_days: f64,
    /// Alerts raised in the span.
    pub(in crate::api) raised: u64,
    /// Null without a patient-day.
    pub(in crate::api) raised_per_patient_day: Option<f64>,
    /// Patients with at least one raised, of those monitored.
    pub(in crate::api) patients_with_any: Share,
    /// Times an alert came back after it was resolved.
    pub(in crate::api) reopened: u64,
    /// Times an alert became more urgent.
    pub(in crate::api) escalated: u64,
    /// Notifications that were handed to a channel; what became of each stands in
    /// the channel's list.
    pub(in crate::api) told: u64,
    /// Notifications that were kept back, grouped or overtaken.
    pub(in crate::api) kept_back: u64,
    /// Times a person snoozed one.
    pub(in crate::api) snoozed: u64,
    /// Alerts that rested on another patient's readings.
    pub(in crate::api) entered_in_error: u64,
    /// Conditions that were over before they became known: listed, told to
    /// nobody, and not among those raised.
    pub(in crate::api) found_late: u64,
    /// A person acknowledged or resolved it by the end of the span, of those raised.
    pub(in crate::api) acknowledged: Share,
    /// Within the target of its priority; of those that were, or whose target passed
    /// within the span.
    pub(in crate::api) acknowledged_in_time: Share,
    /// Nobody did by the end of the span, of those raised.
    pub(in crate::api) never_acknowledged: Share,
    /// Minutes from raising to the first acknowledgement or resolution by a person.
    pub(in crate::api) minutes_to_acknowledgement: Waits,
    /// Said to have been worth the interruption, of those judged by whoever resolved them.
    pub(in crate::api) marked_useful: Share,
    /// Said not to have been, of those judged.
    pub(in crate::api) marked_not_useful: Share,
}

impl Figures {
    pub(super) fn new(tally: Tally, watched: &Watched) -> Self {
        let judged = tally.useful + tally.not_useful + tally.unsure;
        let answered = tally.waits_ms.len() as u64;
        let patients = watched.patients.len() as u64;
        let with_any = tally.with_any.intersection(&watched.patients).count() as u64;
        Self {
            patients,
            patient_days: days(watched.ms),
            raised: tally.raised,
            raised_per_patient_day: per_day(tally.raised, watched.ms),
            patients_with_any: Share::new(with_any, patients),
            reopened: tally.reopened,
            escalated: tally.escalated,
            told: tally.told,
            kept_back: tally.kept_back,
            snoozed: tally.snoozed,
            entered_in_error: tally.entered_in_error,
            found_late: tally.found_late,
            acknowledged: Share::new(answered, tally.raised),
            acknowledged_in_time: Share::new(tally.in_time, tally.due),
            never_acknowledged: Share::new(tally.raised - answered, tally.raised),
            minutes_to_acknowledgement: Waits::new(tally.waits_ms),
            marked_useful: Share::new(tally.useful, judged),
            marked_not_useful: Share::new(tally.not_useful, judged),
        }
    }
}
