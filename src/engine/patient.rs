//! One patient's state: a fold of that patient's journal rows.

use super::Rulebook;
use super::ledger::Ledger;
use super::word::{AlertCommand, Answer, PatientInput, StepOutput};
use crate::alert::{self, CommandRefused, CurrentValue, Episodes, number_of};
use crate::detect::{Monitor, Observed};
use crate::domain::{
    AlertKind, ClinicalTime, Condition, Evidence, Finding, FindingState, MeasuredTime,
    PatientContext, PatientNumber, Vital,
};
use crate::registry::CommandError;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything that decides about one patient. Each input is judged on a copy,
/// which is written over an older one so that no message has to allocate.
#[derive(Serialize, Deserialize)]
pub(super) struct PatientState {
    pub(super) number: PatientNumber,
    pub(super) context: Arc<PatientContext>,
    pub(super) monitor: Monitor,
    pub(super) episodes: Episodes,
    /// Which readings went in, for whoever explains an alert.
    pub(super) ledger: Ledger,
    /// When a window of the treatment begins next.
    pub(super) window: Option<ClinicalTime>,
}

impl Clone for PatientState {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            context: Arc::clone(&self.context),
            monitor: self.monitor.clone(),
            episodes: self.episodes.clone(),
            ledger: self.ledger,
            window: self.window,
        }
    }

    /// Keeps the allocations of `self`.
    fn clone_from(&mut self, source: &Self) {
        let Self {
            number,
            context,
            monitor,
            episodes,
            ledger,
            window,
        } = source;
        (self.number, self.ledger, self.window) = (*number, *ledger, *window);
        self.context.clone_from(context);
        self.monitor.clone_from(monitor);
        self.episodes.clone_from(episodes);
    }
}

impl PatientState {
    pub(super) fn new(number: PatientNumber) -> Self {
        Self {
            number,
            context: Arc::default(),
            monitor: Monitor::default(),
            episodes: Episodes::default(),
            ledger: Ledger::default(),
            window: None,
        }
    }

    /// Applies one input that arrived at `stamp`; first fires what was due before it.
    pub(super) fn step(
        &mut self,
        book: &Rulebook,
        stamp: ClinicalTime,
        input: &PatientInput<'_>,
        out: &mut StepOutput,
    ) {
        self.advance(book, stamp, out);
        let (rules, findings) = (&book.rules, &mut out.findings);
        match input {
            PatientInput::Readings { readings, source } => {
                drill(book, readings);
                let observed = Observed {
                    readings,
                    arrived: stamp,
                    source: *source,
                };
                let qualities = &mut out.qualities;
                self.monitor
                    .observe(&self.context, rules, &observed, qualities, findings);
                readings
                    .iter()
                    .for_each(|reading| self.ledger.note(reading));
            }
            PatientInput::DeviceEvent(event) => {
                self.monitor
                    .device_event(&self.context, rules, **event, stamp, findings);
            }
            PatientInput::Context(context) => {
                self.context = Arc::clone(context);
                self.monitor
                    .context_changed(&self.context, rules, stamp, findings);
                self.take_findings(book, out);
                self.enter_windows(book, stamp, out);
            }
            PatientInput::Alert(command) => {
                out.answer = Some(self.answer(book, stamp, command, out))
            }
            PatientInput::Nothing | PatientInput::Rebuilt => {}
        }
        self.take_findings(book, out);
    }

    /// Fires every deadline of the monitor, of the treatment and of the episodes
    /// at or before `now`, each at its own time and the earlier first.
    fn advance(&mut self, book: &Rulebook, now: ClinicalTime, out: &mut StepOutput) {
        while let Some(due) = self.next_due().filter(|due| *due <= now) {
            self.monitor
                .advance(&self.context, &book.rules, due, &mut out.findings);
            self.take_findings(book, out);
            if self.window.is_some_and(|begins| begins <= due) {
                self.enter_windows(book, due, out);
            }
            let patient = alert::Patient {
                number: self.number,
                site: &book.site,
            };
            let first = out.events.len();
            self.episodes
                .advance(&patient, due, &book.alerts, &mut out.events);
            self.add_current(out, first);
        }
    }

    /// When the state must be looked at even if nothing arrives.
    pub(super) fn next_due(&self) -> Option<ClinicalTime> {
        let dues = [
            self.monitor.next_due(),
            self.window,
            self.episodes.next_due(),
        ];
        dues.into_iter().flatten().min()
    }

    /// Hands what detectors found to the episode machine, at the priorities of
    /// the organisation.
    pub(super) fn take_findings(&mut self, book: &Rulebook, out: &mut StepOutput) {
        for finding in &mut out.findings {
            if let FindingState::Raise { priority, .. }
            | FindingState::Late { priority, .. }
            | FindingState::Ease { priority } = &mut finding.state
            {
                *priority = book.priority(finding.kind, *priority);
            }
        }
        self.take_ranked(book, out);
    }

    /// Hands findings whose priorities are in force to the episode machine.
    fn take_ranked(&mut self, book: &Rulebook, out: &mut StepOutput) {
        if out.findings.is_empty() {
            return;
        }
        let patient = alert::Patient {
            number: self.number,
            site: &book.site,
        };
        let monitored = self.monitor.is_monitored();
        let first = out.events.len();
        for finding in out.findings.drain(..) {
            let events = &mut out.events;
            self.episodes
                .on_finding(&patient, monitored, &finding, &book.alerts, events);
        }
        self.add_current(out, first);
    }

    /// What reminds people says how the patient is now.
    fn add_current(&self, out: &mut StepOutput, first: usize) {
        let events = out.events.iter_mut().skip(first);
        for event in events.filter(|event| event.asks_how_it_is_now()) {
            let at = event.at;
            let mut vitals: Vec<_> = event.evidence.values.iter().map(|v| v.vital).collect();
            vitals.sort_unstable();
            vitals.dedup();
            let newest = vitals.into_iter().filter_map(|vital| {
                let newest = self.monitor.newest(vital)?;
                Some(CurrentValue {
                    vital,
                    value: newest.value,
                    measured: newest.measured,
                    age_ms: newest.measured.age_ms_at(at),
                })
            });
            event.current = newest.collect();
        }
    }

    fn answer(
        &mut self,
        book: &Rulebook,
        stamp: ClinicalTime,
        command: &AlertCommand,
        out: &mut StepOutput,
    ) -> Result<bool, CommandError> {
        let missing = CommandError::NotFound { what: "alert" };
        let (_, number) = number_of(&command.alert, &book.site).ok_or(missing)?;
        let patient = alert::Patient {
            number: self.number,
            site: &book.site,
        };
        let answer = |comment| alert::Answer {
            number,
            author: &command.author,
            comment,
            at: stamp,
        };
        let settings = &book.alerts;
        let episodes = &mut self.episodes;
        let event = match &command.answer {
            Answer::Acknowledge { comment } => {
                episodes.acknowledge(&patient, &answer(comment.as_deref()), settings)
            }
            Answer::Resolve {
                outcome,
                usefulness,
            } => episodes.resolve(&patient, &answer(Some(outcome)), *usefulness, settings),
            Answer::Comment { text } => episodes.comment(&patient, &answer(Some(text))),
            Answer::Snooze { until, reason } => {
                episodes.snooze(&patient, &answer(reason.as_deref()), *until, settings)
            }
            Answer::Unsnooze { comment } => {
                episodes.unsnooze(&patient, &answer(comment.as_deref()), settings)
            }
            Answer::Assign { to, comment } => {
                episodes.assign(&patient, &answer(comment.as_deref()), to)
            }
            Answer::Reopen { comment } => {
                episodes.reopen(&patient, &answer(comment.as_deref()), settings)
            }
        };
        let event = event.map_err(refused)?;
        let changed = event.is_some();
        out.events.extend(event);
        Ok(changed)
    }

    /// Other rules may be in force than before. Ends the condition of every
    /// episode whose rule is gone: nobody could say any more when it ends.
    pub(super) fn leave_rules(
        &mut self,
        book: &Rulebook,
        stamp: ClinicalTime,
        out: &mut StepOutput,
    ) {
        let gone = self.episodes.iter().filter(|episode| {
            episode.condition == Condition::Active && is_gone(episode.kind, book)
        });
        for episode in gone {
            let rules = &book.rules;
            self.monitor
                .let_go(&self.context, rules, episode.kind, stamp);
            out.findings.push(Finding {
                kind: episode.kind,
                state: FindingState::Clear,
                at: stamp,
                evidence: Evidence {
                    rule: episode.evidence.rule.clone(),
                    rule_version: episode.evidence.rule_version,
                    summary: RULE_GONE.to_owned(),
                    ..Evidence::default()
                },
            });
        }
        self.take_findings(book, out);
        self.enter_windows(book, stamp, out);
    }

    /// Puts the episodes people know into a rebuilt state. What the rebuilt
    /// detectors no longer find is over.
    pub(super) fn keep_episodes(
        &mut self,
        known: Episodes,
        book: &Rulebook,
        stamp: ClinicalTime,
        out: &mut StepOutput,
    ) {
        let rebuilt = std::mem::replace(&mut self.episodes, known);
        let found = |kind| {
            rebuilt
                .iter()
                .any(|episode| episode.kind == kind && episode.condition == Condition::Active)
        };
        let over: Vec<_> = self
            .episodes
            .iter()
            .filter(|episode| episode.condition == Condition::Active && !found(episode.kind))
            .map(|episode| episode.kind)
            .collect();
        out.findings.extend(over.into_iter().map(|kind| {
            Finding {
                kind,
                state: FindingState::Clear,
                at: stamp,
                evidence: Evidence {
                    summary: if is_gone(kind, book) {
                        RULE_GONE
                    } else {
                        "The readings it rested on belong to somebody else."
                    }
                    .to_owned(),
                    ..Evidence::default()
                },
            }
        }));
        self.raise_rebuilt(&rebuilt, book, stamp, out);
        self.take_ranked(book, out);
        self.enter_windows(book, stamp, out);
    }

    /// What only the rebuilt detectors found is told now when it still holds;
    /// what is long past never pages, and counts as not told.
    fn raise_rebuilt(
        &mut self,
        rebuilt: &Episodes,
        book: &Rulebook,
        stamp: ClinicalTime,
        out: &mut StepOutput,
    ) {
        for episode in rebuilt.iter().filter(|e| e.condition == Condition::Active) {
            let kind = episode.kind;
            let same = |e: &&alert::Episode| e.kind == kind && e.condition == Condition::Active;
            if self.episodes.iter().find(same).is_some() {
                continue;
            }
            let newest = self.newest_of(&episode.evidence);
            let fresh_ms = i64::from(book.rules.late.fresh_minutes) * 60_000;
            let fresh = newest.is_some_and(|at| at.age_ms_at(stamp) <= fresh_ms);
            if kind.is_physiological() && !fresh {
                let rules = &book.rules;
                self.monitor.let_go(&self.context, rules, kind, stamp);
                continue;
            }
            out.findings.push(Finding {
                kind,
                state: FindingState::Raise {
                    priority: episode.priority,
                    began: episode.began_at,
                },
                at: stamp,
                evidence: episode.evidence.clone(),
            });
        }
    }

    /// When the vitals that an alert rests on were last measured.
    fn newest_of(&self, evidence: &Evidence) -> Option<MeasuredTime> {
        let vitals = evidence.values.iter().map(|value| value.vital);
        let newest = vitals.filter_map(|vital| self.monitor.newest(vital));
        newest.map(|newest| newest.measured).max()
    }
}

const RULE_GONE: &str = "The clinical rule that raised it is no longer in force.";

/// What a refusal is to whoever asked.
fn refused(error: CommandRefused) -> CommandError {
    let problem = error.to_string();
    match error {
        CommandRefused::SnoozeOutOfRange { .. } => CommandError::Invalid {
            field: "until",
            problem,
        },
        CommandRefused::NobodyNamed => CommandError::Invalid {
            field: "to",
            problem,
        },
        CommandRefused::Over
        | CommandRefused::AlreadyAcknowledged { .. }
        | CommandRefused::AlreadyResolved
        | CommandRefused::OutcomeMissing
        | CommandRefused::TextMissing
        | CommandRefused::ConditionEnded
        | CommandRefused::SnoozeNotAllowed => CommandError::Conflict { problem },
    }
}

/// Whether the kind is of a clinical rule that is not in force.
fn is_gone(kind: AlertKind, book: &Rulebook) -> bool {
    kind.rule()
        .is_some_and(|id| book.rules.clinical.get(id).is_none())
}

/// For a drill of the guard: panics at the configured heart rate.
#[expect(clippy::panic, reason = "the drill exists to panic under the guard")]
fn drill(book: &Rulebook, readings: &[crate::domain::Reading]) {
    if let Some(at) = book.dangerous_panic_at_heart_rate
        && readings
            .iter()
            .any(|reading| reading.vital == Vital::HeartRate && reading.value == at)
    {
        panic!("the drill of the guard was asked for in the configuration");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Rules, Source};
    use crate::domain::Reading;

    #[test]
    fn a_state_that_is_written_over_keeps_its_allocations() {
        let mut state = PatientState::new(PatientNumber(7));
        let reading = Reading {
            at: MeasuredTime::from_epoch_ms(60_000),
            vital: Vital::HeartRate,
            value: 70.0,
        };
        let observed = Observed {
            readings: &[reading],
            arrived: ClinicalTime::from_epoch_ms(60_000),
            source: Source::Staff,
        };
        let (mut qualities, mut findings) = (Vec::new(), Vec::new());
        let (context, rules) = (&state.context, &Rules::default());
        state
            .monitor
            .observe(context, rules, &observed, &mut qualities, &mut findings);
        let mut scratch = PatientState::new(PatientNumber(0));
        scratch.clone_from(&state);
        let places = scratch.monitor.places();
        scratch.clone_from(&state);
        assert_eq!(scratch.monitor.places(), places);
        assert!(scratch.number == state.number && scratch.monitor == state.monitor);
        assert!(Arc::ptr_eq(&scratch.context, &state.context));
        assert!(places.len() > 1 && scratch.ledger == state.ledger);
    }
}
