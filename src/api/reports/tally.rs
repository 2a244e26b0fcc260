//! What is counted of the alerts of one group: a ward, a kind, everything.

use crate::domain::{Priority, Usefulness};
use std::collections::BTreeSet;

/// A patient's place in the list of this report.
pub(super) type Place = usize;

/// An alert that was raised in the span, with what became of it until its end.
pub(super) struct Raised {
    pub(super) at: i64,
    pub(super) priority: Priority,
    /// When a person first acknowledged or resolved it.
    pub(super) answered: Option<i64>,
    /// What a person thought of it, in their last word.
    pub(super) usefulness: Option<Usefulness>,
}

/// What else happened in the span, also to alerts that were raised before.
#[derive(Clone, Copy)]
pub(super) enum Happened {
    Reopened,
    Escalated,
    Snoozed,
    Told,
    KeptBack,
    EnteredInError,
    FoundLate,
}

impl Happened {
    /// By the name of the event, and whether a notification went out.
    pub(super) fn of(event: &str, is_sent: bool) -> Option<Self> {
        Some(match event {
            "alert.reopened" => Self::Reopened,
            "alert.escalated" => Self::Escalated,
            "alert.snoozed" => Self::Snoozed,
            "alert.entered_in_error" => Self::EnteredInError,
            "alert.found_late" => Self::FoundLate,
            "alert.notified" if is_sent => Self::Told,
            "alert.suppressed" => Self::KeptBack,
            _ => return None,
        })
    }
}

/// Counts of one group.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) raised: u64,
    pub(super) reopened: u64,
    pub(super) escalated: u64,
    pub(super) snoozed: u64,
    pub(super) told: u64,
    pub(super) kept_back: u64,
    pub(super) entered_in_error: u64,
    pub(super) found_late: u64,
    pub(super) in_time: u64,
    /// Answered in time, or the target passed within the span.
    pub(super) due: u64,
    /// From raising to the first answer, ms.
    pub(super) waits_ms: Vec<i64>,
    pub(super) useful: u64,
    pub(super) not_useful: u64,
    pub(super) unsure: u64,
    pub(super) with_any: BTreeSet<Place>,
}

impl Tally {
    /// Counts an alert. `target_ms`: how soon it should have been answered,
    /// none without a target; `until`: the end of the span.
    pub(super) fn add(&mut self, raised: &Raised, of: Place, target_ms: Option<i64>, until: i64) {
        self.raised += 1;
        self.with_any.insert(of);
        let wait = raised.answered.map(|answered| answered - raised.at);
        self.waits_ms.extend(wait);
        if let Some(target_ms) = target_ms {
            let in_time = wait.is_some_and(|wait| wait <= target_ms);
            self.in_time += u64::from(in_time);
            self.due += u64::from(in_time || raised.at + target_ms < until);
        }
        match raised.usefulness {
            Some(Usefulness::Useful) => self.useful += 1,
            Some(Usefulness::NotUseful) => self.not_useful += 1,
            Some(Usefulness::Unsure) => self.unsure += 1,
            None => {}
        }
    }

    /// Counts what else happened.
    pub(super) fn note(&mut self, happened: Happened) {
        let count = match happened {
            Happened::Reopened => &mut self.reopened,
            Happened::Escalated => &mut self.escalated,
            Happened::Snoozed => &mut self.snoozed,
            Happened::Told => &mut self.told,
            Happened::KeptBack => &mut self.kept_back,
            Happened::EnteredInError => &mut self.entered_in_error,
            Happened::FoundLate => &mut self.found_late,
        };
        *count += 1;
    }
}

/// Who was monitored, and for how long together.
#[derive(Clone, Default)]
pub(super) struct Watched {
    pub(super) patients: BTreeSet<Place>,
    pub(super) ms: i64,
}

impl Watched {
    pub(super) fn add(&mut self, of: Place, ms: i64) {
        self.patients.insert(of);
        self.ms += ms;
    }
}
