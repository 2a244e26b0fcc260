//! Keeps a lane for each endpoint and wakes the lanes.

use super::attempt::{Channel, Tools};
use super::client::Client;
use super::lane::Lane;
use super::mailer::Mailer;
use super::unrecorded::{Ahead, Hearing, Unrecorded};
use super::{
    ActionLinks, AddressGuard, ChartLinks, ClientError, DeliverySource, EmailSettings, Health,
    Lookup, MailerError, Settings, SystemLookup, events,
};
use crate::domain::EndpointId;
use crate::engine::{EngineHandle, Outcome};
use crate::registry::Endpoint;
use crate::runtime::Clock;
use crate::telemetry::{Event as _, metrics};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Endpoints are read again at least so often.
const REFRESH_LONGEST: Duration = Duration::from_secs(2);
/// And at most so often, however many commits there are.
const REFRESH_SHORTEST: Duration = Duration::from_millis(50);

/// Why the notifier did not start, or ended on its own.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// The HTTP client could not be made.
    #[error("failed to prepare webhook deliveries")]
    Client(#[from] ClientError),
    /// The mail server's files cannot be read.
    #[error("failed to prepare mails")]
    Mailer(#[from] MailerError),
    /// A lane panicked: a mistake of ours; the service must end in order.
    #[error("the task of a webhook endpoint failed")]
    Lane(#[source] JoinError),
}

/// Sends the store's waiting deliveries to their endpoints.
pub struct Notifier<S> {
    tools: Arc<Tools>,
    source: Arc<S>,
    health: Health,
    outcomes: broadcast::Receiver<Outcome>,
    lanes: BTreeMap<EndpointId, LaneHandle>,
    hearing: watch::Sender<Hearing>,
    tasks: JoinSet<()>,
    refreshed: Option<Instant>,
    unread: bool,
}

struct LaneHandle {
    channel: watch::Sender<Arc<Channel>>,
    wake: Arc<Notify>,
}

impl<S: DeliverySource> Notifier<S> {
    /// Prepares deliveries. The process must have installed a rustls crypto
    /// provider.
    ///
    /// # Errors
    /// [`NotifierError::Client`] when the HTTP client cannot be made.
    pub fn new(
        settings: Settings,
        source: S,
        engine: EngineHandle,
        clock: Clock,
    ) -> Result<Self, NotifierError> {
        Self::with_lookup(settings, source, engine, clock, Arc::new(SystemLookup))
    }

    /// Also sends mails.
    ///
    /// # Errors
    /// [`NotifierError::Mailer`] when the mail server's files cannot be read.
    pub fn with_mail(mut self, settings: &EmailSettings) -> Result<Self, NotifierError> {
        if let Some(tools) = Arc::get_mut(&mut self.tools) {
            tools.mailer = Mailer::new(settings)?;
            tools.from.clone_from(&settings.from);
        }
        Ok(self)
    }

    /// Also links to pictures.
    #[must_use]
    pub fn with_charts(mut self, charts: ChartLinks) -> Self {
        if let Some(tools) = Arc::get_mut(&mut self.tools) {
            tools.charts = Some(charts);
        }
        self
    }

    /// Also links by which receivers answer, where an endpoint allows it.
    #[must_use]
    pub fn with_actions(mut self, actions: ActionLinks) -> Self {
        if let Some(tools) = Arc::get_mut(&mut self.tools) {
            tools.actions = Some(actions);
        }
        self
    }

    /// As [`Self::new`], with names resolved by `lookup`.
    ///
    /// # Errors
    /// [`NotifierError::Client`] when the HTTP client cannot be made.
    pub fn with_lookup(
        settings: Settings,
        source: S,
        engine: EngineHandle,
        clock: Clock,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, NotifierError> {
        let client = Client::new(&settings, AddressGuard::new(&settings, lookup))?;
        let failing_after_ms = i64::from(settings.failing_after_seconds) * 1000;
        Ok(Self {
            // Subscribed before anything is read, so that nothing falls between.
            outcomes: engine.outcomes.subscribe(),
            source: Arc::new(source),
            health: Health::new(failing_after_ms),
            tools: Arc::new(Tools {
                settings,
                client,
                mailer: None,
                from: None,
                charts: None,
                actions: None,
                ahead: Ahead::default(),
                engine,
                clock,
            }),
            lanes: BTreeMap::new(),
            hearing: watch::Sender::new(None),
            tasks: JoinSet::new(),
            refreshed: None,
            unread: true,
        })
    }

    /// How each endpoint is doing; stays readable while the notifier runs.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// The way past the store, to be asked for when the notifier is complete.
    pub fn unrecorded(&self) -> Unrecorded {
        Unrecorded::new(Arc::clone(&self.tools), self.hearing.subscribe())
    }

    /// Delivers until cancelled, then gives attempts under way a few seconds.
    ///
    /// # Errors
    /// [`NotifierError::Lane`] when a lane panicked.
    pub async fn run(mut self, cancel: CancellationToken) -> Result<(), NotifierError> {
        loop {
            let refresh_at = self.refresh_at();
            tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                Some(ended) = self.tasks.join_next() => ended.map_err(NotifierError::Lane)?,
                outcome = self.outcomes.recv() => self.handle_outcome(&outcome, &cancel).await,
                () = tokio::time::sleep_until(refresh_at) => self.refresh(&cancel).await,
            }
        }
        while let Some(ended) = self.tasks.join_next().await {
            ended.map_err(NotifierError::Lane)?;
        }
        Ok(())
    }

    fn refresh_at(&self) -> Instant {
        let wait = if self.unread {
            REFRESH_SHORTEST
        } else {
            REFRESH_LONGEST
        };
        self.refreshed.map_or_else(Instant::now, |last| last + wait)
    }

    async fn handle_outcome(
        &mut self,
        outcome: &Result<Outcome, RecvError>,
        cancel: &CancellationToken,
    ) {
        match outcome {
            // At once: what is written after a key was rotated is signed with
            // the new one too.
            Ok(Outcome::Endpoints) => {
                self.refresh(cancel).await;
                self.wake_all();
            }
            Ok(Outcome::Deliveries) | Err(RecvError::Lagged(_)) => {
                self.unread = true;
                self.wake_all();
            }
            Ok(Outcome::AlertEvents { .. } | Outcome::Journal { .. }) => {}
            // We hold a sender ourselves, so this cannot come.
            Err(RecvError::Closed) => {}
        }
    }

    fn wake_all(&self) {
        for lane in self.lanes.values() {
            lane.wake.notify_one();
        }
    }

    /// Reads the endpoints: new ones get a lane, changed ones are told.
    async fn refresh(&mut self, cancel: &CancellationToken) {
        self.refreshed = Some(Instant::now());
        self.unread = false;
        match self.source.endpoints().await {
            Ok(endpoints) => {
                let on = endpoints.iter();
                let on = on.filter(|e| e.disabled.is_none() && !e.id.is_canary());
                let on = on.count();
                metrics()
                    .webhook_endpoints
                    .set(i64::try_from(on).unwrap_or(i64::MAX));
                for endpoint in endpoints {
                    self.place(endpoint, cancel);
                }
                self.note_hearing();
            }
            Err(error) => events::StoreUnreadable { error: &error }.emit(),
        }
    }

    fn note_hearing(&self) {
        let lanes = self.lanes.values();
        let channels = lanes.map(|lane| Arc::clone(&lane.channel.borrow()));
        let hearing = channels.filter(|channel| channel.endpoint.hears_of_system());
        self.hearing.send_replace(Some(hearing.collect()));
    }

    fn place(&mut self, mut endpoint: Endpoint, cancel: &CancellationToken) {
        // What we told the engine ourselves changes nothing here.
        let trouble = endpoint.trouble.take();
        if let Some(lane) = self.lanes.get(&endpoint.id) {
            lane.channel.send_if_modified(|channel| {
                let changed = channel.endpoint != endpoint;
                if changed {
                    *channel = Arc::new(Channel::new(endpoint));
                }
                changed
            });
            return;
        }
        let id = endpoint.id.clone();
        match &endpoint.disabled {
            None => self.health.introduce(&id, trouble.as_ref()),
            Some(reason) => self.health.retired(&id, reason),
        }
        let (channel, told) = watch::channel(Arc::new(Channel::new(endpoint)));
        let wake = Arc::new(Notify::new());
        let lane = Lane::new(
            id.clone(),
            Arc::clone(&self.tools),
            Arc::clone(&self.source),
            self.health.clone(),
            told,
            Arc::clone(&wake),
        );
        self.tasks.spawn(lane.run(cancel.clone()));
        self.lanes.insert(id, LaneHandle { channel, wake });
    }
}
