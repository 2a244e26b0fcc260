//! A store, an engine and a receiver for the notifier, and ways to wait for them.

use crate::domain::{
    ClinicalTime, DeliveryReport, DeliveryVerdict, EndpointId, PatientNumber, Priority, WallTime,
};
use crate::engine::{ChannelChange, EngineHandle, Envelope, Input, Outcome};
use crate::notify::{
    DeliverySource, Health, Lookup, Notifier, Settings, SourceError, SystemLookup, verify,
};
use crate::registry::Endpoint;
use crate::runtime::Clock;
use crate::store::DeliveryView;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub(super) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(super) const START_MS: i64 = 1_763_787_600_000;

/// A request as the receiver saw it.
#[derive(Clone)]
pub(super) struct Got {
    pub(super) path: String,
    pub(super) id: String,
    pub(super) timestamp: String,
    pub(super) signature: String,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
    pub(super) peer: SocketAddr,
}

impl Got {
    pub(super) fn is_signed_by(&self, secret: &str, now: WallTime) -> bool {
        let (id, at, sig) = (&self.id, &self.timestamp, &self.signature);
        verify(secret, id, at, &self.body, sig, now).is_ok()
    }
}

/// What the receiver answers a request with; `None`: never.
pub(super) type Answer = dyn Fn(&Got, usize) -> Option<Response> + Send + Sync;

#[derive(Default)]
pub(super) struct Facts {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) deliveries: Vec<DeliveryView>,
    pub(super) reports: Vec<DeliveryReport>,
    pub(super) got: Vec<Got>,
    /// While set, reports pile up uncommitted.
    pub(super) stuck: bool,
    /// How often what is due was read.
    pub(super) reads: usize,
    /// What the engine was told of endpoints.
    pub(super) changes: Vec<(EndpointId, ChannelChange)>,
    /// Whose alert each delivery tells of, by id.
    pub(super) patients: HashMap<String, u32>,
    /// Deliveries that no longer hold back others.
    pub(super) aside: HashSet<String>,
    pending: Vec<(DeliveryReport, oneshot::Sender<()>)>,
}

impl Facts {
    pub(super) fn state(&self, id: &str) -> &str {
        let found = self.deliveries.iter().find(|d| d.id == id);
        found.map_or("missing", |delivery| delivery.state.as_str())
    }

    fn due(&self, endpoint: &EndpointId, now: WallTime, limit: usize) -> Vec<DeliveryView> {
        let waiting = self.deliveries.iter();
        let mut page: Vec<_> = waiting
            .filter(|d| d.endpoint == endpoint.as_str() && d.state == "waiting")
            .filter(|d| d.next_attempt <= now && !self.stands_behind(d))
            .cloned()
            .collect();
        page.sort_by_key(|d| (Reverse(d.urgency), d.next_attempt, d.number));
        page.truncate(limit);
        page
    }

    /// Whether an earlier one of the same patient waits, as in the store.
    fn stands_behind(&self, delivery: &DeliveryView) -> bool {
        let patient = self.patients.get(&delivery.id);
        patient.is_some()
            && !self.aside.contains(&delivery.id)
            && self.deliveries.iter().any(|earlier| {
                earlier.endpoint == delivery.endpoint
                    && earlier.state == "waiting"
                    && earlier.number < delivery.number
                    && self.patients.get(&earlier.id) == patient
                    && !self.aside.contains(&earlier.id)
            })
    }

    fn note_change(&mut self, endpoint: EndpointId, change: ChannelChange) {
        if matches!(
            change,
            ChannelChange::Recovered | ChannelChange::ClockSetBack
        ) {
            for delivery in &mut self.deliveries {
                if delivery.endpoint == endpoint.as_str() {
                    delivery.next_attempt = WallTime::from_epoch_ms(0);
                }
            }
        }
        self.changes.push((endpoint, change));
    }

    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// As an engine that ends before it could commit.
    pub(super) fn lose_pending(&mut self) {
        self.pending.clear();
    }

    fn commit(&mut self) {
        if self.stuck {
            return;
        }
        for (report, reply) in std::mem::take(&mut self.pending) {
            self.apply(&report);
            self.reports.push(report);
            // A notifier that was cancelled no longer listens.
            let _ = reply.send(());
        }
    }

    fn apply(&mut self, report: &DeliveryReport) {
        let id = report.delivery.as_str();
        let delivery = self.deliveries.iter_mut().find(|d| d.id == id).unwrap();
        delivery.attempts += 1;
        delivery.last_attempt_at = Some(report.at);
        if report.aside {
            self.aside.insert(id.to_owned());
        }
        match report.verdict {
            DeliveryVerdict::Delivered => delivery.state = "delivered".to_owned(),
            DeliveryVerdict::RetryAt(at) => delivery.next_attempt = at,
            DeliveryVerdict::GivenUp => delivery.state = "failed".to_owned(),
            DeliveryVerdict::EndpointGone => {
                delivery.state = "failed".to_owned();
                let to = &delivery.endpoint;
                let endpoint = self.endpoints.iter_mut();
                let mut endpoint = endpoint.filter(|e| e.id.as_str() == to);
                endpoint.next().unwrap().disabled = Some("gone".to_owned());
            }
        }
    }
}

#[derive(Clone)]
pub(super) struct Shared {
    facts: Arc<Mutex<Facts>>,
    changed: watch::Sender<u64>,
    /// While a test holds this, what is read is not handed over.
    pub(super) read_gate: Arc<tokio::sync::Mutex<()>>,
}

impl Shared {
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Facts) -> T) -> T {
        let value = change(&mut self.facts.lock().unwrap());
        self.changed.send_modify(|version| *version += 1);
        value
    }

    /// Waits, at most 20 s, until `condition` holds.
    pub(super) async fn until(&self, what: &str, condition: impl Fn(&Facts) -> bool) {
        let mut changed = self.changed.subscribe();
        let wait = async {
            while !condition(&self.facts.lock().unwrap()) {
                changed.changed().await.unwrap();
            }
        };
        let met = tokio::time::timeout(Duration::from_secs(20), wait).await;
        assert!(met.is_ok(), "waited for: {what}");
    }
}

impl DeliverySource for Shared {
    async fn endpoints(&self) -> Result<Vec<Endpoint>, SourceError> {
        Ok(self.facts.lock().unwrap().endpoints.clone())
    }

    async fn due(
        &self,
        endpoint: &EndpointId,
        now: WallTime,
        limit: usize,
    ) -> Result<Vec<DeliveryView>, SourceError> {
        let page = self.with(|facts| {
            facts.reads += 1;
            facts.due(endpoint, now, limit)
        });
        drop(self.read_gate.lock().await);
        Ok(page)
    }

    async fn last_attempt(&self, endpoint: &EndpointId) -> Result<Option<WallTime>, SourceError> {
        let facts = self.facts.lock().unwrap();
        let to_it = facts.deliveries.iter();
        let to_it = to_it.filter(|d| d.endpoint == endpoint.as_str());
        Ok(to_it.filter_map(|d| d.last_attempt_at).max())
    }

    async fn next_due(
        &self,
        endpoint: &EndpointId,
        now: WallTime,
    ) -> Result<Option<WallTime>, SourceError> {
        let facts = self.facts.lock().unwrap();
        let waiting = facts.deliveries.iter();
        Ok(waiting
            .filter(|d| d.endpoint == endpoint.as_str() && d.state == "waiting")
            .map(|d| d.next_attempt)
            .filter(|at| *at > now)
            .min())
    }
}

/// Everything around a notifier.
pub(super) struct World {
    pub(super) shared: Shared,
    pub(super) clock: Clock,
    pub(super) address: SocketAddr,
    pub(super) engine: EngineHandle,
    /// While a test holds this, the engine takes nothing from its inbox.
    pub(super) gate: Arc<tokio::sync::Mutex<()>>,
    tasks: JoinSet<()>,
}

impl World {
    /// A receiver that answers as `answer` says, an engine and an empty store.
    pub(super) async fn new(answer: Box<Answer>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let shared = Shared {
            facts: Arc::default(),
            changed: watch::channel(0).0,
            read_gate: Arc::default(),
        };
        let mut tasks = JoinSet::new();
        let (inbox, inputs) = mpsc::channel(8);
        let engine = EngineHandle {
            inbox,
            outcomes: broadcast::channel(64).0,
            access: watch::channel(Arc::default()).1,
        };
        let gate = Arc::new(tokio::sync::Mutex::new(()));
        tasks.spawn(run_engine(shared.clone(), inputs, Arc::clone(&gate)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = (shared.clone(), Arc::from(answer));
        let app = Router::new().fallback(receive).with_state(state);
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tasks.spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self {
            shared,
            clock: Clock::manual(ClinicalTime::from_epoch_ms(START_MS)),
            address,
            engine,
            gate,
            tasks,
        }
    }

    /// Settings that allow the receiver.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            dangerous_allow_private_hosts: vec![self.address.to_string()],
            ..Settings::default()
        }
    }

    /// Starts a notifier; cancel it to end it.
    pub(super) fn start(&mut self, settings: Settings) -> (Health, CancellationToken) {
        self.start_with(settings, Arc::new(SystemLookup))
    }

    pub(super) fn start_with(
        &mut self,
        settings: Settings,
        lookup: Arc<dyn Lookup>,
    ) -> (Health, CancellationToken) {
        let (source, clock) = (self.shared.clone(), self.clock.clone());
        let engine = self.engine.clone();
        let notifier = Notifier::with_lookup(settings, source, engine, clock, lookup).unwrap();
        let (health, cancel) = (notifier.health(), CancellationToken::new());
        let running = notifier.run(cancel.clone());
        self.tasks.spawn(async move { running.await.unwrap() });
        (health, cancel)
    }

    /// Registers an endpoint at `path` of the receiver, named like the path.
    pub(super) fn register(&self, name: &str) {
        let url = format!("http://{}/{name}", self.address);
        self.register_at(name, &url);
    }

    pub(super) fn register_at(&self, name: &str, url: &str) {
        let endpoint = Endpoint {
            id: EndpointId::new(name).unwrap(),
            url: url.to_owned(),
            label: name.to_owned(),
            secrets: vec![SECRET.to_owned()],
            event_types: Vec::new(),
            wards: Vec::new(),
            disabled: None,
            author: "test".to_owned(),
            created: ClinicalTime::from_epoch_ms(START_MS),
            channel: Default::default(),
            trouble: None,
        };
        self.shared.with(|facts| facts.endpoints.push(endpoint));
    }

    /// Writes a delivery, due now, and says so as the engine does.
    pub(super) fn deliver(&self, endpoint: &str, id: &str) {
        self.deliver_as(endpoint, id, None, Priority::Medium);
    }

    /// The same, about an alert of one patient.
    pub(super) fn deliver_as(
        &self,
        endpoint: &str,
        id: &str,
        patient: Option<u32>,
        urgency: Priority,
    ) {
        let now = self.clock.wall();
        self.shared.with(|facts| {
            if let Some(patient) = patient {
                facts.patients.insert(id.to_owned(), patient);
            }
            let number = facts.deliveries.len() as u64 + 1;
            facts.deliveries.push(DeliveryView {
                number,
                id: id.to_owned(),
                endpoint: endpoint.to_owned(),
                event_type: "alert.raised".to_owned(),
                created: self.clock.clinical(),
                state: "waiting".to_owned(),
                attempts: 0,
                next_attempt: now,
                last_status: None,
                last_error: None,
                body: format!("{{\"type\":\"alert.raised\",\"id\":\"{id}\"}}").into_bytes(),
                last_attempt_at: None,
                received: now,
                urgency,
                patient: patient.map(PatientNumber),
                failed_because: None,
            });
        });
        self.wake();
    }

    pub(super) fn wake(&self) {
        let _ = self.engine.outcomes.send(Outcome::Deliveries);
    }

    /// Lets wall time pass.
    pub(super) fn pass(&self, by: Duration) {
        self.clock.advance(by);
        self.wake();
    }

    /// Lets the engine commit what piled up.
    pub(super) fn unstick(&self) {
        self.shared.with(|facts| {
            facts.stuck = false;
            facts.commit();
        });
        self.wake();
    }
}

async fn run_engine(
    shared: Shared,
    mut inputs: mpsc::Receiver<Envelope>,
    gate: Arc<tokio::sync::Mutex<()>>,
) {
    while let Some(envelope) = inputs.recv().await {
        drop(gate.lock().await);
        match envelope.input {
            Input::DeliveryReport { report, reply } => shared.with(|facts| {
                facts.pending.push((report, reply));
                facts.commit();
            }),
            Input::Channel { endpoint, change } => shared.with(|facts| {
                facts.note_change(endpoint, change);
            }),
            _ => panic!("the notifier only reports"),
        }
    }
}

async fn receive(
    State((shared, answer)): State<(Shared, Arc<Answer>)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| {
        let value = headers.get(name).map(|v| v.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let got = Got {
        path: uri.path().trim_start_matches('/').to_owned(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        content_type: header("content-type"),
        body: body.to_vec(),
        peer,
    };
    let before = shared.with(|facts| {
        let before = facts.got.iter().filter(|g| g.path == got.path).count();
        facts.got.push(got.clone());
        before
    });
    match answer(&got, before) {
        Some(response) => response,
        None => std::future::pending().await,
    }
}

/// An answer of `status` without a body.
pub(super) fn status(status: u16) -> Option<Response> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    Some(response)
}

/// An answer of `status` with one header.
pub(super) fn with_header(code: u16, name: &'static str, value: &str) -> Option<Response> {
    let mut response = status(code)?;
    let headers = response.headers_mut();
    headers.insert(name, value.parse().unwrap());
    Some(response)
}
