//! Starts the server, stands in for the engine, and asks over real sockets.

use super::world::{NOW, World};
use crate::api::secret::sha256_hex;
use crate::api::{About, ApiState, EngineAudit, Parts, Settings, https_only, router, serve};
use crate::api::{Signatures, SignedRequest, Stage};
use crate::detect::Rules;
use crate::domain::{AlertId, EndpointId, LinkRefused, LinkedAction, Vital, WallTime};
use crate::engine::{Access, CommandReply, EngineHandle, Envelope, Input, Outcome};
use crate::registry::{AccessToken, CommandError, Role, WardScope};
use crate::runtime::Clock;
use axum::Router;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    /// The file of words of the servers that are started within.
    pub(super) static WORDS: PathBuf;
}

/// What the stand-in for the engine saw, and what it answers.
#[derive(Default)]
pub(super) struct Engine {
    pub(super) commands: Vec<(String, Value)>,
    pub(super) reads: Vec<String>,
    pub(super) refusal: Option<CommandError>,
    /// Keeps commands unanswered.
    pub(super) held: Vec<Input>,
    pub(super) hold: bool,
}

pub(super) struct Server {
    pub(super) world: Arc<World>,
    pub(super) engine: Arc<Mutex<Engine>>,
    pub(super) access: watch::Sender<Arc<Access>>,
    pub(super) outcomes: broadcast::Sender<Outcome>,
    pub(super) address: SocketAddr,
    pub(super) cancel: CancellationToken,
    pub(super) router: Router,
    pub(super) clock: Clock,
    pub(super) task: tokio::task::JoinHandle<()>,
}

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: hyper::HeaderMap,
    pub(super) bytes: Bytes,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("not JSON: {:?}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// The `type` of a problem document, checked for its media type and status.
    pub(super) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let document = self.json();
        assert_eq!(document["status"], self.status);
        document["type"].as_str().expect("a type").to_owned()
    }
}

/// A token for each role, with its name.
pub(super) fn tokens() -> Vec<(&'static str, Role)> {
    let named = |role: &Role| (role.name(), *role);
    Role::ALL.iter().map(named).collect()
}

pub(super) fn access_of(tokens: &[(&str, Role)]) -> Arc<Access> {
    let token = |(name, role): &(&str, Role)| AccessToken {
        name: (*name).to_owned(),
        sha256: sha256_hex(name),
        role: *role,
        wards: WardScope::All,
        created: NOW,
        revoked: None,
    };
    let tokens = tokens
        .iter()
        .map(token)
        .map(|token| (token.sha256.clone(), token));
    Arc::new(Access {
        tokens: tokens.collect(),
        ..Access::default()
    })
}

/// Believes what says so: links `alert~action~endpoint~at~expires`, requests
/// whose signature is one of the secrets.
struct Plain;

impl Signatures for Plain {
    fn link(&self, token: &str, now: i64) -> Result<LinkedAction, LinkRefused> {
        let parts: Vec<_> = token.split('~').collect();
        let [alert, action, endpoint, at, expires] = parts[..] else {
            return Err(LinkRefused::NotGenuine);
        };
        if now >= expires.parse().expect("a number") {
            return Err(LinkRefused::Expired);
        }
        Ok(LinkedAction {
            alert: AlertId::new(alert).expect("valid"),
            action: action.parse().expect("an action"),
            endpoint: EndpointId::new(endpoint).expect("valid"),
            at: at.parse().expect("a number"),
        })
    }

    fn is_signed(&self, secrets: &[String], request: &SignedRequest<'_>, _: WallTime) -> bool {
        secrets.iter().any(|one| one == request.signature) && !request.id.is_empty()
    }
}

impl Server {
    pub(super) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(super) async fn with(settings: Settings) -> Self {
        Self::build(settings, Clock::manual(NOW), None).await
    }

    /// A demonstration, its clock 60 times as fast as the wall's.
    pub(super) async fn staged(stage: Arc<dyn Stage>) -> Self {
        let clock = Clock::scaled(NOW, 60.0);
        Self::build(Settings::default(), clock, Some(stage)).await
    }

    async fn build(mut settings: Settings, clock: Clock, stage: Option<Arc<dyn Stage>>) -> Self {
        if let Ok(words) = WORDS.try_with(PathBuf::clone) {
            settings.words = words;
        }
        let (inbox, inputs) = mpsc::channel(64);
        let (outcomes, _) = broadcast::channel(64);
        let (access, access_seen) = watch::channel(access_of(&tokens()));
        let handle = EngineHandle {
            inbox,
            outcomes: outcomes.clone(),
            access: access_seen,
        };
        let engine = Arc::new(Mutex::new(Engine::default()));
        tokio::spawn(stand_in(inputs, Arc::clone(&engine)));
        let world = Arc::new(World::default());
        let cancel = CancellationToken::new();
        let parts = Parts {
            source: Arc::<World>::clone(&world),
            live: Arc::<World>::clone(&world),
            audit: Arc::new(EngineAudit::new(handle.clone(), clock.clone())),
            engine: handle,
            clock: clock.clone(),
            about: About {
                version: "1.2.3",
                simulated: true,
            },
            rules: Arc::new(Rules::default()),
            endpoint_check: Arc::new(https_only),
            chart_check: Arc::new(|token, _| {
                let mut parts = token.split('~');
                let (alert, vital, at) = (parts.next()?, parts.next()?, parts.next()?);
                Some((alert.to_owned(), Vital::from_name(vital)?, at.parse().ok()?))
            }),
            signatures: Arc::new(Plain),
            snooze_minutes_max: crate::alert::Settings::default().snooze_minutes_max,
            stage,
            retention_days: 400,
            cancel: cancel.clone(),
        };
        let router = router(ApiState::new(parts, settings));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let grace = Duration::from_secs(2);
        let task = tokio::spawn(serve(listener, router.clone(), cancel.clone(), grace));
        Self {
            world,
            engine,
            access,
            outcomes,
            address,
            cancel,
            router,
            clock,
            task,
        }
    }

    /// Sends a request and leaves the body to the caller.
    pub(super) async fn open(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        let stream = TcpStream::connect(self.address).await.expect("it listens");
        let io = TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io)
            .await
            .expect("HTTP");
        tokio::spawn(connection);
        sender.send_request(request).await.expect("an answer")
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let response = self.open(request).await;
        let (head, body) = response.into_parts();
        Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            bytes: body.collect().await.expect("a body").to_bytes(),
        }
    }

    pub(super) async fn get(&self, uri: &str, token: &str) -> Reply {
        self.send(
            request("GET", uri, token)
                .body(Full::default())
                .expect("valid"),
        )
        .await
    }

    pub(super) async fn call(&self, method: &str, uri: &str, token: &str, body: Value) -> Reply {
        let request = request(method, uri, token).header("content-type", "application/json");
        self.send(request.body(Full::from(body.to_string())).expect("valid"))
            .await
    }

    /// The newest command the engine got, with its author.
    pub(super) fn last_command(&self) -> Value {
        let engine = self.engine.lock().expect("not poisoned");
        let (author, command) = engine.commands.last().expect("a command");
        json!({"author": author, "command": command})
    }

    pub(super) fn reads(&self) -> Vec<String> {
        self.engine.lock().expect("not poisoned").reads.clone()
    }

    pub(super) fn refuse(&self, refusal: CommandError) {
        self.engine.lock().expect("not poisoned").refusal = Some(refusal);
    }
}

pub(super) fn request(method: &str, uri: &str, token: &str) -> hyper::http::request::Builder {
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "test");
    match token {
        "" => request,
        token => request.header("authorization", format!("Bearer {token}")),
    }
}

async fn stand_in(mut inputs: mpsc::Receiver<Envelope>, engine: Arc<Mutex<Engine>>) {
    while let Some(envelope) = inputs.recv().await {
        let mut engine = engine.lock().expect("not poisoned");
        match envelope.input {
            input @ Input::Command { .. } if engine.hold => engine.held.push(input),
            Input::Command {
                command,
                author,
                reply,
            } => {
                let shown = serde_json::to_value(&*command).expect("JSON");
                engine.commands.push((author, shown));
                let done = CommandReply {
                    id: Some(String::from("made-1")),
                    affected: 2,
                };
                // A client that gave up does not wait for its answer.
                let _ = reply.send(engine.refusal.take().map_or(Ok(done), Err));
            }
            Input::AuditRead {
                author,
                action,
                subject,
            } => engine.reads.push(format!("{author}: {action} {subject}")),
            _ => panic!("the API sends commands and audit lines only"),
        }
    }
}
