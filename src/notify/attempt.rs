//! One attempt: sign, send, judge, report.

use super::client::{Answer, Client, SendError};
use super::format::{FormatError, HttpRequest, Request, Told, render};
use super::mailer::Mailer;
use super::schedule::{Hold, Judgement, Tried, judge};
use super::signature::unsigned;
use super::unrecorded::Ahead;
use super::{ActionLinks, ChartLinks, Secret, SecretError, Settings, events, sign};
use crate::domain::{DeliveryId, DeliveryReport, SecretUse, WallTime};
use crate::engine::{EngineHandle, Envelope, Input};
use crate::registry::Endpoint;
use crate::runtime::Clock;
use crate::store::DeliveryView;
use crate::telemetry::{Event as _, metrics};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// What every attempt needs.
pub(super) struct Tools {
    pub(super) settings: Settings,
    pub(super) client: Client,
    pub(super) mailer: Option<Mailer>,
    pub(super) from: Option<String>,
    pub(super) charts: Option<ChartLinks>,
    pub(super) actions: Option<ActionLinks>,
    /// What was taken before it was recorded.
    pub(super) ahead: Ahead,
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
        let signs = endpoint.channel.format.secret() == SecretUse::Signs;
        let secrets = endpoint.secrets.iter().filter(|_| signs);
        Self {
            secrets: secrets.map(|text| Secret::parse(text)).collect(),
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
    view: DeliveryView,
    last_success: Option<WallTime>,
) -> Finished {
    let _counted = InFlight::new();
    let began = tools.clock.wall();
    let answer = match tools.ahead.answer(&view.id).await {
        Some(taken) => Ok(taken),
        None => send(&tools, &channel, (&view.id, &view.body), began).await,
    };
    let ended = tools.clock.wall();
    let random = getrandom::u64().unwrap_or(u64::MAX / 2);
    let tried = Tried {
        before: view.attempts,
        urgency: view.urgency,
        since: view.received,
        others_taken: last_success > view.last_attempt_at && view.last_attempt_at.is_some(),
    };
    let judgement = judge(&tools.settings, &tried, &answer, ended, random);
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
        aside: judgement.aside,
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

/// Sends a message, its identifier and its document, in the channel's form.
pub(super) async fn send(
    tools: &Tools,
    channel: &Channel,
    (id, document): (&str, &[u8]),
    now: WallTime,
) -> Result<Answer, SendError> {
    let told = Told {
        id,
        document,
        now: tools.clock.clinical().epoch_ms().div_euclid(1000),
        public_url: tools.settings.public_url(),
        from: tools.from.as_deref(),
        charts: tools.charts.as_ref(),
        actions: tools.actions.as_ref(),
    };
    match render(&channel.endpoint, told).map_err(unfit)? {
        Request::Http(request) => post(tools, channel, id, now, request).await,
        Request::Mail(mail) => {
            let mailer = tools.mailer.as_ref().ok_or(SendError::NoMail)?;
            mailer.send(&mail).await
        }
    }
}

const fn unfit(error: FormatError) -> SendError {
    match error {
        FormatError::Document => SendError::Format,
        FormatError::Endpoint => SendError::Signature,
        FormatError::NoMail => SendError::NoMail,
    }
}

async fn post(
    tools: &Tools,
    channel: &Channel,
    id: &str,
    now: WallTime,
    request: HttpRequest,
) -> Result<Answer, SendError> {
    let headers = match channel.endpoint.channel.format.secret() {
        SecretUse::Signs => {
            let secrets = channel.secrets.as_ref().map_err(|_| SendError::Signature)?;
            sign(secrets, id, now, &request.body).map_err(|_| SendError::Signature)?
        }
        SecretUse::RoutingKey | SecretUse::OptionalToken | SecretUse::None => unsigned(id, now),
    };
    tools.client.post(request, &headers).await
}
