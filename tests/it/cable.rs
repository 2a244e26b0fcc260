//! A network cable between a browser and the service, which the test can pull.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Carries connections. A pulled cable closes nothing: what was on it hears no more, and
/// does not come back when it is plugged in again.
pub(crate) struct Cable {
    pub(crate) port: u16,
    /// Even while plugged in.
    turns: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Cable {
    pub(crate) async fn to(service: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (turns, seen) = watch::channel(0);
        let task = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.expect("accepts");
                let far = TcpStream::connect(service).await.expect("it serves");
                let ((near_in, near_out), (far_in, far_out)) =
                    (near.into_split(), far.into_split());
                let turn = *seen.borrow();
                tokio::spawn(carry(near_in, far_out, seen.clone(), turn));
                tokio::spawn(carry(far_in, near_out, seen.clone(), turn));
            }
        });
        Self { port, turns, task }
    }

    pub(crate) fn pull(&self) {
        self.turns.send_modify(|turns| *turns += 1);
    }

    pub(crate) fn plug_in(&self) {
        self.pull();
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    seen: watch::Receiver<u64>,
    turn: u64,
) {
    let mut bytes = vec![0; 16 * 1024];
    // Either end going away ends it.
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        let is_dead = turn % 2 == 1 || *seen.borrow() != turn;
        if is_dead {
            std::future::pending::<()>().await;
        }
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
