//! Who is connected under which client id, and what sleeps.

use super::credentials::Principal;
use super::events::WillUnreadable;
use super::kick::{Kick, KickReason};
use super::wire::{Refusal, Will};
use crate::domain::WallTime;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedMutexGuard};

/// A session as the store kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// The client id.
    pub client: Box<str>,
    /// Seconds it outlives its connection; `u32::MAX` for ever.
    pub expiry_seconds: u32,
    /// The Will, as [`SessionInput::Open`](crate::engine::SessionInput::Open) carried it.
    pub will: Option<Vec<u8>>,
    /// When its connection ended; none when the service ended first.
    pub closed: Option<WallTime>,
}

/// Every session of the listener.
pub(super) struct Sessions {
    state: Mutex<State>,
    /// Something falls due earlier than before.
    pub(super) changed: Notify,
    sessions_max: usize,
}

#[derive(Default)]
struct State {
    entries: HashMap<Box<str>, Entry>,
    /// Wall milliseconds at which a sleeping session needs something.
    due: BTreeSet<(i64, Box<str>)>,
}

#[derive(Default)]
struct Entry {
    /// Held by the connection from its claim to its last word.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The newest connection that claimed the client id.
    holder: Option<Holder>,
    asleep: Option<Asleep>,
}

struct Holder {
    kick: Arc<Kick>,
    principal: Principal,
}

/// A session without a connection.
#[derive(Clone)]
pub(super) struct Asleep {
    /// When it ends; none: never.
    pub(super) expires: Option<WallTime>,
    /// It ended with its connection; only its Will is still awaited.
    pub(super) ended: bool,
    pub(super) will: Option<PendingWill>,
}

/// A Will that waits for its time.
#[derive(Clone)]
pub(super) struct PendingWill {
    pub(super) will: Will,
    pub(super) due: WallTime,
    /// It waits only because the service restarted: void when the client returns.
    pub(super) after_restart: bool,
}

impl Asleep {
    fn due(&self) -> Option<WallTime> {
        let will = self.will.as_ref().map(|will| will.due);
        [self.expires, will].into_iter().flatten().min()
    }
}

/// When a session ends whose connection ended at `closed`.
pub(super) fn expires(closed: WallTime, expiry_seconds: u32) -> Option<WallTime> {
    (expiry_seconds != u32::MAX).then(|| closed.plus_ms(i64::from(expiry_seconds) * 1000))
}

/// A session's turn, held by one connection at a time.
pub(super) struct Claim {
    sessions: Arc<Sessions>,
    pub(super) client: Box<str>,
    pub(super) kick: Arc<Kick>,
    turn: Option<OwnedMutexGuard<()>>,
    /// What slept here; it sleeps on unless it is taken.
    pub(super) slept: Option<Asleep>,
}

/// What a sleeping session needs now.
pub(super) struct Due {
    pub(super) client: Box<str>,
    pub(super) will: Option<Will>,
    pub(super) expired: bool,
    /// Nobody else speaks for the session meanwhile.
    pub(super) _turn: OwnedMutexGuard<()>,
}

impl Sessions {
    /// Takes over what the store kept. Connections that the service's end cut
    /// count as closed `now`, and their Wills wait at least `grace_seconds`.
    pub(super) fn new(
        stored: Vec<StoredSession>,
        now: WallTime,
        grace_seconds: u32,
        sessions_max: usize,
    ) -> Self {
        let mut state = State::default();
        for session in stored {
            let asleep = asleep(&session, now, grace_seconds);
            state.sleep(&session.client, asleep);
        }
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
            sessions_max,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many sessions there are, connected or asleep.
    pub(super) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Announces a connection for `client`; the one before it is told to end.
    /// Returns whether there was one.
    pub(super) fn announce(
        self: &Arc<Self>,
        client: &str,
        principal: Principal,
        clean: bool,
    ) -> Result<(Claim, bool), Refusal> {
        let mut state = self.lock();
        if state.entries.len() >= self.sessions_max && !state.entries.contains_key(client) {
            return Err(Refusal::Quota);
        }
        let entry = state.entries.entry(client.into()).or_default();
        let kick = Arc::new(Kick::default());
        let before = entry.holder.replace(Holder {
            kick: Arc::clone(&kick),
            principal,
        });
        if let Some(before) = &before {
            before.kick.kick(KickReason::TakenOver { clean });
        }
        let claim = Claim {
            sessions: Arc::clone(self),
            client: client.into(),
            kick,
            turn: None,
            slept: None,
        };
        Ok((claim, before.is_some()))
    }

    /// Tells every connection to end whose principal does not pass `stays`.
    pub(super) fn revoke(&self, stays: impl Fn(&Principal) -> bool) {
        for entry in self.lock().entries.values() {
            if let Some(holder) = &entry.holder
                && !stays(&holder.principal)
            {
                holder.kick.kick(KickReason::Revoked);
            }
        }
    }

    /// When the next sleeping session needs something.
    pub(super) fn next_due(&self) -> Option<WallTime> {
        let state = self.lock();
        state
            .due
            .first()
            .map(|(ms, _)| WallTime::from_epoch_ms(*ms))
    }

    /// One sleeping session that needs something at `now`.
    pub(super) fn take_due(&self, now: WallTime) -> Option<Due> {
        let mut state = self.lock();
        loop {
            let (ms, client) = state.due.pop_first()?;
            if ms > now.epoch_ms() {
                state.due.insert((ms, client));
                return None;
            }
            if let Some(due) = state.due_of(client, now) {
                return Some(due);
            }
        }
    }
}

impl State {
    fn sleep(&mut self, client: &str, asleep: Asleep) {
        if let Some(due) = asleep.due() {
            self.due.insert((due.epoch_ms(), client.into()));
        }
        self.entries.entry(client.into()).or_default().asleep = Some(asleep);
    }

    fn wake(&mut self, client: &str) -> Option<Asleep> {
        let asleep = self.entries.get_mut(client)?.asleep.take()?;
        if let Some(due) = asleep.due() {
            self.due.remove(&(due.epoch_ms(), client.into()));
        }
        Some(asleep)
    }

    fn due_of(&mut self, client: Box<str>, now: WallTime) -> Option<Due> {
        let entry = self.entries.get_mut(&client)?;
        // A connection has its turn: it takes what slept, and this with it.
        let turn = Arc::clone(&entry.turn).try_lock_owned().ok()?;
        let mut asleep = entry.asleep.take()?;
        let expired = asleep.expires.is_some_and(|expires| expires <= now);
        let will = asleep.will.take_if(|will| will.due <= now || expired);
        if !expired {
            self.sleep(&client, asleep);
        } else if entry.holder.is_none() {
            self.entries.remove(&client);
        }
        Some(Due {
            client,
            will: will.map(|will| will.will),
            expired,
            _turn: turn,
        })
    }
}

impl Claim {
    /// Waits until the connection before has said its last word.
    pub(super) async fn wait_for_turn(&mut self) {
        let turn = {
            let mut state = self.sessions.lock();
            let entry = state.entries.entry(self.client.clone()).or_default();
            Arc::clone(&entry.turn)
        };
        self.turn = Some(turn.lock_owned().await);
        self.slept = self.sessions.lock().wake(&self.client);
    }

    /// The connection ended and the session stays.
    pub(super) fn sleep(self, asleep: Asleep) {
        self.sessions.lock().sleep(&self.client, asleep);
        self.sessions.changed.notify_one();
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut state = self.sessions.lock();
        if let Some(slept) = self.slept.take() {
            state.sleep(&self.client, slept);
        }
        let Some(entry) = state.entries.get_mut(&self.client) else {
            return;
        };
        let mine = |holder: &Holder| Arc::ptr_eq(&holder.kick, &self.kick);
        if entry.holder.as_ref().is_some_and(mine) {
            entry.holder = None;
        }
        if entry.holder.is_none() && entry.asleep.is_none() {
            state.entries.remove(&self.client);
        }
    }
}

fn asleep(session: &StoredSession, now: WallTime, grace_seconds: u32) -> Asleep {
    let after_restart = session.closed.is_none();
    let closed = session.closed.unwrap_or(now);
    let will = session.will.as_deref().and_then(|bytes| {
        let will = Will::decode(bytes);
        if will.is_none() {
            WillUnreadable.emit();
        }
        will
    });
    let will = will.map(|will| {
        let delay = will.delay_seconds.min(session.expiry_seconds);
        let wait = if after_restart {
            delay.max(grace_seconds)
        } else {
            delay
        };
        PendingWill {
            due: closed.plus_ms(i64::from(wait) * 1000),
            will,
            after_restart,
        }
    });
    // A Will must not be brought forward by the session's end during the grace.
    let grace = will.as_ref().filter(|_| after_restart).map(|will| will.due);
    let expires = expires(closed, session.expiry_seconds);
    Asleep {
        ended: session.expiry_seconds == 0,
        expires: expires.map(|expires| grace.map_or(expires, |grace| expires.max(grace))),
        will,
    }
}
