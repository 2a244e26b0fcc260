//! The events of one stream: from the store, woken by the engine's outcomes.

use super::alert_document;
use crate::api::access::Caller;
use crate::api::source::ReadSource;
use crate::api::state::ApiState;
use crate::domain::WardId;
use crate::engine::{Access, Outcome};
use crate::store::AlertEventView;
use axum::response::sse::Event;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio_util::sync::CancellationToken;

/// Events read from the store at once.
const BATCH: usize = 200;
/// What a client waits before it connects again.
const RETRY: Duration = Duration::from_secs(3);

/// Where a stream begins.
pub(super) struct Beginning {
    /// What the client has seen, when it resumes.
    pub(super) resume: Option<u64>,
    /// Only events of this ward.
    pub(super) ward: Option<WardId>,
    /// Who listens; the stream ends when that is no longer in force.
    pub(super) caller: Caller,
    /// The stream's place among the bounded number.
    pub(super) _permit: OwnedSemaphorePermit,
}

/// A stream on its way.
pub(super) struct Feed {
    state: ApiState,
    from: Beginning,
    begun: bool,
    /// The last event seen; none when there was no event at the beginning, so
    /// that nothing can have been missed.
    seen: Option<u64>,
    waiting: VecDeque<Event>,
    outcomes: broadcast::Receiver<Outcome>,
    access: watch::Receiver<Arc<Access>>,
    cancel: CancellationToken,
}

impl Feed {
    pub(super) fn new(state: ApiState, from: Beginning) -> Self {
        Self {
            outcomes: state.engine().outcomes.subscribe(),
            access: state.engine().access.clone(),
            cancel: state.inner.parts.cancel.clone(),
            seen: from.resume,
            begun: false,
            waiting: VecDeque::new(),
            from,
            state,
        }
    }

    /// The next event, or none when the stream ends: at shutdown, when the
    /// token is revoked, or when the store cannot be read. A client connects
    /// again and resumes.
    pub(super) async fn next(&mut self) -> Option<Event> {
        let cancel = self.cancel.clone();
        tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            event = self.next_event() => event,
        }
    }

    async fn next_event(&mut self) -> Option<Event> {
        loop {
            if !self.in_force() {
                return None;
            }
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let read_some = self.fill().await?;
            if !read_some && self.waiting.is_empty() {
                self.news().await?;
            }
        }
    }

    fn in_force(&self) -> bool {
        let now = self.state.clock().wall();
        self.from.caller.is_in_force(&self.access.borrow(), now)
    }

    /// Reads on in the store; whether there was anything.
    async fn fill(&mut self) -> Option<bool> {
        let seen = self.seen;
        let reading = move |source: &dyn ReadSource| {
            let bounds = source.event_bounds()?;
            let events = match seen {
                Some(seen) => source.alert_events_after(seen, BATCH)?,
                // There was no event at the beginning: all are new.
                None => source.alert_events_after(0, BATCH)?,
            };
            Ok((bounds, events))
        };
        // The failure is in the log; the client comes back.
        let (bounds, events) = self.state.read_all(reading).await.ok()?;
        if !self.begun {
            return Some(self.begin(bounds));
        }
        if let (Some(seen), Some((oldest, newest))) = (seen, bounds)
            && (seen.saturating_add(1) < oldest || seen > newest)
        {
            self.resync(oldest, newest);
            return Some(true);
        }
        for event in &events {
            self.seen = Some(event.seq);
            let asked = self.from.ward.as_ref();
            let is_seen = self.from.caller.wards.includes(&event.ward);
            if is_seen && asked.is_none_or(|ward| *ward == event.ward) {
                self.waiting.push_back(shown(event));
            }
        }
        Some(!events.is_empty())
    }

    /// The first thing on the stream says where it stands, so that a client
    /// reads its lists after it and misses nothing in between.
    fn begin(&mut self, bounds: Option<(u64, u64)>) -> bool {
        self.begun = true;
        let newest = bounds.map(|(_, newest)| newest);
        if self.from.resume.is_none() {
            self.seen = newest;
        }
        let at = self.seen.unwrap_or(0);
        let event = Event::default()
            .retry(RETRY)
            .event("ready")
            .id(at.to_string());
        self.waiting
            .push_back(event.data(format!("{{\"newest\":{}}}", newest.unwrap_or(0))));
        true
    }

    /// Events are gone that the client has not seen: it must read its lists anew.
    fn resync(&mut self, oldest: u64, newest: u64) {
        self.seen = Some(newest);
        let data = format!("{{\"oldest\":{oldest},\"newest\":{newest}}}");
        let event = Event::default().event("resync").id(newest.to_string());
        self.waiting.push_back(event.data(data));
    }

    /// Waits until there may be something new.
    async fn news(&mut self) -> Option<()> {
        loop {
            tokio::select! {
                changed = self.access.changed() => return changed.ok(),
                outcome = self.outcomes.recv() => match outcome {
                    Ok(Outcome::AlertEvents { newest }) if Some(newest) > self.seen => {
                        return Some(());
                    }
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => return Some(()),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            }
        }
    }
}

fn shown(view: &AlertEventView) -> Event {
    // The document is one line of JSON, which an event always holds.
    Event::default()
        .id(view.seq.to_string())
        .event(view.event_type.as_str())
        .data(alert_document::event(view).to_string())
}
