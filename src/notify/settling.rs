//! Reports of attempts on their way into the store.
//!
//! Between an attempt's end and the commit of its report the store still says
//! that the delivery is due, and nobody but the engine knows how long that
//! lasts: a full disk takes hours, a wall clock may jump over them. So no time
//! counts here: a report settles when the engine answers it.

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::oneshot;

/// A report that the engine answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settled {
    /// Of the delivery.
    pub(super) id: String,
    /// Whether it is committed; it is not when the engine ended before.
    pub(super) committed: bool,
}

/// The reports of one endpoint that are not yet committed.
#[derive(Default)]
pub(super) struct Settling {
    commits: FuturesUnordered<BoxFuture<'static, Settled>>,
}

impl Settling {
    /// A report about delivery `id` is in the engine's inbox.
    pub(super) fn reported(&mut self, id: String, commit: oneshot::Receiver<()>) {
        self.commits.push(Box::pin(async move {
            let committed = commit.await.is_ok();
            Settled { id, committed }
        }));
    }

    /// The next report that settles; none when none is under way. Dropping the
    /// future loses nothing.
    pub(super) async fn next(&mut self) -> Option<Settled> {
        self.commits.next().await
    }

    pub(super) fn len(&self) -> usize {
        self.commits.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[test]
    fn a_report_settles_when_the_engine_answers_and_says_when_it_ended_instead() {
        let mut settling = Settling::default();
        let (first, commit) = oneshot::channel();
        settling.reported("dlv_1".to_owned(), commit);
        let (second, commit) = oneshot::channel();
        settling.reported("dlv_2".to_owned(), commit);
        assert_eq!(settling.next().now_or_never(), None, "nothing is answered");
        let settled = |id: &str, committed| Settled {
            id: id.to_owned(),
            committed,
        };
        assert!(second.send(()).is_ok());
        let next = settling.next().now_or_never();
        assert_eq!(next, Some(Some(settled("dlv_2", true))));
        assert_eq!(settling.len(), 1);
        drop(first);
        let next = settling.next().now_or_never();
        assert_eq!(next, Some(Some(settled("dlv_1", false))));
        assert_eq!(
            settling.next().now_or_never(),
            Some(None),
            "nothing is left"
        );
    }
}
