//! One run of a chain: who was told at which step, who is tried next.
//!
//! Inside a step the channels are tried in their order: the next one after the
//! first failed attempt of the one before, or when it has not taken the message
//! in time. What was handed over goes on being tried beside it. A step whose
//! channels are all used up brings the next step forward. A chain may begin
//! anew while nobody answers: as another call, so that each stays small.

use super::table::Step;
use super::target::Target;
use super::words::event_name;
use crate::alert::EventType;
use crate::domain::{AlertId, ClinicalTime, EndpointId, Priority};
use serde::{Deserialize, Serialize};

/// After it ended a call is kept for so long: an attempt that was under way
/// may still report.
const KEPT_MS: i64 = 3_600_000;

/// One run of a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The alerts it is about that nobody has answered.
    pub members: Vec<AlertId>,
    /// All alerts it is about; several in a digest.
    pub about: Vec<AlertId>,
    /// Those of them that no person has answered since, over or not.
    pub unanswered: Vec<AlertId>,
    /// Whether one message stands for notifications that were grouped.
    pub digest: bool,
    /// What it tells.
    #[serde(with = "event_name")]
    pub cause: EventType,
    /// The event's sequence.
    pub seq: u64,
    /// The route that chose the chain.
    pub route: String,
    /// When it began.
    pub began: ClinicalTime,
    /// The chain as it was then.
    pub steps: Vec<Step>,
    /// After so many seconds it begins anew; 0: never.
    pub repeat_after_seconds: u32,
    /// When it does, while nobody answers.
    pub again: Option<ClinicalTime>,
    /// The next step.
    pub next: usize,
    /// Steps that began.
    pub tries: Vec<Try>,
    /// Set when the condition ended: what began goes on, nothing begins.
    pub winding_down: bool,
    /// Whether everybody else was told because no channel of the chain took it.
    #[serde(default)]
    pub fell_back: bool,
    /// When it ended.
    pub ended: Option<ClinicalTime>,
}

/// A step that began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Try {
    /// Its place in the chain, from 0.
    pub step: usize,
    /// Channels that were used, in order.
    pub channels: Vec<Channel>,
    /// When the next channel is tried unless one takes it before.
    pub moves_on: Option<ClinicalTime>,
    /// Whether a channel took it, or none is left.
    pub done: bool,
}

/// A channel that was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// As the chain names it.
    pub target: Target,
    /// Who that was then.
    pub endpoint: Option<EndpointId>,
    /// The delivery's number.
    pub delivery: Option<u64>,
    /// What became of it.
    pub state: ChannelState,
}

/// What became of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    /// Nobody could be told this way.
    Unable,
    /// Handed over, no attempt has ended.
    Waiting,
    /// At least one attempt failed; it goes on being tried.
    Failing,
    /// No attempt succeeded, and none will be made.
    GivenUp,
    /// The receiver took it.
    Delivered,
    /// An answer or a newer message came before the receiver took it.
    Overtaken,
}

/// What a call wants to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Begin this step.
    Step(usize),
    /// Try the next channel of the try at this place.
    Channel(usize),
    /// Begin the chain anew.
    Again,
    /// Forget the call.
    Forget,
}

impl Call {
    /// What is next, and when; none when only an answer or a report moves it on.
    pub(super) fn next(&self) -> Option<(ClinicalTime, Next)> {
        if let Some(ended) = self.ended {
            return Some((ended.plus_ms(KEPT_MS), Next::Forget));
        }
        let moving = self.tries.iter().enumerate();
        let channel = moving.filter_map(|(place, one)| Some((one.moves_on?, Next::Channel(place))));
        let first = channel.min_by_key(|(at, _)| *at);
        let step = self.next_step().map(|at| (at, Next::Step(self.next)));
        let again = self.again.filter(|_| !self.winding_down);
        [first, step, again.map(|at| (at, Next::Again))]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }

    /// When the next step begins. It is at once when the last one is used up.
    fn next_step(&self) -> Option<ClinicalTime> {
        // Even what was over before it could be told is told once.
        let goes_on = !self.winding_down || self.tries.is_empty();
        let step = self.steps.get(self.next).filter(|_| goes_on)?;
        let used_up = self.tries.last().is_some_and(Try::is_used_up);
        match used_up {
            true => Some(self.began),
            false => Some(self.began.plus_ms(i64::from(step.after_seconds) * 1000)),
        }
    }

    /// Whether nothing is left to do but to wait for reports.
    pub(super) fn is_spent(&self) -> bool {
        self.next_step().is_none() && self.tries.iter().all(|one| one.moves_on.is_none())
    }

    /// Whether no channel took it, nor is to be waited for, as urgent as it is:
    /// what is high waits for nobody, what is medium for a first failed attempt,
    /// and what is low until no attempt is left.
    pub(super) fn is_untaken(&self, priority: Priority) -> bool {
        let mut channels = self.tries.iter().flat_map(|one| &one.channels);
        channels.all(|channel| match channel.state {
            ChannelState::Unable | ChannelState::GivenUp => true,
            ChannelState::Failing => priority >= Priority::Medium,
            ChannelState::Waiting => priority == Priority::High,
            ChannelState::Delivered | ChannelState::Overtaken => false,
        })
    }

    /// The try and the channel of a delivery.
    pub(super) fn place_of(&self, delivery: u64) -> Option<(usize, usize)> {
        self.tries.iter().enumerate().find_map(|(place, one)| {
            let mut channels = one.channels.iter();
            let channel = channels.position(|channel| channel.delivery == Some(delivery))?;
            Some((place, channel))
        })
    }

    /// It begins anew so many seconds after it began; 0: never.
    pub(super) fn repeating(mut self, after_seconds: u32) -> Self {
        let after_ms = i64::from(after_seconds) * 1000;
        self.repeat_after_seconds = after_seconds;
        self.again = (after_seconds > 0).then(|| self.began.plus_ms(after_ms));
        self
    }

    /// An alert of it is told no further.
    pub(super) fn leave(&mut self, alert: &AlertId) {
        self.members.retain(|member| member != alert);
        self.winding_down |= self.members.is_empty();
    }

    /// A person answered an alert of it, or a newer message takes its place.
    /// Once that is so of all of them, what no receiver has taken is overtaken.
    pub(super) fn answered(&mut self, alert: &AlertId, at: ClinicalTime) -> Vec<u64> {
        self.leave(alert);
        self.unanswered.retain(|about| about != alert);
        match self.unanswered.is_empty() {
            true => self.overtake(at),
            false => Vec::new(),
        }
    }

    /// Ends it: what no receiver has taken says nothing any more.
    pub(super) fn overtake(&mut self, at: ClinicalTime) -> Vec<u64> {
        self.ended = Some(at);
        let channels = self.tries.iter_mut().flat_map(|one| &mut one.channels);
        let waiting = channels.filter(|channel| channel.is_waiting());
        waiting
            .filter_map(|channel| {
                channel.state = ChannelState::Overtaken;
                channel.delivery
            })
            .collect()
    }

    /// Who may still take it.
    pub(super) fn waits_for(&self) -> impl Iterator<Item = &EndpointId> {
        let channels = self.tries.iter().flat_map(|one| &one.channels);
        let waiting = channels.filter(|channel| channel.is_waiting());
        waiting.filter_map(|channel| channel.endpoint.as_ref())
    }

    /// To whom it was handed over.
    pub(super) fn handed_to(&self) -> impl Iterator<Item = &EndpointId> {
        let channels = self.tries.iter().flat_map(|one| &one.channels);
        let handed = channels.filter(|channel| channel.delivery.is_some());
        handed.filter_map(|channel| channel.endpoint.as_ref())
    }

    /// All its deliveries.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = u64> + '_ {
        let channels = self.tries.iter().flat_map(|one| &one.channels);
        channels.filter_map(|channel| channel.delivery)
    }
}

impl Channel {
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.state, ChannelState::Waiting | ChannelState::Failing)
    }
}

impl Try {
    /// Whether every channel was used and none took it.
    fn is_used_up(&self) -> bool {
        let taken = |channel: &Channel| channel.state == ChannelState::Delivered;
        self.done && !self.channels.iter().any(taken)
    }
}
