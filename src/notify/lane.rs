//! One endpoint's deliveries. Lanes share nothing that one could hold up for another.

use super::attempt::{Channel, Finished, Tools, attempt};
use super::circuit::Circuit;
use super::schedule::Hold;
use super::settling::{Settled, Settling};
use super::{ChannelEvent, DeliverySource, Health, SourceError, events};
use crate::domain::{DeliveryId, DeliveryVerdict, EndpointId, PatientNumber, Priority, WallTime};
use crate::engine::{ChannelChange, Envelope, Input};
use crate::runtime::Backoff;
use crate::store::DeliveryView;
use crate::telemetry::Event as _;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// Longest sleep: wakes may be missed, and the wall clock may be set.
const IDLE: Duration = Duration::from_secs(5);
/// Deliveries looked at for one that is new and urgent while the circuit is open.
const OPEN_LOOK: usize = 64;
/// A clock that is slewed runs back by less.
const CLOCK_SLACK_MS: i64 = 1_000;
/// After a failed read of the store.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// Reports that may be on their way into the store at once; no attempt starts
/// while there are as many.
const SETTLING_MAX: usize = 256;
/// How long attempts under way may still take at shutdown; they are repeated
/// under the same `webhook-id` otherwise.
const DRAIN: Duration = Duration::from_secs(5);

/// The task of one endpoint.
pub(super) struct Lane<S> {
    endpoint: EndpointId,
    tools: Arc<Tools>,
    source: Arc<S>,
    health: Health,
    channel: watch::Receiver<Arc<Channel>>,
    wake: Arc<Notify>,
    in_flight: JoinSet<Finished>,
    /// Deliveries from the start of an attempt to the commit of its report:
    /// what the store says of them is not the last word. With whose alert they
    /// tell of.
    under_way: HashMap<String, Option<PatientNumber>>,
    settling: Settling,
    slow_down: Backoff,
    held_until: Option<WallTime>,
    circuit: Circuit,
    /// The latest wall time that is known to have been: before it, the clock
    /// was set back.
    seen: WallTime,
    /// What the engine is still to be told of this endpoint.
    untold: VecDeque<ChannelChange>,
    /// It answered 410, or the engine ended: no more attempts.
    stopped: bool,
}

impl<S: DeliverySource> Lane<S> {
    pub(super) fn new(
        endpoint: EndpointId,
        tools: Arc<Tools>,
        source: Arc<S>,
        health: Health,
        channel: watch::Receiver<Arc<Channel>>,
        wake: Arc<Notify>,
    ) -> Self {
        let seconds = |s: u32| Duration::from_secs(s.into());
        let (first, cap) = (
            seconds(tools.settings.slow_down_seconds_first),
            seconds(tools.settings.slow_down_seconds_max),
        );
        let circuit = Circuit::new(
            tools.settings.circuit_failures,
            tools.settings.probe_seconds_max,
        );
        Self {
            endpoint,
            tools,
            source,
            health,
            channel,
            wake,
            in_flight: JoinSet::new(),
            under_way: HashMap::new(),
            settling: Settling::default(),
            slow_down: Backoff::new(first, cap),
            held_until: None,
            circuit,
            seen: WallTime::from_epoch_ms(i64::MIN),
            untold: VecDeque::new(),
            stopped: false,
        }
    }

    /// Runs until cancelled, then lets attempts under way end.
    pub(super) async fn run(mut self, cancel: CancellationToken) {
        self.remember_last_attempt().await;
        loop {
            // At every turn: wakes may come so densely that it never sleeps.
            self.handle_time();
            self.tell_engine().await;
            let sleep = self.start_due().await;
            tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                Some(ended) = self.in_flight.join_next() => self.handle_ended(ended),
                Some(settled) = self.settling.next() => self.handle_settled(&settled),
                changed = self.channel.changed() => match changed {
                    Ok(()) => self.handle_change(),
                    Err(_) => break,
                },
                () = self.wake.notified() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
        let drain = async { while self.in_flight.join_next().await.is_some() {} };
        // What does not end in time is aborted with the set and sent again later.
        let _ = tokio::time::timeout(DRAIN, drain).await;
    }

    /// Of the time before the start nothing else is known; where it cannot be
    /// read, a clock that was set back meanwhile is not noticed.
    async fn remember_last_attempt(&mut self) {
        match self.source.last_attempt(&self.endpoint).await {
            Ok(last) => self.seen = self.seen.max(last.unwrap_or(self.seen)),
            Err(error) => events::StoreUnreadable { error: &error }.emit(),
        }
    }

    /// Hands over what happened to this endpoint; waits for a place in the
    /// engine's inbox.
    async fn tell_engine(&mut self) {
        while let Some(change) = self.untold.pop_front() {
            let (endpoint, clock) = (self.endpoint.clone(), &self.tools.clock);
            let envelope = Envelope {
                stamp: clock.clinical(),
                received: clock.wall(),
                input: Input::Channel { endpoint, change },
                delivery: None,
            };
            if self.tools.engine.inbox.send(envelope).await.is_err() {
                self.stopped = true;
            }
        }
    }

    fn note(&mut self, event: Option<ChannelEvent>) {
        let change = match event {
            Some(ChannelEvent::Failing { since, error, .. }) => {
                ChannelChange::Failing { since, error }
            }
            Some(ChannelEvent::Recovered { .. }) => ChannelChange::Recovered,
            // The report of the attempt tells the engine.
            Some(ChannelEvent::Gone { .. }) | None => return,
        };
        self.untold.push_back(change);
    }

    /// Starts what is due and fits the window; says how long to sleep when
    /// nothing else happens.
    async fn start_due(&mut self) -> Duration {
        let channel = Arc::clone(&self.channel.borrow());
        let now = self.tools.clock.wall();
        if !channel.is_on() || self.stopped {
            return IDLE;
        }
        if let Some(until) = self.held_until.filter(|until| *until > now) {
            return sleep_until(until, now);
        }
        let window = self.circuit.window(self.tools.settings.in_flight_max);
        let free = window.saturating_sub(self.in_flight.len());
        if free == 0 || self.settling.len() >= SETTLING_MAX {
            // An attempt's end or a report's commit goes on from here.
            return IDLE;
        }
        match self.start_from_store(&channel, now, free).await {
            Ok(sleep) => sleep,
            Err(error) => {
                events::StoreUnreadable { error: &error }.emit();
                READ_AGAIN
            }
        }
    }

    async fn start_from_store(
        &mut self,
        channel: &Arc<Channel>,
        now: WallTime,
        free: usize,
    ) -> Result<Duration, SourceError> {
        // What is committed during the read is handled after it: whatever an
        // old page still shows as due is in `under_way`.
        let open_until = self.circuit.open_until(now);
        // What was tried already stands before what is new.
        let look = if open_until.is_some() {
            OPEN_LOOK
        } else {
            free
        };
        let limit = look + self.under_way.len();
        let page = self.source.due(&self.endpoint, now, limit).await?;
        let fresh = page
            .into_iter()
            .filter(|view| !self.is_busy_with(view))
            // A dead endpoint is probed seldom, but nothing urgent waits for
            // the probe without having been tried once.
            .filter(|view| open_until.is_none() || is_new_and_urgent(view));
        let start: Vec<_> = fresh
            .filter_map(|view| Some((DeliveryId::new(&view.id).ok()?, view)))
            .take(free)
            .collect();
        for (id, view) in start {
            self.under_way.insert(view.id.clone(), view.patient);
            let (tools, channel) = (Arc::clone(&self.tools), Arc::clone(channel));
            let last_success = self.circuit.last_success();
            self.in_flight
                .spawn(attempt(tools, channel, id, view, last_success));
        }
        let next = self.source.next_due(&self.endpoint, now).await?;
        let next = next.into_iter().chain(open_until).min();
        Ok(next.map_or(IDLE, |next| sleep_until(next, now)))
    }

    /// Whether it is under way, or another one of its patient is: when that was
    /// superseded, the store already offers the next, which must not overtake it.
    fn is_busy_with(&self, view: &DeliveryView) -> bool {
        let of_patient = view.patient.is_some();
        self.under_way.contains_key(&view.id)
            || (of_patient && self.under_way.values().any(|other| *other == view.patient))
    }

    fn handle_ended(&mut self, ended: Result<Finished, JoinError>) {
        let finished = match ended {
            Ok(finished) => finished,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return, // only a lane that ends aborts its attempts
            },
        };
        match finished.judgement.error {
            None => self.handle_success(finished.at),
            Some(_) if finished.judgement.by_some => self.handle_success(finished.at),
            Some(error) => self.handle_failure(&finished, error),
        }
        match finished.commit {
            Some(commit) => self.settling.reported(finished.id, commit),
            None => self.stopped = true,
        }
    }

    /// The store knows of the attempt from now on, or never will: the engine
    /// ended, and the delivery is sent again after the next start.
    fn handle_settled(&mut self, settled: &Settled) {
        if settled.committed {
            self.under_way.remove(&settled.id);
        } else {
            self.stopped = true;
        }
    }

    fn handle_success(&mut self, at: WallTime) {
        self.circuit.succeeded(at);
        self.slow_down.reset();
        let event = self.health.succeeded(&self.endpoint, at);
        self.note(event);
    }

    fn handle_failure(&mut self, finished: &Finished, error: &'static str) {
        let random = getrandom::u64().unwrap_or(u64::MAX);
        self.circuit.failed(finished.at, random);
        let event = self.health.failed(&self.endpoint, finished.at, error);
        self.note(event);
        if finished.judgement.verdict == DeliveryVerdict::EndpointGone {
            self.stopped = true;
            self.health.gone(&self.endpoint);
        }
        let until = match finished.hold() {
            None => return,
            Some(Hold::Until(until)) => until,
            Some(Hold::BackOff) => {
                let wait = self.slow_down.next(random).as_millis();
                let wait_ms = i64::try_from(wait).unwrap_or(i64::MAX);
                finished.at.plus_ms(wait_ms)
            }
        };
        self.held_until = self.held_until.max(Some(until));
        self.health.held(&self.endpoint, until);
    }

    /// The endpoint's document changed: what kept us from trying may be over.
    fn handle_change(&mut self) {
        let channel = Arc::clone(&self.channel.borrow_and_update());
        self.stopped = false;
        self.held_until = None;
        self.circuit.forgive();
        match &channel.endpoint.disabled {
            None => self.health.introduce(&self.endpoint, None),
            Some(reason) => self.health.retired(&self.endpoint, reason),
        }
    }

    fn handle_time(&mut self) {
        let now = self.tools.clock.wall();
        if now.ms_since(self.seen) < -CLOCK_SLACK_MS {
            self.handle_clock_set_back(now);
        } else {
            self.seen = self.seen.max(now);
        }
        let event = self.health.passed(&self.endpoint, now);
        self.note(event);
    }

    /// Moments of the old clock may be hours away: nothing waits for them.
    fn handle_clock_set_back(&mut self, now: WallTime) {
        events::ClockSetBack {
            by_ms: self.seen.ms_since(now),
        }
        .emit();
        self.seen = now;
        self.held_until = None;
        self.circuit.forgive();
        self.health.clock_set_back(&self.endpoint, now);
        self.untold.push_back(ChannelChange::ClockSetBack);
    }
}

/// Whether it was never tried and asks for somebody at once.
fn is_new_and_urgent(view: &DeliveryView) -> bool {
    view.attempts == 0 && view.urgency == Priority::High
}

fn sleep_until(until: WallTime, now: WallTime) -> Duration {
    let wait_ms = until.ms_since(now).max(1).unsigned_abs();
    Duration::from_millis(wait_ms).min(IDLE)
}
