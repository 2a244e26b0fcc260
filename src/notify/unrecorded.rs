//! Messages about Wardlight itself that go out while nothing can be stored.
//!
//! They do not wait in the store's list, so they are kept in memory: one for
//! each channel that hears of the system, tried again on the schedule of what is
//! urgent until it is taken or the store moves. Then its record stands in the
//! list under the same identifier, and what was taken is not sent again.

use super::attempt::{Channel, Tools, send};
use super::client::Answer;
use super::events;
use super::schedule::{Tried, judge};
use crate::domain::{DeliveryId, DeliveryVerdict, EndpointId, Priority, WallTime};
use crate::runtime::Clock;
use crate::telemetry::Event as _;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as Turn, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Wall time between two looks at the clock.
const LOOK: Duration = Duration::from_millis(100);

/// The channels that hear of the system; none while they are not yet read.
pub(super) type Hearing = Option<Vec<Arc<Channel>>>;

/// What a channel is told: its identifier and its document.
pub type Unstored = (DeliveryId, Vec<u8>);

/// Which channels took a message before it was recorded, and with which answer.
/// Bounded: only those of the last such message are known.
#[derive(Default)]
pub(super) struct Ahead(Mutex<HashMap<String, Place>>);

/// Held during an attempt, so that the record's own waits for its end.
type Place = Arc<Turn<Option<Answer>>>;

impl Ahead {
    /// The answer that took the message, when it went ahead of this record.
    pub(super) async fn answer(&self, id: &str) -> Option<Answer> {
        let place = self.places().get(id).map(Arc::clone)?;
        let answer = place.lock().await;
        answer.clone()
    }

    fn begin(&self, id: &DeliveryId) -> Place {
        let place = Place::default();
        let known = Arc::clone(&place);
        self.places().insert(id.as_str().to_owned(), known);
        place
    }

    fn places(&self) -> std::sync::MutexGuard<'_, HashMap<String, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way past the store.
#[derive(Clone)]
pub struct Unrecorded {
    tools: Arc<Tools>,
    hearing: watch::Receiver<Hearing>,
}

impl Unrecorded {
    pub(super) fn new(tools: Arc<Tools>, hearing: watch::Receiver<Hearing>) -> Self {
        Self { tools, hearing }
    }

    /// Tells every channel that hears of the system what `message` makes for
    /// it, until it took it. When cancelled, no further attempt begins.
    pub async fn tell(
        mut self,
        message: impl Fn(&EndpointId) -> Unstored + Send,
        cancel: CancellationToken,
    ) {
        let known = self.hearing.wait_for(Option::is_some);
        let channels = tokio::select! {
            known = known => match known {
                Ok(known) => known.clone().unwrap_or_default(),
                Err(_) => return, // the notifier ended
            },
            () = cancel.cancelled() => return,
        };
        self.tools.ahead.places().clear();
        let mut telling = JoinSet::new();
        for channel in channels {
            let message = message(&channel.endpoint.id);
            let (tools, cancel) = (Arc::clone(&self.tools), cancel.clone());
            telling.spawn(tell_one(tools, channel, message, cancel));
        }
        while telling.join_next().await.is_some() {}
    }
}

/// Tells one channel until it took it, wants no more, or the schedule ends.
async fn tell_one(
    tools: Arc<Tools>,
    channel: Arc<Channel>,
    (id, document): Unstored,
    cancel: CancellationToken,
) {
    let place = tools.ahead.begin(&id);
    let mut tried = Tried {
        before: 0,
        urgency: Priority::High,
        since: tools.clock.wall(),
        others_taken: false,
    };
    while !cancel.is_cancelled() {
        let mut taken = place.lock().await;
        let now = tools.clock.wall();
        let answer = send(&tools, &channel, (id.as_str(), &document), now).await;
        let random = getrandom::u64().unwrap_or(u64::MAX / 2);
        let judged = judge(&tools.settings, &tried, &answer, now, random);
        events::SentUnrecorded {
            error: judged.error,
        }
        .emit();
        let next = match judged.verdict {
            DeliveryVerdict::Delivered => {
                *taken = answer.ok();
                return;
            }
            DeliveryVerdict::GivenUp | DeliveryVerdict::EndpointGone => return,
            DeliveryVerdict::RetryAt(next) => next,
        };
        drop(taken);
        tried.before += 1;
        tokio::select! {
            () = reaches(&tools.clock, now, next) => {}
            () = cancel.cancelled() => return,
        }
    }
}

/// Waits until the wall clock shows `next`, or is set back before `now`.
async fn reaches(clock: &Clock, now: WallTime, next: WallTime) {
    let waits = |shown: WallTime| now <= shown && shown < next;
    while waits(clock.wall()) {
        tokio::time::sleep(LOOK).await;
    }
}
