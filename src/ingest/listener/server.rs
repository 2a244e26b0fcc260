//! Takes connections and owns every task of the listener.

use super::Settings;
use super::closing;
use super::connection::Ending;
use super::counters::{Counters, add};
use super::events::{AcceptFailed, Listening, OverLimit, StopLate, Violated};
use super::handshake::shake_hands;
use super::keeper::{keep_sessions, watch_access};
use super::sessions::{Sessions, StoredSession};
use super::stream::Stream;
use super::tls::{TlsError, acceptor};
use super::transport::Transport;
use crate::decode;
use crate::engine::EngineHandle;
use crate::runtime::{Backoff, Clock};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Bytes that a PUBLISH may have beside its payload: header, topic, properties.
const HEADER_BYTES: usize = 1024;

/// Largest CONNECT: whoever sends it is not yet known.
const CONNECT_BYTES: usize = 16 * 1024;

/// Why the listener could not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address is taken or not ours.
    #[error("failed to listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("failed to set up TLS")]
    Tls(#[source] TlsError),
    /// One of the listener's tasks panicked.
    #[error("a task of the listener panicked")]
    Panicked(#[source] tokio::task::JoinError),
}

/// What all tasks of the listener share.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) decode: decode::Settings,
    pub(super) engine: EngineHandle,
    pub(super) clock: Clock,
    pub(super) counters: Arc<Counters>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) stop: CancellationToken,
    pub(super) packet_bytes_max: usize,
}

/// A listener that is bound and not yet running.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
}

impl Listener {
    /// Binds the address and takes over the sessions that the store kept.
    ///
    /// # Errors
    /// [`ListenError`] when the address or the certificate cannot be used.
    pub async fn bind(
        settings: Settings,
        decode: decode::Settings,
        engine: EngineHandle,
        clock: Clock,
        stored: Vec<StoredSession>,
        counters: Arc<Counters>,
    ) -> Result<Self, ListenError> {
        let tls = acceptor(&settings).map_err(ListenError::Tls)?;
        let address = settings.address;
        let bind = |source| ListenError::Bind { address, source };
        let socket = TcpListener::bind(address).await.map_err(bind)?;
        let address = socket.local_addr().map_err(bind)?;
        let (grace, most) = (settings.restart_grace_seconds, settings.sessions_max);
        let sessions = Sessions::new(stored, clock.wall(), grace, most);
        let shared = Shared {
            packet_bytes_max: decode.payload_bytes_max + HEADER_BYTES,
            sessions: Arc::new(sessions),
            stop: CancellationToken::new(),
            settings,
            decode,
            engine,
            clock,
            counters,
        };
        Ok(Self {
            socket,
            address,
            tls,
            shared: Arc::new(shared),
        })
    }

    /// The address that was bound, with its port.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves watches until `cancel`; then takes nothing new, waits for what
    /// is not yet acknowledged, and says goodbye.
    ///
    /// # Errors
    /// [`ListenError::Panicked`] when a task of the listener did.
    pub async fn run(self, cancel: CancellationToken) -> Result<(), ListenError> {
        Listening {
            address: self.address,
            tls: self.tls.is_some(),
            sessions: self.shared.sessions.len(),
        }
        .emit();
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_sessions(Arc::clone(&self.shared)));
        tasks.spawn(watch_access(Arc::clone(&self.shared)));
        let accepted = self.accept(&cancel, &mut tasks).await;
        self.shared.stop.cancel();
        // One second more than the connections give themselves.
        let limit = Duration::from_secs(self.shared.settings.stop_seconds + 2);
        let ended = timeout(limit, join_all(&mut tasks)).await;
        if ended.is_err() {
            let connections = tasks.len();
            StopLate { connections }.emit();
            tasks.shutdown().await;
        }
        accepted.and(ended.unwrap_or(Ok(())))
    }

    async fn accept(
        &self,
        cancel: &CancellationToken,
        tasks: &mut JoinSet<()>,
    ) -> Result<(), ListenError> {
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
        loop {
            tokio::select! {
                () = cancel.cancelled() => return Ok(()),
                Some(ended) = tasks.join_next() => ended.map_err(ListenError::Panicked)?,
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, _)) => {
                        backoff.reset();
                        self.admit(stream, tasks);
                    }
                    Err(error) => {
                        AcceptFailed(error).emit();
                        // Others accept here too seldom to need chance.
                        tokio::time::sleep(backoff.next(u64::MAX)).await;
                    }
                },
            }
        }
    }

    fn admit(&self, stream: TcpStream, tasks: &mut JoinSet<()>) {
        let counters = &self.shared.counters;
        add(&counters.connections, 1);
        let open = counters.connections_open.load(Ordering::Relaxed);
        if open >= self.shared.settings.connections_max as u64 {
            OverLimit.emit(counters);
            return;
        }
        let open = Open::new(Arc::clone(counters));
        let (shared, tls) = (Arc::clone(&self.shared), self.tls.clone());
        tasks.spawn(async move {
            serve(shared, tls, stream).await;
            drop(open);
        });
    }
}

async fn join_all(tasks: &mut JoinSet<()>) -> Result<(), ListenError> {
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(ListenError::Panicked)?;
    }
    Ok(())
}

/// One connection from its first byte to its last.
async fn serve(shared: Arc<Shared>, tls: Option<TlsAcceptor>, stream: TcpStream) {
    // Acknowledgements are small and already batched; a failure costs latency only.
    let _ = stream.set_nodelay(true);
    let stream = match tls {
        None => Stream::Plain(stream),
        Some(tls) => match timeout(shared.settings.connect_timeout(), tls.accept(stream)).await {
            Ok(Ok(stream)) => Stream::Tls(Box::new(stream)),
            // Scanners and plain clients: nothing to answer.
            Ok(Err(_)) | Err(_) => return,
        },
    };
    let transport = Transport::new(stream, CONNECT_BYTES);
    let entered = tokio::select! {
        entered = Box::pin(shake_hands(&shared, transport)) => entered,
        () = shared.stop.cancelled() => None,
    };
    let Some((mut connection, opened)) = entered else {
        return;
    };
    let kick = Arc::clone(&opened.claim.kick);
    let ending = connection.serve(&kick).await;
    if let Ending::Violated(violation) = ending {
        Violated(violation).emit(&shared.counters);
    }
    closing::close(&shared, opened, &ending).await;
    connection.close(ending).await;
}

/// Counts a connection while it lives.
struct Open(Arc<Counters>);

impl Open {
    fn new(counters: Arc<Counters>) -> Self {
        add(&counters.connections_open, 1);
        Self(counters)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections_open.fetch_sub(1, Ordering::Relaxed);
    }
}
