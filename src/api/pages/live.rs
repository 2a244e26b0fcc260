//! What tells an open page that something changed: of whom, and no more. The page asks
//! for what it shows.

use super::form::Form;
use super::refused::Refused;
use super::signed_in::SignedIn;
use crate::api::access::Caller;
use crate::api::problem::{Kind, Problem};
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{PatientId, PatientNumber};
use crate::engine::{Access, Outcome};
use crate::registry::Permission;
use axum::extract::{RawQuery, State};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio::time::Instant;

/// A page that hears nothing for 5 s says that its connection is lost.
const SIGN: Duration = Duration::from_secs(2);
/// What changes within it is told at once: of what an eye sees as immediate, a part.
const TOGETHER: Duration = Duration::from_millis(100);
/// Patients that are told of at once; of more the page looks at all.
const PATIENTS_MAX: usize = 2000;
/// What a client waits before it connects again.
const RETRY: Duration = Duration::from_secs(1);
/// For so long a patient's ward is not looked up again.
const KNOWN_FOR: Duration = Duration::from_secs(30);

/// Alert events looked through at once for one patient's; of more the page looks.
const EVENTS_MAX: usize = 1000;

/// Tells who changed, as it is committed (Server-Sent Events): `ready`, `changed` with
/// the patients' ids, `alert`, and `sign` every 2 s; of one `patient`, where asked for. A
/// browser hears no event without data, so each has some.
pub(super) async fn live(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let permit = Arc::clone(&state.inner.streams).try_acquire_owned();
    let permit = permit.map_err(|_| {
        let problem = Problem::new(Kind::TooManyStreams);
        Refused::because(&state, &caller, &problem)
    })?;
    let asked = Form(query.as_deref().unwrap_or_default().as_bytes()).text("patient");
    let begun = begin(&state, &caller, &asked).await;
    let begun = begun.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    let follower = Follower::new(state, caller, begun, permit);
    let events = futures::stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    // A buffering proxy would hold events back.
    Ok(([("x-accel-buffering", "no")], Sse::new(events)).into_response())
}

/// The one patient whom a page is about.
struct Only {
    id: PatientId,
    number: PatientNumber,
    /// The newest alert event that was looked at.
    event: u64,
}

/// From where a page follows, and whom.
async fn begin(
    state: &ApiState,
    caller: &Caller,
    asked: &str,
) -> Result<(u64, Option<Only>), Problem> {
    let told = state.read_all(|source| source.changed_after(u64::MAX, 0));
    let (_, told) = told.await?;
    if asked.is_empty() {
        return Ok((told, None));
    }
    let none = || Problem::not_found("patient");
    let id = PatientId::new(asked).map_err(|_| none())?;
    let of = id.clone();
    let patient = state.read(caller, move |source| source.patient(&of));
    let number = patient.await?.ok_or_else(none)?.number;
    let bounds = state.read_all(|source| source.event_bounds()).await?;
    let event = bounds.map_or(0, |(_, newest)| newest);
    Ok((told, Some(Only { id, number, event })))
}

/// One page's way through what is committed.
struct Follower {
    state: ApiState,
    caller: Caller,
    outcomes: broadcast::Receiver<Outcome>,
    access: watch::Receiver<Arc<Access>>,
    waiting: VecDeque<Event>,
    /// The journal's row up to which all is told; the page reads what it shows after
    /// it heard that the stream is ready.
    told: u64,
    /// None: everybody on the caller's wards.
    only: Option<Only>,
    alerts: bool,
    next_sign: Instant,
    /// Ids of the caller's patients, none for others, with when it was looked up.
    known: HashMap<PatientNumber, Option<String>>,
    known_since: Instant,
    _permit: OwnedSemaphorePermit,
}

impl Follower {
    fn new(
        state: ApiState,
        caller: Caller,
        (told, only): (u64, Option<Only>),
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let now = Instant::now();
        Self {
            outcomes: state.engine().outcomes.subscribe(),
            access: state.engine().access.clone(),
            waiting: VecDeque::from([Event::default().event("ready").retry(RETRY).data("now")]),
            told,
            only,
            alerts: false,
            next_sign: now + SIGN,
            known: HashMap::new(),
            known_since: now,
            state,
            caller,
            _permit: permit,
        }
    }

    /// The next event; none when the stream ends: at shutdown, when the session does,
    /// or when the store cannot be read. The page connects again.
    async fn next(&mut self) -> Option<Event> {
        let cancel = self.state.inner.parts.cancel.clone();
        tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            event = self.next_event() => event,
        }
    }

    async fn next_event(&mut self) -> Option<Event> {
        loop {
            let now = self.state.clock().wall();
            if !self.caller.is_in_force(&self.access.borrow(), now) {
                return None;
            }
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            match self.news().await? {
                News::Sign => return Some(self.sign()),
                News::Something => self.look().await?,
            }
        }
    }

    /// A sign of life, with the clinical clock and its scale: ages count from it.
    fn sign(&self) -> Event {
        let clock = self.state.clock();
        let now = serde_json::json!({
            "at": clock.clinical().epoch_ms(),
            "scale": clock.scale(),
        });
        Event::default().event("sign").data(now.to_string())
    }

    /// Waits until something is committed, and a little for what comes with it.
    async fn news(&mut self) -> Option<News> {
        let heard = tokio::select! {
            () = tokio::time::sleep_until(self.next_sign) => News::Sign,
            () = self.state.clock().rescaled() => News::Sign,
            changed = self.access.changed() => {
                changed.ok()?;
                News::Something
            }
            heard = self.outcomes.recv() => self.hear(heard)?,
        };
        if matches!(heard, News::Sign) {
            self.next_sign = Instant::now() + SIGN;
            return Some(News::Sign);
        }
        let until = Instant::now() + TOGETHER;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return Some(News::Something),
                heard = self.outcomes.recv() => { self.hear(heard)?; }
            }
        }
    }

    fn hear(&mut self, heard: Result<Outcome, broadcast::error::RecvError>) -> Option<News> {
        match heard {
            Ok(Outcome::AlertEvents { .. }) => self.alerts = true,
            // Whoever falls behind looks at everything.
            Err(broadcast::error::RecvError::Lagged(_)) => self.alerts = true,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Closed) => return None,
        }
        Some(News::Something)
    }

    /// Tells whose readings were stored since the last look.
    async fn look(&mut self) -> Option<()> {
        let after = self.told;
        let reading = move |source: &dyn ReadSource| source.changed_after(after, PATIENTS_MAX);
        let (numbers, newest) = self.state.read_all(reading).await.ok()?;
        self.told = newest;
        // Too many to tell one by one: the page looks at all of them.
        self.alerts |= numbers.len() == PATIENTS_MAX;
        let mut numbers = numbers;
        numbers.retain(|number| self.only.as_ref().is_none_or(|only| only.number == *number));
        let ids = self.ids(numbers).await?;
        if !ids.is_empty() {
            let data = serde_json::to_string(&ids).unwrap_or_default();
            self.waiting
                .push_back(Event::default().event("changed").data(data));
        }
        if std::mem::take(&mut self.alerts) && self.is_concerned().await? {
            self.waiting
                .push_back(Event::default().event("alert").data("new"));
        }
        Some(())
    }

    /// Whether any alert event since the last look is about whom the page is about, and
    /// who is still on the caller's wards.
    async fn is_concerned(&mut self) -> Option<bool> {
        let Some(only) = &mut self.only else {
            return Some(true);
        };
        let after = only.event;
        let reading = move |source: &dyn ReadSource| source.alert_events_after(after, EVENTS_MAX);
        let events = self.state.read_all(reading).await.ok()?;
        only.event = events.last().map_or(after, |event| event.seq);
        let is_about = |document: &str| {
            let document: Value = serde_json::from_str(document).unwrap_or_default();
            document.get("patient").and_then(Value::as_str) == Some(only.id.as_str())
        };
        let many = events.len() == EVENTS_MAX;
        if !many && !events.iter().any(|event| is_about(&event.document)) {
            return Some(false);
        }
        let number = only.number;
        Some(!self.ids(vec![number]).await?.is_empty())
    }

    /// The ids of those who are on the caller's wards.
    async fn ids(&mut self, numbers: Vec<PatientNumber>) -> Option<BTreeSet<String>> {
        if self.known_since.elapsed() > KNOWN_FOR {
            self.known.clear();
            self.known_since = Instant::now();
        }
        let unknown = numbers
            .iter()
            .filter(|number| !self.known.contains_key(number));
        let unknown: Vec<_> = unknown.copied().collect();
        if !unknown.is_empty() {
            let reading = move |source: &dyn ReadSource| {
                let found = unknown.into_iter().map(|number| {
                    let patient = source.patient_by_number(number)?;
                    Ok((
                        number,
                        patient.map(|patient| patient.id.as_str().to_owned()),
                    ))
                });
                found.collect::<Result<Vec<_>, ReadError>>()
            };
            let found = self.state.read(&self.caller, reading).await.ok()?;
            self.known.extend(found);
        }
        let ids = numbers
            .iter()
            .filter_map(|number| self.known.get(number)?.clone());
        Some(ids.collect())
    }
}

/// What was waited for.
enum News {
    Sign,
    Something,
}
