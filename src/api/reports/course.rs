//! Where a patient was and when monitored, as it was known at a moment: the
//! audit's commands folded up to then.

use super::bounds::Untold;
use crate::api::source::ReadError;
use crate::domain::{ClinicalTime, PatientContext, WardId};
use crate::registry::{Command, Patient, watched_after};
use crate::store::OrderView;

/// From a moment until before another, epoch milliseconds.
pub(super) type Span = (i64, i64);

/// Wards and monitoring of one patient.
pub(super) struct Course {
    /// Since when on which ward, oldest first.
    wards: Vec<(i64, WardId)>,
    context: PatientContext,
}

impl Course {
    /// The course as known at `known`; none when the patient was not entered
    /// by then. Of whom nothing was ever ordered, today's document speaks.
    pub(super) fn of(
        patient: &Patient,
        orders: &[OrderView],
        known: ClinicalTime,
    ) -> Result<Option<Self>, Untold> {
        let mut course = Self {
            wards: Vec::new(),
            context: PatientContext::default(),
        };
        if orders.is_empty() {
            course.wards.push((i64::MIN, patient.ward.clone()));
            course.context = patient.context.clone();
        }
        for order in orders.iter().take_while(|order| order.at <= known) {
            let command: Command = serde_json::from_str(&order.document).map_err(damaged)?;
            match command {
                Command::PutPatient { ward, .. } => {
                    let at = order.at.epoch_ms();
                    course.wards.extend(ward.map(|ward| (at, ward)));
                }
                other => watched_after(&mut course.context, &other),
            }
        }
        Ok((!course.wards.is_empty()).then_some(course))
    }

    /// The ward at a moment.
    pub(super) fn ward_at(&self, at: ClinicalTime) -> Option<&WardId> {
        let before = self.wards.iter().rev();
        let mut before = before.filter(|(since, _)| *since <= at.epoch_ms());
        before.next().map(|(_, ward)| ward)
    }

    pub(super) fn is_monitored(&self, at: ClinicalTime) -> bool {
        self.context.is_monitored(at)
    }

    /// The end of a planned pause inside monitoring.
    pub(super) fn paused_until(&self, at: ClinicalTime) -> Option<ClinicalTime> {
        let inside = self.context.monitoring.iter().any(|p| p.contains(at));
        let mut pauses = self.context.pauses.iter();
        let pause = pauses.find(|pause| pause.start <= at && at < pause.end)?;
        inside.then_some(pause.end)
    }

    /// When monitored in a span: monitoring periods less planned pauses.
    pub(super) fn monitored(&self, within: Span) -> Vec<Span> {
        let periods = self.context.monitoring.iter().map(|period| {
            let end = period.end.map_or(i64::MAX, ClinicalTime::epoch_ms);
            clip((period.start.epoch_ms(), end), within)
        });
        let mut spans: Vec<Span> = periods.flatten().collect();
        spans.sort_unstable();
        // What was ordered twice is monitored once.
        let mut last = i64::MIN;
        for span in &mut spans {
            span.0 = span.0.max(last);
            last = last.max(span.1);
        }
        for pause in &self.context.pauses {
            let (start, end) = (pause.start.epoch_ms(), pause.end.epoch_ms());
            let rest = |span: &Span| [clip((i64::MIN, start), *span), clip((end, i64::MAX), *span)];
            spans = spans.iter().flat_map(rest).flatten().collect();
        }
        spans.retain(|span| span.0 < span.1);
        spans
    }

    /// Milliseconds monitored in a span, by ward.
    pub(super) fn monitored_by_ward(&self, within: Span) -> Vec<(&WardId, i64)> {
        let spans = self.monitored(within);
        let ends = self.wards.iter().skip(1).map(|(since, _)| *since);
        let ends = ends.chain([i64::MAX]);
        let stays = self.wards.iter().zip(ends);
        let on = stays.map(|((since, ward), end)| {
            let inside = spans.iter().filter_map(|span| clip(*span, (*since, end)));
            (ward, inside.map(|(from, until)| until - from).sum())
        });
        on.filter(|(_, ms)| *ms > 0).collect()
    }
}

/// What of `span` lies within another.
pub(super) fn clip(span: Span, within: Span) -> Option<Span> {
    let both = (span.0.max(within.0), span.1.min(within.1));
    (both.0 < both.1).then_some(both)
}

fn damaged(source: serde_json::Error) -> Untold {
    Untold::Read(ReadError {
        what: "a command in the audit",
        source: Box::new(source),
    })
}
