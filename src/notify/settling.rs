//! Remembers attempts whose reports are on their way into the store.
//!
//! Between an attempt's end and the commit of its report the store still says
//! that the delivery is due; without this memory it would be sent twice.

use crate::domain::WallTime;
use crate::store::DeliveryView;
use std::collections::HashMap;

/// A report that is not committed within this time (the engine may have been
/// stuck on a full disk) is forgotten; the delivery is sent again under the
/// same `webhook-id`.
const FORGET_AFTER_MS: i64 = 60_000;

struct Reported {
    attempts_before: u32,
    was_due: WallTime,
    at: WallTime,
}

/// The reports of one endpoint that no read has shown yet.
#[derive(Default)]
pub(super) struct Settling {
    reported: HashMap<String, Reported>,
}

impl Settling {
    /// A report about `view` entered the engine's inbox at `at`.
    pub(super) fn reported(&mut self, view: &DeliveryView, at: WallTime) {
        let report = Reported {
            attempts_before: view.attempts,
            was_due: view.next_attempt,
            at,
        };
        self.reported.insert(view.id.clone(), report);
    }

    /// Whether the store's view of this delivery is older than our report.
    pub(super) fn holds(&self, view: &DeliveryView) -> bool {
        self.reported
            .get(&view.id)
            .is_some_and(|report| view.attempts <= report.attempts_before)
    }

    /// A read of what is due, limited to `limit`, came back at `now`: forgets
    /// the reports that it shows to be committed. The page is ordered by when
    /// deliveries were due, so one that is missing below its end has moved on.
    pub(super) fn seen(&mut self, page: &[DeliveryView], limit: usize, now: WallTime) {
        let complete = page.len() < limit;
        let end = page.last().map(|view| view.next_attempt);
        self.reported.retain(|id, report| {
            if now.ms_since(report.at) >= FORGET_AFTER_MS {
                return false;
            }
            match page.iter().find(|view| view.id == *id) {
                Some(view) => view.attempts <= report.attempts_before,
                None => !complete && end.is_none_or(|end| report.was_due >= end),
            }
        });
    }

    pub(super) fn len(&self) -> usize {
        self.reported.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ClinicalTime;

    const NOW: WallTime = WallTime::from_epoch_ms(1_000_000);

    fn view(id: &str, attempts: u32, due_ms: i64) -> DeliveryView {
        DeliveryView {
            number: 1,
            id: id.to_owned(),
            endpoint: "board".to_owned(),
            event_type: "alert.raised".to_owned(),
            created: ClinicalTime::from_epoch_ms(0),
            state: "waiting".to_owned(),
            attempts,
            next_attempt: WallTime::from_epoch_ms(due_ms),
            last_status: None,
            last_error: None,
            body: Vec::new(),
        }
    }

    #[test]
    fn a_delivery_is_held_until_a_read_shows_its_report() {
        let mut settling = Settling::default();
        let before = view("dlv_1", 0, 10);
        settling.reported(&before, NOW);
        settling.seen(&[view("dlv_1", 0, 10)], 5, NOW);
        assert!(settling.holds(&before), "the read is older than the report");
        let after = view("dlv_1", 1, 20);
        assert!(!settling.holds(&after));
        settling.seen(&[after], 5, NOW);
        assert_eq!(settling.len(), 0);
    }

    #[test]
    fn a_delivery_missing_from_a_full_page_counts_only_below_its_end() {
        let mut settling = Settling::default();
        settling.reported(&view("early", 0, 10), NOW);
        settling.reported(&view("late", 0, 90), NOW);
        settling.seen(&[view("other", 0, 50)], 1, NOW);
        assert!(!settling.holds(&view("early", 0, 10)));
        assert!(settling.holds(&view("late", 0, 90)));
        settling.seen(&[view("other", 0, 50)], 2, NOW);
        assert_eq!(settling.len(), 0);
    }

    #[test]
    fn a_report_that_never_shows_is_forgotten() {
        let mut settling = Settling::default();
        let stuck = view("dlv_1", 0, 10);
        settling.reported(&stuck, NOW);
        settling.seen(&[view("dlv_1", 0, 10)], 5, NOW.plus_ms(FORGET_AFTER_MS));
        assert!(!settling.holds(&stuck));
    }
}
