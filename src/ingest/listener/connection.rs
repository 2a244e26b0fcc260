//! One connection that was let in, until it ends.

use super::counters::add;
use super::credentials::Principal;
use super::exchanges::Exchanges;
use super::inbox::{EngineGone, submit};
use super::kick::{Kick, KickReason};
use super::rate::Rate;
use super::server::Shared;
use super::settled::Settled;
use super::transport::{Moved, Transport};
use super::wire::{Answers, Goodbye, Version, Violation};
use crate::engine::{Envelope, Settlements};
use rumqttc::v5::mqttbytes::v5::DisconnectReasonCode as Reason;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

/// Most messages that are decoded before they go to the engine.
const BATCH_MESSAGES: usize = 256;

/// Answers that wait unsent before the socket is read no further.
const ANSWERS_BYTES: usize = 64 * 1024;

/// How long a client may take to read any of its answers.
const WRITE_STALL: Duration = Duration::from_secs(30);

/// How long a client may take to read our goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// Acknowledgements that a v5 client can be owed beyond its receive maximum
/// (repeats, unknown releases) before its socket is read no further.
const OWED_MARGIN: usize = 64;

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client said DISCONNECT.
    Said(Goodbye),
    /// The network or the client closed it.
    Lost,
    /// The client broke a rule.
    Violated(Violation),
    /// Something else needs it to end.
    Kicked(KickReason),
    /// The service stops.
    Stopping,
    /// The engine has ended.
    EngineGone,
}

/// Who is at the other end.
pub(super) struct Client {
    pub(super) version: Version,
    pub(super) principal: Principal,
    pub(super) id: Box<str>,
    pub(super) keep_alive: Duration,
    /// Whether CONNECT asked for a session that outlives the connection.
    pub(super) asked_to_keep: bool,
}

/// One connection.
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    transport: Transport,
    pub(super) answers: Answers,
    pub(super) client: Client,
    pub(super) exchanges: Exchanges,
    settled: Arc<Settled>,
    pub(super) settlements: Arc<dyn Settlements>,
    pub(super) batch: Vec<Envelope>,
    tokens: Vec<u64>,
    pub(super) messages: Rate,
    pub(super) controls: Rate,
    owed_max: usize,
    heard: Instant,
    unsent_since: Option<Instant>,
    stop_at: Option<Instant>,
    paused: bool,
}

impl Connection {
    pub(super) fn new(
        shared: &Arc<Shared>,
        transport: Transport,
        answers: Answers,
        client: Client,
        exchanges: Exchanges,
    ) -> Self {
        let settings = &shared.settings;
        let now = Instant::now();
        let (rate, burst) = (
            settings.rate_messages_per_second,
            settings.rate_burst_messages,
        );
        let settled = Arc::new(Settled::default());
        let owed_max = usize::from(settings.receive_maximum);
        Self {
            transport,
            answers,
            exchanges,
            settlements: Arc::<Settled>::clone(&settled),
            settled,
            batch: Vec::new(),
            tokens: Vec::new(),
            messages: Rate::new(rate, burst, now),
            controls: Rate::new(
                rate.saturating_mul(2),
                burst.saturating_mul(2).max(100),
                now,
            ),
            owed_max: match client.version {
                Version::V4 => owed_max,
                Version::V5 => owed_max + OWED_MARGIN,
            },
            client,
            shared: Arc::clone(shared),
            heard: now,
            unsent_since: None,
            stop_at: None,
            paused: false,
        }
    }

    /// Serves the client until the connection ends.
    pub(super) async fn serve(&mut self, kick: &Kick) -> Ending {
        let shared = Arc::clone(&self.shared);
        let mut kicked = pin!(kick.kicked());
        let mut stopped = pin!(shared.stop.cancelled());
        let mut timer = pin!(sleep_until(self.wakes_at()));
        loop {
            if let Err(violation) = self.take_settled() {
                return Ending::Violated(violation);
            }
            if self.may_process() {
                let ending = tokio::select! {
                    biased;
                    ending = self.process() => ending,
                    reason = kicked.as_mut() => Some(Ending::Kicked(reason)),
                };
                if let Some(ending) = ending {
                    return ending;
                }
                continue;
            }
            if let Some(ending) = self.check_time(timer.as_mut()) {
                return ending;
            }
            let may_read = self.may_read();
            tokio::select! {
                biased;
                reason = kicked.as_mut() => return Ending::Kicked(reason),
                () = stopped.as_mut(), if self.stop_at.is_none() => self.stop(),
                () = self.settled.arrived() => {}
                moved = self.transport.moved(&mut self.answers, may_read) => match moved {
                    Ok(Moved::In) => self.heard = Instant::now(),
                    Ok(Moved::Out) => self.unsent_since = None,
                    Ok(Moved::End) | Err(_) => return Ending::Lost,
                },
                () = timer.as_mut() => self.release_buffers(),
            }
        }
    }

    fn take_settled(&mut self) -> Result<(), Violation> {
        self.settled.take(&mut self.tokens);
        for token in self.tokens.drain(..) {
            self.exchanges.settle(token)?;
        }
        let written = self.exchanges.write(&mut self.answers);
        if written > 0 {
            add(&self.shared.counters.acknowledgements, written);
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        self.exchanges.owed() < self.owed_max
            && self.answers.waiting().len() < ANSWERS_BYTES
            && self.stop_at.is_none()
    }

    fn may_process(&mut self) -> bool {
        if !self.transport.has_ahead() || !self.has_room() {
            return false;
        }
        self.messages.refill(Instant::now());
        let pauses = self.messages.is_empty();
        if pauses && !self.paused {
            add(&self.shared.counters.rate_pauses, 1);
        }
        self.paused = pauses;
        !pauses
    }

    fn may_read(&self) -> bool {
        !self.transport.has_ahead() && self.has_room()
    }

    /// Reads packets that have arrived and gives their messages to the engine.
    async fn process(&mut self) -> Option<Ending> {
        self.controls.refill(Instant::now());
        let ending = self.handle_packets();
        let counters = &self.shared.counters;
        let submitted = submit(&self.shared.engine.inbox, &mut self.batch, counters).await;
        if submitted == Err(EngineGone) {
            return Some(Ending::EngineGone);
        }
        self.heard = Instant::now();
        ending
    }

    fn handle_packets(&mut self) -> Option<Ending> {
        let (stamp, received) = (self.shared.clock.clinical(), self.shared.clock.wall());
        while self.batch.len() < BATCH_MESSAGES && self.has_room() && !self.messages.is_empty() {
            let handled = match self.transport.next() {
                Ok(None) => return None,
                Ok(Some(frame)) => self.handle(frame, stamp, received),
                Err(violation) => Err(violation),
            };
            match handled {
                Ok(None) => {}
                Ok(Some(goodbye)) => return Some(Ending::Said(goodbye)),
                Err(violation) => return Some(Ending::Violated(violation)),
            }
        }
        None
    }

    fn stop(&mut self) {
        let seconds = self.shared.settings.stop_seconds;
        self.stop_at = Some(Instant::now() + Duration::from_secs(seconds));
    }

    /// Ends what is late and sets the timer to what may be late next.
    fn check_time(&mut self, timer: Pin<&mut Sleep>) -> Option<Ending> {
        let now = Instant::now();
        if !self.may_read() {
            // Its packets wait in the socket: it cannot be blamed for silence.
            self.heard = now;
        }
        if self.answers.waiting().is_empty() {
            self.unsent_since = None;
        } else if self.unsent_since.is_none() {
            self.unsent_since = Some(now);
        }
        let idle = self.exchanges.owed() == 0 && self.answers.waiting().is_empty();
        if self.stop_at.is_some_and(|stop_at| idle || stop_at <= now) {
            return Some(Ending::Stopping);
        }
        if self.heard + self.patience() <= now {
            return Some(Ending::Violated(Violation::KeepAlive));
        }
        if self
            .unsent_since
            .is_some_and(|since| since + WRITE_STALL <= now)
        {
            return Some(Ending::Violated(Violation::WriteStalled));
        }
        let at = self.wakes_at();
        if at < timer.deadline() || timer.deadline() <= now {
            timer.reset(at);
        }
        None
    }

    /// What a burst needed is not kept through silence.
    fn release_buffers(&mut self) {
        self.batch = Vec::new();
        self.tokens = Vec::new();
        self.exchanges.release_buffers();
    }

    fn patience(&self) -> Duration {
        self.client.keep_alive.mul_f64(1.5)
    }

    fn wakes_at(&self) -> Instant {
        let rate = self.paused.then(|| self.messages.worth_waking_at());
        let unsent = self.unsent_since.map(|since| since + WRITE_STALL);
        let others = [rate, unsent, self.stop_at].into_iter().flatten();
        others.fold(self.heard + self.patience(), Instant::min)
    }

    /// Says goodbye, as far as the version has a word for it, and closes.
    pub(super) async fn close(mut self, ending: Ending) {
        match ending {
            Ending::Said(_) | Ending::Lost => {}
            Ending::Violated(violation) => self.answers.violated(violation),
            Ending::Kicked(KickReason::TakenOver { .. }) => {
                self.answers.disconnect(Reason::SessionTakenOver);
            }
            Ending::Kicked(KickReason::Revoked) => {
                self.answers.disconnect(Reason::NotAuthorized);
            }
            Ending::Stopping | Ending::EngineGone => {
                self.answers.disconnect(Reason::ServerShuttingDown);
            }
        }
        // It may have gone; there is nothing more to tell it.
        let _ = timeout(GOODBYE, self.transport.close(&self.answers)).await;
    }
}
