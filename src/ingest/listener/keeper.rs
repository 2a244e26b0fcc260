//! Wakes when a sleeping session's Will or end falls due, and when access changes.

use super::closing::{expire, publish};
use super::counters::add;
use super::server::Shared;
use std::sync::Arc;
use std::time::Duration;

/// Longest sleep: the wall clock may be set.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// Publishes Wills and ends sessions at their time, until shutdown.
pub(super) async fn keep_sessions(shared: Arc<Shared>) {
    loop {
        while let Some(due) = shared.sessions.take_due(shared.clock.wall()) {
            if let Some(will) = &due.will {
                publish(&shared, &due.client, will).await;
            }
            if due.expired {
                add(&shared.counters.sessions_expired, 1);
                expire(&shared, &due.client).await;
            }
        }
        tokio::select! {
            () = shared.stop.cancelled() => return,
            () = shared.sessions.changed.notified() => {}
            () = tokio::time::sleep(until_due(&shared)) => {}
        }
    }
}

fn until_due(shared: &Shared) -> Duration {
    let Some(due) = shared.sessions.next_due() else {
        return SLEEP_MAX;
    };
    let ms = due.ms_since(shared.clock.wall());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0)).min(SLEEP_MAX)
}

/// Ends connections whose credential is no longer in force, until shutdown.
pub(super) async fn watch_access(shared: Arc<Shared>) {
    let mut access = shared.engine.access.clone();
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            changed = access.changed() => if changed.is_err() { return },
        }
        let in_force = Arc::clone(&access.borrow_and_update());
        let stays = |principal: &super::credentials::Principal| principal.is_in_force(&in_force);
        shared.sessions.revoke(stays);
    }
}
