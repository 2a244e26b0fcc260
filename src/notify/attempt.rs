//! One attempt: sign, send, judge, report.

use super::client::{Answer, Client, SendError};
use super::schedule::{Hold, Judgement, judge};
use super::{Secret, SecretError, Settings, events, sign};
use crate::domain::{DeliveryId, DeliveryReport, WallTime};
use crate::engine::{EngineHandle, Envelope, Input};
use crate::registry::Endpoint;
use crate::runtime::Clock;
use crate::store::DeliveryView;
use crate::telemetry::{Event as _, metrics};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// What every attempt needs.
pub(super) struct Tools {
    pub(super) settings: Settings,
    pub(super) client: Client,
    pub(super) engine: EngineHandle,
    pub(super) clock: Clock,
}

/// An endpoint with its secrets read.
pub(super) struct Channel {
    pub(super) endpoint: Endpoint,
    secrets: Result<Vec<Secret>, SecretError>,
}

impl Channel {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        let secrets = endpoint.secrets.iter().map(|text| Secret::parse(text));
        Self {
            secrets: secrets.collect(),
            endpoint,
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.endpoint.disabled.is_none()
    }
}

/// An attempt that ended and whose report is in the engine's inbox.
pub(super) struct Finished {
    /// Of the delivery.
    pub(super) id: String,
    /// When it ended.
    pub(super) at: WallTime,
    pub(super) judgement: Judgement,
    /// Answers when the report is committed; none when the engine did not take
    /// it, for it is stopping.
    pub(super) commit: Option<oneshot::Receiver<()>>,
}

impl Finished {
    pub(super) fn hold(&self) -> Option<Hold> {
        self.judgement.hold
    }
}

/// Counts an attempt under way for as long as it lives, also when it is aborted.
struct InFlight;

impl InFlight {
    fn new() -> Self {
        metrics().webhooks_in_flight.add(1);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics().webhooks_in_flight.add(-1);
    }
}

/// Makes one attempt to deliver `view` and reports it. Waits for a place in
/// the engine's inbox: that wait is the back-pressure on this endpoint.
pub(super) async fn attempt(
    tools: Arc<Tools>,
    channel: Arc<Channel>,
    id: DeliveryId,
    mut view: DeliveryView,
) -> Finished {
    let _counted = InFlight::new();
    let began = tools.clock.wall();
    let body = Bytes::from(std::mem::take(&mut view.body));
    let answer = send(&tools, &channel, &view.id, began, body).await;
    let ended = tools.clock.wall();
    let random = getrandom::u64().unwrap_or(u64::MAX / 2);
    let judgement = judge(&tools.settings, view.attempts, &answer, ended, random);
    let status = answer.as_ref().ok().map(|answer| answer.status);
    let took_ms = ended.ms_since(began).max(0);
    events::AttemptEnded {
        verdict: judgement.verdict,
        status,
        error: judgement.error,
        took: Duration::from_millis(took_ms.unsigned_abs()),
    }
    .emit();
    let report = DeliveryReport {
        delivery: id,
        at: began,
        took_ms: u32::try_from(took_ms).unwrap_or(u32::MAX),
        status,
        error: judgement.error,
        verdict: judgement.verdict,
    };
    Finished {
        id: view.id,
        at: ended,
        judgement,
        commit: hand_in(&tools, ended, report).await,
    }
}

/// Hands a report to the engine; waits for a place in its inbox.
async fn hand_in(
    tools: &Tools,
    received: WallTime,
    report: DeliveryReport,
) -> Option<oneshot::Receiver<()>> {
    let (reply, commit) = oneshot::channel();
    let envelope = Envelope {
        stamp: tools.clock.clinical(),
        received,
        input: Input::DeliveryReport { report, reply },
        delivery: None,
    };
    let taken = tools.engine.inbox.send(envelope).await.is_ok();
    taken.then_some(commit)
}

async fn send(
    tools: &Tools,
    channel: &Channel,
    id: &str,
    now: WallTime,
    body: Bytes,
) -> Result<Answer, SendError> {
    let secrets = channel.secrets.as_ref().map_err(|_| SendError::Signature)?;
    let headers = sign(secrets, id, now, &body).map_err(|_| SendError::Signature)?;
    tools
        .client
        .post(&channel.endpoint.url, &headers, body)
        .await
}
