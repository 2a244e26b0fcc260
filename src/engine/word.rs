//! The words between the engine and one patient's state.

use crate::alert::{self, EpisodeEvent};
use crate::detect::{self, DeviceEvent};
use crate::domain::{
    AlertId, AlertKind, ClinicalTime, Finding, PatientContext, Priority, Quality, Reading,
    ReadingSource, Usefulness,
};
use crate::registry::CommandError;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Rules and settings in force; a change is a journal row of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rulebook {
    /// The detectors' rules.
    pub rules: detect::Rules,
    /// The alert machine's settings.
    pub alerts: alert::Settings,
    /// Whether every reading comes from simulators; every alert then says so.
    pub simulated: bool,
    /// The store's site, a part of every alert's id.
    pub site: String,
    /// Who is told of what. It decides nothing about a patient, so no capsule
    /// and no fold needs it.
    #[serde(skip)]
    pub routing: Arc<alert::routing::Table>,
    /// A channel that goes on failing is told of again after so many minutes; 0:
    /// never. Of a patient it decides nothing either.
    #[serde(skip)]
    pub failing_again_minutes: u32,
    /// For a drill of the guard: judging this heart rate panics.
    pub dangerous_panic_at_heart_rate: Option<f64>,
}

impl Rulebook {
    /// The same rules where nobody is there to answer and every alert counts as
    /// seen (see [`Replay`](super::Replay)): then no acknowledgement expires.
    /// One that did would leave an episode open that ends at the same moment.
    #[must_use]
    pub fn for_replay(mut self) -> Self {
        self.alerts.acknowledgement_minutes = alert::MinutesByPriority::NEVER;
        self
    }

    /// The priority in force for what a detector said.
    pub(super) fn priority(&self, kind: AlertKind, said: Priority) -> Priority {
        let own_base = self.rules.base_priority(kind);
        self.alerts.priority(kind, said, own_base)
    }
}

/// What may reach one patient's state.
pub(super) enum PatientInput<'a> {
    /// Readings of one message.
    Readings {
        readings: &'a [Reading],
        source: ReadingSource,
    },
    /// What a device said about itself, or what its messages showed.
    DeviceEvent(&'a DeviceEvent),
    /// The clinical context as a command left it.
    Context(Arc<PatientContext>),
    /// A person's answer to an alert.
    Alert(&'a AlertCommand),
    /// Nothing but time.
    Nothing,
    /// Nothing: the state was rebuilt from stored readings.
    Rebuilt,
}

/// A person's answer to an alert, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct AlertCommand {
    pub(super) alert: AlertId,
    pub(super) author: String,
    pub(super) answer: Answer,
}

/// What the person did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub(super) enum Answer {
    /// Has seen it.
    Acknowledge { comment: Option<String> },
    /// Closes it.
    Resolve {
        outcome: String,
        #[serde(default)]
        usefulness: Option<Usefulness>,
    },
    /// Remarks on it.
    Comment { text: String },
    /// Makes it quiet for a while.
    Snooze {
        until: ClinicalTime,
        reason: Option<String>,
    },
    /// Ends that.
    Unsnooze { comment: Option<String> },
    /// Gives it to somebody.
    Assign { to: String, comment: Option<String> },
    /// Takes up again what was resolved.
    Reopen { comment: Option<String> },
}

/// What one step gave. Reused from step to step.
#[derive(Default)]
pub(super) struct StepOutput {
    /// One for each reading of the input.
    pub(super) qualities: Vec<Quality>,
    /// What detectors found, until the alert machine took it.
    pub(super) findings: Vec<Finding>,
    /// What happened to episodes, in order.
    pub(super) events: Vec<EpisodeEvent>,
    /// What became of an alert command: whether it changed anything.
    pub(super) answer: Option<Result<bool, CommandError>>,
}

impl StepOutput {
    pub(super) fn clear(&mut self) {
        self.qualities.clear();
        self.findings.clear();
        self.events.clear();
        self.answer = None;
    }
}
