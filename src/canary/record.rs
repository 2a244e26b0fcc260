//! Hands changes to the engine in order, and tells a late round trip past the
//! store when its record stands still.

use crate::domain::WallTime;
use crate::engine::{CanaryChange, CanaryLate, EngineHandle, Envelope, Input};
use crate::notify::Unrecorded;
use crate::runtime::Clock;
use std::collections::VecDeque;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// A record takes milliseconds. One that is not there after so long, ms, does
/// not come soon: twice as long as the store waits for whoever locks it.
const RECORD_MS_MAX: i64 = 10_000;
/// A store that stands still lets no round trip end, so that there is not more.
const UNTOLD_MAX: usize = 4;

/// What stands on the messages.
pub(super) struct Heading {
    /// What they are headed with.
    pub(super) label: String,
    /// Whether no real patient is watched.
    pub(super) simulated: bool,
}

/// The way of a change into the store, and past it.
pub(super) struct Record {
    engine: EngineHandle,
    clock: Clock,
    unrecorded: Unrecorded,
    heading: Heading,
    /// What the engine's inbox has not taken yet, in order.
    untold: VecDeque<CanaryChange>,
    /// The late round trip that is not recorded yet.
    late: Option<Waiting>,
    /// Messages under way past the store.
    telling: JoinSet<()>,
}

struct Waiting {
    late: CanaryLate,
    since: WallTime,
    /// Answers when it is recorded; none while it is in no inbox.
    recorded: Option<oneshot::Receiver<()>>,
    /// Ends what is told past the store, when that has begun.
    told: Option<CancellationToken>,
}

impl Record {
    pub(super) fn new(
        (engine, clock): (EngineHandle, Clock),
        unrecorded: Unrecorded,
        heading: Heading,
    ) -> Self {
        Self {
            engine,
            clock,
            unrecorded,
            heading,
            untold: VecDeque::new(),
            late: None,
            telling: JoinSet::new(),
        }
    }

    /// Whether it takes one more change.
    pub(super) fn has_room(&self) -> bool {
        self.untold.len() < UNTOLD_MAX
    }

    /// Takes a change on its way.
    pub(super) fn take(&mut self, change: CanaryChange) {
        if let CanaryChange::Late(late) = change {
            self.late = Some(Waiting {
                late,
                since: self.clock.wall(),
                recorded: None,
                told: None,
            });
        }
        self.untold.push_back(change);
    }

    /// Looks how far everything got. Nothing here waits for the engine.
    pub(super) fn look(&mut self) {
        while self.telling.try_join_next().is_some() {}
        while let Some(change) = self.untold.front().copied() {
            if !self.hand_over(change) {
                break;
            }
            self.untold.pop_front();
        }
        self.look_at_late();
    }

    /// Gives a change to the engine's inbox, if that has a place.
    fn hand_over(&mut self, change: CanaryChange) -> bool {
        let (reply, recorded) = oneshot::channel();
        let envelope = Envelope {
            stamp: self.clock.clinical(),
            received: self.clock.wall(),
            input: Input::Canary { change, reply },
            delivery: None,
        };
        match self.engine.inbox.try_send(envelope) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Closed(_)) => return false,
        }
        if let (CanaryChange::Late(_), Some(waiting)) = (change, self.late.as_mut()) {
            waiting.recorded = Some(recorded);
        }
        true
    }

    fn look_at_late(&mut self) {
        let Some(waiting) = self.late.as_mut() else {
            return;
        };
        let recorded = waiting.recorded.as_mut().map(oneshot::Receiver::try_recv);
        if recorded == Some(Ok(())) {
            if let Some(told) = waiting.told.take() {
                told.cancel();
            }
            self.late = None;
            return;
        }
        let now = self.clock.wall();
        let passed = now.ms_since(waiting.since);
        if passed < 0 {
            // The clock was set back: it counts from there.
            waiting.since = now;
        }
        if passed >= RECORD_MS_MAX && waiting.told.is_none() {
            let cancel = CancellationToken::new();
            waiting.told = Some(cancel.clone());
            let late = waiting.late;
            self.tell(late, cancel);
        }
    }

    fn tell(&mut self, late: CanaryLate, cancel: CancellationToken) {
        let Heading { label, simulated } = &self.heading;
        let mut document = late.document(self.clock.clinical(), label, *simulated);
        if let Some(data) = document.get_mut("data").and_then(|d| d.as_object_mut()) {
            data.insert("recorded".to_owned(), false.into());
        }
        let document = document.to_string().into_bytes();
        let unrecorded = self.unrecorded.clone();
        let message = move |to: &_| (late.message(to), document.clone());
        self.telling
            .spawn(async move { unrecorded.tell(message, cancel).await });
    }
}
