//! One patient's readings judged as the service judges them, without a store,
//! a thread or a device: for backtests.
//!
//! The state is the engine's own, and so is the order of things: what is due
//! before an input fires first, each deadline at its own time. Nobody is there
//! to answer, so every alert counts as seen the moment it is told, and for good
//! ([`Rulebook::for_replay`]): otherwise the first high one about the body would
//! stay open for ever.

use super::Rulebook;
use super::patient::PatientState;
use super::word::{AlertCommand, Answer, PatientInput, StepOutput};
use crate::alert::{EpisodeEvent, EventType};
use crate::domain::{
    AlertKind, ClinicalTime, MeasuredTime, PatientContext, PatientNumber, Quality, Reading,
    ReadingSource,
};
use std::sync::Arc;

/// The name under which a replay answers alerts.
const AUTHOR: &str = "replay";

/// A patient without a service around.
pub struct Replay<'a> {
    book: &'a Rulebook,
    state: PatientState,
    output: StepOutput,
    events: Vec<EpisodeEvent>,
    clock: ClinicalTime,
}

/// What one input gave.
pub struct Judged<'a> {
    /// One for each reading of the input.
    pub qualities: &'a [Quality],
    /// What happened to episodes up to and with it, in order.
    pub events: &'a [EpisodeEvent],
}

impl<'a> Replay<'a> {
    /// A patient of whom nothing is known before `start` but the context.
    pub fn new(book: &'a Rulebook, context: PatientContext, start: ClinicalTime) -> Self {
        let mut replay = Self {
            book,
            state: PatientState::new(PatientNumber(0)),
            output: StepOutput::default(),
            events: Vec::new(),
            clock: start,
        };
        replay.step(start, &PatientInput::Context(Arc::new(context)));
        replay
    }

    /// Judges the readings of one message that arrived at `stamp`; a stamp
    /// before the one before counts as that one, as in the service.
    pub fn observe(
        &mut self,
        stamp: ClinicalTime,
        readings: &[Reading],
        source: ReadingSource,
    ) -> Judged<'_> {
        self.events.clear();
        self.fire(stamp);
        self.step(self.clock, &PatientInput::Readings { readings, source });
        Judged {
            qualities: &self.output.qualities,
            events: &self.events,
        }
    }

    /// Lets time pass until `now`; what is due later never happens.
    pub fn finish(&mut self, now: ClinicalTime) -> &[EpisodeEvent] {
        self.events.clear();
        self.fire(now);
        &self.events
    }

    /// What is known of the patient beside the readings.
    pub fn context(&self) -> &PatientContext {
        &self.state.context
    }

    /// Fires each deadline up to `now`, and moves the clock there.
    fn fire(&mut self, now: ClinicalTime) {
        while let Some(due) = self.state.next_due().filter(|due| *due <= now) {
            self.step(due.max(self.clock), &PatientInput::Nothing);
        }
        self.clock = self.clock.max(now);
    }

    fn step(&mut self, at: ClinicalTime, input: &PatientInput<'_>) {
        self.clock = at;
        self.state.step(self.book, at, input, &mut self.output);
        let before = self.events.len();
        self.events.append(&mut self.output.events);
        for place in before..self.events.len() {
            self.acknowledge(place);
        }
    }

    /// Answers the event at `place`, if it asks for an answer.
    fn acknowledge(&mut self, place: usize) {
        let Some(event) = self.events.get(place) else {
            return;
        };
        if !matches!(
            event.event,
            EventType::Raised
                | EventType::Reopened
                | EventType::Escalated
                | EventType::AcknowledgementExpired
        ) {
            return;
        }
        let command = AlertCommand {
            alert: event.id.clone(),
            author: AUTHOR.to_owned(),
            answer: Answer::Acknowledge { comment: None },
        };
        let input = PatientInput::Alert(&command);
        self.state
            .step(self.book, self.clock, &input, &mut self.output);
        // Refused only when the episode is over already: then nobody waits.
        self.events.append(&mut self.output.events);
    }
}

/// The measured time at which what decided an event ended: the newest deciding
/// reading, or the end of the newest deciding epoch. What time itself decides
/// (silence, not worn) has none, and stands at the event's own time.
pub fn measured_end(event: &EpisodeEvent) -> MeasuredTime {
    let decided = MeasuredTime::from_arrival(event.at);
    let newest = event.evidence.values.iter().map(|value| value.measured);
    match (epoch_ms(event.kind), newest.max()) {
        // What a person measured is judged at once, not at the end of a minute.
        (Some(epoch_ms), Some(newest)) => newest.plus_ms(epoch_ms).min(decided),
        _ => decided,
    }
}

/// Length of the epochs whose starts an alert's evidence names; none where
/// time decides.
const fn epoch_ms(kind: AlertKind) -> Option<i64> {
    match kind {
        AlertKind::FeverOnTreatment => Some(0),
        // The values of an hour and of a night name its last minute.
        AlertKind::News2
        | AlertKind::BaselineDeviation(_)
        | AlertKind::Deterioration
        | AlertKind::SustainedChange
        | AlertKind::OvernightHeartRate
        | AlertKind::Rule(_) => Some(60_000),
        // To so much the end of a beat is remembered.
        AlertKind::IrregularPulse => Some(250),
        AlertKind::ActivityDecline => Some(86_400_000),
        AlertKind::Silent(_)
        | AlertKind::DeviceSilent
        | AlertKind::NeverHeard(_)
        | AlertKind::NotWorn
        | AlertKind::Frozen(_)
        | AlertKind::DeviceClock
        | AlertKind::BatteryLow
        | AlertKind::DeviceOffline
        | AlertKind::MessagesMissing
        | AlertKind::InternalError => None,
    }
}
