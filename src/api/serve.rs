//! Serves the router on TCP and on the local admin socket.

use super::access::Caller;
use super::stall::StallGuard;
use super::strangers::Peer;
use axum::{Extension, Router};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Longest time for a client to send its request's head.
const HEAD_PATIENCE: Duration = Duration::from_secs(20);
/// Longest time for a client to take nothing.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// Rest after a failed accept: usually there are no file descriptors left.
const ACCEPT_REST: Duration = Duration::from_millis(250);
/// Connections of the admin socket at once.
const ADMIN_CONNECTIONS_MAX: usize = 16;
/// Connections on TCP at once; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 1024;

/// Serves until `cancel`, then lets running requests end for at most `grace`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    cancel: CancellationToken,
    grace: Duration,
) {
    let mut connections = Connections::new(router, cancel, CONNECTIONS_MAX);
    while connections.have_room().await {
        let accepted = tokio::select! {
            () = connections.cancel.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Small answers leave at once; where it fails they leave later.
                let _ = stream.set_nodelay(true);
                connections.start(stream, Some(Peer(peer.ip())));
            }
            Err(error) => rest_after(&error).await,
        }
    }
    drop(listener);
    connections.end(grace).await;
}

/// Why the admin socket could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum AdminSocketError {
    /// The operating system refused.
    #[error("failed to open the admin socket {path:?}")]
    Open {
        /// Where.
        path: PathBuf,
        /// Why; a path over about 100 bytes is refused by the system.
        #[source]
        source: io::Error,
    },
}

/// Serves `router` on a Unix socket of mode 0600 at `path`, where every caller
/// is the local administrator. The data directory's lock makes sure that a
/// socket left at `path` belongs to nobody.
///
/// # Errors
/// [`AdminSocketError`] when the socket cannot be opened.
pub async fn serve_admin(
    path: &Path,
    router: Router,
    cancel: CancellationToken,
    grace: Duration,
) -> Result<(), AdminSocketError> {
    AdminSocket::bind(path)?.run(router, cancel, grace).await;
    Ok(())
}

/// The admin socket, open: who connects from now on waits until it is served.
pub struct AdminSocket {
    path: PathBuf,
    listener: UnixListener,
    owner: u32,
}

impl AdminSocket {
    /// Opens the socket at `path`, replacing what was left there.
    ///
    /// # Errors
    /// [`AdminSocketError`] when it cannot be opened.
    pub fn bind(path: &Path) -> Result<Self, AdminSocketError> {
        let open = |source| AdminSocketError::Open {
            path: path.to_owned(),
            source,
        };
        let listener = bind_private(path).map_err(open)?;
        let owner = std::fs::metadata(path).map_err(open)?.uid();
        Ok(Self {
            path: path.to_owned(),
            listener,
            owner,
        })
    }

    /// Serves `router` until `cancel`, as [`serve_admin`] does.
    pub async fn run(self, router: Router, cancel: CancellationToken, grace: Duration) {
        let owner = self.owner;
        let router = router.layer(Extension(Caller::local_administrator()));
        let mut connections = Connections::new(router, cancel, ADMIN_CONNECTIONS_MAX);
        while connections.have_room().await {
            let accepted = tokio::select! {
                () = connections.cancel.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => match stream.peer_cred() {
                    Ok(peer) if peer.uid() == owner || peer.uid() == 0 => {
                        connections.start(stream, None)
                    }
                    Ok(_) | Err(_) => tracing::warn!("admin socket refused another account"),
                },
                Err(error) => rest_after(&error).await,
            }
        }
        drop(self.listener);
        // A leftover is replaced by the next start.
        let _ = std::fs::remove_file(&self.path);
        connections.end(grace).await;
    }
}

/// The socket gets its mode under another name and is moved into place, so
/// that it is never open to others at `path`.
fn bind_private(path: &Path) -> io::Result<UnixListener> {
    let fresh = path.with_extension("new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&fresh)?;
    std::fs::set_permissions(&fresh, Permissions::from_mode(0o600))?;
    std::fs::rename(&fresh, path)?;
    Ok(listener)
}

async fn rest_after(error: &io::Error) {
    tracing::warn!(
        error = error as &(dyn std::error::Error + 'static),
        "accept failed"
    );
    tokio::time::sleep(ACCEPT_REST).await;
}

/// The running connections: owned here, awaited or ended here.
struct Connections {
    service: TowerToHyperService<Router>,
    cancel: CancellationToken,
    most: usize,
    running: JoinSet<()>,
}

impl Connections {
    fn new(router: Router, cancel: CancellationToken, most: usize) -> Self {
        Self {
            service: TowerToHyperService::new(router),
            cancel,
            most,
            running: JoinSet::new(),
        }
    }

    /// Waits until one more connection may run; false when it is time to stop.
    async fn have_room(&mut self) -> bool {
        while let Some(ended) = self.running.try_join_next() {
            // A handler that panicked cost its own request.
            if ended.is_err_and(|error| error.is_panic()) {
                tracing::error!("a request panicked");
            }
        }
        while self.running.len() >= self.most {
            tokio::select! {
                () = self.cancel.cancelled() => return false,
                _ = self.running.join_next() => {}
            }
        }
        !self.cancel.is_cancelled()
    }

    fn start<Io: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &mut self,
        stream: Io,
        peer: Option<Peer>,
    ) {
        let router = self.service.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            if let Some(peer) = peer {
                request.extensions_mut().insert(peer);
            }
            router.call(request)
        });
        let io = TokioIo::new(StallGuard::new(stream, WRITE_PATIENCE));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE)
            .serve_connection(io, service);
        let cancel = self.cancel.clone();
        self.running.spawn(async move {
            let mut connection = pin!(connection);
            // A connection that breaks is the client's business.
            tokio::select! {
                _ = connection.as_mut() => return,
                () = cancel.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
    }

    /// Lets running requests end, then ends those that do not.
    async fn end(mut self, grace: Duration) {
        let ended = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, ended).await.is_err() {
            tracing::warn!(
                connections = self.running.len(),
                "connections ended at the deadline"
            );
            self.running.shutdown().await;
        }
    }
}
