//! What the health page shows about the broker.

use crate::domain::WallTime;
use std::time::Duration;

/// The state of the way to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriberHealth {
    /// Whether a connection stands.
    pub connected: bool,
    /// How many connections there were; the number of the current one.
    pub generation: u64,
    /// Since when `connected` is what it is.
    pub since: WallTime,
    /// Code of what ended the last connection.
    pub last_error: Option<&'static str>,
    /// How long the current wait before the next try is.
    pub backoff: Option<Duration>,
    /// Subscriptions asked for and not answered yet.
    pub subscriptions_pending: usize,
    /// Subscriptions refused, or granted without a guarantee.
    pub subscriptions_refused: usize,
    /// A packet over the limit that came at least twice: it blocks the session
    /// until the limit is raised or the broker forgets it.
    pub oversize: Option<Oversize>,
}

/// A packet that is too large, again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oversize {
    /// Its size.
    pub bytes: usize,
    /// The limit in force.
    pub limit: u32,
}

impl SubscriberHealth {
    pub(super) const fn starting(since: WallTime) -> Self {
        Self {
            connected: false,
            generation: 0,
            since,
            last_error: None,
            backoff: None,
            subscriptions_pending: 0,
            subscriptions_refused: 0,
            oversize: None,
        }
    }

    /// Whether messages can arrive: connected, and every subscription granted.
    pub const fn is_well(&self) -> bool {
        self.connected
            && self.subscriptions_pending == 0
            && self.subscriptions_refused == 0
            && self.oversize.is_none()
    }
}
