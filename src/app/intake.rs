//! The ways in for watches: our own MQTT endpoint, and a broker's.

use super::{AppError, Parts};
use crate::ingest::{self, listener, subscriber};
use crate::runtime::Stage;
use crate::store::StoredSession;
use std::net::SocketAddr;
use std::sync::Arc;

/// Starts our own endpoint if it is enabled; says where watches connect.
pub(super) async fn spawn_listener(
    stage: &mut Stage<AppError>,
    parts: &Parts,
    sessions: Vec<StoredSession>,
) -> Result<Option<SocketAddr>, AppError> {
    let settings = parts.config.listener.clone();
    if !settings.enabled {
        return Ok(None);
    }
    let bound = listener::Listener::bind(
        settings,
        parts.config.decode.clone(),
        parts.engine.clone(),
        parts.mode.clock.clone(),
        sessions.into_iter().map(kept).collect(),
        Arc::clone(&parts.health.listener),
    )
    .await?;
    let address = bound.local_addr();
    let cancel = stage.token();
    stage.spawn("listener", async move { Ok(bound.run(cancel).await?) });
    Ok(Some(address))
}

fn kept(session: StoredSession) -> listener::StoredSession {
    listener::StoredSession {
        client: session.client.into(),
        expiry_seconds: session.expiry_seconds,
        will: session.will,
        closed: session.closed,
    }
}

/// Starts the client of a broker if one is configured.
pub(super) fn spawn_subscriber(stage: &mut Stage<AppError>, parts: &Parts) {
    let settings = parts.config.subscriber.clone();
    if !settings.enabled {
        return;
    }
    let decode = parts.config.decode.clone();
    let to_input = move |topic: &str, content: Option<&str>, payload, arrival| {
        ingest::to_input(&decode, topic, content, payload, arrival, None)
    };
    let clock = parts.mode.clock.clone();
    let (subscriber, handle) =
        subscriber::Subscriber::new(settings, &parts.engine, clock, to_input);
    parts.health.note_subscriber(handle);
    let cancel = stage.token();
    stage.spawn("subscriber", async move {
        subscriber.run(cancel).await;
        Ok(())
    });
}
