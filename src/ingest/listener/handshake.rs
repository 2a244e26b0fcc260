//! From the first byte to CONNACK.

use super::closing::{Opened, publish, session};
use super::connection::{Client, Connection};
use super::credentials::{MayKeep, Principal, authenticate};
use super::events::{ConnectRefused, ConnectTimedOut, TakenOver};
use super::exchanges::Exchanges;
use super::server::Shared;
use super::sessions::{Asleep, Claim, expires};
use super::transport::{Moved, Transport};
use super::wire::{Accepted, Answers, Connect, ConnectError, Kind, Refusal, Version, Violation};
use crate::decode::device_of;
use crate::domain::WallTime;
use crate::engine::{SessionInput, SessionOpened};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a refused client may take to read why.
const GOODBYE: Duration = Duration::from_secs(1);

/// Lets a client in; none when it may not, or did not say CONNECT in time.
pub(super) async fn shake_hands(
    shared: &Arc<Shared>,
    mut transport: Transport,
) -> Option<(Connection, Opened)> {
    let limit = shared.settings.connect_timeout();
    let connect = match timeout(limit, first_packet(&mut transport)).await {
        Ok(Ok(connect)) => connect,
        Ok(Err(Some(error))) => {
            refuse(shared, transport, error).await;
            return None;
        }
        Ok(Err(None)) => return None,
        Err(_) => {
            ConnectTimedOut.emit(&shared.counters);
            return None;
        }
    };
    let version = connect.version;
    // Within it, the store may take `limit` to answer.
    match timeout(limit * 2, open(shared, &connect)).await {
        Ok(Ok(session)) => {
            let (connection, opened) = welcome(shared, transport, connect, session);
            Some((connection, opened))
        }
        Ok(Err(None)) => None,
        refused => {
            let refusal = match refused {
                Ok(Err(Some(refusal))) => refusal,
                Ok(_) | Err(_) => Refusal::Unavailable,
            };
            let answer_in = Some(version);
            refuse(shared, transport, ConnectError { answer_in, refusal }).await;
            None
        }
    }
}

/// `Err(None)`: the client went before it said anything wrong.
async fn first_packet(transport: &mut Transport) -> Result<Connect, Option<ConnectError>> {
    let refuse = |violation: Violation| ConnectError {
        answer_in: None,
        refusal: violation.into(),
    };
    let mut none = Answers::new(Version::V4, 0);
    loop {
        // Not waiting for the rest of what can never be a CONNECT.
        if transport.head().is_some_and(|head| head >> 4 != 1) {
            return Err(Some(refuse(Violation::Protocol)));
        }
        if let Some(frame) = transport.next().map_err(refuse)? {
            return match frame.kind {
                Kind::Connect => Ok(Connect::read(&frame.body)?),
                _ => Err(Some(refuse(Violation::Protocol))),
            };
        }
        match transport.moved(&mut none, true).await {
            Ok(Moved::In | Moved::Out) => {}
            Ok(Moved::End) | Err(_) => return Err(None),
        }
    }
}

async fn refuse(shared: &Shared, transport: Transport, error: ConnectError) {
    ConnectRefused(error.refusal).emit(&shared.counters);
    if let Some(version) = error.answer_in {
        let mut answers = Answers::new(version, u32::MAX);
        answers.refuse(error.refusal);
        // It may have gone; there is nothing more to tell it.
        let _ = timeout(GOODBYE, transport.close(&answers)).await;
    }
}

/// A session that stands in the store.
struct Session {
    principal: Principal,
    assigned: bool,
    claim: Claim,
    expiry_seconds: u32,
    kept: SessionOpened,
}

/// `Err(None)`: a newer connection took over before this one was let in.
async fn open(shared: &Arc<Shared>, connect: &Connect) -> Result<Session, Option<Refusal>> {
    let access = Arc::clone(&shared.engine.access.borrow());
    let anonymous = shared.settings.dangerous_anonymous;
    let principal = authenticate(connect, &access, anonymous)?;
    will_is_allowed(shared, connect, &principal)?;
    let assigned = connect.client_id.is_empty();
    let client = client_id(connect, &principal)?;
    let may_keep = principal.client_id(&client).ok_or(Refusal::ClientId)?;
    let expiry_seconds = expiry(shared, connect, may_keep)?;
    let (mut claim, took_over) =
        shared
            .sessions
            .announce(&client, principal.clone(), connect.clean)?;
    if took_over {
        TakenOver.emit(&shared.counters);
    }
    let kick = Arc::clone(&claim.kick);
    let kept = tokio::select! {
        biased;
        _ = kick.kicked() => return Err(None),
        kept = take_turn(shared, connect, &mut claim, expiry_seconds) => kept,
    };
    let Some(kept) = kept else {
        let expires = expires(shared.clock.wall(), expiry_seconds);
        claim.sleep(Asleep {
            expires,
            ended: false,
            will: None,
        });
        return Err(Some(Refusal::Unavailable));
    };
    Ok(Session {
        principal,
        assigned,
        claim,
        expiry_seconds,
        kept,
    })
}

fn will_is_allowed(
    shared: &Shared,
    connect: &Connect,
    principal: &Principal,
) -> Result<(), Refusal> {
    let prefix = &shared.decode.topic_prefix;
    match &connect.will {
        Some(will) if !principal.may_publish_for(device_of(prefix, &will.topic)) => {
            Err(Refusal::NotAuthorized)
        }
        Some(_) | None => Ok(()),
    }
}

fn client_id(connect: &Connect, principal: &Principal) -> Result<String, Refusal> {
    if !connect.client_id.is_empty() {
        return Ok(connect.client_id.clone());
    }
    // 3.1.1 has no way to tell the client its id, so it cannot come back to it.
    if connect.version == Version::V4 && !connect.clean {
        return Err(Refusal::ClientId);
    }
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| Refusal::Unavailable)?;
    let random = u64::from_ne_bytes(random);
    Ok(format!("{}/{random:016x}", principal.client_id_prefix()))
}

fn expiry(shared: &Shared, connect: &Connect, may_keep: MayKeep) -> Result<u32, Refusal> {
    let longest = shared.settings.session_expiry_seconds_max;
    match (connect.version, may_keep) {
        (Version::V5, MayKeep(true)) => Ok(connect.expiry_seconds.min(longest)),
        (Version::V5, MayKeep(false)) => Ok(0),
        (Version::V4, _) if connect.clean => Ok(0),
        (Version::V4, MayKeep(true)) => Ok(longest),
        (Version::V4, MayKeep(false)) => Err(Refusal::ClientId),
    }
}

/// Waits for the connection before, settles what slept, stores the session;
/// none when the store does not answer.
async fn take_turn(
    shared: &Shared,
    connect: &Connect,
    claim: &mut Claim,
    expiry_seconds: u32,
) -> Option<SessionOpened> {
    claim.wait_for_turn().await;
    let at = shared.clock.wall();
    let slept = claim.slept.as_mut();
    let over = slept.as_ref().is_some_and(|slept| has_ended(slept, at));
    let ends = connect.clean || over;
    if let Some(will) = slept.and_then(|slept| slept.will.take())
        && ends
        && !will.after_restart
    {
        publish(shared, &claim.client, &will.will).await;
    }
    let (reply, answer) = tokio::sync::oneshot::channel();
    let open = SessionInput::Open {
        client: claim.client.clone(),
        clean_start: ends,
        expiry_seconds,
        will: connect.will.as_ref().map(|will| will.encode()),
        at,
        reply,
    };
    session(shared, open).await;
    claim.slept = None;
    let answer = timeout(shared.settings.connect_timeout(), answer).await;
    if answer.is_err() {
        let closed = SessionInput::Closed {
            client: claim.client.clone(),
            expiry_seconds: None,
            keep_will: false,
            at: shared.clock.wall(),
        };
        session(shared, closed).await;
    }
    answer.ok()?.ok()
}

fn has_ended(slept: &Asleep, now: WallTime) -> bool {
    slept.ended || slept.expires.is_some_and(|expires| expires <= now)
}

fn welcome(
    shared: &Arc<Shared>,
    mut transport: Transport,
    connect: Connect,
    session: Session,
) -> (Connection, Opened) {
    let longest = shared.settings.keep_alive_seconds_max;
    let asked = connect.keep_alive_seconds;
    let keep_alive = match (connect.version, asked) {
        (_, 0) => longest,
        // 3.1.1 cannot be told of a shorter one.
        (Version::V4, _) => asked,
        (Version::V5, _) => asked.min(longest),
    };
    let kept_seconds = session.expiry_seconds;
    let mut answers = Answers::new(connect.version, connect.packet_bytes_max);
    answers.accept(Accepted {
        session_present: session.kept.present && !connect.clean,
        expiry_seconds: (kept_seconds != connect.expiry_seconds).then_some(kept_seconds),
        receive_maximum: shared.settings.receive_maximum,
        packet_bytes_max: u32::try_from(shared.packet_bytes_max).unwrap_or(u32::MAX),
        client_id: session.assigned.then(|| session.claim.client.to_string()),
        keep_alive_seconds: (keep_alive != asked).then_some(keep_alive),
    });
    let client = Client {
        version: connect.version,
        principal: session.principal,
        id: session.claim.client.clone(),
        keep_alive: Duration::from_secs(u64::from(keep_alive)),
        asked_to_keep: connect.expiry_seconds > 0,
    };
    let exchanges = Exchanges::new(&session.kept.open_packets);
    transport.allow(shared.packet_bytes_max);
    let connection = Connection::new(shared, transport, answers, client, exchanges);
    let opened = Opened {
        claim: session.claim,
        expiry_seconds: session.expiry_seconds,
        will: connect.will,
    };
    (connection, opened)
}
