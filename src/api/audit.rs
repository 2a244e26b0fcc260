//! Reads of patient data leave a line in the audit, in a bounded way.

use crate::engine::{EngineHandle, Envelope, Input};
use crate::runtime::Clock;
use futures::future::BoxFuture;
use std::collections::HashMap;
use std::sync::Mutex;

/// The audit takes no more lines: the service is stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the service is stopping, the read cannot be audited")]
pub struct AuditStopped;

/// Where reads of patient data are noted.
pub trait AuditReads: Send + Sync + 'static {
    /// Notes that `author` did `action` with the data of `subject`. Comes back
    /// when the line is on its way; data is shown only then.
    fn audit_read<'a>(
        &'a self,
        author: &'a str,
        action: &'static str,
        subject: &'a str,
    ) -> BoxFuture<'a, Result<(), AuditStopped>>;
}

/// Audits through the engine's inbox, so that a line stands in the journal's order.
pub struct EngineAudit {
    engine: EngineHandle,
    clock: Clock,
}

impl EngineAudit {
    /// Sends lines to `engine`, stamped by `clock`.
    pub const fn new(engine: EngineHandle, clock: Clock) -> Self {
        Self { engine, clock }
    }
}

impl AuditReads for EngineAudit {
    fn audit_read<'a>(
        &'a self,
        author: &'a str,
        action: &'static str,
        subject: &'a str,
    ) -> BoxFuture<'a, Result<(), AuditStopped>> {
        let envelope = Envelope {
            stamp: self.clock.clinical(),
            received: self.clock.wall(),
            input: Input::AuditRead {
                author: author.to_owned(),
                action,
                subject: subject.to_owned(),
            },
            delivery: None,
        };
        Box::pin(async move {
            self.engine
                .inbox
                .send(envelope)
                .await
                .map_err(|_| AuditStopped)
        })
    }
}

/// Most (author, action, subject) remembered; beyond it the memory starts anew
/// and a few lines repeat.
const REMEMBERED_MAX: usize = 8192;

/// Knows which reads were noted a short while ago, so that a page that
/// refreshes itself does not fill the audit.
pub(super) struct Recent {
    repeat_ms: i64,
    noted: Mutex<HashMap<(String, &'static str, String), i64>>,
}

impl Recent {
    pub(super) fn new(repeat_ms: i64) -> Self {
        Self {
            repeat_ms,
            noted: Mutex::new(HashMap::new()),
        }
    }

    /// Whether this read was noted within the repeat time.
    pub(super) fn knows(&self, key: &(String, &'static str, String), wall_ms: i64) -> bool {
        self.lock()
            .get(key)
            .is_some_and(|at| wall_ms.saturating_sub(*at) < self.repeat_ms)
    }

    /// Remembers that this read was noted.
    pub(super) fn remember(&self, key: (String, &'static str, String), wall_ms: i64) {
        let mut noted = self.lock();
        if noted.len() >= REMEMBERED_MAX {
            noted.retain(|_, at| wall_ms.saturating_sub(*at) < self.repeat_ms);
        }
        if noted.len() >= REMEMBERED_MAX {
            noted.clear();
        }
        noted.insert(key, wall_ms);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, &'static str, String), i64>> {
        // A panic while holding the lock leaves a whole map: keep using it.
        self.noted
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_read_is_known_for_its_time_and_the_memory_is_bounded() {
        let recent = Recent::new(1000);
        let key = |n: usize| (String::from("a"), "read latest", n.to_string());
        recent.remember(key(0), 0);
        assert!(recent.knows(&key(0), 999));
        assert!(!recent.knows(&key(0), 1000));
        for n in 0..3 * REMEMBERED_MAX {
            recent.remember(key(n), 1);
        }
        assert!(recent.lock().len() <= REMEMBERED_MAX);
    }
}
