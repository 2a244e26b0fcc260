//! Open alerts and the windows of the treatment: what held before a window began
//! becomes as urgent in it as what is found there.

use super::Rulebook;
use super::patient::PatientState;
use super::word::StepOutput;
use crate::alert::Episode;
use crate::detect::{next_window, urgency_in_treatment};
use crate::domain::{
    ClinicalTime, Condition, Evidence, Finding, FindingState, MeasuredTime, PatientContext,
};

impl PatientState {
    /// Tells anew what the windows that hold at `now` make more urgent, and
    /// notes when the next one begins. No window makes anything less urgent:
    /// their ends change nothing that was told.
    pub(super) fn enter_windows(
        &mut self,
        book: &Rulebook,
        now: ClinicalTime,
        out: &mut StepOutput,
    ) {
        self.window = next_window(&self.context, &book.rules, now);
        if !self.monitor.is_monitored() {
            return;
        }
        let active = self.episodes.iter().filter(|episode| {
            episode.condition == Condition::Active && episode.kind.is_physiological()
        });
        let raised = active.filter_map(|episode| anew(episode, &self.context, book, now));
        out.findings.extend(raised);
        self.take_findings(book, out);
    }
}

/// The episode told with a higher priority, if a window gives it one.
fn anew(
    episode: &Episode,
    context: &PatientContext,
    book: &Rulebook,
    now: ClinicalTime,
) -> Option<Finding> {
    let told = episode.evidence.treatment.as_ref();
    let without = told.map_or(episode.priority, |told| told.priority_without);
    let at = MeasuredTime::from_arrival(now);
    let rules = &book.rules;
    let (priority, treatment) = urgency_in_treatment(context, rules, episode.kind, without, at);
    (book.priority(episode.kind, priority) > episode.priority).then(|| Finding {
        kind: episode.kind,
        state: FindingState::Raise {
            priority,
            began: episode.began_at,
        },
        at: now,
        evidence: Evidence {
            treatment: Some(treatment),
            ..episode.evidence.clone()
        },
    })
}
