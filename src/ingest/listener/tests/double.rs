//! Consumes the engine's inbox, keeps sessions, settles; and the whole harness.

use crate::decode;
use crate::domain::{ClinicalTime, DeviceId};
use crate::engine::{
    Access, Delivery, EngineHandle, Envelope, Input, OpenExchange, SessionInput, SessionOpened,
};
use crate::ingest::listener::{Counters, Listener, Settings, StoredSession};
use crate::registry::DeviceCredential;
use crate::runtime::Clock;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(super) const DEADLINE: Duration = Duration::from_secs(10);

/// A device whose id is the longest that every server must allow.
pub(super) const LONG_DEVICE: &str = "Watch0123456789abcdeXYZ";

/// What the engine was given, as far as tests ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Vitals {
        device: String,
        payload: String,
        packet: Option<u16>,
    },
    Status {
        device: String,
        online: bool,
    },
    Unreadable {
        reason: &'static str,
        length: usize,
    },
    Opened {
        client: String,
        clean: bool,
        expiry_seconds: u32,
    },
    Closed {
        client: String,
        expiry_seconds: Option<u32>,
        keep_will: bool,
    },
    WillDone(String),
    Released(u16),
    Expired(String),
}

#[derive(Clone, Default)]
struct Kept {
    expiry_seconds: u32,
    will: Option<Vec<u8>>,
    closed: Option<crate::domain::WallTime>,
    packets: BTreeSet<u16>,
}

/// What outlives a kill.
#[derive(Default)]
pub(super) struct Disk {
    sessions: Mutex<HashMap<String, Kept>>,
    seen: Mutex<Vec<Seen>>,
    changed: Notify,
}

impl Disk {
    fn stored(&self) -> Vec<StoredSession> {
        let sessions = self.sessions.lock().unwrap();
        let stored = sessions.iter().map(|(client, kept)| StoredSession {
            client: client.as_str().into(),
            expiry_seconds: kept.expiry_seconds,
            will: kept.will.clone(),
            closed: kept.closed,
        });
        stored.collect()
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) async fn until(&self, what: &str, done: impl Fn(&[Seen]) -> bool) {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                if done(&self.seen()) {
                    return;
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(DEADLINE, wait).await;
        assert!(waited.is_ok(), "never saw {what}: {:?}", self.seen());
    }

    fn apply(&self, input: Input) -> Option<Seen> {
        Some(match input {
            Input::Device(input) => Seen::Vitals {
                packet: self.open(&input.open),
                device: input.device.as_str().to_owned(),
                payload: String::from_utf8_lossy(&input.payload).into_owned(),
            },
            Input::Status {
                device,
                status,
                open,
            } => {
                self.open(&open);
                let device = device.as_str().to_owned();
                Seen::Status {
                    device,
                    online: status.online,
                }
            }
            Input::Unreadable {
                reason,
                whole,
                open,
                ..
            } => {
                self.open(&open);
                Seen::Unreadable {
                    reason: reason.code(),
                    length: whole.length,
                }
            }
            Input::Session(change) => self.change(change),
            _ => return None,
        })
    }

    fn open(&self, open: &Option<OpenExchange>) -> Option<u16> {
        let open = open.as_ref()?;
        let mut sessions = self.sessions.lock().unwrap();
        let kept = sessions.entry(open.client.to_string()).or_default();
        assert!(kept.packets.insert(open.packet), "packet id opened twice");
        Some(open.packet)
    }

    fn change(&self, change: SessionInput) -> Seen {
        let mut sessions = self.sessions.lock().unwrap();
        match change {
            SessionInput::Open {
                client,
                clean_start,
                expiry_seconds,
                will,
                reply,
                ..
            } => {
                let client = client.to_string();
                let before = sessions.remove(&client).filter(|_| !clean_start);
                let present = before.is_some();
                let packets = before.map(|kept| kept.packets).unwrap_or_default();
                let open_packets = packets.iter().copied().collect();
                let kept = Kept {
                    expiry_seconds,
                    will,
                    closed: None,
                    packets,
                };
                sessions.insert(client.clone(), kept);
                let _ = reply.send(SessionOpened {
                    present,
                    open_packets,
                });
                Seen::Opened {
                    client,
                    clean: clean_start,
                    expiry_seconds,
                }
            }
            SessionInput::Closed {
                client,
                expiry_seconds,
                keep_will,
                at,
            } => {
                let client = client.to_string();
                if let Some(kept) = sessions.get_mut(&client) {
                    kept.closed = Some(at);
                    kept.expiry_seconds = expiry_seconds.unwrap_or(kept.expiry_seconds);
                    kept.will = kept.will.take().filter(|_| keep_will);
                }
                Seen::Closed {
                    client,
                    expiry_seconds,
                    keep_will,
                }
            }
            SessionInput::WillDone { client } => {
                if let Some(kept) = sessions.get_mut(&*client) {
                    kept.will = None;
                }
                Seen::WillDone(client.to_string())
            }
            SessionInput::Release(open) => {
                if let Some(kept) = sessions.get_mut(&*open.client) {
                    kept.packets.remove(&open.packet);
                }
                Seen::Released(open.packet)
            }
            SessionInput::Expired { client } => {
                sessions.remove(&*client);
                Seen::Expired(client.to_string())
            }
        }
    }
}

/// A listener that runs, and the double behind it.
pub(super) struct Harness {
    pub(super) address: SocketAddr,
    pub(super) disk: Arc<Disk>,
    pub(super) counters: Arc<Counters>,
    pub(super) cancel: CancellationToken,
    pub(super) access: watch::Sender<Arc<Access>>,
    hold: watch::Sender<bool>,
    settings: Settings,
    pub(super) server: JoinHandle<()>,
    engine: JoinHandle<()>,
}

pub(super) fn settings() -> Settings {
    Settings {
        address: "127.0.0.1:0".parse().unwrap(),
        connect_timeout_seconds: 5,
        restart_grace_seconds: 1,
        stop_seconds: 2,
        ..Settings::default()
    }
}

pub(super) fn sha256(password: &str) -> String {
    let hash = Sha256::digest(password);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn access() -> Access {
    let mut access = Access::default();
    for device in ["w1", "w2", "w10", LONG_DEVICE] {
        let credential = DeviceCredential {
            device: DeviceId::new(device).unwrap(),
            sha256: vec![sha256("old"), sha256(&format!("secret of {device}"))],
            changed: ClinicalTime::default(),
            revoked: None,
        };
        access.devices.insert(device.to_owned(), credential);
    }
    access
}

impl Harness {
    pub(super) async fn start() -> Self {
        Self::with(settings()).await
    }

    pub(super) async fn with(settings: Settings) -> Self {
        Self::on(settings, Arc::new(Disk::default()), 1000).await
    }

    pub(super) async fn on(settings: Settings, disk: Arc<Disk>, inbox_bound: usize) -> Self {
        let (inbox, envelopes) = mpsc::channel(inbox_bound);
        let (access, in_force) = watch::channel(Arc::new(access()));
        let (hold, held) = watch::channel(false);
        let engine = EngineHandle {
            inbox,
            outcomes: broadcast::Sender::new(1),
            access: in_force,
        };
        let counters = Arc::new(Counters::default());
        let listener = Listener::bind(
            settings.clone(),
            decode::Settings::default(),
            engine,
            Clock::real(),
            disk.stored(),
            Arc::clone(&counters),
        );
        let listener = listener.await.unwrap();
        let address = listener.local_addr();
        let cancel = CancellationToken::new();
        let run = listener.run(cancel.clone());
        Self {
            address,
            counters,
            access,
            hold,
            settings,
            server: tokio::spawn(async move { run.await.unwrap() }),
            engine: tokio::spawn(consume(envelopes, Arc::clone(&disk), held)),
            disk,
            cancel,
        }
    }

    /// While held, nothing that arrives is stored or settled.
    pub(super) fn hold(&self, hold: bool) {
        self.hold.send_replace(hold);
    }

    /// Kills the service at this instant and starts it again on the same disk.
    pub(super) async fn kill_and_start_again(self) -> Self {
        self.server.abort();
        self.engine.abort();
        let _ = self.server.await;
        let _ = self.engine.await;
        Self::on(self.settings, self.disk, 1000).await
    }

    pub(super) async fn until(&self, seen: Seen) {
        let what = format!("{seen:?}");
        self.disk.until(&what, |all| all.contains(&seen)).await;
    }

    pub(super) fn count(&self, name: &str, label: &str) -> u64 {
        let mut found = None;
        self.counters.each_total(|total| {
            if total.name == name && total.label == label {
                found = Some(total.value);
            }
        });
        found.expect("a counter of this name")
    }
}

async fn consume(
    mut envelopes: mpsc::Receiver<Envelope>,
    disk: Arc<Disk>,
    mut held: watch::Receiver<bool>,
) {
    let mut batch = Vec::new();
    let mut deliveries: Vec<Delivery> = Vec::new();
    while envelopes.recv_many(&mut batch, 500).await > 0 {
        if held.wait_for(|held| !held).await.is_err() {
            return;
        }
        for envelope in batch.drain(..) {
            let seen = disk.apply(envelope.input);
            disk.seen.lock().unwrap().extend(seen);
            deliveries.extend(envelope.delivery);
        }
        Delivery::settle_all(&mut deliveries);
        disk.changed.notify_waiters();
    }
}
