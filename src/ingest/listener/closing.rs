//! The end of a connection, as its session sees it.

use super::connection::Ending;
use super::events::WillPublished;
use super::kick::KickReason;
use super::server::Shared;
use super::sessions::{Asleep, Claim, PendingWill, expires};
use super::wire::{Goodbye, Will};
use crate::engine::{Envelope, Input, SessionInput};
use crate::ingest::to_input;
use bytes::Bytes;

/// What the session was opened with.
pub(super) struct Opened {
    pub(super) claim: Claim,
    pub(super) expiry_seconds: u32,
    pub(super) will: Option<Will>,
}

/// Ends a session, or lays it to sleep, and publishes its Will if it is due.
pub(super) async fn close(shared: &Shared, opened: Opened, ending: &Ending) {
    let Opened {
        claim,
        mut expiry_seconds,
        mut will,
    } = opened;
    let mut changed_expiry = None;
    match ending {
        // The store keeps the session open: the restart takes it from there.
        Ending::Stopping | Ending::EngineGone => return,
        Ending::Kicked(KickReason::TakenOver { clean }) => {
            return taken_over(shared, &claim, expiry_seconds, will, *clean).await;
        }
        Ending::Said(goodbye) => {
            will = will.filter(|_| goodbye.with_will);
            changed_expiry = changed(goodbye, expiry_seconds, shared);
            expiry_seconds = changed_expiry.unwrap_or(expiry_seconds);
        }
        Ending::Kicked(KickReason::Revoked) | Ending::Violated(_) | Ending::Lost => {}
    }
    let ends = expiry_seconds == 0;
    let due_now = |will: &mut Will| ends || will.delay_seconds == 0;
    if let Some(will) = will.take_if(due_now) {
        publish(shared, &claim.client, &will).await;
    }
    if ends {
        return expire(shared, &claim.client).await;
    }
    let at = shared.clock.wall();
    let closed = SessionInput::Closed {
        client: claim.client.clone(),
        expiry_seconds: changed_expiry,
        keep_will: will.is_some(),
        at,
    };
    session(shared, closed).await;
    let will = will.map(|will| PendingWill {
        due: at.plus_ms(i64::from(will.delay_seconds.min(expiry_seconds)) * 1000),
        will,
        after_restart: false,
    });
    let expires = expires(at, expiry_seconds);
    claim.sleep(Asleep {
        expires,
        ended: false,
        will,
    });
}

/// A new expiry in DISCONNECT, within what is kept here; not from 0, which the
/// handshake has made final.
fn changed(goodbye: &Goodbye, expiry_seconds: u32, shared: &Shared) -> Option<u32> {
    let longest = shared.settings.session_expiry_seconds_max;
    let asked = goodbye.expiry_seconds?.min(longest);
    (expiry_seconds != 0 && asked != expiry_seconds).then_some(asked)
}

/// The session goes on under the newer connection, or ends here if either
/// side says so.
async fn taken_over(
    shared: &Shared,
    claim: &Claim,
    expiry_seconds: u32,
    will: Option<Will>,
    clean: bool,
) {
    let ends = clean || expiry_seconds == 0;
    if let Some(will) = will.filter(|will| ends || will.delay_seconds == 0) {
        publish(shared, &claim.client, &will).await;
    }
    if ends {
        expire(shared, &claim.client).await;
    }
}

/// Publishes a Will as a message of its device.
pub(super) async fn publish(shared: &Shared, client: &str, will: &Will) {
    WillPublished.emit(&shared.counters);
    let stamp = shared.clock.clinical();
    let payload = Bytes::copy_from_slice(&will.payload);
    let content_type = will.content_type.as_deref();
    let input = to_input(
        &shared.decode,
        &will.topic,
        content_type,
        payload,
        stamp,
        None,
    );
    send(shared, input).await;
    let client = client.into();
    session(shared, SessionInput::WillDone { client }).await;
}

/// The session is over.
pub(super) async fn expire(shared: &Shared, client: &str) {
    let client = client.into();
    session(shared, SessionInput::Expired { client }).await;
}

/// Gives a change of a session to the engine.
pub(super) async fn session(shared: &Shared, change: SessionInput) {
    send(shared, Input::Session(change)).await;
}

async fn send(shared: &Shared, input: Input) {
    let envelope = Envelope {
        stamp: shared.clock.clinical(),
        received: shared.clock.wall(),
        input,
        delivery: None,
    };
    // When the engine has ended, the store still says what stands open.
    let _ = shared.engine.inbox.send(envelope).await;
}
