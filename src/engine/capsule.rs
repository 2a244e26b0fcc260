//! What an alert was decided from, and deciding it again.

use super::documents::event_document;
use super::judge::step_silently;
use super::ledger::Ledger;
use super::patient::PatientState;
use super::word::{AlertCommand, PatientInput, StepOutput};
use super::{Rulebook, VERSION, snapshot};
use crate::detect::BaselineView;
use crate::domain::{
    AlertId, ClinicalTime, MeasuredTime, PatientNumber, Reading, ReadingSource, Vital,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What an alert was decided from: enough to decide it again.
#[derive(Serialize, Deserialize)]
pub(super) struct CapsuleBody {
    /// Version of the code that decided.
    pub(super) version: String,
    /// Journal row of the deciding input.
    pub(super) seq: u64,
    /// When it arrived.
    pub(super) stamp: ClinicalTime,
    /// Rules and settings in force, JSON.
    pub(super) rulebook: String,
    /// The patient's state before, as a snapshot.
    pub(super) state_before: Vec<u8>,
    /// The deciding readings: time, vital code, value.
    pub(super) readings: Vec<(i64, u8, f64)>,
    /// Who measured them.
    pub(super) source: Option<ReadingSource>,
    /// What was decided, JSON.
    pub(super) decision: String,
}

/// What arrived, where it was no readings. It stands behind the body: versions
/// before it ended there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Cause {
    /// The readings of the body.
    Readings,
    /// A fact about the device, JSON.
    DeviceEvent(String),
    /// A new clinical context, JSON.
    Context(String),
    /// A person's answer, JSON.
    Alert(String),
    /// A deadline passed: an epoch closed, or something stayed away.
    Time,
    /// No input: the state was rebuilt from stored readings.
    Rebuilt,
}

/// Why bytes are no capsule.
#[derive(Debug, thiserror::Error)]
pub enum CapsuleError {
    /// They are of no known shape.
    #[error("the capsule is damaged")]
    Shape(#[source] postcard::Error),
    /// What it holds cannot be read as what it says it is.
    #[error("the capsule's {what} is damaged")]
    Part {
        /// Which part.
        what: &'static str,
    },
}

/// A capsule that was read.
pub(super) struct Capsule {
    pub(super) body: CapsuleBody,
    cause: Option<Cause>,
}

impl Cause {
    pub(super) fn of(input: &PatientInput<'_>) -> Self {
        match input {
            PatientInput::Readings { .. } => Self::Readings,
            PatientInput::DeviceEvent(event) => Self::DeviceEvent(json(event)),
            PatientInput::Context(context) => Self::Context(json(&**context)),
            PatientInput::Alert(command) => Self::Alert(json(command)),
            PatientInput::Nothing => Self::Time,
            PatientInput::Rebuilt => Self::Rebuilt,
        }
    }

    /// In words, for people.
    const fn words(&self, source: Option<ReadingSource>) -> &'static str {
        match (self, source) {
            (Self::Readings, Some(ReadingSource::Staff)) => "values that a person measured",
            (Self::Readings, _) => "a message of the watch",
            (Self::DeviceEvent(_), _) => "what the device said of itself",
            (Self::Context(_), _) => "a change of the patient's record",
            (Self::Alert(_), _) => "a person's answer",
            (Self::Time, _) => "a deadline that passed",
            (Self::Rebuilt, _) => "stored readings, when the patient's state was rebuilt from them",
        }
    }
}

/// A capsule as bytes.
pub(super) fn encode(body: &CapsuleBody, cause: &Cause) -> Vec<u8> {
    let mut bytes = postcard::to_stdvec(body).expect("a capsule is plain data");
    bytes.extend(postcard::to_stdvec(cause).expect("a cause is plain data"));
    bytes
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our own documents serialise")
}

impl Capsule {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, CapsuleError> {
        let (body, rest) = postcard::take_from_bytes(bytes).map_err(CapsuleError::Shape)?;
        let cause = postcard::from_bytes(rest).ok();
        Ok(Self { body, cause })
    }

    /// Whether this code decided.
    pub(super) fn is_own(&self) -> bool {
        self.body.version == VERSION
    }

    /// Whether there is an input to decide from again.
    pub(super) fn is_rebuilt(&self) -> bool {
        self.cause == Some(Cause::Rebuilt)
    }

    /// What decided, in words.
    pub(super) fn decided_from(&self) -> &'static str {
        let cause = self.cause.as_ref();
        cause.map_or("an input of another version", |cause| {
            cause.words(self.body.source)
        })
    }

    /// The deciding readings; one of an unknown vital is damage.
    pub(super) fn readings(&self) -> Result<Vec<Reading>, CapsuleError> {
        let readings = self.body.readings.iter().map(|(at, vital, value)| {
            Some(Reading {
                at: MeasuredTime::from_epoch_ms(*at),
                vital: Vital::from_code(*vital)?,
                value: *value,
            })
        });
        let readings: Option<_> = readings.collect();
        readings.ok_or(CapsuleError::Part { what: "readings" })
    }

    /// Rules and settings in force then.
    pub(super) fn rulebook(&self) -> Result<Rulebook, CapsuleError> {
        let book = serde_json::from_str(&self.body.rulebook);
        book.map_err(|_| CapsuleError::Part { what: "rulebook" })
    }

    /// Whose alert it is.
    pub(super) fn patient(&self) -> Result<PatientNumber, CapsuleError> {
        Ok(self.state()?.number)
    }

    /// What was judged of the two days before.
    pub(super) fn ledger(&self) -> Result<Ledger, CapsuleError> {
        Ok(self.state()?.ledger)
    }

    /// What was usual of a vital, where it was learnt; none when it cannot be read.
    pub(super) fn baseline(&self, vital: Vital) -> Option<Option<BaselineView>> {
        if !self.is_own() {
            return None; // another version's state has another shape
        }
        let (state, book) = (self.state().ok()?, self.rulebook().ok()?);
        let (monitor, context) = (&state.monitor, &state.context);
        Some(monitor.baseline(vital, context, &book.rules, self.body.stamp))
    }

    fn state(&self) -> Result<PatientState, CapsuleError> {
        let state = snapshot::decode(&self.body.state_before);
        state.ok_or(CapsuleError::Part { what: "state" })
    }

    /// Decides again; gives the decision, none when the alert is not raised.
    pub(super) fn recompute(&self, alert: &AlertId) -> Result<Option<String>, CapsuleError> {
        let mut state = self.state()?;
        // A drill of the guard is no part of a decision.
        let book = Rulebook {
            dangerous_panic_at_heart_rate: None,
            ..self.rulebook()?
        };
        let (readings, mut output) = (self.readings()?, StepOutput::default());
        let damaged = CapsuleError::Part { what: "input" };
        let mut step = |input: &PatientInput<'_>| {
            step_silently(&mut state, &book, self.body.stamp, input, &mut output)
        };
        let input = "input";
        let parsed = |_| CapsuleError::Part { what: input };
        let stepped = match self.cause.as_ref().ok_or(damaged)? {
            Cause::Readings => step(&PatientInput::Readings {
                readings: &readings,
                source: self.body.source.unwrap_or(ReadingSource::Watch),
            }),
            Cause::DeviceEvent(text) => {
                let event = serde_json::from_str(text).map_err(parsed)?;
                step(&PatientInput::DeviceEvent(&event))
            }
            Cause::Context(text) => {
                let context = serde_json::from_str(text).map_err(parsed)?;
                step(&PatientInput::Context(Arc::new(context)))
            }
            Cause::Alert(text) => {
                let command: AlertCommand = serde_json::from_str(text).map_err(parsed)?;
                step(&PatientInput::Alert(&command))
            }
            Cause::Time | Cause::Rebuilt => step(&PatientInput::Nothing),
        };
        if stepped.is_err() {
            return Ok(None); // what panics raises nothing
        }
        let mut events = output.events.iter();
        let raised = events.find(|e| e.event.begins() && e.id == *alert);
        Ok(raised.map(|event| event_document(event, 0, book.simulated, None)))
    }
}
